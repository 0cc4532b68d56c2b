// The ingest thread's agent: builds the publishers over the lanes and the feeds of every product. It is driven by its
// sockets, not by turns: a trade is published in the event that brought it.

import { BoardWriter } from '@tradelane/shared/lanes/board'
import { DepthRingProducer } from '@tradelane/shared/lanes/depth-ring'
import { TradeLogWriter } from '@tradelane/shared/lanes/trade-log'
import { type Instrument, SUBSCRIBED_KINDS } from '@tradelane/shared/market/nouns'
import type { Agent } from '@tradelane/shared/thread/agent'
import { Clock } from '@tradelane/shared/thread/clock'
import { Counters } from '@tradelane/shared/thread/counters'
import { type Log, RateLimitedLog } from '@tradelane/shared/thread/log'
import { ThreadCell } from '@tradelane/shared/thread/parking'
import type { IngestStart, ShardLanes, SupervisorToIngest } from '@tradelane/shared/thread/thread-messages'
import { ActivityRing } from '@tradelane/shared/trace/activity-ring'
import { HopHistograms } from '@tradelane/shared/trace/hop-histograms'
import { wireTable } from '@tradelane/shared/wire/instrument-wire'
import { productById, venueOf } from '@tradelane/venues/registry'
import { ContractSizes } from '@tradelane/venues/sizes'
import type { PlanOptions, Product, Subscription } from '@tradelane/venues/venue'
import type { FrameTap } from './connection/frame-recorder.js'
import { ProductSession } from './feed/product-session.js'
import type { IngestContext } from './ingest-context.js'
import { INSTRUMENTS_REFRESH_MS } from './limits.js'
import { CvdTotals } from './publish/cvd-totals.js'
import { DepthForwarder } from './publish/depth-forwarder.js'
import { LargeTradeLog } from './publish/large-trade-log.js'
import { LinkPublisher } from './publish/link-publisher.js'
import { StatePublisher } from './publish/state-publisher.js'
import { TradePublisher } from './publish/trade-publisher.js'
import { InstrumentListReader } from './rest/instrument-list-reader.js'
import { ResyncQueue } from './rest/resync-queue.js'

export class IngestAgent implements Agent {
  readonly role: string
  readonly #start: IngestStart
  readonly #context: IngestContext
  readonly #states: StatePublisher
  readonly #feeds = new Map<number, ProductSession>()
  readonly #desks = new Map<string, ResyncQueue>()

