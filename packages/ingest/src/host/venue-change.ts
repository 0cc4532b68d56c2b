// Signs that a venue is no longer as it was: one counter, and one line an interval that says what. None of them is on the path of a
// trade: they come with subscriptions and lists.

import type { Counters } from '@tradelane/shared/thread/counters'
import type { RateLimitedLog } from '@tradelane/shared/thread/log'

export interface ChangeReport {
  readonly counters: Pick<Counters, 'add'>
  readonly limitedLog: Pick<RateLimitedLog, 'write'>
}

/** `subject`: the product, and whatever of it. */
export function reportVenueChange({ counters, limitedLog }: ChangeReport, subject: string, what: string): void {
  counters.add('venueChanges')
  limitedLog.write('warn', 'the venue changed', subject, { what })
}
