// Prints what watching costs trades: their p99 with twenty clients that request what a page requests, `/metrics` scraped each
// second and `tradelane top` running, beside their p99 without, in pairs. Then the same with a page in a real Chromium open in both
// halves: `node benchmarks/dist/figures/watcher-figures.js`. Real time, the whole product, its simulator; about 8 minutes.
// `PAIRS=1 SECONDS=10 node …` is quicker.

import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { ProbeReport } from '@tradelane/probe/probe-report'
import { forkChild, spawnChild } from '../run/child.js'
import { freePort } from '../run/free-port.js'

const PAIRS = Number(process.env['PAIRS'] ?? 5)
const SECONDS = Number(process.env['SECONDS'] ?? 20)
const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
const CLIENTS = 10
const WATCHERS = 20
const SCRAPE_MS = 1_000
const WARM_MS = 30_000
const SETTLE_MS = 2_000
const MAIN = fileURLToPath(import.meta.resolve('@tradelane/server/main'))

interface Addresses {
  readonly gateway: string
  readonly admin: string
}

const ports = { ws: await freePort(), sim: await freePort(), admin: await freePort() }
const addresses: Addresses = { gateway: `ws://127.0.0.1:${ports.ws}`, admin: `http://127.0.0.1:${ports.admin}` }
const env = { ...process.env, ADMIN_ADDR: `127.0.0.1:${ports.admin}`, LOG_LEVEL: 'warn' }
const args = [MAIN, 'demo', '--ws-addr', `127.0.0.1:${ports.ws}`, '--sim-port', String(ports.sim)]
const demo = await spawnChild(process.execPath, args, line => /^Serving on (\S+)/.exec(line)?.[1], env)
const folder = mkdtempSync(join(tmpdir(), 'tradelane-watchers-'))
try {
  await sleep(WARM_MS)
  await printPairs('no browser')
  await printWithPage()
} finally {
  await demo.child.stop()
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}

/** At the lowest priority, which a browser of root's would raise again if it might. */
async function printWithPage(): Promise<void> {
  const lowered = process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-sys_nice'] : []
  const [program = '', ...args] = [...lowered, 'nice', '-n', '19', CHROMIUM, ...chromiumArguments()]
  const page = spawn(program, args, { stdio: 'ignore' })
  const ended = new Promise<false>(resolve => {
    for (const event of ['exit', 'error']) page.once(event, () => resolve(false))
  })
  if (!(await Promise.race([sleep(SETTLE_MS, true), ended]))) return print(`no page: ${CHROMIUM} did not start`)
  try {
    await printPairs('a page in Chromium in both halves')
  } finally {
    // It ends its own processes.
    page.kill('SIGTERM')
    await ended
  }
}

async function printPairs(title: string): Promise<void> {
  const ratios: number[] = []
  for (let pair = 0; pair < PAIRS; pair += 1) {
    const measure = [() => tradesP99Ms(), () => watchedP99Ms()]
    // Every other pair the other way round.
    if (pair % 2 === 1) measure.reverse()
    const figures = [await measure[0]?.(), await measure[1]?.()].map(figure => figure ?? Number.NaN)
    const [without = Number.NaN, watched = Number.NaN] = pair % 2 === 1 ? figures.reverse() : figures
    ratios.push(watched / without)
    print(`${title}, pair ${pair + 1}: p99 ${without.toFixed(2)} ms without, ${watched.toFixed(2)} ms watched`)
  }
  ratios.sort((one, other) => one - other)
  const median = ratios[Math.floor(ratios.length / 2)] ?? Number.NaN
  print(`${title}: watched ÷ without, median of ${PAIRS}: ${median.toFixed(2)}`)
}

/** `time_received` → client, all products. */
async function tradesP99Ms(): Promise<number> {
  await sleep(SETTLE_MS)
  // It reports latency; here it does not judge it.
  const probe = [
    MAIN,
    'probe',
    addresses.gateway,
    '--seconds',
    String(SECONDS),
    '--clients',
    String(CLIENTS),
    '--json',
    '--p99-ms',
    '10000',
  ]
  const { stdout } = await promisify(execFile)(process.execPath, probe, { maxBuffer: 64 << 20 })
  const { targets, failures } = JSON.parse(stdout) as ProbeReport
  if (failures.length > 0) throw new Error(failures.join('\n'))
  return (targets[0]?.received?.p99Us ?? Number.NaN) / 1_000
}

async function watchedP99Ms(): Promise<number> {
  const module = new URL('watcher-process.js', import.meta.url)
  const watchers = await forkChild(module, [addresses.gateway, addresses.admin, String(WATCHERS)], isWatching)
  const top = spawn(process.execPath, [MAIN, 'top', addresses.admin], { stdio: ['pipe', 'ignore', 'inherit'] })
  const scrapes = setInterval(() => void scrape(), SCRAPE_MS)
  try {
    return await tradesP99Ms()
  } finally {
    clearInterval(scrapes)
    top.kill('SIGINT')
    await watchers.child.stop()
  }
}

function isWatching(message: unknown): true | undefined {
  return (message as { type?: unknown }).type === 'watching' ? true : undefined
}

async function scrape(): Promise<void> {
  const response = await fetch(`${addresses.admin}/metrics`)
  await response.text()
}

function chromiumArguments(): string[] {
  const usual = ['--headless', '--no-sandbox', '--disable-gpu', '--remote-debugging-port=0']
  return [...usual, `--user-data-dir=${folder}`, `${addresses.admin}/#live`]
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
