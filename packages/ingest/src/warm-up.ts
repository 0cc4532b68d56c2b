// Warms ingest up, see `shared/thread/warm-up.ts`: sessions of the products that are subscribed, on a loopback socket that sends
// sample frames, so that sockets, decoders and publishers are compiled. It shares the event loop with what the thread does
// meanwhile, in short rounds.

import { setImmediate as nextTurn } from 'node:timers/promises'
import { createDepthRing, DepthRingConsumer, depthRingBytes } from '@tradelane/shared/lanes/depth-ring'
import { createTradeLog } from '@tradelane/shared/lanes/trade-log'
import type { Decimal, Instrument } from '@tradelane/shared/market/nouns'
import { Clock, threadMs } from '@tradelane/shared/thread/clock'
import { Counters, readThreadCounters } from '@tradelane/shared/thread/counters'
import { RateLimitedLog } from '@tradelane/shared/thread/log'
import { ThreadCell } from '@tradelane/shared/thread/parking'
import type { IngestStart } from '@tradelane/shared/thread/thread-messages'
import { systemTimers } from '@tradelane/shared/thread/timers'
import { copyOfMemory, guardWarmUp, SILENT_LOG, type WarmUpLimits, warmUpStart } from '@tradelane/shared/thread/warm-up'
import { ActivityRing } from '@tradelane/shared/trace/activity-ring'
import { productById } from '@tradelane/venues/registry'
import type { ConnectionLimits, Subscription } from '@tradelane/venues/venue'
import { VenueSocket } from './connection/venue-socket.js'
import { ProductSession } from './feed/product-session.js'
import { type SocketHost, VenueHosts } from './host/venue-hosts.js'
import type { IngestContext } from './ingest-context.js'
import type { IngestEnvironment } from './ingest-environment.js'
import { Publishers } from './publish/publishers.js'
import { SampleVenue } from './sample-venue.js'

/** Of each product: more bring nothing new to compile. */
const INSTRUMENTS_MAX = 3
/** After so many rounds everything is compiled. */
const ROUNDS_MAX = 6_000
/** The least of any trade log. */
const RECORDS = 1
const RING_FRAMES = 512
const ONE = '1' as Decimal

/** Resolves to the number of events that it published. */
export async function warmUp(start: IngestStart, { ms, isOver }: WarmUpLimits): Promise<number> {
  return await guardWarmUp(ms, () => (isOver() ? 0 : run(start, ms, isOver)))
}

async function run(start: IngestStart, ms: number, isOver: () => boolean): Promise<number> {
  const untilMs = performance.now() + ms
  const venue = await SampleVenue.open()
  const own = ownStart(start)
  const context = newContext(own, venue)
  const sessions = newSessions(context, own, venue)
  const rings = own.depthRings.map(ring => new DepthRingConsumer(ring))
  const cell = new ThreadCell(own.control, own.threadIndex)
  for (const session of sessions) void session.start()
  for (let round = 1; round <= ROUNDS_MAX && performance.now() < untilMs && !isOver(); round += 1) {
    // Rings are of threads that are parked, and of threads that are not.
    cell.setParked(round % 2 === 0)
    venue.send(Date.now())
    await nextTurn()
    for (const ring of rings) while (ring.read()) {}
  }
  for (const session of sessions) session.close()
  context.publishers.close()
  venue.close()
  const { tradesPublished, statesPublished } = readThreadCounters(own.counters, own.threadIndex)
  return tradesPublished + statesPublished
}

function ownStart(start: IngestStart): IngestStart {
  const instrumentCount = start.instruments.length
  return {
    ...warmUpStart(start),
    tradeLog: createTradeLog(RECORDS),
    stateBoard: copyOfMemory(start.stateBoard),
    depthRings: start.depthRings.map(() => createDepthRing({ bytes: depthRingBytes(RING_FRAMES), instrumentCount })),
    shardThreads: start.shardThreads.map(() => start.threadIndex),
    gatewayThreads: [start.threadIndex],
    // Each best price is published.
    l1ThrottleMs: 0,
    spotLogThreshold: Number.POSITIVE_INFINITY,
    isRecording: false,
  }
}

function newContext(start: IngestStart, venue: SampleVenue): IngestContext {
  const timers = systemTimers
  const clock = new Clock(start.clock)
  const counters = new Counters(start.counters, start.threadIndex)
  const activities = new ActivityRing(start.traces, start.threadIndex)
  const environment: IngestEnvironment = {
    clock,
    timers,
    nowMs: threadMs,
    random: Math.random,
    openSocket: (url, options) =>
      new VenueSocket(venue.urlOf(url, options), { ...options, clock, timers, activities, counters, proxy: null }),
    fetch: venue.fetch,
    // Every instrument trades.
    lists: {
      read: async ({ symbols }) => ({
        listed: [...symbols].map(symbol => ({ symbol, isTrading: true, contractValue: ONE })),
        examples: [],
        entryCount: symbols.size,
        nextCursor: null,
      }),
    },
    log: SILENT_LOG,
    recorder: undefined,
  }
  const limitedLog = new RateLimitedLog(SILENT_LOG, { nowMs: environment.nowMs })
  const publishers = new Publishers(start, environment, counters)
  const hosts = new WarmUpHosts({ ...environment, limitedLog })
  return { environment, publishers, counters, limitedLog, hosts }
}

/** The rates of the venues do not apply to a loopback socket. */
class WarmUpHosts extends VenueHosts {
  override sockets(limits: ConnectionLimits): SocketHost {
    return super.sockets({ ...limits, connectCount: Number.MAX_SAFE_INTEGER })
  }
}

function newSessions(context: IngestContext, start: IngestStart, venue: SampleVenue): readonly ProductSession[] {
  return start.products.flatMap(({ id, index }) => {
    const product = productById(id)
    const instruments = start.instruments.filter(instrument => instrument.product === index).slice(0, INSTRUMENTS_MAX)
    const subscriptions = subscriptionsOf(start, instruments)
    if (product === undefined || subscriptions.length === 0) return []
    const symbols = instruments.map(({ symbol }) => symbol)
    const endpoints = { ws: venue.add(product, symbols), rest: '' }
    const { sizeUnits, venueSettings } = start
    return [new ProductSession(context, { product, index, endpoints, subscriptions, sizeUnits, venueSettings })]
  })
}

function subscriptionsOf(start: IngestStart, instruments: readonly Instrument[]): readonly Subscription[] {
  return start.subscriptions.flatMap(({ instrument: id, kinds }) => {
    const instrument = instruments.find(each => each.id === id)
    return instrument === undefined ? [] : kinds.map(kind => ({ kind, instrument }))
  })
}
