// One product in the single-loop server: its connections, polls and snapshots, decoded as they arrive.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Settings } from '@tradelane/server/settings'
import type { Topology } from '@tradelane/server/topology'
import { DepthRecordKind } from '@tradelane/shared/lanes/depth-ring'
import { type Feed, type Instrument, Kind } from '@tradelane/shared/market/nouns'
import type { Clock } from '@tradelane/shared/thread/clock'
import { type ClassifiedHead, FrameClass } from '@tradelane/venues/frame-class'
import { ContractSizes } from '@tradelane/venues/sizes'
import { newSymbolIndex } from '@tradelane/venues/symbol-index'
import type { Product, SymbolIndex } from '@tradelane/venues/venue'
import { instrumentsOf, plansOf, productOf, subscriptionsOf } from '../venue-plans.js'
import { DurableConnection, type DurableConnectionOptions } from './durable-connection.js'
import type { MarketState } from './market-state.js'
import type { OrderBooks } from './order-books.js'

export interface ProductSessionOptions {
  readonly settings: Settings
  readonly topology: Topology
  readonly productId: string
  readonly clock: Clock
  readonly state: MarketState
  /** Undefined where `feeds` has no books. */
  readonly books: OrderBooks | undefined
  /** The feeds to connect. */
  readonly feeds: readonly Feed[]
}

const REST_RETRY_MS = 500

export class ProductSession {
  readonly #options: ProductSessionOptions
  readonly #product: Product
  readonly #instruments: readonly Instrument[]
  readonly #symbols: SymbolIndex
  readonly #sizes: ContractSizes
  readonly #restEndpoint: string
  readonly #bookConnections = new Map<Instrument, DurableConnection>()

  constructor(options: ProductSessionOptions) {
    this.#options = options
    this.#product = productOf(options.productId)
    this.#restEndpoint = options.settings.endpoints[options.productId]?.rest ?? ''
    this.#instruments = instrumentsOf(options.topology, this.#product)
    this.#symbols = newSymbolIndex(this.#instruments)
    this.#sizes = new ContractSizes(options.settings.sizeUnits)
  }

  async start(): Promise<void> {
    if (this.#product.hasContracts) await this.#loadContractValues()
    const { feeds } = this.#options
    for (const feed of feeds) this.#openFeed(feed)
    if (feeds.includes('state')) this.#pollOpenInterest()
  }

  async requestSnapshot(instrument: Instrument): Promise<void> {
    const { depth } = this.#product
    if (depth.snapshotSource === 'stream' || depth.snapshotRequest === undefined) {
      this.#bookConnections.get(instrument)?.resubscribe({ kind: Kind.orderBookL2, instrument })
      return
    }
    const body = await this.#fetch(depth.snapshotRequest(instrument).path)
    if (body === null) return
    this.#options.books?.accept(DepthRecordKind.rest, instrument, body, this.#options.clock.monotonicUs())
  }

  owns(instrument: Instrument): boolean {
    return this.#instruments.includes(instrument)
  }

  #openFeed(feed: Feed): void {
    const { settings, topology, books } = this.#options
    const product = this.#product
    const { endpoint, plans, venueSettings } = plansOf(settings, topology, product, feed)
    for (const plan of plans) {
      const receiver = feed === 'book' && books !== undefined ? this.#bookReceiver(books) : this.#decodingReceiver()
      const connection = new DurableConnection({ product, plan, endpoint, venueSettings, ...receiver })
      for (const { kind, instrument } of plan.subscriptions) {
        if (kind === Kind.orderBookL2) this.#bookConnections.set(instrument, connection)
      }
      connection.open()
    }
  }

  /** For trades and state. */
  #decodingReceiver(): Receiver {
    const { clock, state } = this.#options
    const sink = { trades: state, states: state, missed: () => {} }
    const decoder = this.#product.newDecoder(this.#symbols, sink, this.#sizes)
    const head: ClassifiedHead = { frameClass: FrameClass.ignored, instrument: undefined, wasParsed: false }
    return {
      onUp: () => decoder.onConnected(clock.monotonicUs(), false),
      onFrame: frame => {
        const receivedUs = clock.monotonicUs()
        const frameClass = this.#product.classify(frame, this.#symbols, head)
        if (DECODED.has(frameClass)) decoder.decode(frame, frameClass, receivedUs)
      },
      onDown: () => {},
    }
  }

  #bookReceiver(books: OrderBooks): Receiver {
    const { clock } = this.#options
    const head: ClassifiedHead = { frameClass: FrameClass.ignored, instrument: undefined, wasParsed: false }
    return {
      onUp: subscriptions => {
        for (const { instrument } of subscriptions) books.linkUp(instrument, this.#sizes.levelFactor(instrument))
      },
      onFrame: frame => {
        const receivedUs = clock.monotonicUs()
        const frameClass = this.#product.classify(frame, this.#symbols, head)
        if (frameClass !== FrameClass.depth || head.instrument === undefined) return
        books.accept(DepthRecordKind.stream, head.instrument, frame, receivedUs)
      },
      onDown: subscriptions => {
        for (const { instrument } of subscriptions) books.linkDown(instrument)
      },
    }
  }

  #pollOpenInterest(): void {
    const protocol = this.#product.openInterest
    const { clock, state, topology } = this.#options
    const subscriptions = subscriptionsOf(topology, this.#product, 'state')
    const polled = subscriptions.filter(({ kind }) => kind === Kind.openInterest)
    if (protocol === undefined || polled.length === 0) return
    const poll = async (): Promise<void> => {
      for (const { instrument } of polled) {
        const body = await this.#fetch(protocol.request(instrument).path)
        if (body !== null) protocol.decode(body, instrument, clock.monotonicUs(), state)
      }
    }
    void poll()
    setInterval(() => void poll(), protocol.intervalMs)
  }

  /** Sizes are contracts: what a contract is worth must be known before the first frame. */
  async #loadContractValues(): Promise<void> {
    const { instruments } = this.#product
    let cursor: string | null = null
    do {
      const body = await this.#fetch(instruments.request(cursor).path)
      if (body === null) {
        await sleep(REST_RETRY_MS)
        return await this.#loadContractValues()
      }
      const page = instruments.parse(body.toString())
      for (const { symbol, contractValue } of page.listed) {
        const instrument = this.#symbols.of(symbol)
        if (instrument !== undefined) this.#sizes.set(instrument, contractValue)
      }
      cursor = page.nextCursor
    } while (cursor !== null)
  }

  /** Null when the venue does not answer: the caller asks again. */
  async #fetch(path: string): Promise<Buffer | null> {
    try {
      const response = await fetch(this.#restEndpoint + path)
      return response.ok ? Buffer.from(await response.arrayBuffer()) : null
    } catch {
      return null
    }
  }
}

type Receiver = Pick<DurableConnectionOptions, 'onUp' | 'onFrame' | 'onDown'>

const DECODED: ReadonlySet<FrameClass> = new Set([
  FrameClass.trade,
  FrameClass.liquidation,
  FrameClass.top,
  FrameClass.openInterest,
])
