// Binance as its manual has it: spot, and USDⓈ-M with the streams split since April 2026.

import { Kind } from '@tradelane/shared/nouns'
import { binanceSpot } from '../binance/binance-spot.js'
import { DepthVerdict, FrameClass, type ListedInstrument } from '../venue.js'
import { productOf } from './all-products.js'
import type { FrameSample, ProductSamples } from './product-samples.js'

const wrapped = (stream: string, data: string): string => `{"stream":"${stream}","data":${data}}`
const subscription = (name: string): string => `{"method":"SUBSCRIBE","params":["${name}"],"id":7}`

const LISTED = [
  { symbol: 'BTCUSDT', isTrading: true, contractValue: '1' },
  { symbol: 'LUNAUSDT', isTrading: false, contractValue: '1' },
] as ListedInstrument[]
const EXCHANGE_INFO =
  '{"timezone":"UTC","symbols":[{"symbol":"BTCUSDT","status":"TRADING","baseAsset":"BTC"},{"symbol":"LUNAUSDT","status":"BREAK"},{"status":"TRADING"},7]}'

const control: ProductSamples['control'] = [
  ['{"result":null,"id":7}', { kind: 'ack', requestId: '7' }],
  [
    '{"code":2,"msg":"Invalid request: unknown","id":7}',
    { kind: 'rejected', requestId: '7', topic: null, reason: '2 Invalid request: unknown' },
  ],
  [
    '{"error":{"code":3,"msg":"Invalid JSON"},"id":null}',
    { kind: 'rejected', requestId: null, topic: null, reason: '3 Invalid JSON' },
  ],
  ['{"result":["btcusdt@depth@100ms"],"id":9}', { kind: 'other' }],
  ['{"e":"serverShutdown","E":1770000000000}', { kind: 'closing-soon' }],
  [wrapped('!serverShutdown', '{"e":"serverShutdown","E":1770000000000}'), { kind: 'closing-soon' }],
]

const ignored = [
  wrapped('btcusdt@kline_1m', '{"e":"kline","s":"BTCUSDT"}'),
  wrapped('btcusdt@markPrice@1s', '{"e":"markPriceUpdate","s":"BTCUSDT","p":"86723.4"}'),
  wrapped('btcusdt@ticker', '{"e":"24hrTicker","s":"BTCUSDT","c":"86723.4"}'),
  wrapped('btcusdt@depth20@100ms', '{"lastUpdateId":5,"bids":[["1","1"]],"asks":[]}'),
  wrapped('btcusdt@blockTrade', '{"e":"blockTrade","s":"BTCUSDT","t":1,"p":"1","q":"1","T":1,"m":true}'),
  wrapped('!ticker@arr', '[]'),
]

const spotFrames: readonly FrameSample[] = [
  {
    what: 'a trade whose buyer was the maker is a sale',
    raw: wrapped(
      'btcusdt@trade',
      '{"e":"trade","E":1790000000101,"s":"BTCUSDT","t":5512345678,"p":"86723.41000000","q":"0.01200000","T":1790000000099,"m":true,"M":true}',
    ),
    frameClass: FrameClass.trade,
    told: {
      trades: [
        {
          symbol: 'BTCUSDT',
          venueUs: 1_790_000_000_099_000,
          id: '5512345678',
          idCount: 1,
          price: '86723.41000000',
          amount: '0.01200000',
          amountBase: '0.01200000',
          side: 'Sell',
          isMarket: true,
        },
      ],
    },
  },
  {
    what: 'a ticker has no time: ours stands in',
    raw: wrapped(
      'btcusdt@bookTicker',
      '{"u":78123456789,"s":"BTCUSDT","b":"86723.40000000","B":"3.19000000","a":"86723.41000000","A":"0.77000000"}',
    ),
    frameClass: FrameClass.top,
    told: {
      tops: [
        {
          symbol: 'BTCUSDT',
          venueUs: 1_790_000_000_500_000,
          bidPrice: '86723.40000000',
          bidAmount: '3.19000000',
          askPrice: '86723.41000000',
          askAmount: '0.77000000',
          sequence: 78_123_456_789,
        },
      ],
    },
  },
  {
    what: 'a ticker with an empty side tells zeros',
    raw: wrapped(
      'btcusdt@bookTicker',
      '{"u":78123456790,"s":"BTCUSDT","b":"0.00000000","B":"0.00000000","a":"86723.41000000","A":"0.77000000"}',
    ),
    frameClass: FrameClass.top,
    told: {
      tops: [
        {
          symbol: 'BTCUSDT',
          venueUs: 1_790_000_000_500_000,
          bidPrice: null,
          bidAmount: null,
          askPrice: '86723.41000000',
          askAmount: '0.77000000',
          sequence: 78_123_456_790,
        },
      ],
    },
  },
]

