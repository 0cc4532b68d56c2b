// When a connection is replaced: some time before the venue ends it, or after a pause where its successor could not be opened.

import assert from 'node:assert/strict'
import type { Timer } from '@tradelane/shared/thread/timers'
import type { IngestEnvironment } from '../ingest-environment.js'
import { ROTATION_SHARE, ROTATION_SPREAD_SHARE } from '../limits.js'

export class Rotation {
  readonly #environment: Pick<IngestEnvironment, 'timers' | 'random'>
  readonly #lifetimeMs: number | null
  readonly #onDue: () => void
  #timer: Timer | undefined

  /** `lifetimeMs`: null where the venue states none. */
  constructor(environment: Pick<IngestEnvironment, 'timers' | 'random'>, lifetimeMs: number | null, onDue: () => void) {
    assert(lifetimeMs === null || lifetimeMs > 0, 'a lifetime is longer than nothing')
    this.#environment = environment
    this.#lifetimeMs = lifetimeMs
    this.#onDue = onDue
  }

  /** The connection in use has just begun. */
  start(): void {
    this.stop()
    if (this.#lifetimeMs === null) return
    // Spread, so that the connections of a product are not replaced together.
    this.dueIn(this.#lifetimeMs * (ROTATION_SHARE - this.#environment.random() * ROTATION_SPREAD_SHARE))
  }

  dueIn(waitMs: number): void {
    this.stop()
    this.#timer = this.#environment.timers.setTimeout(this.#onDue, Math.min(waitMs, TIMER_MS_MAX))
  }

  stop(): void {
    this.#environment.timers.clear(this.#timer)
  }
}

/** Node fires longer timers at once. */
const TIMER_MS_MAX = 2 ** 31 - 1
