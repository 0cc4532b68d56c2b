// The access rules of a port that everyone may use, as by default.

import type { AccessRules } from '@tradelane/shared/thread/thread-messages'

export const OPEN: AccessRules = { tokenDigest: null, allowedOrigins: [] }
