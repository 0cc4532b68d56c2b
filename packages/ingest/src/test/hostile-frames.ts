// Well-formed frames of every product with the most unusual contents that its fields allow. Used by this package's tests.

import type { Instrument } from '@tradelane/shared/market/nouns'

export interface HostileFrames {
  /** Of any feed. */
  data(): string
  /** An acknowledgement, refusal or notice that names this request. */
  control(requestId: string): string
  /** To a request of ours: most are acknowledged. */
  answersTo(text: string): string[]
  /** Of REST: a snapshot or an open interest. */
  answer(): string
}

const IDS = [0, 1, 1, 2, 3, 4, 5, 7, 20, 5_000, 9_000, Number.MAX_SAFE_INTEGER - 1, Number.MAX_SAFE_INTEGER]
const OPAQUE_IDS = ['a', 'b', 'c', 'c', '0', '7', 'x'.repeat(64)]
const TEXT_IDS = ['0', '1', '1', '2', '3', '007', '20', '5000', '9000', '9'.repeat(15)]
const COUNTS = ['0', '1', '1', '2', '5', '9999', '9'.repeat(15), 'x', '-1', undefined]
const DECIMALS = [
  '0',
  '0.0',
  '1',
  '100.50',
  '0.000000000000000001',
  '9'.repeat(24),
  `${'9'.repeat(24)}.${'9'.repeat(18)}`,
]
const TIMES = [0, 1, 1_790_000_000_000, 1_790_000_000_000, 1_790_000_000_001, 9_007_199_254_740, 2 ** 53 - 1]
const ORIGINS = ['MARKET', 'NA', 'ADL', 'INSURANCE_FUND', 'X', undefined]

export function newHostileFrames(
  productId: string,
  random: () => number,
  instruments: readonly Instrument[],
): HostileFrames {
  const source = new Contents(random, instruments)
  if (productId.startsWith('binance')) return binanceFrames(source)
  return productId.startsWith('bybit') ? bybitFrames(source) : okxFrames(source)
}

class Contents {
  readonly random: () => number
  readonly #instruments: readonly Instrument[]

  constructor(random: () => number, instruments: readonly Instrument[]) {
    this.random = random
    this.#instruments = instruments
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.random() * items.length)] as Item
  }

  get symbol(): string {
    return this.pick(this.#instruments).symbol
  }

  get id(): number {
    return this.pick(IDS)
  }

  get decimal(): string {
    return this.pick(DECIMALS)
  }

  get ms(): number {
    return this.pick(TIMES)
  }

  levels(rest: readonly string[] = []): string[][] {
    return Array.from({ length: this.pick([0, 0, 1, 2]) }, () => [this.decimal, this.decimal, ...rest])
  }
}

function binanceFrames(source: Contents): HostileFrames {
  const text = (symbol: string, name: string, data: object): string =>
    JSON.stringify({ stream: `${symbol.toLowerCase()}@${name}`, data })
  const makers: readonly ((symbol: string) => string)[] = [
    s =>
      text(s, 'aggTrade', {
        e: 'aggTrade',
        s,
        a: source.id,
        p: source.decimal,
        q: source.decimal,
        T: source.ms,
        m: true,
      }),
    s => {
      const ids = { t: source.id, X: source.pick(ORIGINS) }
      return text(s, 'trade', { e: 'trade', s, ...ids, p: source.decimal, q: source.decimal, T: source.ms, m: false })
    },
    s => {
      const top = { b: source.decimal, B: source.decimal, a: source.decimal, A: source.decimal }
      return text(s, 'bookTicker', { e: 'bookTicker', u: source.id, s, ...top, T: source.ms })
    },
    s => {
      const o = { s, S: 'SELL', p: source.decimal, ap: source.decimal, X: 'FILLED', z: source.decimal, T: source.ms }
      return text(s, 'forceOrder', { e: 'forceOrder', o })
    },
    s => {
      const ids = { U: source.id, u: source.id, pu: source.id }
      return text(s, 'depth@100ms', {
        e: 'depthUpdate',
        E: source.ms,
        s,
        ...ids,
        b: source.levels(),
        a: source.levels(),
      })
    },
  ]
  const ack = (id: unknown): string => JSON.stringify({ result: null, id })
  const refusal = (id: unknown): string => JSON.stringify({ error: { code: 2, msg: 'Invalid request' }, id })
  const notice = JSON.stringify({ stream: '!serverShutdown', data: { e: 'serverShutdown', E: 1 } })
  return {
    data: () => source.pick(makers)(source.symbol),
    control: id => source.pick([ack(id), ack(Number(id)), refusal(Number(id)), refusal(null), notice]),
    answersTo: request => {
      const { id } = JSON.parse(request) as { id: unknown }
      return [source.random() < 0.2 ? refusal(id) : ack(id)]
    },
    answer: () => {
      const openInterest = { openInterest: source.decimal, symbol: source.symbol, time: source.ms }
      return JSON.stringify({ lastUpdateId: source.id, bids: source.levels(), asks: source.levels(), ...openInterest })
    },
  }
}

