// The demo's two processes: when one ends, for whatever reason, the other does not stay behind, nor does the journal. A start takes
// seconds of a busy machine, so one demo serves several ends.

import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Demo, demoFolder, isOpen, type ServingDemo, servingDemo, startDemo } from '../test/demo-process.js'
import { stopMs } from '../test/stop-time.js'

const MAIN = fileURLToPath(new URL('../main.js', import.meta.url))
const STOP_MS_MAX = 5_000
/** What was killed is found missing at once; this only ends a test that would hang. */
const GONE_MS_MAX = 20_000

test('Ctrl-C before the simulated venues listen ends both', async () => {
  const { child, said, ended } = startDemo([])
  await said(/^Starting simulated venues/m)
  child.kill('SIGINT')
  assert.equal(await ended, 0)
  assert.deepEqual(journalFolders(), [])
})

test('a port in use is named, exit code 1, and neither simulated venues nor a journal stay behind', async () => {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const { ended, output } = startDemo(['--ws-addr', `127.0.0.1:${port}`])
  assert.equal(await ended, 1)
  assert.match(output(), new RegExp(`^tradelane: 127\\.0\\.0\\.1:${port} cannot be opened`, 'm'))
  assert.match(output(), /^Simulated venues exited\.$/m)
  assert.deepEqual(journalFolders(), [])
  const other = startDemo(['--sim-port', String(port)])
  assert.equal(await other.ended, 1)
  assert.match(other.output(), new RegExp(`^tradelane: the simulator's port 127\\.0\\.0\\.1:${port} is in use`, 'm'))
  assert.equal(other.output().match(/is in use/g)?.length, 1, 'reported once')
  assert.deepEqual(journalFolders(), [])
  server.close()
})

test('a sender of the simulated venues that dies is reported; a journal that was named is not removed with SIGTERM', async () => {
  const named = join(demoFolder, 'SIGTERM.txt')
  const demo = await servingDemo(['--journal', named])
  process.kill(childOf(childOf(demo.child.pid)), 'SIGKILL')
  await demo.said(/^the process that sends trades ended; trades are sent by the main loop from now on$/m)
  await assertEnds(demo, 'SIGTERM')
  assert.ok(existsSync(named))
})

test('--fault kill-ingest: ingest restarts while the demo runs; SIGTERM ends all of it and removes the journal', async () => {
  const demo = await servingDemo(['--fault', 'kill-ingest'])
  await assertRestarts(demo, 'ingest')
  await assertRemovesJournal(demo, 'SIGTERM')
})

test('--fault kill-l2: the worker restarts while the demo runs, and tail prints where the time of trades went; SIGINT ends all of it and removes the journal', async () => {
  const demo = await servingDemo(['--fault', 'kill-l2'])
  const [, url = ''] = await demo.said(/^Serving on (http:\/\/[\d.:]+)/m)
  const run = promisify(execFile)
  const text = await run(process.execPath, [MAIN, 'tail', url])
  assert.match(
    text.stdout,
    /^Hops since the start, µs\nhop .*\narrival .*\ndecode .*\npickup .*\nsend .*\ntotal .*\n\ngateway-0: worst of/,
  )
  const json = await run(process.execPath, [MAIN, 'tail', url, '--json'])
  assert.deepEqual(Object.keys(JSON.parse(json.stdout)), ['hops', 'gateways'])
  await assertRestarts(demo, 'l2-0')
  await assertRemovesJournal(demo, 'SIGINT')
  const failure = await run(process.execPath, [MAIN, 'tail', url]).catch(error => error)
  assert.equal(failure.code, 1)
  assert.match(failure.stderr, /^tradelane: no answer from .*ECONNREFUSED/)
})

test('a fault without a thread to kill says so; simulated venues end with a demo that was killed', async () => {
  const demo = await servingDemo(['--fault', 'kill-ingest', '--topology', 'compact'])
  await demo.said(/^Fault kill-ingest: ingest has no thread of its own to kill\.$/m)
  demo.child.kill('SIGKILL')
  assert.equal(await demo.ended, 'SIGKILL')
  const deadlineMs = performance.now() + GONE_MS_MAX
  while (await isOpen(demo.simPort)) {
    assert.ok(performance.now() < deadlineMs, 'gone soon after')
    await new Promise(resolve => setTimeout(resolve, 5))
  }
})

async function assertRestarts(demo: Demo, role: string): Promise<void> {
  await demo.said(new RegExp(`"thread":"${role}".*thread restarted`))
}

async function assertRemovesJournal(demo: ServingDemo, signal: NodeJS.Signals): Promise<void> {
  const [, path = ''] = await demo.said(/^ {2}journal +(\S+): /m)
  assert.ok(existsSync(path) && path.startsWith(demoFolder), path)
  await assertEnds(demo, signal)
  assert.ok(!existsSync(dirname(path)))
}

function journalFolders(): string[] {
  return readdirSync(demoFolder).filter(name => name.startsWith('tradelane-'))
}

/** The gateway and the simulated venues, with exit code 0 and in time; impatience spoils nothing. */
async function assertEnds(demo: ServingDemo, signal: NodeJS.Signals): Promise<void> {
  assert.ok(await isOpen(demo.simPort))
  // The simulated venues are still to be stopped then, and the journal to be removed. It may have ended already.
  const again = demo.said(/^Stopped\.$/m).then(() => demo.child.kill(signal))
  again.catch(() => {})
  const ms = await stopMs(demo, signal)
  assert.equal(await demo.ended, 0, demo.output())
  assert.ok(ms < STOP_MS_MAX, `in time: ${ms} ms; ${demo.output()}`)
  assert.ok(!(await isOpen(demo.simPort)), 'gone with it')
}

/** Its only child process. */
function childOf(pid: number | undefined): number {
  assert(pid !== undefined, 'it has started')
  return Number(execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' }).trim())
}
