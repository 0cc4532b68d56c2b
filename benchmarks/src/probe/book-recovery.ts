// How soon books are current again: after the end of a load that no server could follow, and after a client that had stopped
// reads again.

import type { BookArrival } from '@tradelane/probe/book-ledger'
import type { LoadEnd } from './journal-window.js'

export interface BookRecovery {
  /** `Infinity` where a market never recovered. */
  readonly afterUs: number
  /** The market whose book came last. */
  readonly market: string
}

const FRESH_AGE_US_MAX = 1_000_000

/**
 * From the end of the load until the last market had a book no older than that end. An overloaded venue socket delivers late
 * what it still holds, so the time at which a book was received proves nothing: its sequence does.
 */
export function currentAfterLoad(arrivals: readonly BookArrival[], { atUs, sequences }: LoadEnd): BookRecovery {
  return recoveryOf(arrivals, atUs, ({ market, sequence, monotonicUs }) => {
    return monotonicUs >= atUs && sequence >= (sequences.get(market) ?? Number.POSITIVE_INFINITY)
  })
}

/** From the end of the longest silence until the last market had a fresh book. */
export function freshAfterStop(arrivals: readonly BookArrival[]): BookRecovery {
  const resumedUs = endOfLongestSilence(arrivals)
  return recoveryOf(arrivals, resumedUs, ({ monotonicUs, ageUs }) => {
    return monotonicUs >= resumedUs && ageUs <= FRESH_AGE_US_MAX
  })
}

/** From `sinceUs` until the last market had its first book for which `isRecovered` holds. */
function recoveryOf(
  arrivals: readonly BookArrival[],
  sinceUs: number,
  isRecovered: (arrival: BookArrival) => boolean,
): BookRecovery {
  const firstUs = new Map<string, number>()
  for (const { market } of arrivals) firstUs.set(market, Number.POSITIVE_INFINITY)
  for (const arrival of arrivals) {
    if (firstUs.get(arrival.market) === Number.POSITIVE_INFINITY && isRecovered(arrival)) {
      firstUs.set(arrival.market, arrival.monotonicUs)
    }
  }
  const [last] = [...firstUs].sort(([, left], [, right]) => (left < right ? 1 : -1))
  if (last === undefined) return { afterUs: Number.POSITIVE_INFINITY, market: 'every market' }
  return { afterUs: last[1] - sinceUs, market: last[0] }
}

function endOfLongestSilence(arrivals: readonly BookArrival[]): number {
  let endUs = arrivals[0]?.monotonicUs ?? 0
  let longestUs = 0
  for (const [index, { monotonicUs }] of arrivals.entries()) {
    const silenceUs = monotonicUs - (arrivals[index - 1]?.monotonicUs ?? monotonicUs)
    if (silenceUs <= longestUs) continue
    longestUs = silenceUs
    endUs = monotonicUs
  }
  return endUs
}
