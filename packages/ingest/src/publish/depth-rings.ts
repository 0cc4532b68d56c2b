// Ingest's ends of the depth rings, one per shard, and their backpressure: a ring three quarters full pauses the book
// connections of its shard, until it is half empty. They carry no trades, so TCP may be the buffer behind them.

import assert from 'node:assert/strict'
import type { DepthRingProducer } from '@tradelane/shared/lanes/depth-ring'
import type { Instrument } from '@tradelane/shared/market/nouns'
import type { Counters } from '@tradelane/shared/thread/counters'
import type { Timer, Timers } from '@tradelane/shared/thread/timers'
import { RING_CHECK_MS, RING_PAUSE_RATIO, RING_RESUME_RATIO } from '../limits.js'

export interface Pausable {
  pause(): void
  resume(): void
}

interface Shard {
  readonly producer: DepthRingProducer
  /** The connections that fill the ring. */
  readonly connections: Pausable[]
  isPaused: boolean
}

export class DepthRings {
  readonly #counters: Counters
  readonly #timers: Timers
  #shards: readonly Shard[] = []
  #shardOfInstrument: readonly number[] = []
  #timer: Timer | undefined

  constructor(counters: Counters, timers: Timers) {
    this.#counters = counters
    this.#timers = timers
  }

  /** Spreads the books over these shards from now on. Connections that fill the former rings are closed. */
  reshard(producers: readonly DepthRingProducer[], shardOfInstrument: readonly number[]): void {
    const isInRange = (shard: number): boolean => shard >= 0 && shard < producers.length
    assert(
      producers.length === 0 || shardOfInstrument.every(isInRange),
      'every instrument is in a shard that has a ring',
    )
    this.#shards = producers.map(producer => ({ producer, connections: [], isPaused: false }))
    this.#shardOfInstrument = shardOfInstrument
  }

  shardOf({ id }: Instrument): number {
    const shard = this.#shardOfInstrument[id]
    assert(shard !== undefined, 'every instrument has a shard')
    return shard
  }

  producerOf(shard: number): DepthRingProducer {
    return this.#at(shard).producer
  }

  /** `connection` fills the ring of this shard. */
  add(connection: Pausable, shard: number): void {
    const { connections, isPaused } = this.#at(shard)
    connections.push(connection)
    if (isPaused) connection.pause()
  }

  /** It is closed. */
  remove(connection: Pausable, shard: number): void {
    const { connections } = this.#at(shard)
    const index = connections.indexOf(connection)
    assert(index >= 0, 'a connection that is removed was added')
    connections.splice(index, 1)
  }

  /** After each record that was offered to the ring of this shard. */
  checkFill(shard: number): void {
    const filled = this.#at(shard)
    if (filled.isPaused || !filled.producer.isFilledTo(RING_PAUSE_RATIO)) return
    filled.isPaused = true
    this.#counters.add('bookPauses')
    for (const connection of filled.connections) connection.pause()
    filled.producer.ring()
    this.#timer ??= this.#timers.setTimeout(this.#resumeDrained, RING_CHECK_MS)
  }

  close(): void {
    this.#timers.clear(this.#timer)
  }

  #at(index: number): Shard {
    const shard = this.#shards[index]
    assert(shard !== undefined, 'a shard has a ring')
    return shard
  }

  readonly #resumeDrained = (): void => {
    assert(this.#timer !== undefined, 'one check of the paused rings is scheduled at a time')
    this.#timer = undefined
    let isAnyPaused = false
    for (const shard of this.#shards) {
      if (!shard.isPaused) continue
      if (shard.producer.fillRatio() > RING_RESUME_RATIO) {
        isAnyPaused = true
        continue
      }
      shard.isPaused = false
      for (const connection of shard.connections) connection.resume()
    }
    // A connection that resumed may have filled its ring at once, and scheduled the check.
    if (isAnyPaused) this.#timer ??= this.#timers.setTimeout(this.#resumeDrained, RING_CHECK_MS)
  }
}
