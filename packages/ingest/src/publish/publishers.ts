// The publishers of the ingest thread over its lanes: trades to the trade log, state and links to the state board, order book
// frames to the depth rings.

import assert from 'node:assert/strict'
import { BoardWriter } from '@tradelane/shared/lanes/board'
import { DepthRingProducer } from '@tradelane/shared/lanes/depth-ring'
import { TradeLogWriter } from '@tradelane/shared/lanes/trade-log'
import { SUBSCRIBED_KINDS } from '@tradelane/shared/market/nouns'
import type { Counters } from '@tradelane/shared/thread/counters'
import { ThreadCell } from '@tradelane/shared/thread/parking'
import type { IngestStart, ShardLanes } from '@tradelane/shared/thread/thread-messages'
import { HopHistograms } from '@tradelane/shared/trace/hop-histograms'
import { wireTable } from '@tradelane/shared/wire/instrument-wire'
import { productById } from '@tradelane/venues/registry'
import type { TradeIdRule } from '@tradelane/venues/venue'
import type { IngestEnvironment } from '../ingest-environment.js'
import { CvdTotals } from './cvd-totals.js'
import { DepthRings } from './depth-rings.js'
import { LargeTradeLog } from './large-trade-log.js'
import { LinkPublisher } from './link-publisher.js'
import { StatePublisher } from './state-publisher.js'
import { SubscriptionPublisher } from './subscription-publisher.js'
import { TradePublisher, type TradePublisherOptions } from './trade-publisher.js'

export class Publishers {
  readonly trades: TradePublisher
  readonly states: StatePublisher
  readonly links: LinkPublisher
  readonly subscriptions: SubscriptionPublisher
  readonly depthRings: DepthRings
  readonly #control: SharedArrayBuffer

  constructor(start: IngestStart, environment: IngestEnvironment, counters: Counters) {
    const { clock, timers, nowMs } = environment
    const wires = wireTable(start.instruments)
    const gateways = start.gatewayThreads.map(threadIndex => new ThreadCell(start.control, threadIndex))
    const board = new BoardWriter(start.stateBoard, gateways)
    this.#control = start.control
    this.states = new StatePublisher({ start, board, gateways, wires, clock, counters, nowMs, timers })
    this.links = new LinkPublisher(board, clock)
    this.subscriptions = new SubscriptionPublisher(board, clock)
    this.trades = newTradePublisher(start, environment, {
      log: new TradeLogWriter(start.tradeLog, gateways, clock.monotonicUs),
      wires,
      clock,
      counters,
      cvd: new CvdTotals(clock, this.states),
    })
    this.depthRings = new DepthRings(counters, timers)
    this.reshard(start)
  }

  /** Spreads the books over these shards from now on. */
  reshard({ depthRings, shardThreads, shardOfInstrument }: ShardLanes): void {
    const producers = depthRings.map((ring, shard) => {
      const threadIndex = shardThreads[shard]
      assert(threadIndex !== undefined, 'every shard has a thread')
      return new DepthRingProducer(ring, new ThreadCell(this.#control, threadIndex))
    })
    this.depthRings.reshard(producers, shardOfInstrument)
  }

  close(): void {
    this.states.close()
    this.depthRings.close()
  }
}

function newTradePublisher(
  start: IngestStart,
  { log, nowMs }: IngestEnvironment,
  parts: Pick<TradePublisherOptions, 'log' | 'wires' | 'clock' | 'counters' | 'cvd'>,
): TradePublisher {
  const trades = new TradePublisher({
    ...parts,
    hops: new HopHistograms(start.traces, start.threadIndex),
    largeTrades: new LargeTradeLog(log, start.spotLogThreshold, nowMs),
    stream: start.stream,
    tradeIdRules: tradeIdRules(start),
  })
  // A log with records is that of a predecessor: what the venues sent since its end is unknown.
  if (parts.log.nextSequence > 1) {
    for (const instrument of start.instruments) trades.markUncertain(instrument, new Set(SUBSCRIBED_KINDS), null)
  }
  return trades
}

/** By instrument id. */
function tradeIdRules(start: IngestStart): TradeIdRule[] {
  const rules: TradeIdRule[] = []
  for (const { id, product: index } of start.instruments) {
    const label = start.products.find(candidate => candidate.index === index)
    const product = label === undefined ? undefined : productById(label.id)
    rules[id] = product?.tradeIdRule(start.venueSettings) ?? 'opaque'
  }
  return rules
}
