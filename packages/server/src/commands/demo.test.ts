// The demo's two processes: when one ends, for whatever reason, the other does not stay behind.

import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { StatReport } from '@tradelane/admin/stat/stat-report'
import type { ProbeReport } from '@tradelane/probe/probe-report'

const MAIN = fileURLToPath(new URL('../main.js', import.meta.url))
const STOP_MS_MAX = 5_000
/** Limit of one program, so that none stays behind. */
const PROGRAM_MS_MAX = 60_000

// The journal of a demo that was killed stays behind.
const folder = mkdtempSync(join(tmpdir(), 'tradelane-demo-test-'))
after(() => rmSync(folder, { recursive: true, force: true }))

test('Ctrl-C before the simulated venues listen ends both', async () => {
  const { child, said, ended } = startDemo([])
  await said(/^Starting simulated venues/m)
  child.kill('SIGINT')
  assert.equal(await ended, 0)
})

test('simulated venues end with a demo that was killed', async () => {
  const { child, simPort, ended } = await serving()
  child.kill('SIGKILL')
  assert.equal(await ended, 'SIGKILL')
  const deadlineMs = performance.now() + 3_000
  while (await isOpen(simPort)) assert.ok(performance.now() < deadlineMs, 'gone soon after')
})

test('a port in use is named, exit code 1, and no simulated venues stay behind', async () => {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const { ended, output } = startDemo(['--ws-addr', `127.0.0.1:${port}`])
  assert.equal(await ended, 1)
  assert.match(output(), new RegExp(`^tradelane: 127\\.0\\.0\\.1:${port} cannot be opened`, 'm'))
  assert.match(output(), /^Simulated venues exited\.$/m)
  const other = startDemo(['--sim-port', String(port)])
  assert.equal(await other.ended, 1)
  assert.match(other.output(), new RegExp(`^tradelane: the simulator's port 127\\.0\\.0\\.1:${port} is in use`, 'm'))
  assert.equal(other.output().match(/is in use/g)?.length, 1, 'reported once')
  server.close()
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`its journal is removed with ${signal}, one that was named is not`, async () => {
    const own = await serving()
    const [, path = ''] = await own.said(/^ {2}journal +(\S+): /m)
    assert.ok(existsSync(path) && path.startsWith(folder), path)
    await assertEnds(own, signal)
    assert.ok(!existsSync(dirname(path)))
    const named = join(folder, `${signal}.txt`)
    await assertEnds(await serving(['--journal', named]), signal)
    assert.ok(existsSync(named))
  })
}

test('its journal is removed when it could not start', async () => {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const before = journalFolders()
  const demo = startDemo(['--ws-addr', `127.0.0.1:${(server.address() as AddressInfo).port}`])
  assert.equal(await demo.ended, 1)
  assert.deepEqual(journalFolders(), before)
  server.close()
})

test('--json and --csv print the report of probe alone, of so many seconds, by the journal; everything else is beside it', async () => {
  const demo = startDemo(['--seconds', '3', '--json', '--scenario', 'normal'])
  const code = await demo.ended
  const report: ProbeReport = JSON.parse(demo.stdout())
  assert.equal(code, report.failures.length === 0 ? 0 : 1)
  assertFaultless(report)
  assert.equal(report.seconds, 3)
  assert.match(demo.output(), /^Serving on ws:.*^Stopping …\nSimulated venues exited\.|^Stopping …\nStopped\.$/ms)
  const other = startDemo(['--seconds', '2', '--csv'])
  await other.ended
  assert.match(other.stdout(), /^url,product,kind,frames,[^\n]*\r?\n(?:ws:[^\n]*\n)+$/)
})

test('with --seconds alone it prints the report as text and ends', async () => {
  const demo = startDemo(['--seconds', '2'])
  await demo.ended
  assert.match(demo.stdout(), /^Serving on ws:.*journal, trades: .*^(?:PASS|FAIL: .*)$.*^Stopped\.$/ms)
})

test('Ctrl-C ends the listening; the report follows, and then the end', async () => {
  const demo = await serving(['--seconds', '600', '--json'])
  await untilClient(demo)
  demo.child.kill('SIGINT')
  await demo.ended
  const report: ProbeReport = JSON.parse(demo.stdout())
  assert.ok((report.targets[0]?.frames ?? 0) > 0)
  assert.match(demo.output(), /^Stopping(?: \(SIGINT\))? …$/m)
  assert.ok(!(await isOpen(demo.simPort)))
})

for (const [fault, role, signal] of [
  ['kill-l2', 'l2-0', 'SIGINT'],
  ['kill-ingest', 'ingest', 'SIGTERM'],
] as const) {
  test(`--fault ${fault}: what is killed restarts while the demo runs; ${signal} ends all of it`, async () => {
    const demo = await serving(['--fault', fault])
    await demo.said(new RegExp(`"thread":"${role}".*thread restarted`))
    await assertEnds(demo, signal)
  })
}

