// A recording of simulated venues, served again from its file, gives clients the same trades and the same books: the journal
// of the first run judges the second.

import assert from 'node:assert/strict'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { runProbe } from '@tradelane/probe/probe'
import { formatReport } from '@tradelane/probe/report-text'
import WebSocket from 'ws'
import { SPOT_BOOKS } from './demo-process.js'
import { freePort, Program, until } from './program.js'
import { startVenues } from './venues.js'

const RECORD_SECONDS = 8
/** Of some 800 that are recorded, fewer on a busy machine; they have been served again when no more come for a second. */
const TRADES_MIN = 150
const SILENT_MS = 1_000
const LISTEN_SECONDS_MAX = 40
/** Of 18 books: the pace of the venues. */
const L2_RATE = 180
const folder = await mkdtemp(join(tmpdir(), 'tradelane-record-'))
after(() => rm(folder, { recursive: true, force: true }))
/** What the recorded venues sent. */
const journal = join(folder, 'journal.txt')
const SMALL = 'small.ndjson'

const NAMES = process.env['STRESS'] === 'long' ? ['capture.ndjson', 'capture.ndjson.gz'] : ['capture.ndjson.gz']

/** What the program that made the small one said. */
let output: string

before(async () => {
  const venues = await startVenues({ l2Rate: L2_RATE, journal })
  try {
    output = await recorded(venues.url, SMALL, ['--max-mb', '1', '--seconds', '60'])
    for (const name of NAMES) await recorded(venues.url, name, ['--seconds', String(RECORD_SECONDS)])
  } finally {
    await venues.close()
  }
})

describe('recordings', { concurrency: true }, () => {
  for (const name of NAMES) {
    test(`${name}: recorded and served again, trades and books are the same`, { timeout: 60_000 }, async t => {
      const file = join(folder, name)
      const simPort = await freePort()
      const wsPort = await freePort()
      const sim = new Program(['sim', '--port', String(simPort), '--capture', file])
      const gateway = new Program(['serve', '--sim', `ws://127.0.0.1:${simPort}`, '--ws-addr', `127.0.0.1:${wsPort}`], {
        ...SPOT_BOOKS,
        ADMIN_ADDR: 'off',
      })
      const ended = new AbortController()
      try {
        await gateway.untilReady(`http://127.0.0.1:${wsPort}/healthz`)
        const url = `ws://127.0.0.1:${wsPort}`
        // Times of the first run are the past: only what came is judged.
        const probing = runProbe({
          urls: [url],
          seconds: LISTEN_SECONDS_MAX,
          signal: ended.signal,
          clients: 2,
          journal,
          require: ['trade'],
        })
        await untilServedAgain(url)
        ended.abort()
        const report = await probing
        t.diagnostic(formatReport(report))
        const { trades, books } = report.targets[0]?.journal ?? assert.fail('no journal')
        // How many books come depends on the machine: workers that make them yield to everything else.
        assert.ok(trades.received > 100 && books.checked > 0)
        assert.deepEqual(
          report.failures.filter(failure => !failure.includes('receive → client')),
          [],
        )
      } finally {
        ended.abort()
        await gateway.stop()
        await sim.stop()
      }
    })
  }

  test('a recording ends at its size, and refuses to overwrite', { timeout: 60_000 }, async () => {
    const file = join(folder, SMALL)
    assert.match(output, /[\d,]+ lines, \d\.\d MB\n/)
    // The line that did not fit may have been a snapshot of thousands of levels.
    const { size } = await stat(file)
    assert.ok(size <= 1e6 && size > 0.5e6, `${size} bytes`)
    const second = new Program(['record', file, '--sim', 'ws://127.0.0.1:1', '--seconds', '1'])
    assert.equal(await second.exited, 1)
    assert.match(second.output, /recording to .* failed: EEXIST/)
  })
})

async function untilServedAgain(url: string): Promise<void> {
  let trades = 0
  let tradeMs = Number.POSITIVE_INFINITY
  const socket = new WebSocket(`${url}/?kinds=trade`, { perMessageDeflate: false })
  socket.on('message', (raw: Buffer) => {
    if (!raw.includes('"kind":"trade"')) return
    trades += 1
    tradeMs = performance.now()
  })
  await until(
    () => trades >= TRADES_MIN && performance.now() - tradeMs > SILENT_MS,
    () => `${trades} trades`,
  ).finally(() => socket.terminate())
}

/** Resolves to what it said, once it has ended by itself. */
async function recorded(url: string, name: string, args: readonly string[]): Promise<string> {
  const program = new Program(['record', join(folder, name), '--sim', url, ...args], SPOT_BOOKS)
  assert.equal(await program.exited, 0, program.output)
  return program.output
}
