// How much credit the network path of one client can bear, learned from how long its acknowledgements took. Credit grows while what is in
// flight queues for less than the budget, and shrinks when it queues for longer. Pure arithmetic; `credit.ts` counts the bytes.
//
// The smallest round trip is taken as that of an empty path, and everything above it as queueing. But a frame also delays
// itself: a book of 6 kB takes 20 ms at 300 kB/s, and less than one frame cannot be sent. So on a long path the budget is
// never less than the transmission time of one frame. Otherwise such a path would always look full and carry one frame per
// round trip. On a short path one frame per round trip fills it, and a second one in flight is what a trade would wait for.
//
// A quick acknowledgement proves little where little was in flight before it. So credit grows only from what was in flight, by the frame
// that had to wait: 300 bytes of state that came back at once say nothing about two books.

import assert from 'node:assert/strict'
import { DOUBLE, DOUBLE_ZERO } from '@tradelane/shared/thread/clock'
import {
  BUDGET_MS,
  CREDIT_GROWTH_PER_S,
  CREDIT_MAX_BYTES,
  CREDIT_MIN_BYTES,
  CREDIT_START_BYTES,
  FRAME_ROUND_TRIPS,
  LONG_PATH_MS,
} from './limits.js'

/** A place in what the client was sent: a ping, or the end of a frame. */
export interface Mark {
  /** Of the ping, or the number of the frame. */
  readonly id: number
  /** Positions in the conflatable bytes, and in all bytes, that its acknowledgement covers. */
  readonly conflatable: number
  readonly total: number
  readonly atMs: number
  /** No conflatable bytes were in flight before it. */
  readonly isClean: boolean
  /** Of all bytes, those unacknowledged when it was sent. */
  readonly inFlightBytes: number
  /** About the largest conflatable frame among them. */
  readonly frameBytes: number
}

/** Used again: each acknowledgement is one. */
interface Sample {
  rttMs: number
  inFlightBytes: number
  /** Part of the round trip: the transmission time of the largest frame. */
  frameMs: number
}

const CLEAN_SAMPLES_MAX = 4

export class CreditWindow {
  /** The most that was in flight when a frame had to wait, and the largest such frame, both since credit last grew. */
  #limitedBytes = DOUBLE_ZERO
  #waitingBytes = DOUBLE_ZERO
  readonly #cleanRttsMs: number[] = []
  #bytes = DOUBLE
  /** It is asked for after each frame, and changes with each acknowledgement at most. */
  #pingBytes = DOUBLE
  #minRttMs = Number.POSITIVE_INFINITY
  /** The best since the last adjustment, and the latest: a single late acknowledgement may be any scheduler's fault. */
  readonly #best = noSample()
  #previous = noSample()
  #latest = noSample()
  #adjustedMs = Number.NEGATIVE_INFINITY
  #isSlowStart = true

