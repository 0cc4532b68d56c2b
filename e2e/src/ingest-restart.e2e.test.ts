// The ingest thread dies while clients listen: they keep their connections. At once they receive that the feeds are down and
// the books withheld, soon after that what was missed; then trades continue in sequence, delta volumes start over, books are exact.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runProbe } from '@tradelane/probe/probe'
import type { ProbeReport } from '@tradelane/probe/probe-report'
import { formatReport } from '@tradelane/probe/report-text'
import { restartsIn, supervisorWith } from '@tradelane/server/test/supervisor-fixture'
import { WebSocket } from 'ws'
import { until } from './program.js'
import { startVenues } from './venues.js'

const KILLS = 2
const SECONDS_MAX = 60
/** Of all products, before each kill and after the last: more than a second of them. */
const TRADES_BETWEEN = 150
const NO_LIMIT_MS = 60_000
/** Of all nine books. */
const L2_RATE = 90

test('trades that a dead ingest missed are announced, and all that was delivered plus them is what the venues sent', {
  timeout: 120_000,
}, async t => {
  const venues = await startVenues({ l2Rate: L2_RATE })
  const { journal, httpUrl: sim } = venues
  const { supervisor, topology, lines } = supervisorWith({ ADMIN_ADDR: 'off' }, venues.url)
  const ended = new AbortController()
  let probing: Promise<ProbeReport> | undefined
  try {
    const url = `ws://127.0.0.1:${await supervisor.start()}`
    const witness = new Witness(url)
    const bookCount = topology.shards.flatMap(({ instruments }) => instruments).length
    const perpetualCount = topology.instruments.filter(({ marketType }) => marketType === 'Perpetual').length
    const hasAll = (sinceMs: number): boolean =>
      witness.books.size === bookCount && witness.totalsSince(sinceMs) === perpetualCount
    await until(() => hasAll(0), 'every book and total is there')
    const options = { urls: [url], seconds: SECONDS_MAX, signal: ended.signal, clients: 3, journal, sim }
    probing = runProbe({ ...options, p99Ms: NO_LIMIT_MS })
    for (let kill = 1; kill <= KILLS; kill += 1) {
      await witness.moreTrades(TRADES_BETWEEN)
      witness.forget()
      const killedMs = Date.now()
      supervisor.killIngest()
      await until(() => witness.withheld.size === bookCount, 'every book is withheld')
      const withheldMs = Date.now() - killedMs
      await until(() => restartsIn(lines).length === kill, 'ingest runs again')
      const runsMs = Date.now() - killedMs
      await until(() => witness.gaps.size === topology.instruments.length, 'every instrument has its gap')
      await until(() => hasAll(killedMs), 'every book and total is back')
      t.diagnostic(
        `withheld after ${withheldMs} ms, runs after ${runsMs} ms, all back after ${Date.now() - killedMs} ms`,
      )
    }
    await witness.moreTrades(TRADES_BETWEEN)
    ended.abort()
    const report = await probing
    t.diagnostic(formatReport(report))
    assert.deepEqual(report.failures, [])
    const { gaps, journal: judged } = report.targets[0] ?? assert.fail('no report')
    const { trades, books } = judged ?? assert.fail('no journal')
    assert.ok(trades.announced > 0 && gaps.upstreamCount >= KILLS * topology.instruments.length)
    assert.equal(trades.received + trades.announced, trades.expected)
    assert.ok(books.matched > 0)
    assert.deepEqual([...new Set(restartsIn(lines))], ['ingest'], 'no other thread was started again')
    assert.equal(witness.closeCount, 0)
    witness.close()
  } finally {
    ended.abort()
    await Promise.allSettled([probing])
    await supervisor.stop()
    await venues.close()
  }
})

/** What a client knows, since it last forgot all. */
class Witness {
  readonly books = new Set<string>()
  readonly withheld = new Set<string>()
  /** Instruments of which trades were missed. */
  readonly gaps = new Set<string>()
  closeCount = 0
  #tradeCount = 0
  /** Since when each delta volume runs. */
  readonly #since = new Map<string, number>()
  readonly #socket: WebSocket

  constructor(url: string) {
    this.#socket = new WebSocket(url, { perMessageDeflate: false })
    this.#socket.on('message', (raw: Buffer) => this.#see(JSON.parse(raw.toString()) as Frame))
    this.#socket.on('close', () => {
      this.closeCount += 1
    })
  }

  forget(): void {
    for (const known of [this.books, this.withheld, this.gaps, this.#since]) known.clear()
  }

  /** Delta volumes that started over. */
  totalsSince(ms: number): number {
    return [...this.#since.values()].filter(sinceMs => sinceMs >= ms).length
  }

  /** Resolves after so many more trades. */
  async moreTrades(count: number): Promise<void> {
    const goal = this.#tradeCount + count
    await until(() => this.#tradeCount >= goal, `${count} more trades`)
  }

  close(): void {
    this.#socket.terminate()
  }

  #see({ type, kind, exchange, instrument, reason, state, data }: Frame): void {
    if (kind === 'trade' && type === undefined) this.#tradeCount += 1
    if (!instrument) return
    const name = `${exchange} ${instrument.kind} ${instrument.base}`
    if (type === 'gap' && reason === 'upstream') this.gaps.add(name)
    else if (type === 'status' && state !== 'live') {
      this.withheld.add(name)
      this.books.delete(name)
    } else if (type === undefined && kind === 'order_book_l2') this.books.add(name)
    else if (type === undefined && kind === 'cumulative_volume_delta') this.#since.set(name, Date.parse(data.since))
  }
}

interface Frame {
  readonly type?: string
  readonly kind?: string
  readonly exchange?: string
  readonly reason?: string
  readonly state?: string
  readonly instrument?: { readonly base: string; readonly kind: string } | null
  readonly data: { readonly since: string }
}
