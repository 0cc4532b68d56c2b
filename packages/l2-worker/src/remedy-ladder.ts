// Which remedy a book without a usable snapshot is given next: a snapshot (by REST or a new subscription), then another
// connection, then a pause; then the round begins again, after a longer pause each time. What did not help is not done again
// within a round. Pure.

import assert from 'node:assert/strict'
import type { Remedy } from '@tradelane/shared/thread/thread-messages'
import { REMEDY_PAUSE_MS_MAX, REMEDY_PAUSE_MS_MIN } from './limits.js'

export class RemedyLadder {
  readonly #snapshotsPerRound: number
  /** Remedies in a row that did not help. */
  #failedCount = 0
  /** A remedy was tried, and it is not known whether it helped. */
  #isOpen = false
  /** The connection is a new one: a snapshot on it is still to be tried. */
  #isRenewed = false

  /** How many snapshots are tried before another connection; Infinity: nothing else is tried, and there is no pause. */
  constructor(snapshotsPerRound: number) {
    assert(snapshotsPerRound >= 1, 'a round begins with a snapshot')
    this.#snapshotsPerRound = snapshotsPerRound
  }

  /** The next one, which is tried now. */
  take(): Remedy {
    const isSnapshot = this.#isRenewed || this.#failedCount % (this.#snapshotsPerRound + 1) < this.#snapshotsPerRound
    this.#isOpen = true
    this.#isRenewed = false
    return isSnapshot ? 'snapshot' : 'connection'
  }

  /** The last one did not help. Milliseconds to wait before the next, mostly 0. */
  failed(): number {
    if (!this.#isOpen) return 0
    this.#isOpen = false
    this.#failedCount += 1
    const roundCount = this.#failedCount / (this.#snapshotsPerRound + 1)
    if (roundCount < 1 || !Number.isInteger(roundCount)) return 0
    return Math.min(REMEDY_PAUSE_MS_MAX, REMEDY_PAUSE_MS_MIN * 2 ** (roundCount - 1))
  }

  helped(): void {
    this.#failedCount = 0
    this.#isOpen = false
    this.#isRenewed = false
  }

  renewed(): void {
    this.#isRenewed = true
  }
}
