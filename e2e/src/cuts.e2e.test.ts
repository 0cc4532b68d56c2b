// Venue connections are cut, one product after the other: each comes back by itself, what was missed is announced and the rest
// is there in order, and every book is exact again. `STRESS=long` is the long form: each product once a minute, for 5 minutes.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runProbe } from '@tradelane/probe/probe'
import { formatReport } from '@tradelane/probe/report-text'
import { Kind } from '@tradelane/shared/market/nouns'
import { PRODUCTS } from '@tradelane/venues/registry'
import WebSocket from 'ws'
import { startDemo } from './demo-process.js'
import { sleep } from './program.js'

const MINUTES = process.env['STRESS'] === 'long' ? 5 : 0
const SHORT_SECONDS = 16
const SECONDS = MINUTES > 0 ? MINUTES * 60 : SHORT_SECONDS
/** After the last cut: time to come back. */
const CALM_SECONDS = 8
/** Latency. */
const UNJUDGED = /receive → client|scheduled → client/

test('after a cut everything comes back: delivered plus announced is what the venues sent', {
  timeout: (SECONDS + 60) * 1_000,
}, async t => {
  const demo = await startDemo({ scenario: 'normal' })
  try {
    const gaps = new UpstreamGaps(demo.url)
    const probing = runProbe({
      urls: [demo.url],
      seconds: SECONDS,
      clients: 2,
      journal: demo.journal,
      sim: demo.simUrl,
    })
    await sleep(2_000)
    let cuts = 0
    for (let minute = 0; minute < Math.max(1, MINUTES); minute += 1) {
      const startMs = performance.now()
      const pauseMs =
        MINUTES > 0 ? 48_000 / PRODUCTS.length : ((SHORT_SECONDS - CALM_SECONDS - 2) * 1_000) / PRODUCTS.length
      for (const { id } of PRODUCTS) {
        const answer = await fetch(`${demo.simUrl}/control/cut?product=${id}`, { method: 'POST' })
        assert.equal(answer.status, 200)
        cuts += 1
        await sleep(pauseMs)
      }
      if (MINUTES > 0) await sleep(Math.max(0, 60_000 - (performance.now() - startMs) - CALM_SECONDS * 200))
    }
    const report = await probing
    t.diagnostic(`${cuts} cuts\n${formatReport(report)}`)
    const { trades, liquidations, books } = report.targets[0]?.journal ?? assert.fail('no journal')
    gaps.close()
    gaps.report(text => t.diagnostic(text))
    gaps.expectCounted()
    assert.ok(trades.announced > 0, 'something was missed, and announced')
    assert.ok(liquidations.expected > 0)
    assert.ok(books.checked > 0)
    assert.deepEqual(
      report.failures.filter(failure => !UNJUDGED.test(failure)),
      [],
    )
  } finally {
    await demo.stop()
  }
})

interface GapFrame {
  readonly type?: string
  readonly reason?: string
  readonly exchange?: string
  readonly instrument?: { readonly kind: string; readonly base: string }
  readonly missed?: number | null
}

/** What one client is told of what never reached the gateway. */
class UpstreamGaps {
  readonly #socket: WebSocket
  readonly #gaps: GapFrame[] = []

  constructor(url: string) {
    this.#socket = new WebSocket(url, { perMessageDeflate: false })
    this.#socket.on('message', (raw: Buffer) => {
      // Few frames are gaps, and this client shares its process with the probe.
      if (!raw.includes('"gap"')) return
      const frame = JSON.parse(raw.toString()) as GapFrame
      if (frame.type === 'gap' && frame.reason === 'upstream') this.#gaps.push(frame)
    })
  }

  close(): void {
    this.#socket.terminate()
  }

  report(tell: (text: string) => void): void {
    for (const { id, gaps } of this.#byProduct()) {
      tell(`${id}: ${gaps.length} gaps, missed ${gaps.map(({ missed }) => missed ?? '?').join(' ')}`)
    }
  }

  /** Contiguous ids say how many trades are missing; other ids cannot. None are where only liquidations may be missing. */
  expectCounted(): void {
    for (const { id, tradeIds, hasLiquidations, gaps } of this.#byProduct()) {
      for (const { missed } of gaps) {
        if (missed === 0) assert.ok(hasLiquidations, id)
        else if (tradeIds === 'contiguous')
          assert.ok(Number.isSafeInteger(missed) && Number(missed) > 0, `${id}: ${missed}`)
        else assert.equal(missed, null, id)
      }
      if (hasLiquidations)
        assert.ok(
          gaps.some(({ missed }) => !missed),
          `${id}: a cut may have taken liquidations`,
        )
    }
    assert.ok(this.#gaps.some(({ missed }) => Number(missed) > 0))
  }

  #byProduct() {
    return PRODUCTS.map(({ id, exchange, marketType, tradeIds, defaultKinds }) => {
      const isOf = (gap: GapFrame): boolean => gap.exchange === exchange && gap.instrument?.kind === marketType
      const hasLiquidations = defaultKinds.includes(Kind.liquidation)
      return { id, tradeIds, hasLiquidations, gaps: this.#gaps.filter(isOf) }
    })
  }
}
