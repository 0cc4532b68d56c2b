// A recording of simulated venues, served again from its file, gives clients the same trades and the same books: the journal
// of the first run judges the second.

import assert from 'node:assert/strict'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { runProbe } from '@tradelane/probe/probe'
import { formatReport } from '@tradelane/probe/report-text'
import { SPOT_BOOKS } from './demo-process.js'
import { freePort, Program } from './program.js'

const RECORD_SECONDS = 8
const folder = await mkdtemp(join(tmpdir(), 'tradelane-record-'))
after(() => rm(folder, { recursive: true, force: true }))
const journal = join(folder, 'journal.txt')

const NAMES = process.env['STRESS'] === 'long' ? ['capture.ndjson', 'capture.ndjson.gz'] : ['capture.ndjson.gz']

for (const name of NAMES) {
  test(`${name}: recorded and served again, trades and books are the same`, { timeout: 60_000 }, async t => {
    const file = join(folder, name)
    await recorded(file)
    const simPort = await freePort()
    const wsPort = await freePort()
    const sim = new Program(['sim', '--port', String(simPort), '--capture', file])
    const gateway = new Program(
      ['serve', '--sim', `ws://127.0.0.1:${simPort}`, '--ws-addr', `127.0.0.1:${wsPort}`],
      SPOT_BOOKS,
    )
    try {
      await gateway.untilReady(`http://127.0.0.1:${wsPort}/healthz`)
      // Times of the first run are the past: only what came is judged.
      const report = await runProbe({
        urls: [`ws://127.0.0.1:${wsPort}`],
        seconds: RECORD_SECONDS + 2,
        clients: 2,
        journal,
        require: ['trade'],
      })
      t.diagnostic(formatReport(report))
      const { trades, books } = report.targets[0]?.journal ?? assert.fail('no journal')
      // How many books are told is a question of the machine: workers that make them yield to everything else.
      assert.ok(trades.received > 100 && books.checked > 0)
      assert.deepEqual(
        report.failures.filter(failure => !failure.includes('receive → client')),
        [],
      )
    } finally {
      await gateway.stop()
      await sim.stop()
    }
  })
}

test('a recording ends at its size, and refuses to overwrite', { timeout: 60_000 }, async () => {
  const file = join(folder, 'small.ndjson')
  const output = await recorded(file, ['--max-mb', '1', '--seconds', '60'])
  assert.match(output, /[\d,]+ lines, \d\.\d MB\n/)
  // The line that did not fit may have been a snapshot of thousands of levels.
  const { size } = await stat(file)
  assert.ok(size <= 1e6 && size > 0.5e6, `${size} bytes`)
  const second = new Program(['record', file, '--sim', 'ws://127.0.0.1:1', '--seconds', '1'])
  assert.equal(await second.exited, 1)
  assert.match(second.output, /recording to .* failed: EEXIST/)
})

async function recorded(file: string, args = ['--seconds', String(RECORD_SECONDS)]): Promise<string> {
  const port = await freePort()
  const sim = new Program(['sim', '--port', String(port), '--scenario', 'normal', '--journal', journal])
  try {
    await sim.untilReady(`http://127.0.0.1:${port}/control/stats`)
    const program = new Program(['record', file, '--sim', `ws://127.0.0.1:${port}`, ...args], SPOT_BOOKS)
    assert.equal(await program.exited, 0, program.output)
    return program.output
  } finally {
    await sim.stop()
  }
}
