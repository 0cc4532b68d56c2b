// Makes the events of `ingest-metrics.test.ts` happen, each on new lanes: on a connection, a durable connection, a feed, a
// publisher, a depth ring or REST.

import { after } from 'node:test'
import { BoardWriter, createBoard } from '@tradelane/shared/lanes/board'
import { type Decimal, Kind, type MonotonicUs, type WallUs } from '@tradelane/shared/market/nouns'
import { readCounters } from '@tradelane/shared/thread/counters'
import type { MetricEvent } from '@tradelane/shared/thread/test/metric-proof'
import { systemTimers } from '@tradelane/shared/thread/timers'
import { wireTable } from '@tradelane/shared/wire/instrument-wire'
import type { FrameClass } from '@tradelane/venues/frame-class'
import type { RestBudget } from '@tradelane/venues/rest-protocol'
import { ContractSizes } from '@tradelane/venues/sizes'
import { newSymbolIndex } from '@tradelane/venues/symbol-index'
import { DecodedFeed } from '../feed/decoded-feed.js'
import type { IngestContext } from '../ingest-context.js'
import { StatePublisher } from '../publish/state-publisher.js'
import { RestClient } from '../rest/rest-client.js'
import { SilenceWatch } from '../silence/silence-watch.js'
import type { WatchedFeed } from '../silence/watched-feed.js'
import { BINANCE_TRADES, settled, type Wanted } from './connection-fixture.js'
import { AT_US, DepthFixture } from './depth-fixture.js'
import { DurableFixture } from './durable-fixture.js'
import { PublisherFixture } from './publisher-fixture.js'
import { RecordedLog } from './recorded-log.js'
import { binanceAck, type RestScript, type ScriptedPeer, ScriptedVenue } from './scripted-venue.js'
import { contextOf } from './test-context.js'
import { BINANCE, BTC, ETH, INSTRUMENTS, TestLanes } from './test-lanes.js'
import { binanceFutures } from './test-products.js'

type Happen = MetricEvent<'ingest'>['happen']
type Step<Fixture> = (fixture: Fixture) => unknown

export function onConnection(
  wanted: Wanted,
  answer: (text: string) => string | null,
  event: (peer: ScriptedPeer) => void,
): Happen {
  return async begins => {
    const { fixture, peer } = await settled(wanted, answer)
    begins(() => readCounters(fixture.lanes.countersMemory))
    event(peer)
  }
}

export function onDurable(event: Step<DurableFixture>, prepare: Step<DurableFixture> = () => {}): Happen {
  return async begins => {
    const fixture = await DurableFixture.settled(BINANCE_TRADES, binanceAck)
    await prepare(fixture)
    begins(() => readCounters(fixture.lanes.countersMemory))
    await event(fixture)
  }
}

export function onPublisher(
  event: Step<PublisherFixture>,
  prepare: Step<PublisherFixture> = () => {},
  fixture = new PublisherFixture(),
): Happen {
  return begins => {
    prepare(fixture)
    begins(() => readCounters(fixture.lanes.countersMemory))
    event(fixture)
  }
}

/** A frame of this class comes on a connection of trades and state. */
export function onFeed(frameClass: FrameClass, frame: string): Happen {
  return begins => {
    const { context, lanes } = newContext()
    const feed = new DecodedFeed(context, {
      product: binanceFutures,
      productIndex: BINANCE,
      instruments: newSymbolIndex([BTC, ETH]),
      sizes: new ContractSizes('venue'),
      subscriptions: [Kind.trade, Kind.liquidation, Kind.orderBookL1].map(kind => ({ kind, instrument: BTC }) as const),
    })
    feed.onUp(false)
    begins(() => readCounters(lanes.countersMemory))
    feed.onFrame(Buffer.from(frame), { frameClass, instrument: BTC }, AT_US)
  }
}

/** A top with the number 1 comes, and its cell has this many bytes. `sequenceBefore`: one with this number came before. */
export function onStates(cellBytes: number, sequenceBefore?: number): Happen {
  return begins => {
    const lanes = new TestLanes()
    const cell = { kind: Kind.orderBookL1, about: Kind.orderBookL1, instrument: BTC.id, product: BTC.product }
    const publisher = new StatePublisher({
      start: { l1ThrottleMs: 0 },
      board: new BoardWriter(createBoard([cell], cellBytes), [lanes.gateway]),
      gateways: [lanes.gateway],
      wires: wireTable(INSTRUMENTS),
      clock: lanes.clock,
      counters: lanes.counters,
      nowMs: () => performance.now(),
      timers: systemTimers,
    })
    after(() => publisher.close())
    const [price, amount] = ['100.5', '1'] as Decimal[] as [Decimal, Decimal]
    const sides = { bidPrice: price, bidAmount: amount, askPrice: price, askAmount: amount }
    const top = { ...sides, instrument: BTC, venueUs: Number.NaN as WallUs, receivedUs: 0 as MonotonicUs }
    if (sequenceBefore !== undefined) publisher.publishTop({ ...top, sequence: sequenceBefore })
    begins(() => readCounters(lanes.countersMemory))
    publisher.publishTop({ ...top, sequence: 1 })
  }
}

/** The silence watch finds something about a feed of BTC's trades. */
export function onWatched(event: Step<WatchedFeed>): Happen {
  return begins => {
    const { context, lanes } = newContext()
    const watch = new SilenceWatch(context, binanceFutures)
    after(() => watch.close())
    const feed = {
      onUp: () => undefined,
      onFrame: () => undefined,
      onDown: () => undefined,
      setSilent: () => undefined,
      onUncertain: () => undefined,
    }
    const watched = watch.watch(feed, [{ kind: Kind.trade, instrument: BTC }])
    begins(() => readCounters(lanes.countersMemory))
    event(watched)
  }
}

export function onDepth(event: Step<DepthFixture>, prepare: Step<DepthFixture> = () => {}): Happen {
  return begins => {
    const fixture = new DepthFixture()
    prepare(fixture)
    begins(() => readCounters(fixture.first.countersMemory))
    event(fixture)
  }
}

/** One request of this weight, of which the venue allows 100 a minute. */
export function onRest(answer: RestScript, weight = 1): Happen {
  return async begins => {
    const { lanes, rest } = await restContext(answer)
    begins(() => readCounters(lanes.countersMemory))
    await rest.get({ path: '/x', weight }).catch(() => undefined)
  }
}

export async function restContext(answer: RestScript) {
  const venue = await openVenue()
  venue.rest = answer
  const { context, lanes } = newContext()
  const budget: RestBudget = {
    host: 'venue',
    weightPerMinute: 100,
    usedWeightHeader: null,
    stopMs: {},
    refusalOf: () => null,
  }
  const host = context.hosts.rest(budget)
  const rest = new RestClient(venue.httpUrl, budget, { ...context.environment, counters: lanes.counters, host })
  return { context, lanes, rest }
}

export function newContext(): { readonly context: IngestContext; readonly lanes: TestLanes } {
  const lanes = new TestLanes()
  return { context: contextOf(lanes, new RecordedLog()), lanes }
}

export async function openVenue(): Promise<ScriptedVenue> {
  const venue = await ScriptedVenue.open()
  after(() => venue.close())
  return venue
}