const spotDelta = (firstId: number, lastId: number): string =>
  wrapped(
    'btcusdt@depth@100ms',
    `{"e":"depthUpdate","E":1790000000200,"s":"BTCUSDT","U":${firstId},"u":${lastId},"b":[["86723.40000000","3.19000000"]],"a":[["86724.00000000","0.00000000"]]}`,
  )
const spotSnapshot = (lastId: number): string =>
  `{"lastUpdateId":${lastId},"bids":[["86723.40000000","3.19000000"]],"asks":[["86723.41000000","0.77000000"]]}`

export const binanceSpotSamples: ProductSamples = {
  product: binanceSpot,
  spellings: [
    ['btc', 'usdt', 'BTCUSDT'],
    ['eth', 'btc', 'ETHBTC'],
    ['1000sats', 'fdusd', '1000SATSFDUSD'],
  ],
  contractValue: '1',
  subscriptions: [
    [Kind.trade, '/stream', subscription('btcusdt@trade')],
    [Kind.orderBookL1, '/stream', subscription('btcusdt@bookTicker')],
    [Kind.orderBookL2, '/stream', subscription('btcusdt@depth@100ms')],
  ],
  argsPerRequestMax: 50,
  argsCharsPerConnectionMax: Number.POSITIVE_INFINITY,
  streamsPerConnectionMax: 1_024,
  control,
  frames: spotFrames,
  ignored,
  depth: [
    {
      what: 'a delta before the snapshot is held',
      raw: spotDelta(100, 110),
      verdict: DepthVerdict.hold,
      sequence: 110,
    },
    {
      what: 'a snapshot that ends before the first held delta begins is too old',
      raw: spotSnapshot(98),
      source: 'rest',
      verdict: DepthVerdict.snapshotTooOld,
      sequence: 98,
    },
    {
      what: 'one that ends within it is taken',
      raw: spotSnapshot(105),
      source: 'rest',
      verdict: DepthVerdict.replace,
      sequence: 105,
      bids: ['86723.40000000', '3.19000000'],
      asks: ['86723.41000000', '0.77000000'],
      engineUs: null,
      venueUs: null,
    },
    { what: 'what it contains is skipped', raw: spotDelta(90, 105), verdict: DepthVerdict.skip, sequence: 105 },
    {
      what: 'the first kept delta overlaps it',
      raw: spotDelta(100, 110),
      verdict: DepthVerdict.apply,
      sequence: 110,
      bids: ['86723.40000000', '3.19000000'],
      asks: ['86724.00000000', '0.00000000'],
      engineUs: null,
      venueUs: 1_790_000_000_200_000,
    },
    { what: 'the next begins one behind', raw: spotDelta(111, 111), verdict: DepthVerdict.apply, sequence: 111 },
    { what: 'a repetition is skipped', raw: spotDelta(111, 111), verdict: DepthVerdict.skip, sequence: 111 },
    { what: 'a hole of one id is a gap', raw: spotDelta(113, 120), verdict: DepthVerdict.gap, sequence: 120 },
    {
      what: 'and what follows waits for a snapshot',
      raw: spotDelta(121, 125),
      verdict: DepthVerdict.hold,
      sequence: 125,
    },
    {
      what: 'which may end right before the first held delta',
      raw: spotSnapshot(120),
      source: 'rest',
      verdict: DepthVerdict.replace,
      sequence: 120,
    },
    { what: 'so that they touch', raw: spotDelta(121, 125), verdict: DepthVerdict.apply, sequence: 125 },
  ],
  instruments: {
    path: '/api/v3/exchangeInfo?permissions=SPOT&showPermissionSets=false',
    body: EXCHANGE_INFO,
    listed: LISTED,
  },
}

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
    told: {
      trades: [{ ...rawTrade, id: '2912345678', idCount: 1, amount: '0.310', amountBase: '0.310', isMarket: true }],
    },
  },
  {
    what: 'an event of a coin-margined contract is not ours',
    raw: wrapped(
      'btcusdt@aggTrade',
      '{"e":"aggTrade","E":1790000000123,"s":"BTCUSDT","a":2912345679,"p":"86723.50","q":"310","f":1,"l":1,"T":1790000000020,"m":false,"st":2}',
    ),
    frameClass: FrameClass.trade,
    told: {},
  },
  {
    what: 'a fill on the book',
    raw: futuresTrade('"t":6612345675,"p":"86723.50","q":"0.010","X":"MARKET"'),
    frameClass: FrameClass.trade,
    told: { trades: [{ ...rawTrade, id: '6612345675', idCount: 1, isMarket: true }] },
  },
  {
    what: 'an insurance-fund print is not told',
    raw: futuresTrade('"t":6612345676,"p":"78000.00","q":"9.000","X":"INSURANCE_FUND"'),
    frameClass: FrameClass.trade,
    told: {},
  },
  {
    what: 'nor is one of the deleveraging',
    raw: futuresTrade('"t":6612345677,"p":"78000.00","q":"9.000","X":"ADL"'),
    frameClass: FrameClass.trade,
    told: {},
  },
  {
    what: 'and the next fill stands for their ids too; one of unknown origin does not count as market',
    raw: futuresTrade('"t":6612345678,"p":"86723.50","q":"0.010","X":"RPI"'),
    frameClass: FrameClass.trade,
    told: { trades: [{ ...rawTrade, id: '6612345678', idCount: 3, isMarket: false }] },
  },
  {
    what: 'a ticker has the time of the engine',
    raw: wrapped(
      'btcusdt@bookTicker',
      '{"e":"bookTicker","u":11493080425500,"s":"BTCUSDT","ps":"BTCUSDT","b":"86723.40","B":"7.590","a":"86723.50","A":"6.728","T":1790000000019,"E":1790000000021,"st":1}',
    ),
    frameClass: FrameClass.top,
    told: {
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
    what: 'a liquidation that sells closes a long, at its average and by what was filled',
    raw: forceOrder('FILLED', 'SELL'),
    frameClass: FrameClass.liquidation,
    told: { liquidations: [{ ...liquidation, legacySide: 'Sell', orderSide: 'Sell', positionSide: 'long' }] },
  },
  {
    what: 'one that buys closes a short',
    raw: forceOrder('FILLED', 'BUY'),
    frameClass: FrameClass.liquidation,
    told: { liquidations: [{ ...liquidation, legacySide: 'Buy', orderSide: 'Buy', positionSide: 'short' }] },
  },
  {
    what: 'a liquidation that was not filled is none yet',
    raw: forceOrder('NEW', 'SELL'),
    frameClass: FrameClass.liquidation,
    told: {},
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
  streamsPerConnectionMax: 1_024,
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
      what: 'one that the first held delta follows by its `pu` is taken',
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
      what: 'what ends before the snapshot is skipped',
      raw: futuresDelta(80, 94, 79),
      verdict: DepthVerdict.skip,
      sequence: 94,
    },
    {
      what: '`pu` equal to `lastUpdateId` splices, although `U` lies beyond',
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
      what: 'another `pu` is a gap, though `U` follows',
      raw: futuresDelta(201, 210, 199),
      verdict: DepthVerdict.gap,
      sequence: 210,
    },
    {
      what: 'and what follows waits for a snapshot',
      raw: futuresDelta(211, 220, 210),
      verdict: DepthVerdict.hold,
      sequence: 220,
    },
    {
      what: 'which may end inside of the first held delta',
      raw: futuresSnapshot(215),
      source: 'rest',
      verdict: DepthVerdict.replace,
      sequence: 215,
    },
    {
      what: 'that is then applied by its overlap',
      raw: futuresDelta(211, 220, 210),
      verdict: DepthVerdict.apply,
      sequence: 220,
    },
    { what: 'a second gap', raw: futuresDelta(230, 240, 225), verdict: DepthVerdict.gap, sequence: 240 },
    {
      what: 'a snapshot without held deltas is taken',
      raw: futuresSnapshot(250),
      source: 'rest',
      verdict: DepthVerdict.replace,
      sequence: 250,
    },
    {
      what: 'but a delta that neither overlaps it nor follows it is a gap',
      raw: futuresDelta(252, 260, 251),
      verdict: DepthVerdict.gap,
      sequence: 260,
    },
  ],
  instruments: { path: '/fapi/v1/exchangeInfo', body: EXCHANGE_INFO, listed: LISTED },
}
