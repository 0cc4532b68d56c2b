// The gateway's stamps: when it picked trades up, when each client's cork went out, what else the turn did. Counts the hops,
// records the activities, notes the worst trades for the admin thread. Called from the merge's turn: one reading of the clock per
// cork, and no allocation except for a trade that is among the worst.

import assert from 'node:assert/strict'
import type { TradeBatch } from '@tradelane/shared/lanes/trade-log'
import { Kind, type MonotonicUs } from '@tradelane/shared/market/nouns'
import { DOUBLE_ZERO } from '@tradelane/shared/thread/clock'
import { Activity, ActivityRing } from '@tradelane/shared/trace/activity-ring'
import { Hop, HopHistograms } from '@tradelane/shared/trace/hop-histograms'
import type { LateTrade } from '@tradelane/shared/trace/late-trades'
import { SLOW_SEND_US } from '../limits.js'
import { ArrivalFloor } from './arrival-floor.js'
import { LateTrades } from './late-trades.js'

export class HopStamps {
  /** The worst from the venue's socket to the clients' sockets. */
  readonly late = new LateTrades()
  /** The worst from the venue to its socket here, beyond what its product's fastest trade takes. */
  readonly lateArrivals = new LateTrades()
  readonly #hops: HopHistograms
  readonly #activities: ActivityRing
  readonly #floor = new ArrivalFloor()
  readonly #nowUs: () => MonotonicUs
  #lastUs = DOUBLE_ZERO
  #pickedUpUs = DOUBLE_ZERO
  /** To the last caught-up client. */
  #handedOverUs = DOUBLE_ZERO
  #corkCount = 0

  constructor(traces: SharedArrayBuffer, threadIndex: number, nowUs: () => MonotonicUs) {
    this.#hops = new HopHistograms(traces, threadIndex)
    this.#activities = new ActivityRing(traces, threadIndex)
    this.#nowUs = nowUs
  }

  /** Takes the turn's own reading of the clock. */
  turnStarted(turnMs: number): void {
    assert(this.#handedOverUs >= this.#pickedUpUs, 'a batch is fanned out in the turn that picked it up')
    // Whole µs: a conversion from ms may round up, past the next reading of the clock.
    this.#lastUs = Math.floor(turnMs * 1_000)
  }

  /** A batch was copied out of the log. */
  pickedUp(): void {
    this.#pickedUpUs = this.#nowUs()
    assert(this.#pickedUpUs >= this.#handedOverUs, 'batches are handed over one after the other')
    this.#lastUs = this.#pickedUpUs
    this.#corkCount = 0
  }

  /** One client was sent the whole batch. */
  sent(recordCount: number): void {
    const nowUs = this.#nowUs()
    assert(nowUs >= this.#pickedUpUs, 'monotonic time never goes back')
    if (nowUs - this.#lastUs > SLOW_SEND_US) this.#activities.note(Activity.slowSend, this.#lastUs, nowUs, recordCount)
    this.#lastUs = nowUs
    this.#handedOverUs = nowUs
    this.#corkCount += 1
  }

  /** Every caught-up client was sent the batch. */
  fannedOut(batch: TradeBatch): void {
    assert(batch.count > 0, 'a fan-out has records')
    if (this.#corkCount === 0) this.#handedOverUs = this.#nowUs()
    this.#activities.startUs = this.#pickedUpUs
    this.#activities.endUs = this.#handedOverUs
    this.#activities.noteSpan(Activity.fanOut, batch.count)
    for (let index = 0; index < batch.count; index += 1) {
      if (batch.kind[index] !== Kind.gap) this.#count(batch, index)
    }
  }

  caughtUp(recordCount: number): void {
    if (recordCount > 0) this.#record(Activity.catchUp, recordCount)
  }

  sliced(frameCount: number): void {
    if (frameCount > 0) this.#record(Activity.slice, frameCount)
  }

  choreDone(): void {
    this.#record(Activity.chore, 1)
  }

  /** From a timer: forgets what is too old to compare with. */
  rotate(nowMs: number): void {
    this.late.rotate(nowMs)
    this.lateArrivals.rotate(nowMs)
    this.#floor.rotate(nowMs)
  }

  #record(activity: Activity, items: number): void {
    const nowUs = this.#nowUs()
    assert(nowUs >= this.#lastUs, 'an activity never ends before it begins')
    const activities = this.#activities
    activities.startUs = this.#lastUs
    activities.endUs = nowUs
    activities.noteSpan(activity, items)
    this.#lastUs = nowUs
  }

  #count(batch: TradeBatch, index: number): void {
    const hops = this.#hops
    const product = batch.product[index]!
    const readUs = batch.readUs[index]!
    hops.count(product, Hop.pickup, this.#pickedUpUs - batch.loggedUs[index]!)
    const excessUs = batch.kind[index] === Kind.trade ? this.#arrivalExcessUs(batch, index) : 0
    if (excessUs > this.lateArrivals.leastUs) this.lateArrivals.add(this.#stampsOf(batch, index, excessUs, excessUs))
    // There are no clients, or all of them are behind.
    if (this.#corkCount === 0) return
    hops.count(product, Hop.send, this.#handedOverUs - this.#pickedUpUs)
    const totalUs = this.#handedOverUs - readUs
    hops.count(product, Hop.total, totalUs)
    if (totalUs > this.late.leastUs) this.late.add(this.#stampsOf(batch, index, totalUs, excessUs))
  }

  #arrivalExcessUs(batch: TradeBatch, index: number): number {
    return this.#floor.excessUs(batch.product[index]!, batch.receivedUs[index]! - batch.venueUs[index]!)
  }

  #stampsOf(batch: TradeBatch, index: number, lateUs: number, arrivalExcessUs: number): LateTrade {
    // Threads map their clocks to the shared one with an error of a few µs: no hop may end before it begins.
    const readUs = batch.readUs[index]!
    const loggedUs = Math.max(readUs, batch.loggedUs[index]!)
    const pickedUpUs = Math.max(loggedUs, this.#pickedUpUs)
    const handedOverUs = Math.max(pickedUpUs, this.#handedOverUs)
    return {
      sequence: batch.sequence[index]!,
      instrument: batch.instrument[index]!,
      product: batch.product[index]!,
      venueUs: batch.venueUs[index]!,
      receivedUs: batch.receivedUs[index]!,
      stampsUs: [readUs - arrivalExcessUs, readUs, loggedUs, pickedUpUs, handedOverUs],
      clientCount: this.#corkCount,
      lateUs,
    }
  }
}
