// Bybit v5 as in its manual: spot and linear, whose frames differ in the order of their keys.

import { Kind } from '@tradelane/shared/market/nouns'
import { DepthVerdict } from '../depth-protocol.js'
import { FrameClass } from '../frame-class.js'
import type { ListedInstrument } from '../rest-protocol.js'
import { productOf } from './product-fixture.js'
import type { DepthSample, FrameSample, ProductSamples } from './product-samples.js'

const subscription = (topic: string): string => `{"req_id":"7","op":"subscribe","args":["${topic}"]}`

const control: ProductSamples['control'] = [
  ['{"success":true,"ret_msg":"","conn_id":"cej-2m","req_id":"7","op":"subscribe"}', { kind: 'ack', requestId: '7' }],
  [
    '{"success":true,"ret_msg":"subscribe","conn_id":"2324","req_id":"7","op":"subscribe"}',
    { kind: 'ack', requestId: '7' },
  ],
  ['{"success":true,"ret_msg":"","conn_id":"cej-2m","req_id":"8","op":"unsubscribe"}', { kind: 'ack', requestId: '8' }],
  [
    '{"success":false,"ret_msg":"error:handler not found,topic:orderbook.500.BTCUSDT","conn_id":"c","req_id":"7","op":"subscribe"}',
    {
      kind: 'rejected',
      requestId: '7',
      topic: 'orderbook.500.BTCUSDT',
      refusalClass: 'does-not-exist',
      reason: 'error:handler not found,topic:orderbook.500.BTCUSDT',
    },
  ],
  [
    '{"success":false,"ret_msg":"args size >10","conn_id":"c","req_id":"","op":"subscribe"}',
    { kind: 'rejected', requestId: null, topic: null, refusalClass: 'not-accepted', reason: 'args size >10' },
  ],
  [
    '{"success":false,"ret_msg":"error:already subscribed,topic:orderbook.1.ETHUSDT","conn_id":"c","op":"subscribe"}',
    { kind: 'already-subscribed', requestId: null, topic: 'orderbook.1.ETHUSDT' },
  ],
  ['{"success":true,"ret_msg":"pong","conn_id":"c","op":"ping"}', { kind: 'pong' }],
  ['{"success":true,"ret_msg":"pong","conn_id":"c","req_id":"3","op":"ping"}', { kind: 'pong' }],
  ['{"op":"pong","args":["1790000000000"],"conn_id":"c"}', { kind: 'pong' }],
  ['{"success":true,"ret_msg":"","conn_id":"c","op":"subscribe"}', { kind: 'other' }],
  ['{"ret_msg":"","conn_id":"c","req_id":"7","op":"subscribe"}', { kind: 'other' }],
]

const ignored = [
  '{"topic":"kline.1.BTCUSDT","data":[{"start":1}],"ts":1790000000000,"type":"snapshot"}',
  '{"topic":"orderbook.rpi.BTCUSDT","ts":1790000000000,"type":"snapshot","data":{"s":"BTCUSDT","b":[["1","1","1"]],"a":[]}}',
  '{"topic":"orderbook.full.BTCUSDT","ts":1790000000000,"type":"delta","data":{"s":"BTCUSDT","b":[],"a":[],"u":1}}',
  '{"topic":"insurance.USDT","type":"snapshot","ts":1790000000000,"data":[]}',
]

const trade = {
  symbol: 'BTCUSDT',
  venueUs: 1_790_000_000_865_000,
  price: '86723.50',
  amount: '0.012',
  amountBase: '0.012',
} as const
const top = (bid: string | null, bidAmount: string | null, sequence: number) => ({
  tops: [
    {
      symbol: 'BTCUSDT',
      venueUs: 1_790_000_001_007_000,
      bidPrice: bid,
      bidAmount,
      askPrice: '86723.50',
      askAmount: '5.959',
      sequence,
    },
  ],
})
const level1 = (type: string, bids: string, asks: string, u: number, seq: number): string =>
  `{"topic":"orderbook.1.BTCUSDT","ts":1790000001010,"type":"${type}","data":{"s":"BTCUSDT","b":[${bids}],"a":[${asks}],"u":${u},"seq":${seq}},"cts":1790000001007}`
const ASK = '["86723.50","5.959"]'

