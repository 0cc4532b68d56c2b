// Other programs keep all processors busy. A thread that carries trades then waits for its turn, as every program does, but for
// no thread of its own process that gets no processor at all.

import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { test } from 'node:test'
import type { StatReport } from '@tradelane/admin/stat/stat-report'
import { freePort, Program, sleep } from './program.js'

const BUSY_PER_PROCESSOR = 2
/** V8 compiles most in the first seconds of a process. */
const BUSY_MS = 8_000
/** With helper threads that run last it was 1.6 and 2.4 s; without, a few time slices. */
const COLLECTION_MS_MAX = 400

test('while all processors are busy, no collection of a thread that carries trades waits for a helper thread', async t => {
  const [port, adminPort] = [await freePort(), await freePort()]
  const addresses = ['--ws-addr', `127.0.0.1:${port}`, '--admin-addr', `127.0.0.1:${adminPort}`]
  const program = new Program(['demo', '--scenario', 'burst', ...addresses])
  const busy: ChildProcess[] = []
  try {
    await program.untilReady(`http://127.0.0.1:${port}/readyz`)
    await program.untilReady(`http://127.0.0.1:${adminPort}/readyz`)
    for (let count = 0; count < BUSY_PER_PROCESSOR * availableParallelism(); count += 1) {
      busy.push(spawn(process.execPath, ['--eval', 'for (;;);'], { stdio: 'ignore' }))
    }
    await sleep(BUSY_MS)
    for (const child of busy) child.kill('SIGKILL')
    const { threads } = await statOf(adminPort)
    let collectionCount = 0
    for (const role of ['ingest', 'gateway-0']) {
      const thread = threads.find(each => each.role === role)
      const longestMs = (thread?.collectionUsMax ?? 0) / 1_000
      t.diagnostic(`${role}: ${thread?.scavenges} young collections, the longest ${longestMs} ms`)
      assert.ok(longestMs < COLLECTION_MS_MAX, `${role}: ${longestMs} ms`)
      collectionCount += thread?.scavenges ?? 0
    }
    assert.ok(collectionCount > 0, 'some were measured')
  } finally {
    for (const child of busy) child.kill('SIGKILL')
    await program.stop()
  }
})

async function statOf(adminPort: number): Promise<StatReport> {
  return (await (await fetch(`http://127.0.0.1:${adminPort}/stat`)).json()) as StatReport
}
