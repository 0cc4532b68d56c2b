// The same product however its agents are placed: whatever the topology, nothing is lost, every book is exact, and where no worker
// is killed, all six kinds come and the two client scripts work. Short forms, and no judgement of latency: that is what the default topology is for.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { TailReport } from '@tradelane/admin/tail/tail-report'
import { runProbe } from '@tradelane/probe/probe'
import { formatReport } from '@tradelane/probe/report-text'
import { WIRE_KINDS } from '@tradelane/shared/market/nouns'
import WebSocket from 'ws'
import { startDemo } from './demo-process.js'
import { sleep, until } from './program.js'
import { pythonWithWebsockets, skipWithout } from './tools.js'
import { serveOn, startVenues } from './venues.js'

const SECONDS_MIN = 4
const SECONDS_MAX = 40
const EXCHANGES = ['BinanceFuturesUsd', 'BybitPerpetualsUsd', 'Okx']
const NO_LIMIT_MS = 60_000
const SCRIPTS =
  process.env['TRADELANE_CLIENT_SCRIPTS'] ??
  join(fileURLToPath(new URL('../../', import.meta.url)), '../shared/design/clients')
const python = pythonWithWebsockets()
const skipScripts = existsSync(SCRIPTS)
  ? skipWithout('python3-websockets', python)
  : `skipped: the client scripts are not at ${SCRIPTS}`

/** Of all nine books: a shard that shares a thread with clients must not fall behind on a busy machine. */
const L2_RATE = 90

const CASES: readonly { readonly threads: string; readonly env: Record<string, string> }[] = [
  { threads: 'ingest+l2-0+l2-1+gateway-0, admin', env: { ISOLATION: 'off', L2_WORKERS: '2' } },
  { threads: 'ingest, gateway-0, gateway-1, admin, l2-0', env: { GATEWAYS: '2' } },
  {
    threads: 'ingest+gateway-0, gateway-1, gateway-2, gateway-3, admin, l2-0, l2-1',
    env: { TOPOLOGY: 'compact', GATEWAYS: '4', L2_WORKERS: '2' },
  },
]

/** A running product, and what its venues sent. */
interface Target {
  readonly url: string
  readonly adminUrl: string
  readonly simUrl: string
  readonly journal: string
}

const venues = await startVenues({ l2Rate: L2_RATE })
after(() => venues.close())

for (const { threads, env } of CASES) {
  test(`threads ${threads}: nothing lost, books exact, six kinds, client scripts`, { timeout: 60_000 }, async t => {
    const { program, url, adminUrl } = await serveOn(venues, { env })
    try {
      assert.ok(program.output.includes(`Starting: threads ${threads};`), program.output)
      const target = { url, adminUrl, simUrl: venues.httpUrl, journal: venues.journal }
      const clients = Promise.all([assertClientsWork(target), sleep(SECONDS_MIN * 1_000)])
      await Promise.all([clients, assertExact(target, clients, t.diagnostic.bind(t))])
      await assertTailCounts(target)
    } finally {
      const stopped = await program.stop()
      assert.equal(stopped.code, 0, program.output)
    }
  })
}

test('threads ingest+gateway-0, admin, l2-0, of which the last is killed: nothing lost, books exact', {
  timeout: 60_000,
}, async t => {
  const args = ['--l2-rate', String(L2_RATE), '--fault', 'kill-l2']
  const demo = await startDemo({ scenario: 'normal', env: { TOPOLOGY: 'compact' }, args })
  try {
    assert.ok(demo.output().includes('Starting: threads ingest+gateway-0, admin, l2-0;'), demo.output())
    // A worker that is killed every two seconds may not show each book for long on a busy machine.
    const listening = sleep(2 * SECONDS_MIN * 1_000)
    await Promise.all([listening, assertExact(demo, listening, t.diagnostic.bind(t))])
    await assertTailCounts(demo)
  } finally {
    const stopped = await demo.stop()
    assert.equal(stopped.code, 0, demo.output())
  }
})

/** Listens until the others have what they wait for: every kind, so that there is a book to compare. */
async function assertExact(target: Target, others: Promise<unknown>, say: (text: string) => void): Promise<void> {
  const ended = new AbortController()
  const end = (): void => ended.abort()
  others.then(end, end)
  const report = await runProbe({
    urls: [target.url],
    seconds: SECONDS_MAX,
    signal: ended.signal,
    clients: 8,
    journal: target.journal,
    sim: target.simUrl,
    p99Ms: NO_LIMIT_MS,
    require: ['trade', 'order_book_l1'],
  })
  say(formatReport(report))
  assert.deepEqual(report.failures, [])
}

/** Every hop of the trades, whichever thread has its agent. */
async function assertTailCounts({ adminUrl }: Target): Promise<void> {
  const { hops } = (await (await fetch(`${adminUrl}/tail`)).json()) as TailReport
  for (const [hop, { count }] of Object.entries(hops)) assert.ok(count > 0, `${hop}: ${count} trades`)
}

/** All six kinds come. The scripts start when there are books: what they listen for is over in seconds. */
async function assertClientsWork({ url }: Target): Promise<void> {
  const isBook = (name: string): boolean => name.endsWith(' order_book_l2')
  const missing = new Set(EXCHANGES.flatMap(exchange => WIRE_KINDS.map(kind => `${exchange} ${kind}`)))
  const saying = (): string => `missing: ${[...missing].join(', ')}`
  const socket = new WebSocket(url, { perMessageDeflate: false })
  socket.on('message', (raw: Buffer) => {
    const { exchange, kind, type } = JSON.parse(raw.toString()) as Record<string, string>
    if (type === undefined) missing.delete(`${exchange} ${kind}`)
  })
  try {
    await until(() => ![...missing].some(isBook), saying)
    await Promise.all([assertScriptsWork(url), until(() => missing.size === 0, saying)])
  } finally {
    socket.terminate()
  }
}

/** The specified scripts, on this server's port; the one that listens for a minute listens for two seconds. */
async function assertScriptsWork(url: string): Promise<void> {
  if (skipScripts !== false) return
  const [kinds, latency] = await Promise.all([runScript('kinds.py', url), runScript('latency.py', url)])
  assert.match(kinds, /✅ All required event types present/)
  assert.match(latency, /ALL EXCHANGES/)
}

async function runScript(name: string, url: string): Promise<string> {
  const text = readFileSync(join(SCRIPTS, name), 'utf8')
    .replaceAll('ws://127.0.0.1:9001', url)
    .replace('- start < 60', '- start < 2')
  const child = spawn(python ?? 'python3', ['-'], { env: { ...process.env, PYTHONIOENCODING: 'utf-8' } })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk
  })
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk
  })
  child.stdin.end(text)
  await new Promise(resolve => child.once('close', resolve))
  return output
}
