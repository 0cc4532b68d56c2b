// How soon books are current again: after the end of a load that nobody could follow, and after a client that had stopped
// reads on.

import type { BookArrival } from '@tradelane/probe/book-ledger'
import type { LoadEnd } from './journal-window.js'

/** The market whose book came back last. */
export interface BookReturn {
  readonly us: number
  readonly market: string
}

const FRESH_AGE_US_MAX = 1_000_000

/**
 * From the end of the load until the last market had a book no older than that end; `Infinity` when one never had. What an
 * overloaded venue socket still holds is delivered late, so the time of receiving proves nothing: the sequence does.
 */
export function usToCurrent(arrivals: readonly BookArrival[], { atUs, sequences }: LoadEnd): BookReturn {
  return lastFirst(arrivals, atUs, ({ market, sequence, monotonicUs }) => {
    return monotonicUs >= atUs && sequence >= (sequences.get(market) ?? Number.POSITIVE_INFINITY)
  })
}

/** From the end of the longest silence until the last market had a book that was fresh; `Infinity` when one never had. */
export function usToFresh(arrivals: readonly BookArrival[]): BookReturn {
  const resumedUs = endOfLongestSilence(arrivals)
  return lastFirst(arrivals, resumedUs, ({ monotonicUs, ageUs }) => {
    return monotonicUs >= resumedUs && ageUs <= FRESH_AGE_US_MAX
  })
}

function lastFirst(
  arrivals: readonly BookArrival[],
  sinceUs: number,
  isGood: (arrival: BookArrival) => boolean,
): BookReturn {
  const firstUs = new Map<string, number>()
  for (const { market } of arrivals) firstUs.set(market, Number.POSITIVE_INFINITY)
  for (const arrival of arrivals) {
    if (firstUs.get(arrival.market) === Number.POSITIVE_INFINITY && isGood(arrival)) {
      firstUs.set(arrival.market, arrival.monotonicUs)
    }
  }
  const [last] = [...firstUs].sort(([, left], [, right]) => (left < right ? 1 : -1))
  // Without any book none is back.
  if (last === undefined) return { us: Number.POSITIVE_INFINITY, market: 'every market' }
  return { us: last[1] - sinceUs, market: last[0] }
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
