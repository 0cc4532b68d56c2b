// Venue connections are cut, one product after the other: each comes back by itself, what was missed is announced and the rest
// is there in order, and every book is exact again. `STRESS=long` is the long form: each product once a minute, for 5 minutes.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runProbe } from '@tradelane/probe/probe'
import { formatReport } from '@tradelane/probe/report-text'
import { Kind } from '@tradelane/shared/market/nouns'
import { PRODUCTS } from '@tradelane/venues/registry'
import WebSocket from 'ws'
import { sleep, until } from './program.js'
import { serveOn, startVenues } from './venues.js'

const MINUTES = process.env['STRESS'] === 'long' ? 5 : 0
const SECONDS_MAX = MINUTES * 60 + 60
const BASES = ['btc', 'eth', 'sol']
/** Of all nine books. */
const L2_RATE = 90
/** Between the cuts of two products. */
const PAUSE_MS = MINUTES > 0 ? 48_000 / PRODUCTS.length : 1_000
/** Of all products together. */
const TRADES_BEFORE = 200
/** Of each product, after the last cut. */
const TRADES_AFTER = 50
/** Latency. */
const UNJUDGED = /receive → client|scheduled → client/

test('after a cut everything comes back: delivered plus announced is what the venues sent', {
  timeout: (SECONDS_MAX + 60) * 1_000,
}, async t => {
  const venues = await startVenues({ l2Rate: L2_RATE })
  const { program, url } = await serveOn(venues, { env: { ADMIN_ADDR: 'off' } })
  const ended = new AbortController()
  try {
    const listener = new CutListener(url)
    const probing = runProbe({
      urls: [url],
      seconds: SECONDS_MAX,
      signal: ended.signal,
      clients: 2,
      journal: venues.journal,
      sim: venues.httpUrl,
    })
    await until(() => listener.tradeCount >= TRADES_BEFORE, 'trades before the first cut')
    let cuts = 0
    for (let minute = 0; minute < Math.max(1, MINUTES); minute += 1) {
      const startMs = performance.now()
      for (const { id } of PRODUCTS) {
        const answer = await fetch(`${venues.httpUrl}/control/cut?product=${id}`, { method: 'POST' })
        assert.equal(answer.status, 200)
        cuts += 1
        await sleep(PAUSE_MS)
      }
      if (minute < MINUTES - 1) await sleep(Math.max(0, 60_000 - (performance.now() - startMs)))
    }
    listener.forget()
    await until(() => listener.hasAll(TRADES_AFTER), 'trades and books of every product are back')
    ended.abort()
    const report = await probing
    t.diagnostic(`${cuts} cuts\n${formatReport(report)}`)
    const { trades, liquidations, books } = report.targets[0]?.journal ?? assert.fail('no journal')
    listener.close()
    listener.report(text => t.diagnostic(text))
    listener.expectCounted()
    assert.ok(trades.announced > 0, 'something was missed, and announced')
    assert.ok(liquidations.expected > 0)
    assert.ok(books.checked > 0)
    assert.deepEqual(
      report.failures.filter(failure => !UNJUDGED.test(failure)),
      [],
    )
  } finally {
    ended.abort()
    await program.stop()
    await venues.close()
  }
})

interface Frame {
  readonly type?: string
  readonly kind?: string
  readonly reason?: string
  readonly exchange?: string
  readonly instrument?: { readonly kind: string; readonly base: string } | null
  readonly missed?: number | null
}

/** One client: the upstream gaps that it receives, and what has come since it last forgot. */
class CutListener {
  readonly #socket: WebSocket
  readonly #gaps: Frame[] = []
  /** Trades by product, and books by product and base. */
  readonly #counts = new Map<string, number>()
  tradeCount = 0

  constructor(url: string) {
    this.#socket = new WebSocket(url, { perMessageDeflate: false })
    this.#socket.on('message', (raw: Buffer) => this.#take(JSON.parse(raw.toString()) as Frame))
  }

  close(): void {
    this.#socket.terminate()
  }

  forget(): void {
    this.#counts.clear()
  }

  /** So many trades of each product, and every book. */
  hasAll(tradeCount: number): boolean {
    const count = (...names: readonly string[]): number => this.#counts.get(names.join(' ')) ?? 0
    return PRODUCTS.every(({ exchange, marketType, defaultKinds }) => {
      const hasBooks = defaultKinds.includes(Kind.orderBookL2)
      const areBooksBack = BASES.every(base => count(exchange, marketType, 'order_book_l2', base) > 0)
      return count(exchange, marketType, 'trade') >= tradeCount && (!hasBooks || areBooksBack)
    })
  }

  #take(frame: Frame): void {
    const { type, kind, reason, exchange, instrument } = frame
    if (type === 'gap' && reason === 'upstream') this.#gaps.push(frame)
    if (type !== undefined || !instrument) return
    if (kind === 'trade') this.tradeCount += 1
    const names = [exchange, instrument.kind, kind, ...(kind === 'order_book_l2' ? [instrument.base] : [])]
    this.#counts.set(names.join(' '), (this.#counts.get(names.join(' ')) ?? 0) + 1)
  }

  report(print: (text: string) => void): void {
    for (const { id, gaps } of this.#byProduct()) {
      print(`${id}: ${gaps.length} gaps, missed ${gaps.map(({ missed }) => missed ?? '?').join(' ')}`)
    }
  }

  /** Contiguous ids say how many trades are missing; other ids cannot. None are where only liquidations may be missing. */
  expectCounted(): void {
    for (const { id, tradeIdRule, hasLiquidations, gaps } of this.#byProduct()) {
      for (const { missed } of gaps) {
        if (missed === 0) assert.ok(hasLiquidations, id)
        else if (tradeIdRule === 'contiguous')
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
    return PRODUCTS.map(product => {
      const { id, exchange, marketType, defaultKinds } = product
      const isOf = (gap: Frame): boolean => gap.exchange === exchange && gap.instrument?.kind === marketType
      const hasLiquidations = defaultKinds.includes(Kind.liquidation)
      return { id, tradeIdRule: product.tradeIdRule({}), hasLiquidations, gaps: this.#gaps.filter(isOf) }
    })
  }
}
