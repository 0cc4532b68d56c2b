// Since when one client has shown no sign that it accepts what it is sent. Its own messages and pings are no such sign. An empty
// buffer is one only from a client that never acknowledged anything: the kernel accepts megabytes for a client that stopped
// reading.

import assert from 'node:assert/strict'
import { DOUBLE } from '@tradelane/shared/thread/clock'
import type { Credit } from './credit.js'

export class StallWatch {
  readonly #credit: Credit
  #progressMs = DOUBLE
  #bufferedBytes = 0

  constructor(credit: Credit, startMs: number) {
    this.#credit = credit
    this.#progressMs = startMs
  }

  progressed(nowMs: number): void {
    assert(nowMs >= this.#progressMs, 'monotonic time never goes back')
    this.#progressMs = nowMs
  }

  /** Milliseconds without a sign. `bufferedBytes`: in user space, at its socket. */
  stalledMs(bufferedBytes: number, nowMs: number): number {
    assert(nowMs >= this.#progressMs, 'progress is never in the future')
    const isTaken = bufferedBytes < this.#bufferedBytes || (bufferedBytes === 0 && !this.#credit.hasAnswered)
    if (isTaken || this.#credit.unacknowledgedBytes === 0) this.progressed(nowMs)
    this.#bufferedBytes = bufferedBytes
    return nowMs - this.#progressMs
  }
}
