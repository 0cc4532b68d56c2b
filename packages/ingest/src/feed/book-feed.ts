// The book feed of a product and shard: frames go undecoded into the shard's ring, and so does the news of the connection,
// in order with the frames.

import {
  type Instrument,
  Kind,
  type MonotonicUs,
  type ProductIndex,
  StatusReason,
} from '@tradelane/shared/market/nouns'
import { FrameClass, type FrameHead } from '@tradelane/venues/venue'
import type { DurableConnection, LineEvents } from '../connection/durable-connection.js'
import type { IngestContext } from '../ingest-context.js'

export class BookFeed implements LineEvents {
  readonly #context: IngestContext
  readonly #productIndex: ProductIndex

  constructor(context: IngestContext, index: ProductIndex) {
    this.#context = context
    this.#productIndex = index
    context.links.declare(index, Kind.orderBookL2, this)
  }

  /** Others take over its books. */
  retract(): void {
    this.#context.links.retract(this.#productIndex, Kind.orderBookL2, this)
  }

  onUp(line: DurableConnection): void {
    const { depth, clock, sizes } = this.#context
    depth.linkUp(instrumentsOf(line), clock.monotonicUs(), instrument => sizes.levelFactor(instrument))
    this.#context.links.set(this.#productIndex, Kind.orderBookL2, this, true, StatusReason.connected)
  }

  onFrame(_line: DurableConnection, frame: Buffer, head: FrameHead, receivedUs: MonotonicUs): void {
    if (head.frameClass === FrameClass.depth && head.instrument !== undefined) {
      this.#context.depth.forward(head.instrument, frame, receivedUs)
    } else this.#context.counters.add('framesUnknown')
  }

  onChunkEnd(): void {
    this.#context.depth.flush()
  }

  onDown(line: DurableConnection, reason: StatusReason): void {
    this.#context.depth.linkDown(instrumentsOf(line), this.#context.clock.monotonicUs())
    this.#context.links.set(this.#productIndex, Kind.orderBookL2, this, false, reason)
  }
}

function instrumentsOf(line: DurableConnection): Instrument[] {
  return line.subscriptions.map(stream => stream.instrument)
}
