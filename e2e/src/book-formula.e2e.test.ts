// Item 7 of the checklist: the terminals' "Book" figure, computed as they do on every book emission, equals the figure of
// a reference book that shares no code with the product.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import WebSocket from 'ws'
import { startDemo } from './demo-process.js'
import { sleep } from './program.js'
import { bookPercent, followBinanceFutures, followBybitLinear } from './reference-book.js'

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
const LISTEN_MS = 10_000

test('7. the Book figure equals that of a reference book on every emission', { timeout: 60_000 }, async () => {
  const demo = await startDemo()
  const references = {
    BinanceFuturesUsd: await followBinanceFutures(demo.simUrl, 'BTCUSDT'),
    BybitPerpetualsUsd: await followBybitLinear(demo.simUrl, 'BTCUSDT'),
  }
  const emissions: { exchange: keyof typeof references; sequence: number; percent: number }[] = []
  await sleep(1_000) // The references must be ahead of the first emission.
  const socket = new WebSocket(demo.url, { perMessageDeflate: false })
  socket.on('message', (raw: Buffer) => {
    const frame = JSON.parse(raw.toString()) as BookFrame
    if (frame.kind !== 'order_book_l2' || frame.type !== undefined || frame.instrument.base !== 'btc') return
    const { sequence, bids, asks } = frame.data.Snapshot
    const exchange = frame.exchange as keyof typeof references
    emissions.push({ exchange, sequence, percent: bookPercent(bids.levels, asks.levels) })
  })
  await sleep(LISTEN_MS)
  socket.terminate()
  await sleep(500)
  for (const reference of Object.values(references)) reference.close()
  await demo.stop()

  for (const exchange of Object.keys(references) as (keyof typeof references)[]) {
    const ofExchange = emissions.filter(emission => emission.exchange === exchange)
    assert.ok(ofExchange.length > 50, `${exchange}: only ${ofExchange.length} emissions`)
    for (const { sequence, percent } of ofExchange) {
      const expected = references[exchange].percents.get(sequence)
      assert.notEqual(expected, undefined, `${exchange}: the reference has no sequence ${sequence}`)
      assert.ok(Math.abs(percent - (expected ?? 0)) <= POINTS_MAX, `${exchange} ${sequence}: ${percent} ≠ ${expected}`)
    }
  }
})