function bybitFrames(source: Contents): HostileFrames {
  const text = (topic: string, data: unknown): string =>
    JSON.stringify({ topic, type: source.pick(['snapshot', 'delta', 'delta']), ts: source.ms, cts: source.ms, data })
  const makers: readonly ((symbol: string) => string)[] = [
    s => {
      const trade = (): object => {
        const sizes = { p: source.decimal, v: source.decimal }
        return { i: source.pick(OPAQUE_IDS), T: source.ms, ...sizes, S: 'Buy', s, BT: source.random() < 0.3 }
      }
      return text(`publicTrade.${s}`, [trade(), trade()])
    },
    s => text(`allLiquidation.${s}`, [{ T: source.ms, s, S: 'Buy', v: source.decimal, p: source.decimal }]),
    s => text(`orderbook.1.${s}`, { s, b: source.levels(), a: source.levels(), u: source.id, seq: source.id }),
    s => text(`orderbook.200.${s}`, { s, b: source.levels(), a: source.levels(), u: source.id, seq: source.id }),
    symbol => {
      const [openInterest, openInterestValue] = [source.pick([source.decimal, '', undefined]), source.decimal]
      const singleOpenInterest = source.pick([source.decimal, '', undefined])
      return text(`tickers.${symbol}`, { symbol, openInterest, openInterestValue, singleOpenInterest })
    },
  ]
  const ack = (id: unknown): string => JSON.stringify({ success: true, ret_msg: '', req_id: id, op: 'subscribe' })
  const refusal = (id: unknown, reason: string): string =>
    JSON.stringify({ success: false, ret_msg: reason, req_id: id, op: 'subscribe' })
  const reasons = (topic = `orderbook.200.${source.symbol}`): string[] => [
    'error:no',
    `error:handler not found,topic:${topic}`,
    `error:already subscribed,topic:${topic}`,
  ]
  return {
    data: () => source.pick(makers)(source.symbol),
    control: id => source.pick([ack(id), refusal(id, source.pick(reasons())), refusal('', source.pick(reasons()))]),
    answersTo: request => {
      const { req_id: id, args } = JSON.parse(request) as { req_id: string; args?: string[] }
      if (args === undefined) return ['{"op":"pong"}']
      return [source.random() < 0.2 ? refusal(id, source.pick(reasons(source.pick(args)))) : ack(id)]
    },
    answer: () => '{}',
  }
}

function okxFrames(source: Contents): HostileFrames {
  const text = (channel: string, instId: string, data: unknown, more: object = {}): string =>
    JSON.stringify({ arg: { channel, instId }, ...more, data })
  const makers: readonly ((symbol: string) => string)[] = [
    instId => {
      const trade = (): object => {
        const ids = { tradeId: source.pick(TEXT_IDS), count: source.pick(COUNTS) }
        return { instId, ...ids, px: source.decimal, sz: source.decimal, side: 'sell', ts: String(source.ms) }
      }
      return text('trades', instId, [trade(), trade()])
    },
    instId => {
      const sides = { asks: source.levels(['0', '1']), bids: source.levels(['0', '1']) }
      return text('bbo-tbt', instId, [{ ...sides, ts: String(source.ms), seqId: source.id }])
    },
    instId => {
      const detail = { side: 'buy', posSide: 'net', bkPx: source.decimal, sz: source.decimal, ts: String(source.ms) }
      return text('liquidation-orders', instId, [{ instId, details: [detail, detail] }])
    },
    instId =>
      text('open-interest', instId, [{ instId, oi: source.decimal, oiUsd: source.decimal, ts: String(source.ms) }]),
    instId => {
      const book = { asks: source.levels(['0', '1']), bids: source.levels(['0', '1']), ts: String(source.ms) }
      const ids = { prevSeqId: source.pick([-1, source.id]), seqId: source.id }
      return text('books', instId, [{ ...book, ...ids }], { action: source.pick(['snapshot', 'update']) })
    },
  ]
  const ack = (id: unknown): string => JSON.stringify({ id, event: 'subscribe', arg: {} })
  const refusal = (id?: unknown): string => JSON.stringify({ id, event: 'error', code: '60018', msg: 'Wrong URL' })
  const notice = JSON.stringify({ event: 'notice', code: '64008', msg: 'soon' })
  return {
    data: () => source.pick(makers)(source.symbol),
    control: id => source.pick([ack(id), refusal(id), refusal(), notice, 'pong']),
    answersTo: request => {
      if (request === 'ping') return ['pong']
      const { id } = JSON.parse(request) as { id: unknown }
      return [source.random() < 0.2 ? refusal(id) : ack(id)]
    },
    answer: () => '{}',
  }
}
