// Binance USDⓈ-M as in its manual, with the streams split since April 2026.

import { Kind } from '@tradelane/shared/market/nouns'
import { DepthVerdict } from '../depth-protocol.js'
import { FrameClass } from '../frame-class.js'
import { control, EXCHANGE_INFO, ignored, LISTED, subscription, wrapped } from './binance-common-samples.js'
import { productOf } from './product-fixture.js'
import type { FrameSample, ProductSamples } from './product-samples.js'

const futuresTrade = (rest: string): string =>
  wrapped('btcusdt@trade', `{"e":"trade","E":1790000000022,"T":1790000000020,"s":"BTCUSDT",${rest},"m":false}`)
const rawTrade = {
  symbol: 'BTCUSDT',
  venueUs: 1_790_000_000_020_000,
  price: '86723.50',
  amount: '0.010',
  amountBase: '0.010',
  side: 'Buy',
} as const
const forceOrder = (status: string, side: string): string =>
  wrapped(
    'btcusdt@forceOrder',
    `{"e":"forceOrder","E":1790000001000,"o":{"s":"BTCUSDT","S":"${side}","o":"LIMIT","f":"IOC","q":"0.014","p":"86100.00","ap":"86455.10","X":"${status}","l":"0.004","z":"0.013","T":1790000000990}}`,
  )
const liquidation = {
  symbol: 'BTCUSDT',
  venueUs: 1_790_000_000_990_000,
  price: '86100.00',
  priceAverage: '86455.10',
  quantity: '0.013',
  quantityBase: '0.013',
} as const

const futuresFrames: readonly FrameSample[] = [
  {
    what: 'an aggregate counts all of its quantity, retail improvement included',
    raw: wrapped(
      'btcusdt@aggTrade',
      '{"e":"aggTrade","E":1790000000123,"s":"BTCUSDT","a":2912345678,"p":"86723.50","q":"0.310","nq":"0.300","f":6612345670,"l":6612345675,"T":1790000000020,"m":false,"st":1}',
    ),
    frameClass: FrameClass.trade,
    events: {
      trades: [{ ...rawTrade, id: '2912345678', idCount: 1, amount: '0.310', amountBase: '0.310', isMarket: true }],
    },
  },
  {
    what: 'an event of a coin-margined contract is ignored',
    raw: wrapped(
      'btcusdt@aggTrade',
      '{"e":"aggTrade","E":1790000000123,"s":"BTCUSDT","a":2912345679,"p":"86723.50","q":"310","f":1,"l":1,"T":1790000000020,"m":false,"st":2}',
    ),
    frameClass: FrameClass.trade,
    events: {},
  },
  {
    what: 'a fill on the book',
    raw: futuresTrade('"t":6612345675,"p":"86723.50","q":"0.010","X":"MARKET"'),
    frameClass: FrameClass.trade,
    events: { trades: [{ ...rawTrade, id: '6612345675', idCount: 1, isMarket: true }] },
  },
  {
    what: 'an insurance-fund trade is not published',
    raw: futuresTrade('"t":6612345676,"p":"78000.00","q":"9.000","X":"INSURANCE_FUND"'),
    frameClass: FrameClass.trade,
    events: {},
  },
  {
    what: 'an auto-deleveraging trade is not published',
    raw: futuresTrade('"t":6612345677,"p":"78000.00","q":"9.000","X":"ADL"'),
    frameClass: FrameClass.trade,
    events: {},
  },
  {
    what: 'a fill of unknown origin is not a market trade',
    raw: futuresTrade('"t":6612345678,"p":"86723.50","q":"0.010","X":"RPI"'),
    frameClass: FrameClass.trade,
    events: { trades: [{ ...rawTrade, id: '6612345678', idCount: 1, isMarket: false }] },
  },
  {
    what: 'a ticker has the time of the engine',
    raw: wrapped(
      'btcusdt@bookTicker',
      '{"e":"bookTicker","u":11493080425500,"s":"BTCUSDT","ps":"BTCUSDT","b":"86723.40","B":"7.590","a":"86723.50","A":"6.728","T":1790000000019,"E":1790000000021,"st":1}',
    ),
    frameClass: FrameClass.top,
    events: {
      tops: [
        {
          symbol: 'BTCUSDT',
          venueUs: 1_790_000_000_019_000,
          bidPrice: '86723.40',
          bidAmount: '7.590',
          askPrice: '86723.50',
          askAmount: '6.728',
          sequence: 11_493_080_425_500,
        },
      ],
    },
  },
  {
    what: 'a ticker on the stream of all symbols is read alike',
    raw: wrapped(
      '!bookTicker',
      '{"e":"bookTicker","u":11493080425500,"s":"BTCUSDT","ps":"BTCUSDT","b":"86723.40","B":"7.590","a":"86723.50","A":"6.728","T":1790000000019,"E":1790000000021,"st":1}',
    ),
    frameClass: FrameClass.top,
    events: {
      tops: [
        {
          symbol: 'BTCUSDT',
          venueUs: 1_790_000_000_019_000,
          bidPrice: '86723.40',
          bidAmount: '7.590',
          askPrice: '86723.50',
          askAmount: '6.728',
          sequence: 11_493_080_425_500,
        },
      ],
    },
  },
  {
    what: 'a liquidation that sells closes a long, with its average price and filled quantity',
    raw: forceOrder('FILLED', 'SELL'),
    frameClass: FrameClass.liquidation,
    events: { liquidations: [{ ...liquidation, legacySide: 'Sell', orderSide: 'Sell', positionSide: 'long' }] },
  },
  {
    what: 'a liquidation that buys closes a short',
    raw: forceOrder('FILLED', 'BUY'),
    frameClass: FrameClass.liquidation,
    events: { liquidations: [{ ...liquidation, legacySide: 'Buy', orderSide: 'Buy', positionSide: 'short' }] },
  },
  {
    what: 'a liquidation that was not filled is ignored',
    raw: forceOrder('NEW', 'SELL'),
    frameClass: FrameClass.liquidation,
    events: {},
  },
]

