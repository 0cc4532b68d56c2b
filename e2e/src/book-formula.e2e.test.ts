// Item 7 of the checklist: the terminals' "Book" figure, computed as they do on every book emission, equals the figure of
// a reference book that shares no code with the product.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import WebSocket from 'ws'
import { until } from './program.js'
import { bookPercent, followBinanceFutures, followBybitLinear } from './reference-book.js'
import { serveOn, startVenues } from './venues.js'

interface BookFrame {
  readonly kind?: string
  readonly type?: string
  readonly exchange: string
  readonly instrument: { readonly base: string }
  readonly data: {
    readonly Snapshot: {
      readonly sequence: number
      readonly bids: { readonly levels: readonly { amount: string }[] }
      readonly asks: { readonly levels: readonly { amount: string }[] }
    }
  }
}

const POINTS_MAX = 0.5
/** Of each exchange. */
const EMISSIONS = 100
const PRODUCTS = ['binance-futures', 'bybit-linear']
/** Of both books, as one of them has in `normal`. */
const L2_RATE = 100

test('7. the Book figure equals that of a reference book on every emission', { timeout: 60_000 }, async () => {
  const venues = await startVenues({
    products: PRODUCTS,
    instruments: [{ base: 'btc', quote: 'usdt' }],
    l2Rate: L2_RATE,
  })
  const env = { INSTRUMENTS: PRODUCTS.map(product => `${product}:btc-usdt`).join(), ADMIN_ADDR: 'off' }
  const { program, url } = await serveOn(venues, { env })
  const closers: (() => void)[] = []
  try {
    const references = {
      BinanceFuturesUsd: await followBinanceFutures(venues.httpUrl, 'BTCUSDT'),
      BybitPerpetualsUsd: await followBybitLinear(venues.httpUrl, 'BTCUSDT'),
    }
    type Exchange = keyof typeof references
    const exchanges = Object.keys(references) as Exchange[]
    const firstSequence = (exchange: Exchange): number => references[exchange].percents.keys().next().value ?? Infinity
    await until(() => exchanges.every(exchange => references[exchange].percents.size > 0), 'the references have a book')

    const emissions: { exchange: Exchange; sequence: number; percent: number }[] = []
    const socket = new WebSocket(url, { perMessageDeflate: false })
    closers.push(() => socket.terminate(), ...exchanges.map(exchange => references[exchange].close))
    socket.on('message', (raw: Buffer) => {
      const frame = JSON.parse(raw.toString()) as BookFrame
      if (frame.kind !== 'order_book_l2' || frame.type !== undefined || frame.instrument.base !== 'btc') return
      const { sequence, bids, asks } = frame.data.Snapshot
      const exchange = frame.exchange as Exchange
      // Emitted before the reference began.
      if (!exchanges.includes(exchange) || sequence < firstSequence(exchange)) return
      emissions.push({ exchange, sequence, percent: bookPercent(bids.levels, asks.levels) })
    })
    const countOf = (exchange: Exchange): number => emissions.filter(emission => emission.exchange === exchange).length
    await until(() => exchanges.every(exchange => countOf(exchange) >= EMISSIONS), `${EMISSIONS} emissions of each`)
    socket.terminate()
    await until(
      () => emissions.every(({ exchange, sequence }) => references[exchange].percents.has(sequence)),
      'the references have every sequence',
    )
    for (const { exchange, sequence, percent } of emissions) {
      const expected = references[exchange].percents.get(sequence) ?? Number.NaN
      assert.ok(Math.abs(percent - expected) <= POINTS_MAX, `${exchange} ${sequence}: ${percent} ≠ ${expected}`)
    }
  } finally {
    for (const close of closers) close()
    await program.stop()
    await venues.close()
  }
})
