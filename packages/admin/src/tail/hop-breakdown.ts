// Where the time of each hop of a late trade went: what the hop's thread was doing, and how much of the hop nothing explains.

import assert from 'node:assert/strict'
import type { ActivityRecord, ActivityRingReader } from '@tradelane/shared/trace/activity-ring'
import type { HopName } from '@tradelane/shared/trace/hop-histograms'
import type { StampsUs } from '@tradelane/shared/trace/late-trades'
import { BREAKDOWN_US_MAX } from '../limits.js'

export interface Doing {
  /** A name of `Activity` in `activity-ring.ts`. */
  readonly activity: string
  readonly times: number
  /** Within the hop; of `cpuWait` an upper bound. */
  readonly us: number
  /** The longest of them, from its start to its end. */
  readonly longestUs: number
  readonly items: number
}

export interface HopBreakdown {
  readonly hop: HopName
  readonly us: number
  readonly thread: string
  /** Longest first. Activities may lie within each other: their times do not add up. */
  readonly doing: readonly Doing[]
  /** No activity covers this much of the hop: code that records none, or the thread waited for a CPU (`cpuWait`). */
  readonly otherUs: number
  /** False: some activities were overwritten before this was made, or the hop is longer than it looks back. */
  readonly isComplete: boolean
}

/** Its record spans more time than the wait took, so it is listed beside the others and covers nothing. */
const CPU_WAIT = 'cpuWait'

export interface TracedThread {
  readonly role: string
  readonly activities: Pick<ActivityRingReader, 'span'>
}

export function breakdownOf(stampsUs: StampsUs, ingest: TracedThread, gateway: TracedThread): HopBreakdown[] {
  const [expectedUs, readUs, loggedUs, pickedUpUs, handedOverUs] = stampsUs
  return [
    hopBreakdown('arrival', ingest, expectedUs, readUs),
    hopBreakdown('decode', ingest, readUs, loggedUs),
    hopBreakdown('pickup', gateway, loggedUs, pickedUpUs),
    hopBreakdown('send', gateway, pickedUpUs, handedOverUs),
  ]
}

function hopBreakdown(hop: HopName, thread: TracedThread, fromUs: number, toUs: number): HopBreakdown {
  assert(!(fromUs > toUs), 'no hop ends before it begins')
  const sinceUs = Math.max(fromUs, toUs - BREAKDOWN_US_MAX)
  const { records, isComplete } = thread.activities.span(sinceUs, toUs)
  const us = toUs - fromUs
  return {
    hop,
    us: Math.round(us),
    thread: thread.role,
    doing: sums(records, fromUs, toUs),
    otherUs: Math.round(us - coveredUs(records, fromUs, toUs)),
    isComplete: isComplete && sinceUs === fromUs,
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

/** The union of the activities within the hop. */
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
