// A connection beside the one in use, which it will replace. Its frames are held, so that frames never go back in time. It takes
// over when both connections have brought everything for a while: then what was on its way on the old one has come.

import assert from 'node:assert/strict'
import type { Feed } from '@tradelane/shared/market/nouns'
import type { Timer } from '@tradelane/shared/thread/timers'
import type { IngestEnvironment } from '../ingest-environment.js'
import { BOOK_OVERLAP_MS_MIN, OVERLAP_MS } from '../limits.js'
import type { Connection } from './connection.js'
import type { FrameReceiver } from './connection-receiver.js'
import { HeldFrames } from './held-frames.js'

export interface SuccessorOptions {
  readonly feed: Feed
  readonly environment: Pick<IngestEnvironment, 'timers' | 'nowMs'>
  connect(receiver: FrameReceiver): Connection
  /** It has to take over now, whether the overlap was long enough or not. */
  onFull(): void
  /** The overlap was long enough. */
  onOverlapped(): void
}

export class Successor {
  readonly connection: Connection
  readonly #options: SuccessorOptions
  readonly #held: HeldFrames
  /** Since when both connections bring everything, and are read; NaN while they do not. */
  #overlapMs = Number.NaN
  #timer: Timer | undefined

  constructor(options: SuccessorOptions) {
    this.#options = options
    this.#held = new HeldFrames(options.onFull)
    this.connection = options.connect(this.#held)
  }

  /** Nothing is missed by going on with it. */
  get isSeamless(): boolean {
    if (this.#options.feed !== 'book') return this.connection.isSettled
    return this.#options.environment.nowMs() - this.#overlapMs >= BOOK_OVERLAP_MS_MIN
  }

  /** Both connections are read, and what it is subscribed to has changed. Only what carries everything may take over. */
  considerOverlap(): void {
    this.endOverlap()
    if (!this.connection.isSettled || this.connection.isWaiting) return
    const { environment, onOverlapped } = this.#options
    this.#overlapMs = environment.nowMs()
    this.#timer = environment.timers.setTimeout(onOverlapped, OVERLAP_MS)
  }

  /** One of the two connections is not read, or has ended. */
  endOverlap(): void {
    this.#overlapMs = Number.NaN
    this.#options.environment.timers.clear(this.#timer)
  }

  /** The receiver gets what was held, and what comes from now on. */
  deliverTo(receiver: FrameReceiver): void {
    assert(this.connection.isUp, 'a connection is up before it takes over')
    this.connection.assign(receiver)
    this.#held.deliverTo(receiver)
  }
}
