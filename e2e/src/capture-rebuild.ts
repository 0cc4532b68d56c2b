// What a recorded capture says: its trades, and the book after each of its frames, rebuilt by the venues' manuals with sorted
// lists and sharing no code with the product. Slow and obvious; used by end-to-end tests only.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { bookDigest } from '@tradelane/probe/book-digest'
import { type Level, Side } from './reference-side.js'

const FOLDER = process.env['TRADELANE_FEEDS'] ?? resolve(import.meta.dirname, '../../../shared/feeds')

/** Files of recorded sockets; none where the machine has no recordings. */
export function captureFiles(): readonly string[] {
  if (!existsSync(FOLDER)) return []
  const isCapture = (name: string): boolean => /\.ndjson(\.gz)?$/.test(name) && !/^cases|instruments/.test(name)
  return readdirSync(FOLDER)
    .filter(isCapture)
    .map(name => join(FOLDER, name))
}

/** Of one venue symbol. */
export class Rebuilt {
  readonly tradeIds: string[] = []
  /** By the sequence that our wire has (0 where the frames have none): digests of the top 50. */
  readonly books = new Map<number, Set<string>>()
  /** By digest: the venue's own checksum of that book. */
  readonly checksums = new Map<string, number>()
  /** By the sequence of a Binance book: the last ticker that the venue sent of the updates in it. */
  readonly tops = new Map<number, Ticker>()
  /** Best prices and amounts as numbers, of the venue's own ticker. */
  readonly quotes = new Set<string>()
  readonly #bids = new Side(-1)
  readonly #asks = new Side(1)
  readonly #held: BinanceDelta[] = []
  readonly #deltas: { readonly firstId: number; readonly lastId: number }[] = []
  readonly #tickers: Ticker[] = []
  #lastId = -1
  /** Of the newest book. */
  lastDigest = ''

  takeTicker(ticker: Ticker): void {
    this.#tickers.push(ticker)
  }