const futuresDelta = (firstId: number, lastId: number, previousId: number): string =>
  wrapped(
    'btcusdt@depth@100ms',
    `{"e":"depthUpdate","E":1790000000105,"T":1790000000098,"s":"BTCUSDT","U":${firstId},"u":${lastId},"pu":${previousId},"b":[["86723.30","23.163"]],"a":[["86724.00","0.000"]]}`,
  )
const futuresSnapshot = (lastId: number): string =>
  `{"lastUpdateId":${lastId},"E":1790000000110,"T":1790000000100,"bids":[["86723.40","7.590"]],"asks":[["86723.50","6.728"]]}`

export const binanceFuturesSamples: ProductSamples = {
  product: productOf('binance-futures'),
  spellings: [
    ['btc', 'usdt', 'BTCUSDT'],
    ['eth', 'usdc', 'ETHUSDC'],
    ['1000pepe', 'usdt', '1000PEPEUSDT'],
    ['币安人生', 'usdt', '币安人生USDT'],
  ],
  contractValue: '1',
  subscriptions: [
    [Kind.trade, '/market/stream', subscription('btcusdt@aggTrade')],
    [Kind.liquidation, '/market/stream', subscription('btcusdt@forceOrder')],
    [Kind.orderBookL1, '/public/stream', subscription('btcusdt@bookTicker')],
    [Kind.orderBookL2, '/public/stream', subscription('btcusdt@depth@100ms')],
  ],
  argsPerRequestMax: 50,
  argsCharsPerConnectionMax: Number.POSITIVE_INFINITY,
  subscriptionsPerConnectionMax: 1_024,
  control,
  frames: futuresFrames,
  ignored,
  depth: [
    {
      what: 'a delta before the snapshot is held',
      raw: futuresDelta(100, 110, 95),
      verdict: DepthVerdict.hold,
      sequence: 110,
    },
    {
      what: 'a snapshot older than the first held delta, which does not follow it, is too old',
      raw: futuresSnapshot(90),
      source: 'rest',
      verdict: DepthVerdict.snapshotTooOld,
      sequence: 90,
    },
    {
      what: 'a snapshot that the first held delta follows by its `pu` is applied',
      raw: futuresSnapshot(95),
      source: 'rest',
      verdict: DepthVerdict.replace,
      sequence: 95,
      bids: ['86723.40', '7.590'],
      asks: ['86723.50', '6.728'],
      engineUs: 1_790_000_000_100_000,
      venueUs: 1_790_000_000_110_000,
    },
    {
      what: 'a delta that ends before the snapshot is skipped',
      raw: futuresDelta(80, 94, 79),
      verdict: DepthVerdict.skip,
      sequence: 94,
    },
    {
      what: '`pu` equal to `lastUpdateId` continues the snapshot, although `U` is greater',
      raw: futuresDelta(100, 110, 95),
      verdict: DepthVerdict.apply,
      sequence: 110,
      bids: ['86723.30', '23.163'],
      asks: ['86724.00', '0.000'],
      engineUs: 1_790_000_000_098_000,
      venueUs: 1_790_000_000_105_000,
    },
    {
      what: 'ids may jump as long as `pu` chains',
      raw: futuresDelta(193, 200, 110),
      verdict: DepthVerdict.apply,
      sequence: 200,
    },
    { what: 'a repetition is skipped', raw: futuresDelta(193, 200, 110), verdict: DepthVerdict.skip, sequence: 200 },
    {
      what: 'another `pu` is a gap, although `U` follows',
      raw: futuresDelta(201, 210, 199),
      verdict: DepthVerdict.gap,
      sequence: 210,
    },
    {
      what: 'a delta after a gap is held',
      raw: futuresDelta(211, 220, 210),
      verdict: DepthVerdict.hold,
      sequence: 220,
    },
    {
      what: 'a snapshot that ends inside the first held delta is applied',
      raw: futuresSnapshot(215),
      source: 'rest',
      verdict: DepthVerdict.replace,
      sequence: 215,
    },
    {
      what: 'the held delta that overlaps the snapshot is applied',
      raw: futuresDelta(211, 220, 210),
      verdict: DepthVerdict.apply,
      sequence: 220,
    },
    { what: 'a second gap', raw: futuresDelta(230, 240, 225), verdict: DepthVerdict.gap, sequence: 240 },
    {
      what: 'a snapshot without held deltas is applied',
      raw: futuresSnapshot(250),
      source: 'rest',
      verdict: DepthVerdict.replace,
      sequence: 250,
    },
    {
      what: 'a delta that neither overlaps the snapshot nor follows it is a gap',
      raw: futuresDelta(252, 260, 251),
      verdict: DepthVerdict.gap,
      sequence: 260,
    },
  ],
  instruments: { path: '/fapi/v1/exchangeInfo', body: EXCHANGE_INFO, listed: LISTED },
}
