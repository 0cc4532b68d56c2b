// `tradelane stat` against a real HTTP server that reports on real lanes: as a program where its end or its output matters as
// such, else as a command line in a thread.

import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type StatReport, StatReporter } from '@tradelane/admin/stat/stat-report'
import type { MonotonicUs } from '@tradelane/shared/market/nouns'
import { createClock, monotonicUs } from '@tradelane/shared/thread/clock'
import { createLanes } from '../lanes.js'
import { readSettings } from '../settings.js'
import { CommandLines } from '../test/command-lines.js'
import { topologyOf } from '../topology.js'

const commandLines = new CommandLines()
after(() => commandLines.end())

const PROGRAM = fileURLToPath(new URL('../main.js', import.meta.url))

test('prints what the process does, as text or as JSON', async () => {
  const url = await serve(reportOf(newReporter()))
  const text = await run('stat', url)
  assert.equal(text.code, 0, text.stderr)
  assert.match(text.stdout, /^tradelane 1\.2\.3, stream teststrm, /)
  assert.match(text.stdout, /^ingest +starting /m)
  assert.match(text.stdout, /^books: 0 live, 0 stale, \d+ starting$/m)
  const json = await commandLines.run(['stat', `${url}/?token=x`, '--json'])
  const report = JSON.parse(json.stdout) as StatReport
  assert.deepEqual([json.code, report.process.stream], [0, 'teststrm'])
})

test('presents the token of AUTH_TOKEN', async () => {
  const report = reportOf(newReporter())
  const url = await serve((request, response) => {
    if (request.headers.authorization === `Bearer ${'t'.repeat(16)}`) report(request, response)
    else response.writeHead(401).end()
  })
  const { code, stderr } = await commandLines.run(['stat', url], { AUTH_TOKEN: 't'.repeat(16) })
  assert.deepEqual([code, stderr], [0, ''])
})

test('watches until Ctrl-C, appending where the output is no terminal, with rates from the second report on', async () => {
  let requests = 0
  const report = reportOf(newReporter())
  const url = await serve((request, response) => {
    requests += 1
    // Not there for a moment, as during a restart.
    if (requests === 2) response.writeHead(503).end()
    else report(request, response)
  })
  const child = start('stat', url, '--watch')
  const output = outputOf(child)
  while (requests < 4) await new Promise(resolve => setTimeout(resolve, 20))
  child.kill('SIGINT')
  const { code, stdout, stderr } = await output
  assert.equal(code, 0)
  assert.ok((stdout.match(/^tradelane 1\.2\.3/gm)?.length ?? 0) >= 2)
  assert.ok(!stdout.includes('\u001b'), 'no ANSI codes')
  assert.match(stderr, /^tradelane: no report from http:\S+: HTTP 503 /m)
})

test('without its token the reason says where to set one', async () => {
  const url = await serve((_request, response) => response.writeHead(401).end())
  const { code, stderr } = await commandLines.run(['stat', url])
  assert.equal(code, 1)
  assert.match(stderr, /: HTTP 401 \(set AUTH_TOKEN or AUTH_TOKEN_FILE to the token of the gateway\)\n$/)
})

test('ends when its reader has gone', async () => {
  const child = start('stat', await serve(reportOf(newReporter())), '--watch')
  child.stdout?.once('data', () => child.stdout?.destroy())
  const [code] = await once(child, 'exit')
  assert.equal(code, 0)
})

test('an answer that is no report is an error in one line, without the token of the address', async () => {
  const faults: readonly (readonly [RequestListener, RegExp])[] = [
    [(_request, response) => response.writeHead(404).end('no'), /HTTP 404/],
    [(_request, response) => response.end('{"process":{}}'), /its answer is no report of tradelane/],
    [(_request, response) => response.end('<html>'), /its answer is no report of tradelane/],
    [(_request, response) => response.writeHead(302, { location: '/other' }).end(), /redirect/],
  ]
  for (const [listener, pattern] of faults) {
    const url = await serve(listener)
    const { code, stdout, stderr } = await commandLines.run(['stat', `${url}/?token=secret`])
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(stderr, pattern)
    assert.match(stderr, /^tradelane: no report from http:\/\/127\.0\.0\.1:\d+: .*ADMIN_ADDR\?\)\n$/)
    assert.ok(!stderr.includes('secret'))
  }
})

test('an answer that stops in the middle takes the time limit, also when its memory is collected; so for `tail`', async () => {
  const url = await serve((_request, response) => void response.writeHead(200).write('{"half":'))
  const collecting = ['--expose-gc', '--import', 'data:text/javascript,setInterval(gc, 100).unref()']
  await Promise.all(
    ['stat', 'tail'].map(async command => {
      const child = spawn(process.execPath, [...collecting, PROGRAM, command, url], { timeout: 30_000 })
      const { code, stderr } = await outputOf(child)
      assert.equal(code, 1)
      assert.match(stderr, /timeout/)
    }),
  )
})

test('no server is exit code 1, and an address that is none is 2', async () => {
  const url = await serve(() => {})
  servers.at(-1)?.close()
  const refused = await run('stat', url)
  assert.deepEqual([refused.code, refused.stdout], [1, ''])
  assert.match(refused.stderr, /ECONNREFUSED/)
  const wrong = await commandLines.run(['stat', 'ws://127.0.0.1:9001'])
  assert.equal(wrong.code, 2)
  assert.match(wrong.stderr, /Expected http:\/\/host:port/)
})

const servers: ReturnType<typeof createServer>[] = []

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  after(() => server.close())
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function reportOf(reporter: StatReporter): RequestListener {
  return (request, response) => {
    const isStat = request.url?.startsWith('/stat') ?? false
    if (isStat) response.end(JSON.stringify(reporter.report(monotonicUs())))
    else response.writeHead(404).end()
  }
}

function newReporter(): StatReporter {
  const { settings } = readSettings({ WS_TRADES_BUFFER: '1000', WS_L2_BUFFER: '1000' })
  const topology = topologyOf(settings)
  return new StatReporter({
    ...createLanes(settings, topology),
    clock: createClock(),
    version: '1.2.3',
    stream: 'teststrm',
    processStartUs: monotonicUs() as MonotonicUs,
    threads: topology.threads,
    helperThreads: [],
    gatewayThreads: [1],
    products: topology.products,
    instruments: topology.instruments,
  })
}

interface Output {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

function run(...args: string[]): Promise<Output> {
  return outputOf(start(...args))
}

function start(...args: string[]): ChildProcess {
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  after(() => child.kill('SIGKILL'))
  return child
}

async function outputOf(child: ChildProcess): Promise<Output> {
  const text = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.on('data', (chunk: Buffer) => {
      text[name] += chunk.toString()
    })
  }
  const [code] = (await once(child, 'close')) as [number]
  return { code, ...text }
}
