// OKX v5 as in its manual: spot and swap on one socket. Sizes of swaps are contracts, here of 0.01 BTC.

import { Kind } from '@tradelane/shared/market/nouns'
import { DepthVerdict } from '../depth-protocol.js'
import { FrameClass } from '../frame-class.js'
import type { ListedInstrument } from '../rest-protocol.js'
import { productOf } from './product-fixture.js'
import type { DepthSample, FrameSample, ProductSamples } from './product-samples.js'

const PATH = '/ws/v5/public'
const subscription = (arg: string): string => `{"id":"7","op":"subscribe","args":[{${arg}}]}`

const control: ProductSamples['control'] = [
  [
    '{"id":"7","event":"subscribe","arg":{"channel":"books","instId":"BTC-USDT"},"connId":"a4d3ae55"}',
    { kind: 'ack', requestId: '7' },
  ],
  [
    '{"id":"8","event":"unsubscribe","arg":{"channel":"books","instId":"BTC-USDT"},"connId":"a4d3ae55"}',
    { kind: 'ack', requestId: '8' },
  ],
  [
    '{"id":"7","event":"error","code":"60018","msg":"Wrong URL or channel:books,instId:BTC-USDTT does not exist.","connId":"a"}',
    {
      kind: 'rejected',
      requestId: '7',
      topic: null,
      refusalClass: 'does-not-exist',
      reason: '60018 Wrong URL or channel:books,instId:BTC-USDTT does not exist.',
    },
  ],
  [
    '{"event":"error","code":"60014","msg":"Requests too frequent","connId":"a"}',
    {
      kind: 'rejected',
      requestId: null,
      topic: null,
      refusalClass: 'too-often',
      reason: '60014 Requests too frequent',
    },
  ],
  ['pong', { kind: 'pong' }],
  [
    '{"event":"notice","code":"64008","msg":"The connection will soon be closed for a service upgrade.","connId":"a"}',
    { kind: 'closing-soon' },
  ],
  ['{"event":"channel-conn-count","channel":"orders","connCount":"2","connId":"a"}', { kind: 'other' }],
]

const ignored = [
  '{"arg":{"channel":"books5","instId":"BTC-USDT"},"data":[{"asks":[],"bids":[],"ts":"1790000000897"}]}',
  '{"arg":{"channel":"trades-all","instId":"BTC-USDT"},"data":[]}',
  '{"arg":{"channel":"books-elp","instId":"BTC-USDT"},"action":"snapshot","data":[]}',
  '{"arg":{"channel":"funding-rate","instId":"BTC-USDT-SWAP"},"data":[{"fundingRate":"0.0001"}]}',
]

const framesOf = (symbol: string, bidInBase: string, askInBase: string): readonly FrameSample[] => {
  const trade = { symbol, venueUs: 1_790_000_000_897_000, isMarket: true } as const
  const top = { symbol, venueUs: 1_790_000_001_007_000, sequence: 338_340_340_019 } as const
  return [
    {
      what: 'a trade has the last of the ids that it covers',
      raw: `{"arg":{"channel":"trades","instId":"${symbol}"},"data":[{"instId":"${symbol}","tradeId":"1306394740","px":"86723.4","sz":"12.5","side":"buy","ts":"1790000000897","count":"3","source":"0","seqId":338340340001}]}`,
      frameClass: FrameClass.trade,
      events: {
        trades: [
          {
            ...trade,
            id: '1306394740',
            idCount: 3,
            price: '86723.4',
            amount: '12.5',
            amountBase: bidInBase,
            side: 'Buy',
          },
        ],
      },
    },
    {
      what: 'a trade with retail liquidity is a market trade; without a count it is one id; `event` in its data does not make it an answer',
      raw: `{"arg":{"channel":"trades","instId":"${symbol}"},"data":[{"instId":"${symbol}","tradeId":"1306394741","px":"86723.4","sz":"359.37","side":"sell","ts":"1790000000897","source":"1","event":"x"}]}`,
      frameClass: FrameClass.trade,
      events: {
        trades: [
          {
            ...trade,
            id: '1306394741',
            idCount: 1,
            price: '86723.4',
            amount: '359.37',
            amountBase: askInBase,
            side: 'Sell',
          },
        ],
      },
    },
    {
      what: 'a top',
      raw: `{"arg":{"channel":"bbo-tbt","instId":"${symbol}"},"data":[{"asks":[["86723.5","359.37","0","31"]],"bids":[["86723.4","12.5","0","34"]],"ts":"1790000001007","seqId":338340340019}]}`,
      frameClass: FrameClass.top,
      events: {
        tops: [{ ...top, bidPrice: '86723.4', bidAmount: '12.5', askPrice: '86723.5', askAmount: '359.37' }],
      },
    },
    {
      what: 'a top with an empty side',
      raw: `{"arg":{"channel":"bbo-tbt","instId":"${symbol}"},"data":[{"asks":[["86723.5","359.37","0","31"]],"bids":[],"ts":"1790000001007","seqId":338340340019}]}`,
      frameClass: FrameClass.top,
      events: { tops: [{ ...top, bidPrice: null, bidAmount: null, askPrice: '86723.5', askAmount: '359.37' }] },
    },
    {
      what: 'a ticker has best prices too, without a sequence, and empty texts for an empty side',
      raw: `{"arg":{"channel":"tickers","instId":"${symbol}"},"data":[{"instId":"${symbol}","last":"86720.1","askPx":"86723.5","askSz":"359.37","bidPx":"","bidSz":"","ts":"1790000001007"}]}`,
      frameClass: FrameClass.top,
      events: {
        tops: [{ ...top, bidPrice: null, bidAmount: null, askPrice: '86723.5', askAmount: '359.37', sequence: 0 }],
      },
    },
  ]
}