  constructor() {
    this.#bytes = CREDIT_START_BYTES
    this.#setPingBytes()
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Round trip of the empty path; Infinity before the first acknowledgement. */
  get minRttMs(): number {
    return this.#minRttMs
  }

  /**
   * Bytes between two pings to a client that uses its credit and answers pings. A quarter of the credit keeps acknowledgements coming; on a long
   * path that would be a burst of many milliseconds, so there it is half of what the budget allows.
   */
  get pingBytes(): number {
    return this.#pingBytes
  }

  /** A frame had to wait for credit since credit last grew. Otherwise credit does not grow. */
  get isLimited(): boolean {
    return this.#waitingBytes > 0
  }

  /** A frame of `frameBytes` had to wait while `inFlightBytes` were in flight. */
  limited(inFlightBytes: number, frameBytes: number): void {
    assert(inFlightBytes >= 0, 'bytes in flight are never negative')
    this.#limitedBytes = Math.max(this.#limitedBytes, inFlightBytes)
    this.#waitingBytes = Math.max(this.#waitingBytes, frameBytes)
  }

  /** Of an acknowledgement that frees no credit: only that the empty path is not longer. */
  learnRoundTrip(mark: Mark, nowMs: number): void {
    this.#minRttMs = Math.min(this.#minRttMs, rttOf(mark, nowMs))
    this.#setPingBytes()
  }

  learn(mark: Mark, nowMs: number): void {
    const rttMs = rttOf(mark, nowMs)
    if (mark.isClean) {
      this.#cleanRttsMs.push(rttMs)
      if (this.#cleanRttsMs.length > CLEAN_SAMPLES_MAX) this.#cleanRttsMs.shift()
      this.#minRttMs = Math.min(...this.#cleanRttsMs)
      this.#setPingBytes()
      return
    }
    this.#minRttMs = Math.min(this.#minRttMs, rttMs)
    const { inFlightBytes, frameBytes } = mark
    const sample = this.#latest
    sample.rttMs = rttMs
    sample.inFlightBytes = inFlightBytes
    sample.frameMs = rttMs * Math.min(1, frameBytes / Math.max(1, inFlightBytes))
    if (rttMs < this.#best.rttMs) copySample(sample, this.#best)
    if (nowMs - this.#adjustedMs >= rttMs) {
      this.#adjustedMs = nowMs
      this.#adjust(sample)
      copySample(sample, this.#best)
    }
    this.#latest = this.#previous
    this.#previous = sample
    this.#setPingBytes()
  }

  #setPingBytes(): void {
    this.#pingBytes = this.#bytes * Math.min(1 / 4, BUDGET_MS / 2 / (this.#minRttMs + BUDGET_MS))
  }

  #adjust(latest: Sample): void {
    // While credit doubles, two samples must do: with a third it would have doubled once too often.
    const { rttMs, inFlightBytes, frameMs } = this.#isSlowStart ? better(latest, this.#previous) : this.#best
    if (rttMs - this.#minRttMs > BUDGET_MS) this.#isSlowStart = false
    const allowedMs = this.#minRttMs + Math.max(BUDGET_MS, Math.min(frameMs, FRAME_ROUND_TRIPS * this.#minRttMs))
    const fit = allowedMs / rttMs
    if (rttMs > allowedMs) {
      this.#bytes = Math.max(CREDIT_MIN_BYTES, (this.#bytes * (1 + fit)) / 2)
    } else if (this.isLimited) {
      // By what the budget leaves free, which on a long path is next to nothing per round trip.
      const steady = Math.max((1 + fit) / 2, 1 + (CREDIT_GROWTH_PER_S * this.#minRttMs) / 1_000)
      const growth = this.#isSlowStart ? 2 : Math.min(2, steady)
      // On a long path most of what has to wait does so between two pings.
      const provenBytes = this.#minRttMs < LONG_PATH_MS ? inFlightBytes : this.#limitedBytes
      const wanted = Math.max(this.#bytes, provenBytes * growth + this.#waitingBytes)
      this.#bytes = Math.min(CREDIT_MAX_BYTES, this.#bytes * growth, wanted)
      this.#limitedBytes = 0
      this.#waitingBytes = 0
    }
    assert(this.#bytes >= CREDIT_MIN_BYTES && this.#bytes <= CREDIT_MAX_BYTES, 'credit is within its limits')
  }
}

function rttOf({ atMs }: Mark, nowMs: number): number {
  assert(nowMs >= atMs, 'no acknowledgement comes before its mark')
  return nowMs - atMs
}

function noSample(): Sample {
  return { rttMs: Number.POSITIVE_INFINITY, inFlightBytes: DOUBLE_ZERO, frameMs: DOUBLE_ZERO }
}

function copySample(from: Sample, to: Sample): void {
  to.rttMs = from.rttMs
  to.inFlightBytes = from.inFlightBytes
  to.frameMs = from.frameMs
}

function better(one: Sample, other: Sample): Sample {
  return one.rttMs < other.rttMs ? one : other
}
