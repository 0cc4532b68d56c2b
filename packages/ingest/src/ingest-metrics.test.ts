// The event of each counter of ingest, on its real parts: connections to scripted venues, feeds, publishers, REST.

import { after } from 'node:test'
import type { Decimal, Instrument } from '@tradelane/shared/market/nouns'
import { readCounters } from '@tradelane/shared/thread/counters'
import { proveRows } from '@tradelane/shared/thread/test/metric-proof'
import { FrameClass } from '@tradelane/venues/frame-class'
import type { OpenInterestProtocol } from '@tradelane/venues/rest-protocol'
import { fetchListing } from './feed/instrument-list.js'
import { HELD_FRAMES_MAX } from './limits.js'
import { OpenInterestPoller } from './rest/open-interest-poller.js'
import { ResyncQueue } from './rest/resync-queue.js'
import { NO_SUBJECT } from './silence/silence-judge.js'
import { BINANCE_TRADES, BYBIT_BOOKS, BYBIT_TRADES, ConnectionFixture, opened } from './test/connection-fixture.js'
import { AT_US } from './test/depth-fixture.js'
import { DurableFixture } from './test/durable-fixture.js'
import {
  newContext,
  onConnection,
  onDepth,
  onDurable,
  onFeed,
  onPublisher,
  onRest,
  onStates,
  onWatched,
  openVenue,
  restContext,
} from './test/metric-fixture.js'
import { BOTH, PublisherFixture, TRADES } from './test/publisher-fixture.js'
import { until } from './test/recorded-log.js'
import { binanceAck, bybitAck } from './test/scripted-venue.js'
import { BINANCE, BTC, BYBIT_BTC, ETH, TestLanes } from './test/test-lanes.js'
import { binanceFutures } from './test/test-products.js'
import { aggTrade, bookTicker, depthUpdate, forceOrder, publicTrade } from './test/venue-frames.js'

/** No setting accepts such names: with them and its ids a gap does not fit a record. */
const LONG_NAMED: Instrument = { ...BYBIT_BTC, base: 'x'.repeat(90), quote: 'y'.repeat(30) }

