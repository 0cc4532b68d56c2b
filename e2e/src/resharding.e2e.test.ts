// L2_WORKERS changes by SIGHUP while clients listen, 1 → 3 → 2: no trade is lost, doubled or out of order, no client is
// disturbed, every book is withheld and comes back exact.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { runProbe } from '@tradelane/probe/probe'
import { formatReport } from '@tradelane/probe/report-text'
import WebSocket from 'ws'
import { until } from './program.js'
import { serveOn, startVenues } from './venues.js'

const SECONDS_MAX = 50
/** Of all products, before each change and after the last: more than a second of them. */
const TRADES_BETWEEN = 150
const NO_LIMIT_MS = 60_000
/** Of all nine books. */
const L2_RATE = 90

const folder = mkdtempSync(join(tmpdir(), 'tradelane-reshard-'))
after(() => rmSync(folder, { recursive: true, force: true }))

test('moved books go stale and come back exact, and nothing else is affected', { timeout: 90_000 }, async t => {
  const config = join(folder, 'tradelane.yaml')
  writeFileSync(config, 'L2_WORKERS: 1\n')
  const venues = await startVenues({ l2Rate: L2_RATE })
  const { program, url } = await serveOn(venues, { args: ['--config', config], env: { ADMIN_ADDR: 'off' } })
  const witness = new Witness(url)
  const changed = new AbortController()
  try {
    const probing = runProbe({
      urls: [url],
      seconds: SECONDS_MAX,
      signal: changed.signal,
      clients: 6,
      journal: venues.journal,
      sim: venues.httpUrl,
      p99Ms: NO_LIMIT_MS,
      require: ['trade', 'order_book_l1'],
    })
    await until(() => witness.books.size > 0 && witness.back.size === witness.books.size, 'every book is there')
    for (const l2Workers of [3, 2]) {
      await witness.moreTrades(TRADES_BETWEEN)
      witness.forget()
      writeFileSync(config, `L2_WORKERS: ${l2Workers}\n`)
      program.signal('SIGHUP')
      await until(() => witness.withheld.size === witness.books.size, 'every book is withheld')
      await until(() => witness.back.size === witness.books.size, 'every book is back')
      t.diagnostic(`${l2Workers} workers: the longest pause between two trades was ${witness.pauseMs.toFixed(0)} ms`)
    }
    await witness.moreTrades(TRADES_BETWEEN)
    changed.abort()
    const report = await probing
    t.diagnostic(formatReport(report))
    assert.deepEqual(report.failures, [])
    assert.equal(witness.closeCount, 0)
    const output = program.output
    for (const change of ['"from":1,"to":3', '"from":3,"to":2']) assert.ok(output.includes(change))
    assert.doesNotMatch(output, /thread exited|"level":50/)
    writeFileSync(config, 'L2_WORKERS: none\n')
    program.signal('SIGHUP')
    await until(() => /invalid settings, nothing changed/.test(program.output), 'the invalid settings are refused')
  } finally {
    witness.close()
    const stopped = await program.stop()
    await venues.close()
    assert.equal(stopped.code, 0, program.output)
  }
})

/** A client from before the first change to after the last. */
class Witness {
  /** Of every book; a client that joins receives their status. */
  readonly books = new Set<string>()
  /** Those withheld since the last `forget`, and those shown after that. */
  readonly withheld = new Set<string>()
  readonly back = new Set<string>()
  pauseMs = 0
  closeCount = 0
  #tradeCount = 0
  readonly #socket: WebSocket
  #tradeMs = Number.NaN
  #isChanging = false

  constructor(url: string) {
    this.#socket = new WebSocket(url, { perMessageDeflate: false })
    this.#socket.on('message', (raw: Buffer) => this.#see(JSON.parse(raw.toString()) as Frame))
    this.#socket.on('close', () => {
      this.closeCount += 1
    })
  }

  forget(): void {
    this.withheld.clear()
    this.back.clear()
    this.#isChanging = true
    this.pauseMs = 0
  }

  /** Resolves after so many more trades. */
  async moreTrades(count: number): Promise<void> {
    const goal = this.#tradeCount + count
    await until(() => this.#tradeCount >= goal, `${count} more trades`)
  }

  close(): void {
    this.#socket.terminate()
  }

  #see({ kind, of, exchange, instrument, state }: Frame): void {
    if (kind === 'trade') {
      this.#tradeCount += 1
      const nowMs = performance.now()
      if (nowMs - this.#tradeMs > this.pauseMs) this.pauseMs = nowMs - this.#tradeMs
      this.#tradeMs = nowMs
    }
    if (!instrument) return
    const book = `${exchange} ${instrument.base}`
    if (of === 'order_book_l2') this.books.add(book)
    if (of === 'order_book_l2' && state !== 'live') this.withheld.add(book)
    else if (kind === 'order_book_l2' && (this.withheld.has(book) || !this.#isChanging)) this.back.add(book)
  }
}

interface Frame {
  readonly kind?: string
  readonly of?: string
  readonly exchange?: string
  readonly state?: string
  readonly instrument?: { readonly base: string } | null
}
