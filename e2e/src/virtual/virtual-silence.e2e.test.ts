// Connections that fall silent while everything else on them goes on: what was lost is inside a gap, books are marked and come
// back. Without the remedy the judge reports it.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DurableConnection } from '@tradelane/ingest/connection/durable-connection'
import type { Fault, SilenceKind } from './fault-script.js'
import { runVirtually } from './virtual-run.js'
import { START_US } from './virtual-world.js'

const SEED = 5
const SECONDS = 300
const SILENT_AT_US = START_US + 120_000_000
const PRODUCTS = ['binance-futures', 'bybit-linear', 'okx-swap'] as const

function silence(kind: SilenceKind): Fault[] {
  return PRODUCTS.map((product, rank) => ({ kind, atUs: SILENT_AT_US + rank * 1_000_000, us: 0, product }))
}

for (const kind of ['silent trades', 'silent books'] as const) {
  test(`${kind}: noticed, and nothing is lost without a gap or shown as live`, async () => {
    const { verdict, counts } = await runVirtually({ seed: SEED, seconds: SECONDS, faults: silence(kind) })
    assert.deepEqual(verdict.findings, [])
    assert.ok((counts['silences'] ?? 0) >= PRODUCTS.length, `${counts['silences']} silences`)
    assert.ok((counts['handovers'] ?? 0) >= PRODUCTS.length)
  })

  test(`${kind}: without a replacement the judge reports it`, async t => {
    t.mock.method(DurableConnection.prototype, 'renew', () => false)
    const { verdict } = await runVirtually({ seed: SEED, seconds: SECONDS, faults: silence(kind) })
    assert.ok(verdict.findingCount > 0, 'the judge reported nothing')
  })
}

test('in an hour without faults nothing is withheld, and no instrument is taken for silent', async () => {
  const { verdict, counts } = await runVirtually({ seed: SEED, seconds: 3_600, faults: [] })
  assert.deepEqual(verdict.findings, [])
  assert.equal(counts['silencesWhileTrading'], 0)
})