test('a fault without a thread to kill says so', async () => {
  const demo = await serving(['--fault', 'kill-ingest', '--topology', 'compact'])
  await demo.said(/^Fault kill-ingest: ingest has no thread of its own to kill\.$/m)
  await assertEnds(demo, 'SIGTERM')
})

test('tail prints where the time of trades went, and that there is no answer where there is none', async () => {
  const demo = await serving()
  const [, url = ''] = await demo.said(/^Serving on (http:\/\/[\d.:]+)/m)
  const run = promisify(execFile)
  const text = await run(process.execPath, [MAIN, 'tail', url])
  assert.match(
    text.stdout,
    /^Hops since the start, µs\nhop .*\narrival .*\ndecode .*\npickup .*\nsend .*\ntotal .*\n\ngateway-0: worst of/,
  )
  const json = await run(process.execPath, [MAIN, 'tail', url, '--json'])
  assert.deepEqual(Object.keys(JSON.parse(json.stdout)), ['hops', 'gateways'])
  await assertEnds(demo, 'SIGINT')
  const failure = await run(process.execPath, [MAIN, 'tail', url]).catch(error => error)
  assert.equal(failure.code, 1)
  assert.match(failure.stderr, /^tradelane: no answer from .*ECONNREFUSED/)
})

/** How late a busy machine is, is not judged here. */
function assertFaultless({ targets, failures }: ProbeReport): void {
  assert.deepEqual(
    failures.filter(failure => !failure.includes(' → client')),
    [],
  )
  const { journal } = targets[0] ?? assert.fail('no target')
  assert.ok(journal !== null && journal.trades.expected > 0 && journal.trades.lost === 0)
}

/** Until one is connected. */
async function untilClient(demo: Demo): Promise<void> {
  const [, url = ''] = await demo.said(/^Serving on (http:\/\/[\d.:]+)/m)
  for (;;) {
    const { clients }: StatReport = JSON.parse(await (await fetch(`${url}/stat`)).text())
    if (clients.gateways.some(({ clientsConnected }) => (clientsConnected ?? 0) > 0)) return
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

function journalFolders(): string[] {
  return readdirSync(folder).filter(name => name.startsWith('tradelane-'))
}

interface Demo {
  readonly child: ChildProcess
  readonly ended: Promise<number | NodeJS.Signals | null>
  said(line: RegExp): Promise<RegExpExecArray>
  /** Both streams. */
  output(): string
  stdout(): string
}

/** The gateway and the simulated venues, with exit code 0 and in time. */
async function assertEnds(
  { child, simPort, ended }: Demo & { simPort: number },
  signal: NodeJS.Signals,
): Promise<void> {
  assert.ok(await isOpen(simPort))
  const startMs = performance.now()
  child.kill(signal)
  assert.equal(await ended, 0)
  assert.ok(performance.now() - startMs < STOP_MS_MAX)
  assert.ok(!(await isOpen(simPort)), 'gone with it')
}

async function serving(args: readonly string[] = []): Promise<Demo & { simPort: number }> {
  const demo = startDemo(args)
  const [, simPort] = await demo.said(/simulated venues on ws:\/\/127\.0\.0\.1:(\d+)/)
  await demo.said(/^Serving on /m)
  return { ...demo, simPort: Number(simPort) }
}

function startDemo(args: readonly string[]): Demo {
  const flags = ['--scenario', 'quiet', '--ws-addr', '127.0.0.1:0', '--admin-addr', '127.0.0.1:0', '--admin-nice', '0']
  const child = spawn(process.execPath, [MAIN, 'demo', ...flags, ...args], {
    // Compiled before the port opens is only what latency is judged by.
    env: { PATH: process.env['PATH'], TMPDIR: folder, WARM_UP_MS: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: PROGRAM_MS_MAX,
    killSignal: 'SIGKILL',
  })
  let [output, stdout] = ['', '']
  child.stdout.on('data', (chunk: string) => {
    stdout += chunk
  })
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
    })
  }
  return {
    child,
    ended: new Promise(resolve => child.once('close', (code, signal) => resolve(code ?? signal))),
    output: () => output,
    stdout: () => stdout,
    said: async line => {
      for (;;) {
        const match = line.exec(output)
        if (match !== null) return match
        assert.ok(child.exitCode === null && child.signalCode === null, `it ended:\n${output}`)
        await new Promise(resolve => setTimeout(resolve, 5))
      }
    },
  }
}

async function isOpen(port: number): Promise<boolean> {
  return await new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
