// Receives the connections that carry the books of one product and shard: frames go undecoded into the shard's ring, and so
// do link records of the connection, in order with the frames.

import assert from 'node:assert/strict'
import {
  type Instrument,
  Kind,
  type MonotonicUs,
  type ProductIndex,
  type StatusReason,
} from '@tradelane/shared/market/nouns'
import type { Clock } from '@tradelane/shared/thread/clock'
import type { ContractSizes } from '@tradelane/venues/sizes'
import type { FrameHead } from '@tradelane/venues/venue'
import type { ConnectionReceiver } from '../connection/connection-receiver.js'
import type { IngestContext } from '../ingest-context.js'
import type { DepthForwarder } from '../publish/depth-forwarder.js'
import type { Link } from '../publish/link-publisher.js'

export interface BookFeedOptions {
  readonly productIndex: ProductIndex
  readonly instruments: readonly Instrument[]
  readonly sizes: ContractSizes
}

export class BookFeed implements ConnectionReceiver {
  readonly #depth: DepthForwarder
  readonly #clock: Clock
  readonly #link: Link
  readonly #instruments: readonly Instrument[]
  readonly #sizes: ContractSizes
  #isUp = false

  constructor({ publishers, environment }: IngestContext, { productIndex, instruments, sizes }: BookFeedOptions) {
    this.#depth = publishers.depth
    this.#clock = environment.clock
    this.#link = publishers.links.newLink(productIndex, Kind.orderBookL2)
    this.#instruments = instruments
    this.#sizes = sizes
  }

  onUp(): void {
    this.#isUp = true
    this.#depth.linkUp(this.#instruments, this.#clock.monotonicUs(), instrument => this.#sizes.levelFactor(instrument))
    this.#link.live()
  }

  onFrame(frame: Buffer, { instrument }: FrameHead, receivedUs: MonotonicUs): void {
    assert(this.#isUp, 'no frame comes before its connection is up')
    assert(instrument !== undefined, 'a book connection delivers frames of known instruments')
    this.#depth.forward(instrument, frame, receivedUs)
  }

  onChunkEnd(): void {
    this.#depth.flush()
  }

  onDown(reason: StatusReason): void {
    this.#isUp = false
    this.#depth.linkDown(this.#instruments, this.#clock.monotonicUs())
    this.#link.down(reason)
  }

  /** Other feeds take over its books. */
  retract(): void {
    this.#isUp = false
    this.#link.retract()
  }
}