  constructor(start: IngestStart, log: Log, tap?: FrameTap) {
    this.role = start.role
    this.#start = start
    const gateways = start.gatewayThreads.map(threadIndex => new ThreadCell(start.control, threadIndex))
    const clock = new Clock(start.clock)
    const counters = new Counters(start.counters, start.threadIndex)
    const nowMs = (): number => performance.now()
    const wires = wireTable(start.instruments)
    const board = new BoardWriter(start.stateBoard, gateways)
    const states = new StatePublisher({ board, wires, clock, counters, throttleMs: start.l1ThrottleMs, nowMs })
    const tradeLog = new TradeLogWriter(start.tradeLog, gateways)
    const planOptions: PlanOptions = { binanceFuturesTrades: start.binanceFuturesTrades }
    const trades = new TradePublisher({
      log: tradeLog,
      wires,
      clock,
      counters,
      hops: new HopHistograms(start.traces, start.threadIndex),
      cvd: new CvdTotals(clock, states),
      largeTrades: new LargeTradeLog(log, start.spotLogThreshold, nowMs),
      stream: start.stream,
      hasContiguousIds: contiguity(start),
    })
    // A log with records is a predecessor's: what the venues sent meanwhile is unknown.
    if (tradeLog.nextSequence > 1) {
      for (const instrument of start.instruments) trades.markUncertain(instrument, new Set(SUBSCRIBED_KINDS), null)
    }
    this.#states = states
    this.#context = {
      trades,
      sink: { trades, states },
      depth: new DepthForwarder(producersOf(start, start.control), start.shardOfInstrument, counters),
      links: new LinkPublisher(board, clock),
      sizes: new ContractSizes(start.sizeUnits),
      lists: new InstrumentListReader(),
      clock,
      counters,
      activities: new ActivityRing(start.traces, start.threadIndex),
      limitedLog: new RateLimitedLog(log),
      nowMs,
      planOptions,
      tap,
    }
  }

  /** Connects to every venue. Returns at once. */
  open(): void {
    for (const label of this.#start.products) {
      const product = productById(label.id)
      const endpoints = this.#start.endpoints.find(candidate => candidate.productId === label.id)
      if (product === undefined || endpoints === undefined) throw new Error(`no venue has the product ${label.id}`)
      const streams = this.#streamsOf(label.index, product)
      if (streams.length === 0) continue
      const feeds = new ProductSession({
        context: this.#context,
        product,
        index: label.index,
        endpoints,
        streams,
        listRefreshMs: INSTRUMENTS_REFRESH_MS,
      })
      this.#feeds.set(label.index, feeds)
      this.#makeDesk(product)
      void feeds.start()
    }
  }

  accept(message: SupervisorToIngest): void {
    switch (message.type) {
      case 'shard-started':
        for (const feeds of this.#feeds.values()) feeds.reopenBooks(message.shard)
        return
      case 'shards':
        for (const feeds of this.#feeds.values()) feeds.closeBooks()
        this.#context.depth.reshard(producersOf(message, this.#start.control), message.shardOfInstrument)
        for (const feeds of this.#feeds.values()) feeds.openBooks()
        return
      case 'resync': {
        const instrument = this.#start.instruments.find(candidate => candidate.id === message.instrument)
        const product = instrument && this.#productOf(instrument)
        if (product !== undefined) this.#desks.get(venueOf(product).id)?.request(instrument as Instrument)
      }
    }
  }

  doWork(): number {
    return 0
  }

  msToNextDeadline(): number {
    return Number.POSITIVE_INFINITY
  }

  close(): void {
    for (const feeds of this.#feeds.values()) feeds.close()
    for (const desk of this.#desks.values()) desk.close()
    this.#states.close()
    this.#context.depth.close()
    this.#context.tap?.close()
  }

  #makeDesk(product: Product): void {
    const { id } = venueOf(product)
    if (this.#desks.has(id)) return
    const { counters, limitedLog, nowMs } = this.#context
    const resync = async (instrument: Instrument): Promise<void> => {
      await this.#feeds.get(instrument.product)?.resync(instrument)
    }
    this.#desks.set(id, new ResyncQueue({ name: id, resync, counters, limitedLog, nowMs }))
  }

  #productOf(instrument: Instrument): Product | undefined {
    const label = this.#start.products.find(candidate => candidate.index === instrument.product)
    return label && productById(label.id)
  }

  #streamsOf(productIndex: number, product: Product): readonly Subscription[] {
    return this.#start.subscriptions.flatMap(({ instrument: id, kinds }) => {
      const instrument = this.#start.instruments.find(candidate => candidate.id === id)
      if (instrument === undefined || instrument.product !== productIndex) return []
      return kinds.filter(kind => product.kinds.includes(kind)).map(kind => ({ kind, instrument }))
    })
  }
}

function producersOf(shards: ShardLanes, control: SharedArrayBuffer): DepthRingProducer[] {
  return shards.depthRings.map(
    (ring, shard) => new DepthRingProducer(ring, new ThreadCell(control, shards.shardThreads[shard] ?? 0)),
  )
}

/** By instrument id. */
function contiguity(start: IngestStart): boolean[] {
  const flags: boolean[] = []
  for (const { id, product: index } of start.instruments) {
    const label = start.products.find(candidate => candidate.index === index)
    flags[id] = label !== undefined && productById(label.id)?.tradeIds === 'contiguous'
  }
  return flags
}
