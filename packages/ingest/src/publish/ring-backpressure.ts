// Back-pressure from the depth rings: a ring three quarters full pauses the book connections of its shard, until it is half
// empty. They carry no trades, so TCP may be the buffer behind them.

import assert from 'node:assert/strict'
import type { DepthRingProducer } from '@tradelane/shared/lanes/depth-ring'
import type { Counters } from '@tradelane/shared/thread/counters'
import type { Timer, Timers } from '@tradelane/shared/thread/timers'
import { RING_CHECK_MS, RING_PAUSE_RATIO, RING_RESUME_RATIO } from '../limits.js'

export interface Pausable {
  pause(): void
  resume(): void
}

interface WatchedRing {
  readonly ring: DepthRingProducer
  readonly connections: Pausable[]
  isPaused: boolean
}

export class RingBackpressure {
  readonly #counters: Counters
  readonly #timers: Timers
  /** By shard. */
  #rings: readonly WatchedRing[] = []
  #timer: Timer | undefined

  constructor(counters: Counters, timers: Timers) {
    this.#counters = counters
    this.#timers = timers
  }

  /** The rings of all shards from now on. Connections of the former ones are closed. */
  watch(rings: readonly DepthRingProducer[]): void {
    this.#rings = rings.map(ring => ({ ring, connections: [], isPaused: false }))
  }

  /** `connection` fills the ring of this shard. */
  add(connection: Pausable, shard: number): void {
    const watched = this.#rings[shard]
    assert(watched !== undefined, 'a book connection belongs to a shard')
    watched.connections.push(connection)
    if (watched.isPaused) connection.pause()
  }

  /** After each record that was offered to the ring of this shard. */
  check(shard: number): void {
    const watched = this.#rings[shard]
    assert(watched !== undefined, 'a record is offered to the ring of a shard')
    if (watched.isPaused || watched.ring.fillRatio() < RING_PAUSE_RATIO) return
    watched.isPaused = true
    this.#counters.add('bookPauses')
    for (const connection of watched.connections) connection.pause()
    watched.ring.ring()
    this.#timer ??= this.#timers.setTimeout(this.#resumeDrained, RING_CHECK_MS)
  }

  close(): void {
    this.#timers.clear(this.#timer)
  }

  readonly #resumeDrained = (): void => {
    this.#timer = undefined
    let isAnyPaused = false
    for (const watched of this.#rings) {
      if (!watched.isPaused) continue
      if (watched.ring.fillRatio() > RING_RESUME_RATIO) {
        isAnyPaused = true
        continue
      }
      watched.isPaused = false
      for (const connection of watched.connections) connection.resume()
    }
    if (isAnyPaused) this.#timer = this.#timers.setTimeout(this.#resumeDrained, RING_CHECK_MS)
  }
}
