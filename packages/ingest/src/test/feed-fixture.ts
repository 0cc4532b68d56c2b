// The feed of one product in virtual time, without a socket, over a real trade log. Used by this package's tests.

import {
  type Decimal,
  type Instrument,
  type InstrumentId,
  Kind,
  type MonotonicUs,
  type ProductIndex,
  StatusReason,
  type SubscribedKind,
} from '@tradelane/shared/market/nouns'
import { Clock } from '@tradelane/shared/thread/clock'
import { VirtualTimers } from '@tradelane/shared/thread/test/virtual-timers'
import { type ClassifiedHead, FrameClass } from '@tradelane/venues/frame-class'
import { productById } from '@tradelane/venues/registry'
import { ContractSizes } from '@tradelane/venues/sizes'
import { newSymbolIndex } from '@tradelane/venues/symbol-index'
import type { Product, SymbolIndex, VenueSettings } from '@tradelane/venues/venue'
import type { FrameReceiver } from '../connection/connection-receiver.js'
import { DecodedFeed } from '../feed/decoded-feed.js'
import { VenueHosts } from '../host/venue-hosts.js'
import { Publishers } from '../publish/publishers.js'
import { brief } from './publisher-fixture.js'
import { RecordedLog } from './recorded-log.js'
import { testEnvironment } from './test-environment.js'
import { ingestStart } from './test-ingest.js'
import { TestLanes } from './test-lanes.js'

export interface FeedOptions {
  readonly kinds?: readonly SubscribedKind[]
  readonly bases?: readonly string[]
  readonly venueSettings?: VenueSettings
  readonly retained?: number
}

const PRODUCT = 0 as ProductIndex

export class FeedFixture {
  readonly lanes: TestLanes
  readonly timers = new VirtualTimers(1_000)
  readonly product: Product
  readonly instruments: readonly Instrument[]
  readonly feed: DecodedFeed
  readonly #index: SymbolIndex
  readonly #head: ClassifiedHead = { frameClass: FrameClass.ignored, instrument: undefined, wasParsed: false }

  constructor(productId: string, options: FeedOptions = {}) {
    const { kinds = [Kind.trade, Kind.liquidation], bases = ['btc'], venueSettings = {}, retained = 1_000 } = options
    this.lanes = new TestLanes({ retained })
    this.product = productById(productId) as Product
    const { exchange, marketType } = this.product
    this.instruments = bases.map((base, id) => ({
      id: id as InstrumentId,
      product: PRODUCT,
      exchange,
      marketType,
      base,
      quote: 'usdt',
      symbol: this.product.symbolOf(base, 'usdt'),
    }))
    this.#index = newSymbolIndex(this.instruments)
    const sizes = new ContractSizes('venue')
    for (const instrument of this.instruments) sizes.set(instrument, '1' as Decimal)
    const log = new RecordedLog()
    const { counters } = this.lanes
    const environment = testEnvironment(this.lanes, {
      clock: new Clock(this.lanes.clockMemory, () => this.nowUs),
      timers: this.timers,
      nowMs: () => this.timers.nowMs,
      log,
    })
    const label = { index: PRODUCT, id: productId, venue: 'any', exchange, marketType }
    const start = ingestStart(this.lanes, { products: [label], instruments: this.instruments, venueSettings })
    const publishers = new Publishers(start, environment, counters)
    const { limitedLog } = log
    const hosts = new VenueHosts({ ...environment, limitedLog })
    this.feed = new DecodedFeed(
      { environment, publishers, counters, limitedLog, hosts },
      {
        product: this.product,
        productIndex: PRODUCT,
        instruments: this.#index,
        sizes,
        subscriptions: this.instruments.flatMap(instrument => kinds.map(kind => ({ kind, instrument }))),
      },
    )
  }

  get nowUs(): MonotonicUs {
    return (this.timers.nowMs * 1_000) as MonotonicUs
  }

  /** A connection that carries everything. */
  up(isSeamless = false): this {
    this.feed.onUp(isSeamless)
    this.feed.onSettled(new Set())
    return this
  }

  down(): this {
    this.feed.onDown(StatusReason.disconnected)
    return this
  }

  give(frame: string, receiver: FrameReceiver = this.feed): this {
    const bytes = Buffer.from(frame)
    this.product.classify(bytes, this.#index, this.#head)
    receiver.onFrame(bytes, this.#head, this.nowUs)
    return this
  }

  pass(ms: number): this {
    this.timers.runUntil(this.timers.nowMs + ms)
    return this
  }

  /** `7` for a trade, `missed 3: 1 > 5` for a gap, `liq 100` for a liquidation. */
  published(): string[] {
    return this.lanes.takeRecords().map(brief)
  }
}