const topFrames: readonly FrameSample[] = [
  {
    what: 'a top has the time of the engine',
    raw: level1('snapshot', '["86723.30","0.002"]', ASK, 55_120_033, 814_547_787_810),
    frameClass: FrameClass.top,
    events: top('86723.30', '0.002', 814_547_787_810),
  },
  {
    what: 'its repetition after 3 s is not published',
    raw: level1('snapshot', '["86723.30","0.002"]', ASK, 55_120_033, 814_547_787_999),
    frameClass: FrameClass.top,
    events: {},
  },
  {
    what: 'a delta of one side keeps the other',
    raw: level1('delta', '["86723.30","0"],["86723.20","0.500"]', '', 55_120_034, 814_547_788_000),
    frameClass: FrameClass.top,
    events: top('86723.20', '0.500', 814_547_788_000),
  },
  {
    what: 'a side whose only level is deleted is empty',
    raw: level1('delta', '["86723.20","0"]', '', 55_120_035, 814_547_788_001),
    frameClass: FrameClass.top,
    events: top(null, null, 814_547_788_001),
  },
  {
    what: 'the top of a closed symbol has time 0 and is empty',
    raw: '{"topic":"orderbook.1.BTCUSDT","ts":0,"type":"snapshot","data":{"s":"BTCUSDT","b":[],"a":[],"u":55120036,"seq":814547788002}}',
    frameClass: FrameClass.top,
    events: {
      tops: [
        {
          symbol: 'BTCUSDT',
          venueUs: Number.NaN,
          bidPrice: null,
          bidAmount: null,
          askPrice: null,
          askAmount: null,
          sequence: 814_547_788_002,
        },
      ],
    },
  },
  {
    what: 'time 0 with levels is malformed',
    raw: '{"topic":"orderbook.1.BTCUSDT","ts":0,"type":"snapshot","data":{"s":"BTCUSDT","b":[],"a":[["1","1"]],"u":55120037,"seq":814547788003}}',
    frameClass: FrameClass.top,
    events: {},
    malformed: 1,
  },
]

const spotFrames: readonly FrameSample[] = [
  {
    what: 'a trade with its numeric id',
    raw: '{"topic":"publicTrade.BTCUSDT","ts":1790000000868,"type":"snapshot","data":[{"i":"2290000000050703789","T":1790000000865,"p":"86723.50","v":"0.012","S":"Sell","s":"BTCUSDT","BT":false,"RPI":false,"seq":5}]}',
    frameClass: FrameClass.trade,
    events: { trades: [{ ...trade, id: '2290000000050703789', side: 'Sell', isMarket: true }] },
  },
  ...topFrames,
  {
    what: 'a ticker of spot has no open interest',
    raw: '{"topic":"tickers.BTCUSDT","ts":1790000001383,"type":"snapshot","cs":5,"data":{"symbol":"BTCUSDT","lastPrice":"86716.30","volume24h":"1"}}',
    frameClass: FrameClass.openInterest,
    events: {},
  },
]

const ticker = (type: string, fields: string): string =>
  `{"topic":"tickers.BTCUSDT","type":"${type}","data":{"symbol":"BTCUSDT",${fields}},"cs":814547789569,"ts":1790000001383}`
const openInterest = {
  symbol: 'BTCUSDT',
  venueUs: 1_790_000_001_383_000,
  time: 1_790_000_001_383_000,
} as const
const allLiquidation = (side: string): string =>
  `{"T":1790000000929,"s":"BTCUSDT","S":"${side}","v":"0.350","p":"87110.20"}`
const liquidation = {
  symbol: 'BTCUSDT',
  venueUs: 1_790_000_000_929_000,
  price: '87110.20',
  priceAverage: null,
  quantity: '0.350',
  quantityBase: '0.350',
} as const

