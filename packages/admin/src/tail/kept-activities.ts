// The activities of a thread, kept longer than its ring holds them: while a page is open, for the last minute. Read out of the
// ring some times a second, without the thread noticing.

import type { ActivityRecord, ActivityRingReader } from '@tradelane/shared/trace/activity-ring'
import { KEPT_ACTIVITIES_MAX, KEPT_MS } from '../limits.js'

export class KeptActivities {
  readonly #ring: ActivityRingReader
  #position: number
  /** In the order in which they were noted. */
  #records: ActivityRecord[] = []
  /** Nothing that ended before is known completely. */
  #completeSinceUs: number

  constructor(ring: ActivityRingReader, nowUs: number) {
    this.#ring = ring
    this.#position = ring.position()
    this.#completeSinceUs = nowUs
  }

  /** To be called often. */
  collect(nowUs: number): void {
    const { records, position, isComplete } = this.#ring.since(this.#position)
    if (!isComplete) this.#completeSinceUs = records[0]?.startUs ?? nowUs
    this.#position = position
    this.#records.push(...records)
    const keptSinceUs = nowUs - KEPT_MS * 1_000
    const excess = this.#records.length - KEPT_ACTIVITIES_MAX
    const oldCount = this.#records.findIndex(({ endUs }) => endUs >= keptSinceUs)
    const dropped = Math.max(0, excess, oldCount)
    if (dropped === 0) return
    this.#records = this.#records.slice(dropped)
    this.#completeSinceUs = Math.max(this.#completeSinceUs, this.#records[0]?.startUs ?? nowUs)
  }

  /** As `ActivityRingReader.span`. */
  span(fromUs: number, toUs: number): { records: readonly ActivityRecord[]; isComplete: boolean } {
    const records = this.#records.filter(({ startUs, endUs }) => endUs > fromUs && startUs < toUs)
    return { records: records.reverse(), isComplete: fromUs >= this.#completeSinceUs }
  }

  /** The first of this kind that began at this time or later. */
  firstFrom(activity: string, fromUs: number): ActivityRecord | undefined {
    return this.#records.find(record => record.activity === activity && record.startUs >= fromUs)
  }
}
