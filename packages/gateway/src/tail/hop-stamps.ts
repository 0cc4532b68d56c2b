// The gateway's stamps: when it picked trades up, when each client's cork went out, what the turn did besides. Counts the hops,
// notes the activities, keeps the latest trades for an account. Called from the merge's turn: one reading of the clock per cork,
// and nothing is allocated but for a trade that is among the worst.

import type { TradeBatch } from '@tradelane/shared/lanes/trade-log'
import { Kind, type MonotonicUs } from '@tradelane/shared/market/nouns'
import { Activity, ActivityRing } from '@tradelane/shared/trace/activity-ring'
import { Hop, HopHistograms } from '@tradelane/shared/trace/hop-histograms'
import { SLOW_SEND_US } from '../limits.js'
import { ArrivalFloor } from './arrival-floor.js'
import { type LateTrade, LateTrades } from './late-trades.js'

export class HopStamps {
  /** The worst from the venue's socket to the clients' sockets. */
  readonly late = new LateTrades()
  /** The worst from the venue to its socket here, above what its product's fastest trade takes. */
  readonly lateArrivals = new LateTrades()
  readonly #hops: HopHistograms
  readonly #activities: ActivityRing
  readonly #floor = new ArrivalFloor()
  readonly #nowUs: () => MonotonicUs
  #lastUs = 0
  #pickedUs = 0
  /** To the last of the clients that keep up. */
  #handedUs = 0
  #corkCount = 0

  constructor(traces: SharedArrayBuffer, threadIndex: number, nowUs: () => MonotonicUs) {
    this.#hops = new HopHistograms(traces, threadIndex)
    this.#activities = new ActivityRing(traces, threadIndex)
    this.#nowUs = nowUs
  }

  /** With the turn's own reading of the clock. */
  turnStarted(turnMs: number): void {
    this.#lastUs = turnMs * 1_000
  }

  /** A batch was copied out of the log. */
  pickedUp(): void {
    this.#pickedUs = this.#nowUs()
    this.#lastUs = this.#pickedUs
    this.#corkCount = 0
  }

  /** One client has the whole batch. */
  sent(recordCount: number): void {
    const nowUs = this.#nowUs()
    if (nowUs - this.#lastUs > SLOW_SEND_US) this.#activities.note(Activity.slowSend, this.#lastUs, nowUs, recordCount)
    this.#lastUs = nowUs
    this.#handedUs = nowUs
    this.#corkCount += 1
  }

  /** Every client that keeps up has the batch. */
  fannedOut(batch: TradeBatch): void {
    if (this.#corkCount === 0) this.#handedUs = this.#nowUs()
    this.#activities.note(Activity.fanOut, this.#pickedUs, this.#handedUs, batch.count)
    for (let index = 0; index < batch.count; index += 1) {
      if (batch.kind[index] !== Kind.gap) this.#count(batch, index)
    }
  }

  caughtUp(recordCount: number): void {
    if (recordCount > 0) this.#note(Activity.catchUp, recordCount)
  }

  sliced(frameCount: number): void {
    if (frameCount > 0) this.#note(Activity.slice, frameCount)
  }

  /** From a timer. */
  tick(nowMs: number): void {
    this.late.rotate(nowMs)
    this.lateArrivals.rotate(nowMs)
    this.#floor.rotate(nowMs)
  }

  #note(activity: Activity, items: number): void {
    const nowUs = this.#nowUs()
    this.#activities.note(activity, this.#lastUs, nowUs, items)
    this.#lastUs = nowUs
  }

  #count(batch: TradeBatch, index: number): void {
    const hops = this.#hops
    const readUs = batch.readUs[index]!
    hops.count(Hop.pickup, this.#pickedUs - batch.loggedUs[index]!)
    const excessUs = batch.kind[index] === Kind.trade ? this.#arrivalExcessUs(batch, index) : 0
    if (excessUs > this.lateArrivals.leastUs) this.lateArrivals.add(this.#stampsOf(batch, index, excessUs, excessUs))
    // Nobody was there to be served, or only clients that are behind.
    if (this.#corkCount === 0) return
    hops.count(Hop.send, this.#handedUs - this.#pickedUs)
    const totalUs = this.#handedUs - readUs
    hops.count(Hop.total, totalUs)
    if (totalUs > this.late.leastUs) this.late.add(this.#stampsOf(batch, index, totalUs, excessUs))
  }

  #arrivalExcessUs(batch: TradeBatch, index: number): number {
    return this.#floor.excessUs(batch.product[index]!, batch.receivedUs[index]! - batch.venueUs[index]!)
  }

  #stampsOf(batch: TradeBatch, index: number, lateUs: number, arrivalExcessUs: number): LateTrade {
    // Each thread has its own zero of the clock, right to a few µs: no hop ends before it began.
    const readUs = batch.readUs[index]!
    const loggedUs = Math.max(readUs, batch.loggedUs[index]!)
    const pickedUs = Math.max(loggedUs, this.#pickedUs)
    const handedUs = Math.max(pickedUs, this.#handedUs)
    return {
      sequence: batch.sequence[index]!,
      instrument: batch.instrument[index]!,
      product: batch.product[index]!,
      venueUs: batch.venueUs[index]!,
      receivedUs: batch.receivedUs[index]!,
      stampsUs: [readUs - arrivalExcessUs, readUs, loggedUs, pickedUs, handedUs],
      clientCount: this.#corkCount,
      lateUs,
      account: undefined,
    }
  }
}