const SWAP = 'BTC-USDT-SWAP'
const liquidations = (instId: string, details: string): string =>
  `{"arg":{"channel":"liquidation-orders","instType":"SWAP"},"data":[{"instType":"SWAP","instFamily":"BTC-USDT","instId":"${instId}","uly":"BTC-USDT","details":[${details}]}]}`
const detail = (side: string, posSide: string, ts: string): string =>
  `{"side":"${side}","posSide":"${posSide}","bkPx":"87110.2","sz":"12.5","bkLoss":"0","ccy":"","ts":"${ts}"}`
const liquidation = {
  symbol: SWAP,
  venueUs: 1_790_000_001_010_000,
  price: '87110.2',
  priceAverage: null,
  quantity: '12.5',
  quantityBase: '0.125',
} as const
const openInterest = (oi: string): string =>
  `{"arg":{"channel":"open-interest","instId":"${SWAP}"},"data":[{"instType":"SWAP","instId":"${SWAP}","oi":"${oi}","oiCcy":"22161.1301","oiUsd":"1921900000.5","ts":"1790000001440"}]}`

const swapFrames: readonly FrameSample[] = [
  ...framesOf(SWAP, '0.125', '3.5937'),
  {
    what: 'a liquidation older than the connection, by the time of the trades, is history',
    raw: liquidations(SWAP, detail('buy', 'short', '1789999990000')),
    frameClass: FrameClass.liquidation,
    events: {},
  },
  {
    what: 'liquidations by the side of the order and of the position; `net` positions by the order alone; equal ones are two',
    raw: liquidations(
      SWAP,
      `${detail('buy', 'short', '1790000001010')},${detail('sell', 'long', '1790000001010')},${detail('sell', 'net', '1790000001010')},${detail('sell', 'short', '1790000001010')}`,
    ),
    frameClass: FrameClass.liquidation,
    events: {
      liquidations: [
        { ...liquidation, legacySide: 'Buy', orderSide: 'Buy', positionSide: 'short' },
        { ...liquidation, legacySide: 'Sell', orderSide: 'Sell', positionSide: 'long' },
        { ...liquidation, legacySide: 'Sell', orderSide: 'Sell', positionSide: 'long' },
        { ...liquidation, legacySide: 'Sell', orderSide: 'Sell', positionSide: 'short' },
      ],
    },
  },
  {
    what: 'liquidations of other instruments are ignored',
    raw: liquidations('XRP-USDT-SWAP', detail('buy', 'short', '1790000001010')),
    frameClass: FrameClass.liquidation,
    events: {},
  },
  {
    what: 'open interest in contracts, base and dollars',
    raw: openInterest('2216113.01'),
    frameClass: FrameClass.openInterest,
    events: {
      openInterests: [
        {
          symbol: SWAP,
          venueUs: 1_790_000_001_440_000,
          time: 1_790_000_001_440_000,
          contracts: '2216113.01',
          contractsBase: '22161.1301',
          notional: '1921900000.5',
          notionalUsd: '1921900000.5',
        },
      ],
    },
  },
  {
    what: 'a frame of time 0 is malformed',
    raw: openInterest('2216113.01').replace('1790000001440', '0'),
    frameClass: FrameClass.openInterest,
    events: {},
    malformed: 1,
  },
  { what: 'zero means "not known now"', raw: openInterest('0'), frameClass: FrameClass.openInterest, events: {} },
]

