// What takes a minute of the checklist, side by side on one demo. Item 12: the two scripts that the specification gave,
// unchanged, against port 9001; they live outside this repository (`../shared/design/clients`, or
// `TRADELANE_CLIENT_SCRIPTS`) and need Python's `websockets`. Item 5: no idle time-out under 60 s. And the promise at normal
// rates, with ten clients more.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { STOLEN_SHARES } from '@tradelane/probe/stolen-shares'
import { StolenTime } from '@tradelane/shared/thread/stolen-time'
import WebSocket from 'ws'
import { type DemoProcess, startDemo } from './demo-process.js'
import { judgedProbe } from './judged-probe.js'
import { sleep } from './program.js'
import { pythonWithWebsockets, skipWithout } from './tools.js'

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url))
const SCRIPTS = process.env['TRADELANE_CLIENT_SCRIPTS'] ?? join(REPOSITORY, '../shared/design/clients')
/** Of each round. */
const PROBE_SECONDS = 5
const python = pythonWithWebsockets()
const skip = existsSync(SCRIPTS)
  ? skipWithout('python3-websockets', python)
  : `skipped: the client scripts are not at ${SCRIPTS}`

let demo: DemoProcess
before(async () => {
  demo = await startDemo(skip === false ? { port: 9001 } : {})
})
after(async () => {
  await demo.stop()
})

describe('for a minute', { concurrency: true }, () => {
  test('5. a client that says nothing for 65 s is still served', { timeout: 90_000 }, async () => {
    const socket = new WebSocket(demo.url, { perMessageDeflate: false })
    let frameCount = 0
    socket.on('message', () => {
      frameCount += 1
    })
    await sleep(64_000)
    const before = frameCount
    await sleep(1_000)
    assert.equal(socket.readyState, WebSocket.OPEN)
    assert.ok(frameCount > before)
    socket.terminate()
  })

  test('ten clients: nothing lost, every book exact, p50 < 2, p95 < 15, p99 < 20 ms', { timeout: 90_000 }, async t => {
    const { text, failures, unmeasured } = await judgedProbe(demo, 10, PROBE_SECONDS)
    t.diagnostic(text)
    assert.deepEqual(failures, [])
    if (unmeasured !== null) t.skip(`unmeasured: ${unmeasured}`)
  })

  test('12. kinds.py finds trades and books within 1,000 messages', { skip, timeout: 60_000 }, async () => {
    assert.match(await runScript('kinds.py'), /✅ All required event types present/)
  })

  test('12. latency.py measures p99 below 20 ms over 60 s', { skip, timeout: 120_000 }, async t => {
    const stolen = new StolenTime()
    stolen.start()
    const output = await runScript('latency.py')
    stolen.end()
    const figures = output.slice(output.indexOf('ALL EXCHANGES'))
    t.diagnostic(figures)
    // The script judges a p99: a hypervisor that takes more than the hundredth part of the processors decides it.
    const share = stolen.share ?? 0
    if (share >= STOLEN_SHARES.p99 && /❌/.test(figures))
      t.skip(`unmeasured: ${(share * 100).toFixed(1)} % of the processor time was stolen`)
    else assert.match(output, /✅ PASS/)
  })
})

async function runScript(name: string): Promise<string> {
  const child = spawn(python ?? 'python3', [join(SCRIPTS, name)], { env: { ...process.env, PYTHONUNBUFFERED: '1' } })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk
  })
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk
  })
  await new Promise(resolve => child.once('close', resolve))
  return output
}