proveRows('ingest', {
  framesReceived: {
    what: 'a venue sends a frame',
    raises: { framesReceived: 1 },
    happen: onConnection(BINANCE_TRADES, binanceAck, peer => peer.send(aggTrade(7))),
  },
  framesMalformed: {
    what: 'a venue sends a frame of no known form',
    raises: { framesReceived: 1, framesMalformed: 1 },
    happen: onConnection(BINANCE_TRADES, binanceAck, peer => peer.send('hello')),
  },
  framesIgnored: {
    what: 'a venue sends a frame of another channel',
    raises: { framesReceived: 1, framesIgnored: 1 },
    happen: onConnection(BINANCE_TRADES, binanceAck, peer => peer.send({ stream: 'btcusdt@kline_1m', data: {} })),
  },
  framesUnexpected: {
    what: 'a venue sends a trade on a connection of books',
    raises: { framesReceived: 1, framesUnexpected: 1 },
    happen: onConnection(BYBIT_BOOKS, bybitAck, peer => peer.send(publicTrade('a'))),
  },
  framesUnusual: {
    what: 'a venue sends a trade with other white space',
    raises: { framesReceived: 1, framesUnusual: 1 },
    happen: onConnection(BYBIT_TRADES, bybitAck, peer =>
      peer.send(JSON.stringify(JSON.parse(publicTrade('a')), null, 2)),
    ),
  },
  framesParsed: {
    what: 'a venue sends a trade with a space after its last brace',
    raises: { framesParsed: 1, tradesPublished: 1, statesPublished: 1 },
    happen: onFeed(FrameClass.trade, `${aggTrade(7)} `),
  },
  tradesPublished: {
    what: 'a trade is published',
    raises: { tradesPublished: 1 },
    happen: onPublisher(fixture => fixture.trade(7)),
  },
  tradesMalformed: {
    what: 'a trade comes without a price',
    raises: { framesParsed: 1, tradesMalformed: 1 },
    happen: onFeed(FrameClass.trade, aggTrade(7).replace('"p":"100.50",', '')),
  },
  tradesDuplicate: {
    what: 'a trade comes again',
    raises: { tradesDuplicate: 1 },
    happen: onPublisher(
      fixture => fixture.trade(7),
      fixture => fixture.trade(7),
    ),
  },
  tradesOfNothing: {
    what: 'a trade of quantity 0 comes',
    raises: { tradesOfNothing: 1 },
    happen: onPublisher(fixture => fixture.trade(7, BTC, { amount: '0.000' as Decimal })),
  },
  tradesTooLarge: {
    what: 'a trade comes whose amount has more digits than a record has bytes',
    raises: { tradesTooLarge: 1 },
    happen: onPublisher(fixture => fixture.trade(7, BTC, { amountBase: '9'.repeat(1_000) as Decimal })),
  },
  liquidationsPublished: {
    what: 'a liquidation is published',
    raises: { liquidationsPublished: 1 },
    happen: onPublisher(fixture => fixture.liquidation(100)),
  },
  liquidationsMalformed: {
    what: 'a liquidation comes without a side',
    raises: { liquidationsMalformed: 1 },
    happen: onFeed(FrameClass.liquidation, forceOrder('100').replace('"S":"SELL",', '')),
  },
  liquidationsDuplicate: {
    what: 'a new connection delivers a liquidation again',
    raises: { liquidationsDuplicate: 1 },
    happen: onPublisher(
      fixture => fixture.liquidation(100),
      fixture => {
        fixture.liquidation(100)
        fixture.publisher.onConnectionChanged(BTC)
      },
    ),
  },
  liquidationsOfNothing: {
    what: 'a liquidation of quantity 0 comes',
    raises: { liquidationsOfNothing: 1 },
    happen: onPublisher(fixture => fixture.liquidation(100, BTC, '0.0' as Decimal)),
  },
  liquidationsTooLarge: {
    what: 'a liquidation comes whose price has more digits than a record has bytes',
    raises: { liquidationsTooLarge: 1, upstreamGaps: 1 },
    happen: onPublisher(fixture => fixture.liquidation('9'.repeat(1_000))),
  },
  upstreamGaps: {
    what: 'trades without contiguous ids are back after their connection was lost',
    raises: { upstreamGaps: 1 },
    happen: onPublisher(
      fixture => fixture.back(BOTH, BYBIT_BTC),
      fixture => fixture.trade('a', BYBIT_BTC).lose(BOTH, BYBIT_BTC),
    ),
  },
  upstreamGapsTooLarge: {
    what: 'a gap is due whose ids and names together are longer than a record',
    raises: { upstreamGaps: 1, upstreamGapsTooLarge: 1, tradesPublished: 1 },
    happen: onPublisher(
      fixture => fixture.trade('b'.repeat(64), LONG_NAMED),
      fixture => fixture.trade('a'.repeat(64), LONG_NAMED).lose(TRADES, LONG_NAMED),
      new PublisherFixture(new TestLanes(), { instruments: [BTC, ETH, LONG_NAMED] }),
    ),
  },
  upstreamTradesMissed: {
    what: 'the next trade has a contiguous id that is three too high',
    raises: { upstreamGaps: 1, upstreamTradesMissed: 3, tradesPublished: 1 },
    happen: onPublisher(
      fixture => fixture.trade(11),
      fixture => fixture.trade(7),
    ),
  },
  statesPublished: {
    what: 'a top is published',
    raises: { statesPublished: 1 },
    happen: onStates(512),
  },
  statesMalformed: {
    what: 'a top comes without a bid',
    raises: { framesParsed: 1, statesMalformed: 1 },
    happen: onFeed(FrameClass.top, bookTicker(7).replace('"b":"100.40",', '')),
  },
  statesOutdated: {
    what: 'a top comes that is older by its number than the one before',
    raises: { statesOutdated: 1 },
    happen: onStates(512, 2),
  },
  statesTooLarge: {
    what: 'a top does not fit its cell',
    raises: { statesTooLarge: 1 },
    happen: onStates(64),
  },
  l2FramesForwarded: {
    what: 'a frame of a book comes',
    raises: { l2FramesForwarded: 1 },
    happen: onDepth(fixture => fixture.forward(BTC, Buffer.from(depthUpdate(7)))),
  },
  l2FramesLost: {
    what: 'a frame of a book comes that is larger than a share of its ring',
    raises: { l2FramesLost: 1 },
    happen: onDepth(fixture => fixture.forward(BTC, Buffer.alloc(60_000))),
  },
  snapshotsForwarded: {
    what: 'a snapshot comes from REST',
    raises: { snapshotsForwarded: 1 },
    happen: onDepth(fixture => fixture.feed.forwardRest(BTC, Buffer.from('{}'), AT_US)),
  },
  snapshotsLost: {
    what: 'a snapshot comes from REST that is larger than a share of its ring',
    raises: { snapshotsLost: 1 },
    happen: onDepth(fixture => fixture.feed.forwardRest(BTC, Buffer.alloc(60_000), AT_US)),
  },
  linkRecordsLost: {
    what: 'a book connection ends while frames of one of its books are dropped',
    raises: { linkRecordsLost: 1 },
    happen: onDepth(
      fixture => fixture.feed.withdraw([BTC]),
      fixture => fixture.overfill(BTC),
    ),
  },
  bookPauses: {
    what: 'the depth ring of a shard becomes three quarters full',
    raises: { bookPauses: 1, l2FramesForwarded: 1 },
    happen: onDepth(
      fixture => fixture.forward(BTC, Buffer.alloc(4_000)),
      fixture => fixture.fillTo(0.74),
    ),
  },
  socketTurnsFull: {
    what: 'a venue sends a thousand frames at once on a connection of books',
    raises: {},
    alongside: ['socketTurnsFull', 'framesReceived', 'framesMalformed'],
    happen: onConnection(BYBIT_BOOKS, bybitAck, peer => {
      for (let count = 0; count < 1_000; count += 1) peer.send('x')
    }),
  },
  connects: {
    what: 'a connection to a venue opens, and its request is not answered',
    raises: { connects: 1 },
    happen: async begins => {
      const venue = await openVenue()
      const fixture = new ConnectionFixture({ ...BINANCE_TRADES, endpoint: venue.ws })
      begins(() => readCounters(fixture.lanes.countersMemory))
      const connection = fixture.connect()
      after(() => connection.end('the test is over'))
      await venue.peerCount(1)
    },
  },
  connectFailures: {
    what: 'a venue refuses a connection',
    raises: { connectFailures: 1 },
    happen: async begins => {
      const venue = await openVenue()
      venue.upgrades = 'refuse'
      const fixture = new DurableFixture(venue, BINANCE_TRADES)
      after(() => fixture.durable.close())
      begins(() => readCounters(fixture.lanes.countersMemory))
      fixture.durable.open()
    },
  },
  connectionsLost: {
    what: 'a venue cuts a connection',
    raises: { connectionsLost: 1 },
    happen: onDurable(fixture => fixture.peerAt(0).cut()),
  },
  handovers: {
    what: 'a successor takes over from the connection in use',
    raises: { handovers: 1 },
    // Its opening and its request come first.
    alongside: ['connects', 'framesReceived'],
    happen: onDurable(async fixture => {
      await fixture.successor()
      await until('it took over', () => fixture.events.includes('up seamless'))
    }),
  },
  connectionsRenewed: {
    what: 'another connection is asked for, twice',
    raises: { connectionsRenewed: 1 },
    alongside: ['connects', 'framesReceived'],
    happen: onDurable(fixture => {
      fixture.durable.renew()
      fixture.durable.renew()
    }),
  },
  silences: {
    what: 'a kind of an instrument is silent',
    raises: { silences: 1 },
    happen: onWatched(feed => feed.fellSilent(NO_SUBJECT + 1, 'history', 20_000_000)),
  },
  heldFramesFull: {
    what: 'more frames than can be held come on a successor whose request is not answered',
    raises: { heldFramesFull: 1, framesReceived: HELD_FRAMES_MAX },
    happen: onDurable(
      async fixture => {
        const successor = fixture.peerAt(1)
        for (let id = 1; id <= HELD_FRAMES_MAX; id += 1) successor.send(aggTrade(id))
        await until('it took over', () => fixture.transitions.filter(event => event === 'up').length === 2)
      },
      async fixture => {
        // Otherwise it would take over after the overlap, which a busy machine may need for the frames.
        fixture.venue.onPeer = () => {}
        await fixture.successor()
      },
    ),
  },
  rejections: {
    what: 'a venue refuses a request that nobody knows',
    raises: { framesReceived: 1, rejections: 1 },
    happen: onConnection(BINANCE_TRADES, binanceAck, peer => peer.send({ id: '99', error: { code: 2, msg: 'no' } })),
  },
  subscriptionsRefused: {
    what: 'a venue refuses the only subscription of a request',
    raises: { connects: 1, framesReceived: 1, rejections: 1, subscriptionsRefused: 1, venueChanges: 1 },
    happen: refuseSubscription,
  },
  venueChanges: {
    what: 'a venue refuses a subscription',
    raises: { connects: 1, framesReceived: 1, rejections: 1, subscriptionsRefused: 1, venueChanges: 1 },
    happen: refuseSubscription,
  },
  restRequests: {
    what: 'a request is sent and answered',
    raises: { restRequests: 1 },
    happen: onRest((_path, response) => response.end('{}')),
  },
  restFailures: {
    what: 'a request is answered with an error',
    raises: { restRequests: 1, restFailures: 1 },
    happen: onRest((_path, response) => response.writeHead(500).end()),
  },
  restWithheld: {
    what: 'a request would exceed the budget',
    raises: { restWithheld: 1 },
    happen: onRest((_path, response) => response.end('{}'), 1_000_000),
  },
  snapshotFailures: {
    what: 'a book cannot be resynced',
    raises: { snapshotFailures: 1 },
    happen: async begins => {
      const { context, lanes } = newContext()
      const resync = () => Promise.reject(new Error('no snapshot'))
      const queue = new ResyncQueue(context, { productId: 'binance-futures', resync })
      after(() => queue.close())
      begins(() => readCounters(lanes.countersMemory))
      queue.request(BTC)
    },
  },
  openInterestFailures: {
    what: 'a poll of open interest is answered with something else',
    raises: { restRequests: 1, openInterestFailures: 1 },
    happen: async begins => {
      const { context, lanes, rest } = await restContext((_path, response) => response.end('<html>'))
      const protocol = { ...(binanceFutures.openInterest as OpenInterestProtocol), intervalMs: 60_000 }
      const common = { productId: 'binance-futures', productIndex: BINANCE, instruments: [BTC] }
      const poller = new OpenInterestPoller(context, { ...common, protocol, rest })
      after(() => poller.close())
      begins(() => readCounters(lanes.countersMemory))
      poller.start()
    },
  },
  instrumentListFailures: {
    what: 'the list of instruments is answered with something else',
    raises: { restRequests: 1, instrumentListFailures: 1 },
    happen: async begins => {
      const { context, lanes, rest } = await restContext((_path, response) => response.end('<html>'))
      begins(() => readCounters(lanes.countersMemory))
      await fetchListing(context, binanceFutures, new Set(['BTCUSDT']), rest).catch(() => undefined)
    },
  },
})

async function refuseSubscription(begins: (read: () => ReturnType<typeof readCounters>) => void): Promise<void> {
  const lanes = new TestLanes()
  begins(() => readCounters(lanes.countersMemory))
  await opened({ ...BYBIT_TRADES, instruments: [BYBIT_BTC], lanes }, text =>
    JSON.stringify({
      success: false,
      ret_msg: 'error:handler not found',
      req_id: JSON.parse(text).req_id,
      op: 'subscribe',
    }),
  )
}
