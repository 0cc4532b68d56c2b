// Binance spot as in its manual.

import { Kind } from '@tradelane/shared/market/nouns'
import { DepthVerdict } from '../depth-protocol.js'
import { FrameClass } from '../frame-class.js'
import { control, EXCHANGE_INFO, ignored, LISTED, subscription, wrapped } from './binance-common-samples.js'
import { productOf } from './product-fixture.js'
import type { FrameSample, ProductSamples } from './product-samples.js'

const spotFrames: readonly FrameSample[] = [
  {
    what: 'a trade whose buyer was the maker is a sale',
    raw: wrapped(
      'btcusdt@trade',
      '{"e":"trade","E":1790000000101,"s":"BTCUSDT","t":5512345678,"p":"86723.41000000","q":"0.01200000","T":1790000000099,"m":true,"M":true}',
    ),
    frameClass: FrameClass.trade,
    events: {
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
    what: 'a ticker has no time',
    raw: wrapped(
      'btcusdt@bookTicker',
      '{"u":78123456789,"s":"BTCUSDT","b":"86723.40000000","B":"3.19000000","a":"86723.41000000","A":"0.77000000"}',
    ),
    frameClass: FrameClass.top,
    events: {
      tops: [
        {
          symbol: 'BTCUSDT',
          venueUs: Number.NaN,
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
    what: 'a ticker with an empty side has zeros',
    raw: wrapped(
      'btcusdt@bookTicker',
      '{"u":78123456790,"s":"BTCUSDT","b":"0.00000000","B":"0.00000000","a":"86723.41000000","A":"0.77000000"}',
    ),
    frameClass: FrameClass.top,
    events: {
      tops: [
        {
          symbol: 'BTCUSDT',
          venueUs: Number.NaN,
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
  product: productOf('binance-spot'),
  spellings: [
    ['btc', 'usdt', 'BTCUSDT'],
    ['eth', 'btc', 'ETHBTC'],
    ['1000sats', 'fdusd', '1000SATSFDUSD'],
    ['币安人生', 'usdt', '币安人生USDT'],
  ],
  contractValue: '1',
  subscriptions: [
    [Kind.trade, '/stream', subscription('btcusdt@trade')],
    [Kind.orderBookL1, '/stream', subscription('btcusdt@bookTicker')],
    [Kind.orderBookL2, '/stream', subscription('btcusdt@depth@100ms')],
  ],
  argsPerRequestMax: 50,
  argsCharsPerConnectionMax: Number.POSITIVE_INFINITY,
  subscriptionsPerConnectionMax: 1_024,
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
      what: 'a snapshot that ends within the first held delta is applied',
      raw: spotSnapshot(105),
      source: 'rest',
      verdict: DepthVerdict.replace,
      sequence: 105,
      bids: ['86723.40000000', '3.19000000'],
      asks: ['86723.41000000', '0.77000000'],
      engineUs: null,
      venueUs: null,
    },
    {
      what: 'a delta that the snapshot contains is skipped',
      raw: spotDelta(90, 105),
      verdict: DepthVerdict.skip,
      sequence: 105,
    },
    {
      what: 'the first applied delta overlaps the snapshot',
      raw: spotDelta(100, 110),
      verdict: DepthVerdict.apply,
      sequence: 110,
      bids: ['86723.40000000', '3.19000000'],
      asks: ['86724.00000000', '0.00000000'],
      engineUs: null,
      venueUs: 1_790_000_000_200_000,
    },
    {
      what: 'the next delta begins one id later',
      raw: spotDelta(111, 111),
      verdict: DepthVerdict.apply,
      sequence: 111,
    },
    { what: 'a repetition is skipped', raw: spotDelta(111, 111), verdict: DepthVerdict.skip, sequence: 111 },
    { what: 'one missing id is a gap', raw: spotDelta(113, 120), verdict: DepthVerdict.gap, sequence: 120 },
    {
      what: 'a delta after a gap is held',
      raw: spotDelta(121, 125),
      verdict: DepthVerdict.hold,
      sequence: 125,
    },
    {
      what: 'a snapshot that ends right before the first held delta is applied',
      raw: spotSnapshot(120),
      source: 'rest',
      verdict: DepthVerdict.replace,
      sequence: 120,
    },
    {
      what: 'the held delta that is adjacent to the snapshot is applied',
      raw: spotDelta(121, 125),
      verdict: DepthVerdict.apply,
      sequence: 125,
    },
  ],
  instruments: {
    path: '/api/v3/exchangeInfo?permissions=SPOT&showPermissionSets=false',
    body: EXCHANGE_INFO,
    listed: LISTED,
  },
}
