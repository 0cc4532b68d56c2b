// When the path of one client is left empty for one round trip, so that a clean mark measures the smallest one again. The mark is
// a ping; or, of a client that acknowledges by message, the next frame, and preferably a small one: the transmission of a large
// one would pass for a longer path.

import assert from 'node:assert/strict'
import { DOUBLE, DOUBLE_ZERO } from '@tradelane/shared/thread/clock'
import { PROBE_BYTES_MAX, PROBE_MS, PROBE_WAIT_MS } from './limits.js'

/** Before its mark is made: no acknowledgement reaches it. */
const UNMARKED = Number.POSITIVE_INFINITY

export class Probe {
  #isOn = false
  #startMs = DOUBLE
  #id = DOUBLE_ZERO

  constructor(startMs: number) {
    this.#startMs = startMs
  }

  /** From the start until its mark, or any later one, is acknowledged. */
  get isOn(): boolean {
    return this.#isOn
  }

  /** It waits for the frame that is its mark. */
  get isUnmarked(): boolean {
    return this.#isOn && this.#id === UNMARKED
  }

  isDue(nowMs: number): boolean {
    return nowMs - this.#startMs >= PROBE_MS
  }

  start(nowMs: number): void {
    assert(nowMs >= this.#startMs, 'monotonic time never goes back')
    this.#startMs = nowMs
    this.#isOn = true
    this.#id = UNMARKED
  }

  markedAs(id: number): void {
    assert(this.isUnmarked, 'a probe has one mark')
    this.#id = id
  }

  /** Anything from the probe on will do: a client need not acknowledge the probe itself. */
  acknowledged(id: number): void {
    if (id >= this.#id) this.#isOn = false
  }

  /** Whether a frame of this size may be its mark. */
  mayBe(bytes: number, nowMs: number): boolean {
    return this.isUnmarked && (bytes <= PROBE_BYTES_MAX || nowMs - this.#startMs >= PROBE_WAIT_MS)
  }
}
