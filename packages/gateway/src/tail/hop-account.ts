// Where the time of one hop went: what its thread was noted to do meanwhile, and how much of the hop nothing explains.

import type { Flight, FlightReader } from '@tradelane/shared/flight-recorder'
import type { HopName } from '@tradelane/shared/hop-histograms'
import { ACCOUNT_US_MAX } from '../limits.js'
import type { LateTrade } from './late-trades.js'

export interface Doing {
  /** A name of `Activity` in `flight-recorder.ts`. */
  readonly activity: string
  readonly times: number
  /** Within the hop; for `cpuWait` at most so much. */
  readonly us: number
  /** The longest of them, from its start to its end. */
  readonly longestUs: number
  readonly items: number
}

export interface HopAccount {
  readonly hop: HopName
  readonly us: number
  readonly thread: string
  /** What took most comes first. Activities lie within each other: they do not add up. */
  readonly doing: readonly Doing[]
  /** Nothing was noted in this much of it: code that notes nothing, or the thread waited for a CPU (`cpuWait`). */
  readonly otherUs: number
  /** False: some notes were written over before they were looked at. */
  readonly isComplete: boolean
}

/** Of a longer time, not of the hop alone, so it is told beside the others and explains no part of it. */
const CPU_WAIT = 'cpuWait'

export interface TracedThread {
  readonly role: string
  readonly flights: FlightReader
}

export function accountOf(trade: LateTrade, ingest: TracedThread, gateway: TracedThread): HopAccount[] {
  const [dueUs, readUs, loggedUs, pickedUs, handedUs] = trade.stampsUs
  return [
    hopAccount('arrival', ingest, dueUs, readUs),
    hopAccount('decode', ingest, readUs, loggedUs),
    hopAccount('pickup', gateway, loggedUs, pickedUs),
    hopAccount('send', gateway, pickedUs, handedUs),
  ]
}

function hopAccount(hop: HopName, thread: TracedThread, fromUs: number, toUs: number): HopAccount {
  const lookUs = Math.max(fromUs, toUs - ACCOUNT_US_MAX)
  const { flights, isComplete } = thread.flights.span(lookUs, toUs)
  const us = toUs - fromUs
  return {
    hop,
    us: Math.round(us),
    thread: thread.role,
    doing: sums(flights, fromUs, toUs),
    otherUs: Math.round(us - coveredUs(flights, fromUs, toUs)),
    isComplete: isComplete && lookUs === fromUs,
  }
}

function sums(flights: readonly Flight[], fromUs: number, toUs: number): Doing[] {
  const doings = new Map<string, { times: number; us: number; longestUs: number; items: number }>()
  for (const { activity, startUs, endUs, items } of flights) {
    const doing = doings.get(activity) ?? { times: 0, us: 0, longestUs: 0, items: 0 }
    doing.times += 1
    const us = Math.min(endUs, toUs) - Math.max(startUs, fromUs)
    doing.us += activity === CPU_WAIT ? Math.min(us, items) : us
    doing.longestUs = Math.max(doing.longestUs, Math.round(endUs - startUs))
    doing.items += items
    doings.set(activity, doing)
  }
  return [...doings]
    .map(([activity, doing]) => ({ activity, ...doing, us: Math.round(doing.us) }))
    .sort((one, other) => other.us - one.us)
}

function coveredUs(flights: readonly Flight[], fromUs: number, toUs: number): number {
  const known = flights.filter(({ activity }) => activity !== CPU_WAIT)
  const byStart = known.sort((one, other) => one.startUs - other.startUs)
  let reachedUs = fromUs
  let us = 0
  for (const { startUs, endUs } of byStart) {
    const endsUs = Math.min(endUs, toUs)
    if (endsUs <= reachedUs) continue
    us += endsUs - Math.max(startUs, reachedUs)
    reachedUs = endsUs
  }
  return us
}
