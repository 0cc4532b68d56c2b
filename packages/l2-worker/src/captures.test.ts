import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { type DepthRecord, DepthRecordKind } from '@tradelane/shared/lanes/depth-ring'
import { type Instrument, StatusReason } from '@tradelane/shared/market/nouns'
import { Counters, createCounters, readCounters } from '@tradelane/shared/thread/counters'
import { productById } from '@tradelane/venues/registry'
import { InstrumentBook } from './instrument-book.js'

const FEEDS = process.env['TRADELANE_FEEDS'] ?? fileURLToPath(new URL('../../../../shared/feeds/', import.meta.url))
const { linkUp, stream, rest } = DepthRecordKind

/** In the long one the price leaves the 1,000 levels of its only snapshot: from there on no book may be shown. */
const captures = [
  { file: 'binance-futures_btcusdt_20240808_hft.ndjson.gz', product: 'binance-futures', symbol: 'BTCUSDT', tops: 300 },
  { file: 'binance-futures_multi4_20210417_cf.ndjson.gz', product: 'binance-futures', symbol: 'XMRUSDT', tops: 10 },
  { file: 'binance-futures_multi4_20210417_cf.ndjson.gz', product: 'binance-futures', symbol: 'DENTUSDT', tops: 10 },
  { file: 'bybit-linear_btc-sol_20260809_cf.ndjson.gz', product: 'bybit-linear', symbol: 'BTCUSDT', tops: 0 },
  { file: 'bybit-linear_btc-sol_20260809_cf.ndjson.gz', product: 'bybit-linear', symbol: 'SOLUSDT', tops: 0 },
]

for (const { file, product, symbol, tops } of captures) {
  const path = `${FEEDS}/${file}`
  const skip = existsSync(path) ? false : `no capture ${path}`
  test(`${file} ${symbol}: the book comes up, never gaps, and its top is the venue's own`, { skip }, () => {
    const replay = new Replay(product, symbol)
    for (const line of gunzipSync(readFileSync(path)).toString().split('\n')) {
      if (line !== '') replay.take(JSON.parse(line) as CapturedLine)
    }
    const { bookGaps, depthFramesMalformed, booksCrossed } = readCounters(replay.counters)
    assert.deepEqual([bookGaps, depthFramesMalformed, booksCrossed], [0, 0, 0])
    assert.equal(replay.resetCount, 1)
    assert.ok(replay.changeCount > 100)
    assert.ok(replay.book.isLive || (replay.stale === StatusReason.snapshot && replay.changeCount > 4_000))
    assert.ok(replay.comparedCount >= tops, `${replay.comparedCount} tops compared`)
  })
}

interface CapturedLine {
  readonly dir: 'in' | 'rest'
  readonly path?: string
  readonly raw: string
}

/** Gives the frames of one symbol to a book, and compares its best levels with the venue's ticker of the same update id. */
class Replay {
  readonly counters = createCounters(1)
  readonly book: InstrumentBook
  readonly #symbol: string
  readonly #tickers = new Map<number, readonly string[]>()
  comparedCount = 0
  stale: StatusReason = StatusReason.none
  changeCount = 0
  resetCount = 0
  #nowMs = 0

  constructor(productId: string, symbol: string) {
    const depth = productById(productId)?.depth
    if (depth === undefined) throw new Error(`no product ${productId}`)
    this.#symbol = symbol
    this.book = new InstrumentBook({
      index: 0,
      instrument: { symbol } as Instrument,
      depth,
      needsFactor: false,
      depthLevels: 50,
      lossCount: 0,
      counters: new Counters(this.counters, 0),
      events: {
        onStale: (_index, reason) => {
          this.stale = reason
        },
        onChanged: () => {
          this.changeCount += 1
        },
        onReset: () => {
          this.resetCount += 1
        },
        onResync: () => {},
        onPaused: () => {},
        onMalformed: () => {},
      },
    })
    this.#give(linkUp, '')
  }

  take({ dir, path, raw }: CapturedLine): void {
    if (dir === 'rest') {
      if (path?.includes(`symbol=${this.#symbol}`)) this.#give(rest, raw)
      return
    }
    const frame = JSON.parse(raw) as CapturedFrame
    const channel = frame.stream ?? frame.topic ?? ''
    if (frame.data?.s !== this.#symbol) return
    if (/@bookTicker$/.test(channel)) {
      const { u, b, B, a, A } = frame.data as unknown as Ticker
      this.#tickers.set(u, [b, B, a, A])
    } else if (/@depth|^orderbook\./.test(channel)) this.#give(stream, raw)
    this.#compare()
  }

  #give(kind: DepthRecordKind, raw: string): void {
    const record = { kind, instrument: 0, lossCount: 0, receivedUs: 1_790_000_000_000_000, frame: Buffer.from(raw) }
    this.book.accept(record as unknown as DepthRecord, this.#nowMs)
    this.#nowMs += 1
    this.book.sweep(this.#nowMs)
  }

  #compare(): void {
    const { sequence } = this.book.stamp
    const ticker = this.#tickers.get(sequence)
    if (ticker === undefined || !this.book.isLive) return
    const bids: string[] = []
    const asks: string[] = []
    this.book.sides.bids.copyTop(1, bids)
    this.book.sides.asks.copyTop(1, asks)
    assert.deepEqual([...bids, ...asks], ticker, `the top at ${sequence}`)
    this.#tickers.delete(sequence)
    this.comparedCount += 1
  }
}

interface CapturedFrame {
  readonly stream?: string
  readonly topic?: string
  readonly data?: { readonly s?: string }
}
interface Ticker {
  readonly u: number
  readonly b: string
  readonly B: string
  readonly a: string
  readonly A: string
}