const linearFrames: readonly FrameSample[] = [
  {
    what: 'a trade has the side of the taker; a block trade is not a market trade',
    raw: '{"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":1790000000868,"data":[{"T":1790000000865,"s":"BTCUSDT","S":"Buy","v":"0.012","p":"86723.50","L":"PlusTick","i":"20f43950-d8dd-5b31-9112-a178eb6023af","BT":false,"RPI":false,"seq":814547787001},{"T":1790000000865,"s":"BTCUSDT","S":"Sell","v":"50","p":"80000.00","L":"MinusTick","i":"20f43950-d8dd-5b31-9112-a178eb6023b0","BT":true}]}',
    frameClass: FrameClass.trade,
    events: {
      trades: [
        { ...trade, id: '20f43950-d8dd-5b31-9112-a178eb6023af', side: 'Buy', isMarket: true },
        {
          ...trade,
          id: '20f43950-d8dd-5b31-9112-a178eb6023b0',
          price: '80000.00',
          amount: '50',
          amountBase: '50',
          side: 'Sell',
          isMarket: false,
        },
      ],
    },
  },
  {
    what: 'a malformed trade does not affect the next one',
    raw: '{"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":1790000000868,"data":[{"T":1790000000865,"s":"BTCUSDT","S":"Up","v":"0.012","p":"86723.50","i":"x"},{"T":1790000000865,"s":"BTCUSDT","S":"Buy","v":"0.012","p":"86723.50","i":"y"}]}',
    frameClass: FrameClass.trade,
    events: { trades: [{ ...trade, id: 'y', side: 'Buy', isMarket: true }] },
    malformed: 1,
  },
  ...topFrames,
  {
    what: 'the side of a liquidation is that of the position: the order was the opposite',
    raw: `{"topic":"allLiquidation.BTCUSDT","type":"snapshot","ts":1790000001204,"data":[${allLiquidation('Sell')},${allLiquidation('Buy')}]}`,
    frameClass: FrameClass.liquidation,
    events: {
      liquidations: [
        { ...liquidation, legacySide: 'Sell', orderSide: 'Buy', positionSide: 'short' },
        { ...liquidation, legacySide: 'Buy', orderSide: 'Sell', positionSide: 'long' },
      ],
    },
  },
  {
    what: 'a liquidation from before 2025, with long field names',
    raw: '{"topic":"liquidation.BTCUSDT","type":"snapshot","ts":1790000001204,"data":{"updatedTime":1790000000929,"symbol":"BTCUSDT","side":"Sell","size":"0.350","price":"87110.20"}}',
    frameClass: FrameClass.liquidation,
    events: { liquidations: [{ ...liquidation, legacySide: 'Sell', orderSide: 'Buy', positionSide: 'short' }] },
  },
  {
    what: 'open interest counts both sides; the single figure counts one',
    raw: ticker(
      'snapshot',
      '"openInterest":"60550.120","openInterestValue":"5250990127.10","singleOpenInterest":"30275.060","singleOpenInterestValue":"2625495063.55"',
    ),
    frameClass: FrameClass.openInterest,
    events: {
      openInterests: [
        {
          ...openInterest,
          contracts: '60550.120',
          notional: '5250990127.10',
          contractsBase: '30275.060',
          notionalUsd: '2625495063.55',
        },
      ],
    },
  },
  {
    what: 'a delta without open interest publishes none',
    raw: ticker('delta', '"markPrice":"86716.30"'),
    frameClass: FrameClass.openInterest,
    events: {},
  },
  {
    what: 'half of the sum replaces a missing single figure, and an unchanged value is kept',
    raw: ticker('delta', '"openInterest":"60550.121","singleOpenInterest":""'),
    frameClass: FrameClass.openInterest,
    events: {
      openInterests: [
        {
          ...openInterest,
          contracts: '60550.121',
          notional: '5250990127.10',
          contractsBase: '30275.0605',
          notionalUsd: '2625495063.55',
        },
      ],
    },
  },
]

const book = (order: 'ts-type' | 'type-ts', type: string, u: number, b = '["86723.40","0.194"]'): string => {
  const head = order === 'ts-type' ? `"ts":1790000000978,"type":"${type}"` : `"type":"${type}","ts":1790000000978`
  const a = type === 'snapshot' ? '["86723.50","5.959"]' : ''
  return `{"topic":"orderbook.200.BTCUSDT",${head},"data":{"s":"BTCUSDT","b":[${b}],"a":[${a}],"u":${u},"seq":${u + 1_000}},"cts":1790000000976}`
}

