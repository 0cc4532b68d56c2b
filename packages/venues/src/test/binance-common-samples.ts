// Binance's manual, the parts for both products: combined streams, answers, unused streams, the list of instruments.

import type { ListedInstrument } from '../rest-protocol.js'
import type { ProductSamples } from './product-samples.js'

export const wrapped = (stream: string, data: string): string => `{"stream":"${stream}","data":${data}}`
export const subscription = (name: string): string => `{"method":"SUBSCRIBE","params":["${name}"],"id":7}`

export const LISTED = [
  { symbol: 'BTCUSDT', isTrading: true, contractValue: '1' },
  { symbol: 'LUNAUSDT', isTrading: false, contractValue: '1' },
  { symbol: 'TSLAUSDT', isTrading: true, contractValue: '1' },
] as ListedInstrument[]
export const EXCHANGE_INFO =
  '{"timezone":"UTC","symbols":[{"symbol":"BTCUSDT","status":"TRADING","baseAsset":"BTC"},{"symbol":"LUNAUSDT","status":"BREAK"},{"symbol":"TSLAUSDT","contractType":"TRADIFI_PERPETUAL","status":"TRADING"},{"status":"TRADING"},7]}'

export const control: ProductSamples['control'] = [
  ['{"result":null,"id":7}', { kind: 'ack', requestId: '7' }],
  [
    '{"code":2,"msg":"Invalid request: unknown","id":7}',
    {
      kind: 'rejected',
      requestId: '7',
      topic: null,
      refusalClass: 'not-accepted',
      reason: '2 Invalid request: unknown',
    },
  ],
  [
    '{"error":{"code":3,"msg":"Invalid JSON"},"id":null}',
    { kind: 'rejected', requestId: null, topic: null, refusalClass: 'not-accepted', reason: '3 Invalid JSON' },
  ],
  [
    '{"error":{"code":-1001,"msg":"Internal error; unable to process your request. Please try again."},"id":7}',
    {
      kind: 'rejected',
      requestId: '7',
      topic: null,
      refusalClass: 'fault',
      reason: '-1001 Internal error; unable to process your request. Please try again.',
    },
  ],
  [
    '{"code":-1003,"msg":"Too many requests.","id":7}',
    { kind: 'rejected', requestId: '7', topic: null, refusalClass: 'too-often', reason: '-1003 Too many requests.' },
  ],
  ['{"result":["btcusdt@depth@100ms"],"id":9}', { kind: 'other' }],
  ['{"e":"serverShutdown","E":1770000000000}', { kind: 'closing-soon' }],
  [wrapped('!serverShutdown', '{"e":"serverShutdown","E":1770000000000}'), { kind: 'closing-soon' }],
]

export const ignored = [
  wrapped('btcusdt@kline_1m', '{"e":"kline","s":"BTCUSDT"}'),
  wrapped('btcusdt@markPrice@1s', '{"e":"markPriceUpdate","s":"BTCUSDT","p":"86723.4"}'),
  wrapped('btcusdt@ticker', '{"e":"24hrTicker","s":"BTCUSDT","c":"86723.4"}'),
  wrapped('btcusdt@depth20@100ms', '{"lastUpdateId":5,"bids":[["1","1"]],"asks":[]}'),
  wrapped('btcusdt@blockTrade', '{"e":"blockTrade","s":"BTCUSDT","t":1,"p":"1","q":"1","T":1,"m":true}'),
  wrapped('!ticker@arr', '[]'),
]