const depthOf = (symbol: string): readonly DepthSample[] => {
  const book = (action: string, seqId: number, prevSeqId: number, asks = '["86720.2","1.20","0","3"]'): string =>
    `{"arg":{"channel":"books","instId":"${symbol}"},"action":"${action}","data":[{"asks":[${asks}],"bids":[],"ts":"1790000000905","checksum":0,"prevSeqId":${prevSeqId},"seqId":${seqId}}]}`
  return [
    {
      what: 'an update before its snapshot is of no use',
      raw: book('update', 9, 8),
      verdict: DepthVerdict.skip,
      sequence: 9,
    },
    {
      what: 'a snapshot makes the book; a checksum of 0 is none',
      raw: book('snapshot', 10, -1),
      verdict: DepthVerdict.replace,
      sequence: 10,
      bids: [],
      asks: ['86720.2', '1.20'],
      engineUs: 1_790_000_000_905_000,
      venueUs: 1_790_000_000_905_000,
    },
    {
      what: 'ids may jump as long as `prevSeqId` chains',
      raw: book('update', 15, 10, '["86720.2","0","0","0"]'),
      verdict: DepthVerdict.apply,
      sequence: 15,
      asks: ['86720.2', '0'],
    },
    { what: 'a heartbeat changes nothing', raw: book('update', 15, 15, ''), verdict: DepthVerdict.skip, sequence: 15 },
    {
      what: 'after maintenance ids step back once',
      raw: book('update', 3, 15),
      verdict: DepthVerdict.apply,
      sequence: 3,
    },
    {
      what: 'updates continue after the step back',
      raw: book('update', 5, 3),
      verdict: DepthVerdict.apply,
      sequence: 5,
    },
    { what: 'another `prevSeqId` is a gap', raw: book('update', 8, 7), verdict: DepthVerdict.gap, sequence: 8 },
    {
      what: 'an update after a gap is skipped without a resync',
      raw: book('update', 9, 8),
      verdict: DepthVerdict.skip,
      sequence: 9,
    },
    {
      what: 'a snapshot after a gap makes the book',
      raw: book('snapshot', 20, -1),
      verdict: DepthVerdict.replace,
      sequence: 20,
    },
    {
      what: 'a repetition is taken for a gap',
      raw: book('update', 20, 10),
      verdict: DepthVerdict.gap,
      sequence: 20,
    },
  ]
}

const common = {
  argsPerRequestMax: 1,
  argsCharsPerConnectionMax: Number.POSITIVE_INFINITY,
  subscriptionsPerConnectionMax: 29,
  control,
  ignored,
} as const

export const okxSpotSamples: ProductSamples = {
  ...common,
  product: productOf('okx-spot'),
  spellings: [
    ['btc', 'usdt', 'BTC-USDT'],
    ['eth', 'btc', 'ETH-BTC'],
  ],
  contractValue: '1',
  subscriptions: [
    [Kind.trade, PATH, subscription('"channel":"trades","instId":"BTC-USDT"')],
    [Kind.orderBookL1, PATH, subscription('"channel":"bbo-tbt","instId":"BTC-USDT"')],
    [Kind.orderBookL2, PATH, subscription('"channel":"books","instId":"BTC-USDT"')],
  ],
  frames: framesOf('BTC-USDT', '12.5', '359.37'),
  depth: depthOf('BTC-USDT'),
  instruments: {
    path: '/api/v5/public/instruments?instType=SPOT',
    body: '{"code":"0","msg":"","data":[{"instType":"SPOT","instId":"BTC-USDT","ctVal":"","ctMult":"","ctType":"","state":"live"},{"instType":"SPOT","instId":"LUNA-USDT","state":"suspend"},{},[]]}',
    listed: [
      { symbol: 'BTC-USDT', isTrading: true, contractValue: '1' },
      { symbol: 'LUNA-USDT', isTrading: false, contractValue: '1' },
    ] as ListedInstrument[],
  },
}

export const okxSwapSamples: ProductSamples = {
  ...common,
  product: productOf('okx-swap'),
  spellings: [
    ['btc', 'usdt', SWAP],
    ['eth', 'usd', 'ETH-USD-SWAP'],
  ],
  contractValue: '0.01',
  subscriptions: [
    [Kind.trade, PATH, subscription(`"channel":"trades","instId":"${SWAP}"`)],
    [Kind.liquidation, PATH, subscription('"channel":"liquidation-orders","instType":"SWAP"')],
    [Kind.orderBookL1, PATH, subscription(`"channel":"bbo-tbt","instId":"${SWAP}"`)],
    [Kind.openInterest, PATH, subscription(`"channel":"open-interest","instId":"${SWAP}"`)],
    [Kind.orderBookL2, PATH, subscription(`"channel":"books","instId":"${SWAP}"`)],
  ],
  frames: swapFrames,
  depth: depthOf(SWAP),
  instruments: {
    path: '/api/v5/public/instruments?instType=SWAP',
    body: `{"code":"0","msg":"","data":[{"instType":"SWAP","instId":"${SWAP}","ctVal":"0.001","ctMult":"10","ctType":"linear","state":"live"},{"instType":"SWAP","instId":"BTC-USD-SWAP","ctVal":"100","ctMult":"1","ctType":"inverse","state":"live"}]}`,
    listed: [
      { symbol: SWAP, isTrading: true, contractValue: '0.01' },
      { symbol: 'BTC-USD-SWAP', isTrading: false, contractValue: '1' },
    ] as ListedInstrument[],
  },
}
