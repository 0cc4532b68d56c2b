// The same product however its agents are placed: whatever the topology, nothing is lost, every book is exact, and where no worker
// is killed, all six kinds come and the two client scripts work. Short forms, and no judgement of latency: that is what the default topology is for.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { TailReport } from '@tradelane/admin/tail/tail-report'
import { runProbe } from '@tradelane/probe/probe'
import { formatReport } from '@tradelane/probe/report-text'
import { WIRE_KINDS } from '@tradelane/shared/market/nouns'
import WebSocket from 'ws'
import { type DemoProcess, startDemo } from './demo-process.js'
import { sleep, until } from './program.js'
import { pythonWithWebsockets, skipWithout } from './tools.js'

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

const CASES: readonly { readonly threads: string; readonly env: Record<string, string>; readonly args?: string[] }[] = [
  { threads: 'ingest+l2-0+l2-1+gateway-0, admin', env: { ISOLATION: 'off', L2_WORKERS: '2' } },
  { threads: 'ingest+gateway-0, admin, l2-0', env: { TOPOLOGY: 'compact' }, args: ['--fault', 'kill-l2'] },
  { threads: 'ingest, gateway-0, gateway-1, admin, l2-0', env: { GATEWAYS: '2' } },
  {
    threads: 'ingest+gateway-0, gateway-1, gateway-2, gateway-3, admin, l2-0, l2-1',
    env: { TOPOLOGY: 'compact', GATEWAYS: '4', L2_WORKERS: '2' },
  },
]

for (const { threads, env, args } of CASES) {
  test(`threads ${threads}: nothing lost, books exact, six kinds, client scripts`, { timeout: 60_000 }, async t => {
    const demo = await startDemo({ scenario: 'normal', env, args: args ?? [] })
    try {
      assert.ok(demo.output().includes(`Starting: threads ${threads};`), demo.output())
      // Where a worker is killed every two seconds, a busy machine may not show each book for long.
      const clients =
        args === undefined
          ? Promise.all([untilSixKinds(demo), assertScriptsWork(demo), sleep(SECONDS_MIN * 1_000)])
          : sleep(2 * SECONDS_MIN * 1_000)
      await Promise.all([clients, assertExact(demo, clients, t.diagnostic.bind(t))])
      await assertTailCounts(demo)
    } finally {
      const stopped = await demo.stop()
      assert.equal(stopped.code, 0, demo.output())
    }
  })
}

/** Listens until the others have what they wait for: every kind, so that there is a book to compare. */
async function assertExact(demo: DemoProcess, others: Promise<unknown>, say: (text: string) => void): Promise<void> {
  const ended = new AbortController()
  const end = (): void => ended.abort()
  others.then(end, end)
  const report = await runProbe({
    urls: [demo.url],
    seconds: SECONDS_MAX,
    signal: ended.signal,
    clients: 8,
    journal: demo.journal,
    sim: demo.simUrl,
    p99Ms: NO_LIMIT_MS,
    require: ['trade', 'order_book_l1'],
  })
  say(formatReport(report))
  assert.deepEqual(report.failures, [])
}

/** Every hop of the trades, whichever thread has its agent. */
async function assertTailCounts({ adminUrl }: DemoProcess): Promise<void> {
  const { hops } = (await (await fetch(`${adminUrl}/tail`)).json()) as TailReport
  for (const [hop, { count }] of Object.entries(hops)) assert.ok(count > 0, `${hop}: ${count} trades`)
}

async function untilSixKinds({ url }: DemoProcess): Promise<void> {
  const missing = new Set(EXCHANGES.flatMap(exchange => WIRE_KINDS.map(kind => `${exchange} ${kind}`)))
  const socket = new WebSocket(url, { perMessageDeflate: false })
  socket.on('message', (raw: Buffer) => {
    const { exchange, kind, type } = JSON.parse(raw.toString()) as Record<string, string>
    if (type === undefined) missing.delete(`${exchange} ${kind}`)
  })
  await until(
    () => missing.size === 0,
    () => `missing: ${[...missing].join(', ')}`,
  )
  socket.terminate()
}

/** The specified scripts, on this server's port; the one that listens for a minute listens for two seconds. */
async function assertScriptsWork({ url }: DemoProcess): Promise<void> {
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
