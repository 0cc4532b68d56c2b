// A depth forwarder over two real rings, with a consumer on the first. Used by this package's tests.

import { after } from 'node:test'
import type { DepthRecord } from '@tradelane/shared/lanes/depth-ring'
import type { Instrument, MonotonicUs } from '@tradelane/shared/market/nouns'
import { systemTimers } from '@tradelane/shared/thread/timers'
import { DepthForwarder } from '../publish/depth-forwarder.js'
import { type Pausable, RingBackpressure } from '../publish/ring-backpressure.js'
import { BTC, TestLanes } from './test-lanes.js'

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
  readonly ring = this.first.producer()
  readonly backpressure = new RingBackpressure(this.first.counters, systemTimers)
  readonly forwarder = new DepthForwarder(this.first.counters, this.backpressure)

  constructor() {
    this.forwarder.reshard([this.ring, this.second.producer()], [0, 0, 1, 1])
    this.backpressure.add(this.connection, 0)
    this.backpressure.add(this.otherConnection, 1)
    after(() => this.backpressure.close())
  }

  fillTo(ratio: number, instrument: Instrument = BTC): void {
    const frame = Buffer.alloc(200)
    while (this.ring.fillRatio() < ratio) this.forwarder.forward(instrument, frame, AT_US)
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
