import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Book, ConnectionState, FeedBatch, Status, Trade } from '../feed/feed-messages.js'
import { type Instrument, Market } from './market.js'

const KEY = 'Okx btc-usdt Perpetual'
const LABEL = { key: KEY, exchange: 'Okx', base: 'btc', quote: 'usdt', kind: 'Perpetual' }

test('without a connection no book is shown, and since when there is none is known', () => {
  const market = new Market()
  connect(market, 'open')
  market.onBatch(batch({ statuses: [live()], books: [book()] }))
  assert.ok(instrumentOf(market).book !== undefined && market.disconnectedMs === null)
  connect(market, 'closed')
  const since = market.disconnectedMs
  assert.ok(since !== null)
  const { book: shown, bookStatus, hasBook, history } = instrumentOf(market)
  assert.deepEqual([shown, bookStatus, hasBook], [undefined, undefined, true])
  assert.ok(history !== undefined, 'what was is still drawn')
  connect(market, 'refused')
  assert.equal(market.disconnectedMs, since)
  connect(market, 'open')
  assert.equal(market.disconnectedMs, null)
  market.onBatch(batch({ statuses: [live()], books: [book()] }))
  assert.ok(instrumentOf(market).book !== undefined)
})

test('trades of another stream leave the tape, those before a mere reconnection stay', () => {
  const market = new Market()
  const sequences = (): readonly number[] => market.trades.map(({ seq }) => seq)
  market.onBatch(batch({ trades: [trade(7), trade(8)] }))
  connect(market, 'closed')
  connect(market, 'open')
  market.onBatch(batch({ trades: [trade(9)] }))
  assert.deepEqual(sequences(), [7, 8, 9])
  market.onBatch(batch({ stream: 'b', trades: [trade(1)] }))
  assert.deepEqual(sequences(), [1])
  assert.equal(instrumentOf(market).trades, 4, 'what they came to is kept')
})

function connect(market: Market, state: ConnectionState): void {
  market.onConnection({ type: 'connection', state, why: '' })
}

function instrumentOf(market: Market): Instrument {
  return market.instruments.get(KEY) ?? assert.fail()
}

function batch(change: Partial<FeedBatch>): FeedBatch {
  const nothing = { trades: [], books: [], statuses: [], gaps: [], bytes: 0, frames: 0, bookFrames: 0 }
  return { type: 'batch', stream: 'a', instruments: [LABEL], ...nothing, ...change }
}

function live(): Status {
  return { product: 'okx-swap', instrument: KEY, of: 'order_book_l2', state: 'live', reason: '', sinceMs: 1 }
}

function book(): Book {
  const [bids, asks] = [Float64Array.of(99, 1), Float64Array.of(101, 1)]
  const texts = { bidTexts: ['99', '1'], askTexts: ['101', '1'] }
  return { instrument: KEY, bids, asks, ...texts, unchangedSinceMs: 1, receivedMs: 1 }
}

function trade(seq: number): Trade {
  const sides = { isLiquidation: false, isBuy: true, price: 100, size: 1 }
  return { seq, instrument: KEY, ...sides, exchangeMs: seq, receivedMs: seq, readMs: seq }
}
