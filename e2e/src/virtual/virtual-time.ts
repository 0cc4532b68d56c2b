// A seeded discrete-event scheduler: clock, timers and events of a run. Nothing sleeps: time jumps from one event to the next.
// Events of the same microsecond happen in the order in which they were scheduled, so a run depends on its seed only.

import assert from 'node:assert/strict'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { MonotonicUs } from '@tradelane/shared/market/nouns'
import type { Timer, Timers } from '@tradelane/shared/thread/timers'
import type { SeededRandom } from './seeded-random.js'

export interface ScheduledEvent {
  readonly atUs: number
  readonly order: number
  /** See `settleAfter`. */
  readonly settles: boolean
  /** Undefined after it happened or was cancelled. */
  callback: (() => void) | undefined
}

/** Timers fire up to so much late, as Node's do. */
const TIMER_LATE_US_MAX = 1_000
/** Node replaces a longer timeout by 1 ms. */
const TIMEOUT_MS_MAX = 2 ** 31 - 1
const SETTLES_PER_TURN = 64

export class VirtualTime implements Timers {
  eventCount = 0
  readonly #random: SeededRandom
  /** A binary heap, earliest first. */
  readonly #heap: ScheduledEvent[] = []
  #nowUs: number
  #order = 0
  #settleCount = 0
  #isToSettle = false

  constructor(random: SeededRandom, startUs: number) {
    this.#random = random
    this.#nowUs = startUs
  }

  readonly nowUs = (): MonotonicUs => this.#nowUs as MonotonicUs

  readonly nowMs = (): number => this.#nowUs / 1_000

  /** The callback must not start or resolve promises. */
  at(atUs: number, callback: () => void): ScheduledEvent {
    return this.#schedule(atUs, callback, false)
  }

  after(us: number, callback: () => void): ScheduledEvent {
    return this.#schedule(this.#nowUs + us, callback, false)
  }

  /** The callback may start or resolve promises; all that can settle do so before the next event. */
  settleAfter(us: number, callback: () => void): ScheduledEvent {
    return this.#schedule(this.#nowUs + us, callback, true)
  }

  /** Something that will settle was started: as if the event that happens now were one of `settleAfter`. */
  settleNow(): void {
    this.#isToSettle = true
  }

  cancel(event: ScheduledEvent | undefined): void {
    if (event !== undefined) event.callback = undefined
  }

  setTimeout(callback: () => void, ms: number): Timer {
    return this.settleAfter(this.#timerUs(ms), callback)
  }

  /** Looks of the product and its venues: nearly all of a run's timers, and hardly any starts a promise (`settleNow`). */
  setInterval(callback: () => void, ms: number): Timer {
    const interval = new Interval()
    const happen = (): void => {
      interval.event = this.after(this.#timerUs(ms), happen)
      callback()
    }
    interval.event = this.after(this.#timerUs(ms), happen)
    return interval
  }

  setImmediate(callback: () => void): void {
    this.settleAfter(0, callback)
  }

  clear(timer: Timer | undefined): void {
    this.cancel(timer instanceof Interval ? timer.event : (timer as ScheduledEvent | undefined))
  }

  /** `afterEach`: after each callback, before promises settle. */
  async runUntil(untilUs: number, afterEach: () => void): Promise<void> {
    for (let event = this.#heap[0]; event !== undefined && event.atUs <= untilUs; event = this.#heap[0]) {
      this.#pop()
      const { callback, settles } = event
      if (callback === undefined) continue
      event.callback = undefined
      this.#nowUs = event.atUs
      this.eventCount += 1
      callback()
      afterEach()
      if (!settles && !this.#isToSettle) continue
      this.#isToSettle = false
      await this.#settle()
    }
    this.#nowUs = untilUs
  }

  /**
   * Until every promise that needs no real input has settled: a tick begins when no reaction of a promise is left. Turns of the
   * real event loop, which cost much more, are for what V8 and the test runner have to do meanwhile.
   */
  #settle(): Promise<unknown> {
    this.#settleCount += 1
    return this.#settleCount % SETTLES_PER_TURN === 0 ? nextTurn() : new Promise(resolve => process.nextTick(resolve))
  }

  /** As Node: whole milliseconds, at least one, and a little late. */
  #timerUs(ms: number): number {
    const wholeMs = ms >= 1 && ms <= TIMEOUT_MS_MAX ? Math.trunc(ms) : 1
    return wholeMs * 1_000 + this.#random.below(TIMER_LATE_US_MAX)
  }

  #schedule(atUs: number, callback: () => void, settles: boolean): ScheduledEvent {
    assert(atUs >= this.#nowUs && atUs < Number.POSITIVE_INFINITY, 'an event is not scheduled in the past')
    const event: ScheduledEvent = { atUs, order: this.#order, settles, callback }
    this.#order += 1
    this.#push(event)
    return event
  }

  #push(event: ScheduledEvent): void {
    const heap = this.#heap
    let index = heap.length
    for (let parent = (index - 1) >> 1; index > 0 && isBefore(event, heap[parent]!); parent = (index - 1) >> 1) {
      heap[index] = heap[parent]!
      index = parent
    }
    heap[index] = event
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()!
    const { length } = heap
    if (length === 0) return
    let index = 0
    for (let child = 1; child < length; child = 2 * index + 1) {
      if (child + 1 < length && isBefore(heap[child + 1]!, heap[child]!)) child += 1
      if (!isBefore(heap[child]!, last)) break
      heap[index] = heap[child]!
      index = child
    }
    heap[index] = last
  }
}

class Interval {
  event: ScheduledEvent | undefined
}

function isBefore(left: ScheduledEvent, right: ScheduledEvent): boolean {
  return left.atUs < right.atUs || (left.atUs === right.atUs && left.order < right.order)
}
