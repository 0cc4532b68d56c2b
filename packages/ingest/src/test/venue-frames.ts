// Frames as the two venues send them, made up from a number. Used by this package's tests.

export function aggTrade(id: number, symbol = 'BTCUSDT'): string {
  const E = 1_790_000_000_000 + id
  const data = { e: 'aggTrade', E, s: symbol, a: id, p: '100.50', q: '0.310', f: id, l: id, T: E, m: false, st: 1 }
  return JSON.stringify({ stream: `${symbol.toLowerCase()}@aggTrade`, data })
}

/** `origin`: MARKET, or one off the book. */
export function rawTrade(id: number, origin = 'MARKET', symbol = 'BTCUSDT'): string {
  const T = 1_790_000_000_000 + id
  const data = { e: 'trade', E: T, T, s: symbol, t: id, p: '100.50', q: '0.010', X: origin, m: false }
  return JSON.stringify({ stream: `${symbol.toLowerCase()}@trade`, data })
}

export function forceOrder(price: string, symbol = 'BTCUSDT', atMs = 1_790_000_000_990): string {
  const order = { s: symbol, S: 'SELL', o: 'LIMIT', f: 'IOC', q: '0.014', p: price, ap: price, X: 'FILLED', l: '0.014' }
  const data = { e: 'forceOrder', E: atMs + 10, o: { ...order, z: '0.014', T: atMs } }
  return JSON.stringify({ stream: `${symbol.toLowerCase()}@forceOrder`, data })
}

export function bookTicker(sequence: number, symbol = 'BTCUSDT'): string {
  const T = 1_790_000_000_000
  const data = { e: 'bookTicker', u: sequence, s: symbol, b: '100.40', B: '7.590', a: '100.50', A: '6.728', T, E: T }
  return JSON.stringify({ stream: `${symbol.toLowerCase()}@bookTicker`, data })
}

export function depthUpdate(id: number, symbol = 'BTCUSDT'): string {
  const T = 1_790_000_000_000
  const data = { e: 'depthUpdate', E: T, T, s: symbol, U: id, u: id, pu: id - 1, b: [['100.40', '1.000']], a: [] }
  return JSON.stringify({ stream: `${symbol.toLowerCase()}@depth@100ms`, data })
}

export function publicTrade(id: string, symbol = 'BTCUSDT', atMs = 1_790_000_000_000): string {
  const trade = { i: id, T: atMs, p: '100.50', v: '0.310', S: 'Buy', s: symbol, BT: false }
  return JSON.stringify({ topic: `publicTrade.${symbol}`, ts: atMs, type: 'snapshot', data: [trade] })
}

export function allLiquidation(price: string, symbol = 'BTCUSDT', atMs = 1_790_000_000_000): string {
  const data = [{ T: atMs, s: symbol, S: 'Buy', v: '20', p: price }]
  return JSON.stringify({ topic: `allLiquidation.${symbol}`, type: 'snapshot', ts: atMs, data })
}

export function bybitBook(id: number, symbol = 'BTCUSDT'): string {
  const data = { s: symbol, b: [['100.40', '1.000']], a: [['100.50', '2.000']], u: id, seq: id }
  const ts = 1_790_000_000_000
  return JSON.stringify({ topic: `orderbook.200.${symbol}`, type: 'snapshot', ts, data, cts: ts })
}

/** `count`: how many fills, of which `id` is the last. */
export function okxTrade(id: number, { count = 1, instId = 'BTC-USDT-SWAP', ts = 1_790_000_000_000 } = {}): string {
  const trade = {
    instId,
    tradeId: String(id),
    px: '100.50',
    sz: '3',
    side: 'buy',
    ts: String(ts),
    count: String(count),
  }
  return JSON.stringify({ arg: { channel: 'trades', instId }, data: [trade] })
}

/** One push: prices and times. */
export function okxLiquidations(
  all: readonly (readonly [price: string, ms: number])[],
  instId = 'BTC-USDT-SWAP',
): string {
  const detail = { side: 'buy', posSide: 'short', sz: '13', bkLoss: '0', ccy: '' }
  const details = all.map(([bkPx, ms]) => ({ ...detail, bkPx, ts: String(ms) }))
  const arg = { channel: 'liquidation-orders', instType: 'SWAP' }
  return JSON.stringify({ arg, data: [{ instType: 'SWAP', instId, details }] })
}

/** What a venue may send by mistake or on purpose. None of it is a trade. */
export function hostileFrames(): string[] {
  const trade = aggTrade(7)
  return [
    '',
    ' ',
    'hello',
    '{',
    '[]',
    'null',
    '{}',
    '0'.repeat(100_000),
    `{"stream":"${'x'.repeat(100_000)}`,
    '[['.repeat(20_000),
    '\u0000\u0001\uffff',
    '{"stream":"btcusdt@aggTrade"}',
    '{"stream":"btcusdt@aggTrade","data":null}',
    '{"stream":"btcusdt@aggTrade","data":[]}',
    '{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade"}}',
    '{"stream":"btcusdt@depth@100ms","data":7}',
    '{"stream":"btcusdt@nonsense","data":{}}',
    '{"stream":5,"data":{}}',
    '{"id":{},"result":[]}',
    '{"id":"1","result":"yes"}',
    '{"id":null,"error":{"code":"x","msg":[]}}',
    '{"topic":"publicTrade.BTCUSDT"}',
    '{"topic":"publicTrade.BTCUSDT","data":[null,{},[],7,"x"]}',
    '{"topic":"publicTrade.BTCUSDT","data":{"length":1000000000}}',
    '{"topic":null}',
    '{"success":false,"ret_msg":{},"req_id":[]}',
    '{"op":"subscribe","success":"true","req_id":"1"}',
    '{"__proto__":{"data":1},"constructor":{}}',
    trade.slice(0, 40),
    trade.slice(0, -2),
    trade.replaceAll('BTCUSDT', 'NOSUCHUSDT').replaceAll('btcusdt', 'nosuchusdt'),
    trade.replace('"a":7', '"a":"7"'),
    trade.replace('"a":7', '"a":-7'),
    trade.replace('"a":7', '"a":7.5'),
    trade.replace('"a":7', '"a":1e300'),
    trade.replace('"p":"100.50"', '"p":100.5'),
    trade.replace('"p":"100.50"', '"p":"-1"'),
    trade.replace('"p":"100.50"', '"p":"1e5"'),
    trade.replace('"p":"100.50"', `"p":"${'9'.repeat(500)}"`),
    trade.replace('"q":"0.310"', '"q":"NaN"'),
    trade.replace('"m":false', '"m":"no"'),
    trade.replace(/"T":\d+/, '"T":"soon"'),
    trade.replace(/"T":\d+/, '"T":1e300'),
  ]
}
