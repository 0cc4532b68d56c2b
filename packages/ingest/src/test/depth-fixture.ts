// Book feeds over two real rings, with a consumer on the first. Used by this package's tests.

import { after } from 'node:test'
import type { DepthRecord } from '@tradelane/shared/lanes/depth-ring'
import type { Decimal, Instrument, MonotonicUs } from '@tradelane/shared/market/nouns'
import { FrameClass } from '@tradelane/venues/frame-class'
import { ContractSizes } from '@tradelane/venues/sizes'
import { BookFeed } from '../feed/book-feed.js'
import type { Pausable } from '../publish/depth-rings.js'
import { RecordedLog } from './recorded-log.js'
import { contextOf } from './test-context.js'
import { BINANCE, BTC, ETH, TestLanes } from './test-lanes.js'

export const RING_BYTES = 64 * 1_024
export const AT_US = 1_790_000_000_000_000 as MonotonicUs

/** Counts how often a connection is paused and resumed. */
export class CountedConnection implements Pausable {
  pauses = 0
  resumes = 0

  pause(): void {
    this.pauses += 1
  }

  resume(): void {
    this.resumes += 1
  }
}

/** Two shards: Binance's books in the first, Bybit's in the second. */
export class DepthFixture {
  readonly first = new TestLanes({ ringBytes: RING_BYTES })
  readonly second = new TestLanes({ ringBytes: RING_BYTES })
  readonly consumer = this.first.consumer()
  readonly connection = new CountedConnection()
  readonly otherConnection = new CountedConnection()
  readonly context = contextOf(this.first, new RecordedLog())
  readonly rings = this.context.publishers.depthRings
  readonly ring = this.first.producer()
  /** Of Binance's books, on a connection that is up: its link records have been read. */
  readonly feed: BookFeed
  readonly #forwardedBefore: number

  constructor() {
    this.rings.reshard([this.ring, this.second.producer()], [0, 0, 1, 1])
    this.rings.add(this.connection, 0)
    this.rings.add(this.otherConnection, 1)
    after(() => this.context.publishers.close())
    this.feed = this.newFeed([BTC, ETH])
    this.feed.onUp(false)
    this.read()
    this.#forwardedBefore = this.first.count('l2FramesForwarded')
  }

  /** `factors`: what the amounts of these instruments are multiplied by. */
  newFeed(instruments: readonly Instrument[], factors: readonly [Instrument, string][] = []): BookFeed {
    const sizes = new ContractSizes('base')
    for (const [instrument, value] of factors) sizes.set(instrument, value as Decimal)
    const shard = this.rings.shardOf(instruments[0] ?? BTC)
    return new BookFeed(this.context, { productIndex: BINANCE, shard, instruments, sizes })
  }

  get forwardedCount(): number {
    return this.first.count('l2FramesForwarded') - this.#forwardedBefore
  }

  forward(instrument: Instrument, frame: Buffer, atUs = AT_US, feed = this.feed): void {
    feed.onFrame(frame, { frameClass: FrameClass.depth, instrument }, atUs)
  }

  fillTo(ratio: number, instrument: Instrument = BTC): void {
    const frame = Buffer.alloc(200)
    while (this.ring.fillRatio() < ratio) this.forward(instrument, frame)
  }

  /** Until a frame of this instrument is lost. */
  overfill(instrument: Instrument): void {
    while (this.first.count('l2FramesLost') === 0) this.forward(instrument, Buffer.alloc(200))
  }

  /** Reads until the ring is emptier than that. */
  drainTo(ratio: number): void {
    while (this.ring.fillRatio() >= ratio && this.consumer.read());
  }

  read(): DepthRecord[] {
    const records: DepthRecord[] = []
    while (this.consumer.read()) {
      const { record } = this.consumer
      records.push({ ...record, frame: Buffer.from(record.frame) })
    }
    return records
  }
}
