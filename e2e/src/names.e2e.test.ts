// Names that base and quote in ASCII do not make, through the whole product: settings, REST paths, stream names, lanes, the
// wire. Every trade comes and every book is exact, as the probe finds by the simulator's journal.

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { runProbe } from '@tradelane/probe/probe'
import { formatReport } from '@tradelane/probe/report-text'
import { startSimulator } from '@tradelane/venue-sim/simulator'
import { productById } from '@tradelane/venues/registry'
import WebSocket from 'ws'
import { freePort, Program, until } from './program.js'

const CHINESE = '币安人生'
const INSTRUMENTS = [
  ['binance-spot', CHINESE, 'usdt'],
  ['binance-futures', CHINESE, 'usdt'],
  ['binance-futures', 'tsla', 'usdt'],
  ['bybit-linear', 'btc', 'usdc'],
] as const
const KINDS = ['trade', 'order_book_l1', 'order_book_l2']
const NO_LIMIT_MS = 60_000
/** Of all books. */
const L2_RATE = 60

interface Frame {
  readonly type?: string
  readonly kind?: string
  readonly of?: string
  readonly exchange?: string
  readonly instrument?: { readonly base: string; readonly quote: string; readonly kind: string } | null
}

test('names of other scripts, perpetuals in USDC and those of shares are carried the whole way', {
  timeout: 90_000,
}, async t => {
  const folder = await mkdtemp(join(tmpdir(), 'tradelane-names-'))
  const journal = join(folder, 'journal.txt')
  const pairs = new Map(INSTRUMENTS.map(([, base, quote]) => [`${base}-${quote}`, { base, quote }]))
  const simulator = await startSimulator({
    host: '127.0.0.1',
    port: 0,
    scenario: 'normal',
    l2Rate: L2_RATE,
    seed: 1,
    timeScale: 1,
    instruments: [...pairs.values()],
    products: [...new Set(INSTRUMENTS.map(([product]) => product))],
    journal,
    log: () => undefined,
  })
  const port = await freePort()
  const program = new Program(['serve', '--ws-addr', `127.0.0.1:${port}`], environmentOf(simulator.port))
  try {
    await program.untilReady(`http://127.0.0.1:${port}/readyz`)
    const url = `ws://127.0.0.1:${port}`
    const client = new Client(url)
    await until(
      () => client.missing.size === 0,
      () => `${[...client.missing]} came`,
    )
    client.close()
    const sim = `http://127.0.0.1:${simulator.port}`
    const limits = { p99Ms: NO_LIMIT_MS, require: ['trade' as const, 'order_book_l1' as const] }
    const report = await runProbe({ urls: [url], seconds: 2, clients: 1, journal, sim, ...limits })
    t.diagnostic(formatReport(report))
    assert.ok((report.targets[0]?.journal?.books.checked ?? 0) > 0)
    const failures = report.failures.filter(failure => !/receive → client|scheduled → client/.test(failure))
    assert.deepEqual(failures, [])
  } finally {
    await program.stop()
    await simulator.close()
    await rm(folder, { recursive: true, force: true })
  }
})

function environmentOf(simPort: number): Record<string, string> {
  const endpoints = INSTRUMENTS.flatMap(([product]) => {
    const name = `ENDPOINT_${product.toUpperCase().replaceAll('-', '_')}`
    return [
      [`${name}_WS`, `ws://127.0.0.1:${simPort}/${product}`],
      [`${name}_REST`, `http://127.0.0.1:${simPort}/${product}`],
    ]
  })
  return {
    INSTRUMENTS: INSTRUMENTS.map(([product, base, quote]) => `${product}:${base}-${quote}`).join(),
    SUBSCRIPTIONS: 'binance-spot:order_book_l2',
    ...Object.fromEntries(endpoints),
  }
}

/** Waits for each kind of each instrument, and a status of each book. */
class Client {
  readonly missing = new Set(
    INSTRUMENTS.flatMap(([product, base, quote]) =>
      [...KINDS, 'status'].map(kind => keyOf(kind, productById(product)?.exchange, base, quote)),
    ),
  )
  readonly #socket: WebSocket

  constructor(url: string) {
    this.#socket = new WebSocket(url, { perMessageDeflate: false })
    this.#socket.on('message', (raw: Buffer) => {
      const { type, kind, of, exchange, instrument } = JSON.parse(raw.toString()) as Frame
      const what = type === 'status' && of === 'order_book_l2' ? type : kind
      if (instrument) this.missing.delete(keyOf(what, exchange, instrument.base, instrument.quote))
    })
  }

  close(): void {
    this.#socket.terminate()
  }
}

function keyOf(kind?: string, exchange?: string, base?: string, quote?: string): string {
  return `${kind} ${exchange} ${base}-${quote}`
}
