// How much credit one client's line bears, learnt from how long its pongs took. The credit grows while what is in flight
// queues for less than the budget, and shrinks when it queues for longer. Pure arithmetic; `credit.ts` keeps the accounts.
//
// The smallest round trip stands for the empty line: all that is above it is taken for queueing. But a frame also delays
// itself: a book of 6 kB needs 20 ms on a line of 300 kB/s. Sending less than one frame is impossible, so on a long way the
// budget is never smaller than the time that the line needs for one frame: such a line would be taken for a full one for
// ever, and would be held at one frame per round trip. On a short way one frame per round trip is all that the line bears,
// and a second frame in flight is what a trade would wait for.
//
// A quick pong proves little where little was in flight before it. So the credit grows no further than from what was proven
// by what had to wait: 300 bytes of state that came back at once say nothing of two books.

import {
  BUDGET_MS,
  CREDIT_GROWTH_PER_S,
  CREDIT_MAX_BYTES,
  CREDIT_MIN_BYTES,
  CREDIT_START_BYTES,
  FRAME_ROUND_TRIPS,
  LONG_WAY_MS,
} from './limits.js'

export interface Ping {
  readonly id: number
  /** Cumulative conflatable bytes, and all bytes, sent before it. */
  readonly conflatable: number
  readonly total: number
  readonly atMs: number
  /** No conflatable bytes were in flight. */
  readonly isClean: boolean
  /** Of all bytes sent before it, those not acknowledged at that time. */
  readonly inFlightBytes: number
  /** About the largest conflatable frame among them. */
  readonly frameBytes: number
}

interface Sample {
  readonly rttMs: number
  readonly inFlightBytes: number
  /** Of the round trip, what the largest frame needed on the line. */
  readonly frameMs: number
}

const NO_SAMPLE: Sample = { rttMs: Number.POSITIVE_INFINITY, inFlightBytes: 0, frameMs: 0 }
const CLEAN_SAMPLES_MAX = 4

export class CreditWindow {
  /** Since it last grew, where something had to wait for credit: the most that was in flight then, and the largest frame. */
  #limitedBytes = 0
  #waitingBytes = 0
  readonly #cleanRttsMs: number[] = []
  #bytes = CREDIT_START_BYTES
  #minRttMs = Number.POSITIVE_INFINITY
  /** Of those since the last adjustment and the one before: a late pong may be the work of any scheduler on the way. */
  #best = NO_SAMPLE
  #previous = NO_SAMPLE
  #adjustedMs = Number.NEGATIVE_INFINITY
  #isSlowStart = true

  get bytes(): number {
    return this.#bytes
  }

  /** The empty line's round trip; Infinity before the first pong. */
  get minRttMs(): number {
    return this.#minRttMs
  }

  /**
   * Bytes between two pings to a client that uses its credit. A quarter of the credit keeps the acknowledgements coming;
   * on a long way that would still be a burst of many milliseconds, so there it is half of what the budget holds.
   */
  get pingBytes(): number {
    return this.#bytes * Math.min(1 / 4, BUDGET_MS / 2 / (this.#minRttMs + BUDGET_MS))
  }

  /** Something had to wait for credit since it last grew: without need it does not grow. */
  get isLimited(): boolean {
    return this.#waitingBytes > 0
  }

  /** A frame had to wait while so much was in flight. */
  limited(inFlightBytes: number, frameBytes: number): void {
    this.#limitedBytes = Math.max(this.#limitedBytes, inFlightBytes)
    this.#waitingBytes = Math.max(this.#waitingBytes, frameBytes)
  }

  learn(ping: Ping, nowMs: number): void {
    const rttMs = nowMs - ping.atMs
    if (ping.isClean) {
      this.#cleanRttsMs.push(rttMs)
      if (this.#cleanRttsMs.length > CLEAN_SAMPLES_MAX) this.#cleanRttsMs.shift()
      this.#minRttMs = Math.min(...this.#cleanRttsMs)
      return
    }
    this.#minRttMs = Math.min(this.#minRttMs, rttMs)
    const { inFlightBytes, frameBytes } = ping
    const frameMs = rttMs * Math.min(1, frameBytes / Math.max(1, inFlightBytes))
    const sample: Sample = { rttMs, inFlightBytes, frameMs }
    this.#best = better(sample, this.#best)
    if (nowMs - this.#adjustedMs >= rttMs) {
      this.#adjustedMs = nowMs
      this.#adjust(sample)
      this.#best = sample
    }
    this.#previous = sample
  }

  #adjust(latest: Sample): void {
    // While it doubles, two samples must do: a third would come a doubling too late.
    const { rttMs, inFlightBytes, frameMs } = this.#isSlowStart ? better(latest, this.#previous) : this.#best
    if (rttMs - this.#minRttMs > BUDGET_MS) this.#isSlowStart = false
    const allowedMs = this.#minRttMs + Math.max(BUDGET_MS, Math.min(frameMs, FRAME_ROUND_TRIPS * this.#minRttMs))
    const fit = allowedMs / rttMs
    if (rttMs > allowedMs) {
      this.#bytes = Math.max(CREDIT_MIN_BYTES, (this.#bytes * (1 + fit)) / 2)
    } else if (this.isLimited) {
      // By what the budget leaves free; on a long way that is next to nothing each round trip.
      const steady = Math.max((1 + fit) / 2, 1 + (CREDIT_GROWTH_PER_S * this.#minRttMs) / 1_000)
      const growth = this.#isSlowStart ? 2 : Math.min(2, steady)
      // On a long way most of what is wanted is between two pings.
      const provenBytes = this.#minRttMs < LONG_WAY_MS ? inFlightBytes : this.#limitedBytes
      const wanted = Math.max(this.#bytes, provenBytes * growth + this.#waitingBytes)
      this.#bytes = Math.min(CREDIT_MAX_BYTES, this.#bytes * growth, wanted)
      this.#limitedBytes = 0
      this.#waitingBytes = 0
    }
  }
}

function better(one: Sample, other: Sample): Sample {
  return one.rttMs < other.rttMs ? one : other
}