  /** Few tickers have the id of a whole delta: the last one of the updates that it covers has the best prices after it. */
  settleTops(): void {
    this.#tickers.sort((left, right) => left.id - right.id)
    let next = 0
    for (const { firstId, lastId } of this.#deltas) {
      while ((this.#tickers[next]?.id ?? Number.POSITIVE_INFINITY) <= lastId) next += 1
      const ticker = this.#tickers[next - 1]
      if (ticker !== undefined && ticker.id >= firstId) this.tops.set(lastId, ticker)
    }
  }

  takeBinance(delta: BinanceDelta): void {
    this.#deltas.push({ firstId: delta.U, lastId: delta.u })
    this.#takeDelta(delta)
  }

  #takeDelta(delta: BinanceDelta): void {
    if (this.#lastId === -1) this.#held.push(delta)
    else if (delta.u > this.#lastId) this.#apply(delta.b, delta.a, delta.u)
  }

  takeBinanceSnapshot(snapshot: { lastUpdateId: number; bids: Level[]; asks: Level[] }): void {
    if (this.#lastId !== -1) return
    this.#apply(snapshot.bids, snapshot.asks, snapshot.lastUpdateId)
    for (const delta of this.#held.splice(0)) this.#takeDelta(delta)
  }

  takeSelfContained(isSnapshot: boolean, bids: readonly Level[], asks: readonly Level[], sequence: number): string {
    if (isSnapshot) {
      this.#bids.clear()
      this.#asks.clear()
    }
    return this.#apply(bids, asks, sequence)
  }

  #apply(bids: readonly Level[], asks: readonly Level[], sequence: number): string {
    this.#bids.change(bids)
    this.#asks.change(asks)
    this.#lastId = sequence
    const digest = bookDigest(this.#bids.best(), this.#asks.best())
    this.lastDigest = digest
    const known = this.books.get(sequence)
    if (known === undefined) this.books.set(sequence, new Set([digest]))
    else known.add(digest)
    return digest
  }
}

export interface Ticker {
  /** Update id. */
  readonly id: number
  /** Bid, bid amount, ask, ask amount. */
  readonly top: string
}

interface BinanceDelta {
  readonly U: number
  readonly u: number
  readonly b: Level[]
  readonly a: Level[]
}

export interface RebuiltCapture {
  readonly frameCount: number
  /** By `<product> <symbol>`. */
  readonly symbols: ReadonlyMap<string, Rebuilt>
  readonly seconds: number
  /** Binance futures: single fills (`@trade`) were recorded, not `@aggTrade`. */
  readonly hasSingleFills: boolean
}

interface Line {
  readonly t: number | null
  readonly venue: string
  readonly dir: 'in' | 'rest'
  readonly path?: string
  readonly raw: string
}

export function rebuild(file: string): RebuiltCapture {
  const bytes = readFileSync(file)
  const symbols = new Map<string, Rebuilt>()
  const of = (product: string, symbol: string): Rebuilt => {
    const key = `${product} ${symbol}`
    const known = symbols.get(key) ?? new Rebuilt()
    symbols.set(key, known)
    return known
  }
  const lines = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString().split('\n')
  const parsed = lines.filter(text => text !== '').map(text => JSON.parse(text) as Line)
  for (const line of parsed) takeLine(line, of)
  for (const rebuilt of symbols.values()) rebuilt.settleTops()
  const times = parsed.flatMap(({ t }) => (t === null ? [] : [t]))
  const seconds = times.length === 0 ? 0 : ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1_000
  const hasSingleFills = parsed.some(({ venue, raw }) => venue === 'binance-futures' && raw.includes('@trade"'))
  return { frameCount: parsed.length, symbols, seconds, hasSingleFills }
}

type Of = (product: string, symbol: string) => Rebuilt

function takeLine({ venue, dir, path, raw }: Line, of: Of): void {
  const frame = JSON.parse(raw)
  if (dir === 'rest') {
    const symbol = /\/depth\?.*symbol=(\w+)/.exec(path ?? '')?.[1]
    if (symbol !== undefined) of(venue, symbol).takeBinanceSnapshot(frame)
  } else if (venue.startsWith('binance')) takeBinanceFrame(frame, venue, of)
  else if (venue.startsWith('bybit')) takeBybitFrame(frame, venue, of)
  else if (Array.isArray(frame.data)) takeOkxFrame(frame, of)
}

/** Trades of both streams are in: which of them was subscribed is the reader's choice. */
// biome-ignore lint/suspicious/noExplicitAny: the venues' JSON, as it comes.
function takeBinanceFrame({ stream, data }: any, venue: string, of: Of): void {
  if (stream === undefined) return
  const [name, channel] = stream.split('@')
  const rebuilt = of(venue, name.toUpperCase())
  if (channel === 'trade' && !['INSURANCE_FUND', 'ADL', 'NA'].includes(data.X)) rebuilt.tradeIds.push(String(data.t))
  else if (channel === 'aggTrade' && venue === 'binance-futures') rebuilt.tradeIds.push(String(data.a))
  else if (channel === 'depth') rebuilt.takeBinance(data)
  else if (channel === 'bookTicker') {
    rebuilt.takeTicker({ id: data.u, top: [data.b, data.B, data.a, data.A].join() })
    rebuilt.quotes.add([data.b, data.B, data.a, data.A].map(Number).join())
  }
}

// biome-ignore lint/suspicious/noExplicitAny: the venues' JSON, as it comes.
function takeBybitFrame({ topic, type, data }: any, venue: string, of: Of): void {
  if (topic?.startsWith('publicTrade.')) for (const { s, i } of data) of(venue, s).tradeIds.push(i)
  if (topic?.startsWith('orderbook.1.')) {
    of(venue, data.s).quotes.add([...data.b[0], ...data.a[0]].map(Number).join())
  }
  if (!/^orderbook\.(50|200)\./.test(topic ?? '')) return
  of(venue, data.s).takeSelfContained(type === 'snapshot', data.b, data.a, data.seq)
}

// biome-ignore lint/suspicious/noExplicitAny: the venues' JSON, as it comes.
function takeOkxFrame({ arg, action, data }: any, of: Of): void {
  const rebuilt = of(arg.instId.endsWith('-SWAP') ? 'okx-swap' : 'okx-spot', arg.instId)
  if (arg.channel === 'trades') for (const { tradeId } of data) rebuilt.tradeIds.push(tradeId)
  if (!/^books(-l2-tbt)?$/.test(arg.channel)) return
  const [{ bids, asks, seqId, checksum }] = data
  const digest = rebuilt.takeSelfContained(action === 'snapshot', bids, asks, seqId ?? 0)
  if (checksum) rebuilt.checksums.set(digest, checksum)
}