const depthOf = (order: 'ts-type' | 'type-ts'): readonly DepthSample[] => [
  {
    what: 'a delta before its snapshot is of no use',
    raw: book(order, 'delta', 99),
    verdict: DepthVerdict.skip,
    sequence: 1_099,
  },
  {
    what: 'a snapshot makes the book',
    raw: book(order, 'snapshot', 100),
    verdict: DepthVerdict.replace,
    sequence: 1_100,
    bids: ['86723.40', '0.194'],
    asks: ['86723.50', '5.959'],
    engineUs: 1_790_000_000_976_000,
    venueUs: 1_790_000_000_978_000,
  },
  {
    what: '`u` goes up by one',
    raw: book(order, 'delta', 101, '["86723.40","0"]'),
    verdict: DepthVerdict.apply,
    sequence: 1_101,
    bids: ['86723.40', '0'],
    asks: [],
  },
  { what: 'a repetition is skipped', raw: book(order, 'delta', 101), verdict: DepthVerdict.skip, sequence: 1_101 },
  { what: 'an older delta is skipped', raw: book(order, 'delta', 98), verdict: DepthVerdict.skip, sequence: 1_098 },
  { what: 'a missing id is a gap', raw: book(order, 'delta', 103), verdict: DepthVerdict.gap, sequence: 1_103 },
  {
    what: 'a delta after a gap is skipped',
    raw: book(order, 'delta', 104),
    verdict: DepthVerdict.skip,
    sequence: 1_104,
  },
  {
    what: 'a snapshot after a gap makes the book',
    raw: book(order, 'snapshot', 200),
    verdict: DepthVerdict.replace,
    sequence: 1_200,
  },
  {
    what: 'an unsolicited snapshot replaces the book',
    raw: book(order, 'snapshot', 150),
    verdict: DepthVerdict.replace,
    sequence: 1_150,
  },
  {
    what: '`u` 1 is a restart and replaces the book, whatever its type',
    raw: book(order, 'delta', 1),
    verdict: DepthVerdict.replace,
    sequence: 1_001,
  },
  {
    what: 'deltas continue after a restart',
    raw: book(order, 'delta', 2),
    verdict: DepthVerdict.apply,
    sequence: 1_002,
  },
]

const instrumentsBody =
  '{"retCode":0,"retMsg":"OK","result":{"category":"linear","list":[{"symbol":"BTCUSDT","status":"Trading"},{"symbol":"LUNAUSDT","status":"Closed"},{},null],"nextPageCursor":""},"time":1790000000000}'
const LISTED = [
  { symbol: 'BTCUSDT', isTrading: true, contractValue: '1' },
  { symbol: 'LUNAUSDT', isTrading: false, contractValue: '1' },
] as ListedInstrument[]

const samplesOf = (category: 'spot' | 'linear') => ({
  spellings: [
    ['btc', 'usdt', 'BTCUSDT'],
    ['eth', 'btc', 'ETHBTC'],
    ['1000pepe', 'usdt', '1000PEPEUSDT'],
    ['btc', 'usdc', category === 'linear' ? 'BTCPERP' : 'BTCUSDC'],
  ] as const,
  contractValue: '1',
  argsPerRequestMax: 10,
  argsCharsPerConnectionMax: 21_000,
  subscriptionsPerConnectionMax: 400,
  control,
  ignored,
  instruments: {
    path: `/v5/market/instruments-info?category=${category}&limit=1000`,
    body: instrumentsBody,
    listed: LISTED,
  },
})

export const bybitSpotSamples: ProductSamples = {
  ...samplesOf('spot'),
  product: productOf('bybit-spot'),
  subscriptions: [
    [Kind.trade, '/v5/public/spot', subscription('publicTrade.BTCUSDT')],
    [Kind.orderBookL1, '/v5/public/spot', subscription('orderbook.1.BTCUSDT')],
    [Kind.orderBookL2, '/v5/public/spot', subscription('orderbook.200.BTCUSDT')],
  ],
  frames: spotFrames,
  depth: depthOf('ts-type'),
}

export const bybitLinearSamples: ProductSamples = {
  ...samplesOf('linear'),
  product: productOf('bybit-linear'),
  subscriptions: [
    [Kind.trade, '/v5/public/linear', subscription('publicTrade.BTCUSDT')],
    [Kind.liquidation, '/v5/public/linear', subscription('allLiquidation.BTCUSDT')],
    [Kind.orderBookL1, '/v5/public/linear', subscription('orderbook.1.BTCUSDT')],
    [Kind.openInterest, '/v5/public/linear', subscription('tickers.BTCUSDT')],
    [Kind.orderBookL2, '/v5/public/linear', subscription('orderbook.200.BTCUSDT')],
  ],
  frames: linearFrames,
  depth: depthOf('type-ts'),
}
