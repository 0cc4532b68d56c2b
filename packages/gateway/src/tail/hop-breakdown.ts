// Where the time of one hop went: what its thread was noted to do meanwhile, and how much of the hop nothing explains.

import type { ActivityRecord, ActivityRingReader } from '@tradelane/shared/trace/activity-ring'
import type { HopName } from '@tradelane/shared/trace/hop-histograms'
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

export interface HopBreakdown {
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
  readonly activities: ActivityRingReader
}

export function breakdownOf(trade: LateTrade, ingest: TracedThread, gateway: TracedThread): HopBreakdown[] {
  const [dueUs, readUs, loggedUs, pickedUs, handedUs] = trade.stampsUs
  return [
    hopAccount('arrival', ingest, dueUs, readUs),
    hopAccount('decode', ingest, readUs, loggedUs),
    hopAccount('pickup', gateway, loggedUs, pickedUs),
    hopAccount('send', gateway, pickedUs, handedUs),
  ]
}

function hopAccount(hop: HopName, thread: TracedThread, fromUs: number, toUs: number): HopBreakdown {
  const lookUs = Math.max(fromUs, toUs - ACCOUNT_US_MAX)
  const { records, isComplete } = thread.activities.span(lookUs, toUs)
  const us = toUs - fromUs
  return {
    hop,
    us: Math.round(us),
    thread: thread.role,
    doing: sums(records, fromUs, toUs),
    otherUs: Math.round(us - coveredUs(records, fromUs, toUs)),
    isComplete: isComplete && lookUs === fromUs,
  }
}

function sums(activities: readonly ActivityRecord[], fromUs: number, toUs: number): Doing[] {
  const doings = new Map<string, { times: number; us: number; longestUs: number; items: number }>()
  for (const { activity, startUs, endUs, items } of activities) {
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

function coveredUs(activities: readonly ActivityRecord[], fromUs: number, toUs: number): number {
  const known = activities.filter(({ activity }) => activity !== CPU_WAIT)
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
