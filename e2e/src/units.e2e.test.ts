// All six products with all their books, in the venues' own units and in base currency, spread over one, two and four L2
// workers: no trade is lost and every book is the simulator's true top 50. `STRESS=long` runs every combination for longer, under
// bursts: of those `promise.timed` has the short form.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runProbe } from '@tradelane/probe/probe'
import { formatReport } from '@tradelane/probe/report-text'
import { PRODUCTS } from '@tradelane/venues/registry'
import WebSocket from 'ws'
import { SPOT_BOOKS, startDemo } from './demo-process.js'
import { sleep } from './program.js'

const IS_LONG = process.env['STRESS'] === 'long'
const SECONDS = IS_LONG ? 20 : 4
/** Of 18 books: the pace of the venues. */
const L2_RATE = 180
const NO_LIMIT_MS = 60_000
const BOOKS = PRODUCTS.flatMap(({ exchange, marketType }) =>
  ['btc', 'eth', 'sol'].map(base => `${exchange} ${marketType} ${base}-usdt`),
)
const BOOKS_MS_MAX = 40_000

/** `promise.timed` has two shards and the venues' units. */
const SHORT_CASES = [{ units: 'base', workers: 4 }]
const LONG_CASES = ['venue', 'base'].flatMap(units => [1, 2, 4].map(workers => ({ units, workers })))

for (const { units, workers } of IS_LONG ? LONG_CASES : SHORT_CASES) {
  test(`SIZE_UNITS=${units}, L2_WORKERS=${workers}: trades and exact books of all six products`, {
    timeout: (SECONDS + 100) * 1_000,
  }, async t => {
    const load = IS_LONG ? ({ scenario: 'burst' } as const) : { args: ['--l2-rate', String(L2_RATE)] }
    const env = { SIZE_UNITS: units, L2_WORKERS: String(workers), ...SPOT_BOOKS }
    const demo = await startDemo({ ...load, env })
    try {
      await untilAllBooks(demo.url)
      const report = await runProbe({
        urls: [demo.url],
        seconds: SECONDS,
        clients: 2,
        journal: demo.journal,
        sim: demo.simUrl,
        p99Ms: NO_LIMIT_MS,
        // How many books come in so short a time depends on the machine; that each is exact does not.
        require: ['trade', 'order_book_l1'],
      })
      t.diagnostic(formatReport(report))
      assert.ok((report.targets[0]?.journal?.books.checked ?? 0) > 0)
      // The limits of latency are for a machine that does nothing else.
      const failures = report.failures.filter(failure => !/receive → client|scheduled → client/.test(failure))
      assert.deepEqual(failures, [])
    } finally {
      await demo.stop()
    }
  })
}

/** Until a client has been shown a book of every instrument of every product. */
async function untilAllBooks(url: string): Promise<void> {
  const missing = new Set(BOOKS)
  const socket = new WebSocket(url, { perMessageDeflate: false })
  socket.on('message', (raw: Buffer) => {
    const { type, kind, exchange, instrument } = JSON.parse(raw.toString())
    if (type !== undefined || kind !== 'order_book_l2') return
    missing.delete(`${exchange} ${instrument.kind} ${instrument.base}-${instrument.quote}`)
  })
  const deadlineMs = performance.now() + BOOKS_MS_MAX
  while (missing.size > 0 && performance.now() < deadlineMs) await sleep(50)
  socket.terminate()
  assert.deepEqual([...missing], [])
}
