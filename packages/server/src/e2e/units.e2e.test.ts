// All six products with all their books, in the venues' own units and in base currency, spread over one, two and four L2
// workers: no trade is lost and every book is the simulator's true top 50. `STRESS=long` runs every combination for longer.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PRODUCTS } from '@tradelane/venues/registry'
import { runProbe } from '../probe/probe.js'
import { formatReport } from '../probe/report-text.js'
import { SPOT_BOOKS, startDemo } from './demo-process.js'

const IS_LONG = process.env['STRESS'] === 'long'
const SECONDS = IS_LONG ? 20 : 4
const NO_LIMIT_MS = 60_000
const BOOKS = ['btc-usdt', 'eth-usdt', 'sol-usdt']

const SHORT_CASES = [
  { units: 'venue', workers: 1 },
  { units: 'base', workers: 2 },
  { units: 'base', workers: 4 },
]
const LONG_CASES = ['venue', 'base'].flatMap(units => [1, 2, 4].map(workers => ({ units, workers })))

for (const { units, workers } of IS_LONG ? LONG_CASES : SHORT_CASES) {
  test(`SIZE_UNITS=${units}, L2_WORKERS=${workers}: trades and exact books of all six products`, {
    timeout: (SECONDS + 60) * 1_000,
  }, async t => {
    const env = { SIZE_UNITS: units, L2_WORKERS: String(workers), ...SPOT_BOOKS }
    const demo = await startDemo({ scenario: 'burst', env })
    try {
      const report = await runProbe({
        urls: [demo.url],
        seconds: SECONDS,
        clients: 2,
        journal: demo.journal,
        sim: demo.simUrl,
        p99Ms: NO_LIMIT_MS,
        require: ['trade', 'order_book_l1', 'order_book_l2'],
      })
      t.diagnostic(formatReport(report))
      const products = report.targets[0]?.products ?? []
      assert.deepEqual(
        products.map(({ label, frames, books }) => ({ label, hasTrades: frames.trade > 0, books })),
        PRODUCTS.map(({ exchange, marketKind }) => `${exchange} ${marketKind}`)
          .sort()
          .map(label => ({ label, hasTrades: true, books: BOOKS })),
      )
      assert.ok((report.targets[0]?.journal?.books.checked ?? 0) > 100)
      // The limits of latency are for a machine that does nothing else.
      const failures = report.failures.filter(failure => !/receive → client|scheduled → client/.test(failure))
      assert.deepEqual(failures, [])
    } finally {
      await demo.stop()
    }
  })
}
