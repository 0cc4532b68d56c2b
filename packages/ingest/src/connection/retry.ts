// How long a durable connection waits before it requests the next connection, by how the last one ended.

import { StatusReason } from '@tradelane/shared/market/nouns'
import {
  BACKOFF_MS_MAX,
  OVERLOAD_RETRY_MS_MAX,
  REFUSED_RETRY_MS_MAX,
  REFUSED_RETRY_MS_MIN,
  TRADE_RETRY_MS_MAX,
} from '../limits.js'
import type { Backoff } from './backoff.js'
import type { ConnectionEnd } from './connection-change.js'

interface EndCause {
  /** A full ring kept us from reading. */
  readonly isOverload: boolean
  /** It carried trades and was never open: the venue refuses TCP connections or is away. */
  readonly isGone: boolean
}

export function retryMsOf(backoff: Backoff, { reason, refusal }: ConnectionEnd, cause: EndCause): number {
  // The host has its pause, and lets the first in the order of use try after it.
  if (refusal !== undefined) return 0
  if (reason === StatusReason.refused) return Math.max(REFUSED_RETRY_MS_MIN, backoff.nextMs(REFUSED_RETRY_MS_MAX))
  if (cause.isOverload) return backoff.nextMs(OVERLOAD_RETRY_MS_MAX)
  return backoff.nextMs(cause.isGone ? TRADE_RETRY_MS_MAX : BACKOFF_MS_MAX)
}
