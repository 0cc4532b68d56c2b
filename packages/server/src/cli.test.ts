// The program as its user sees it: real processes, exit codes, lines, signals. All venues are down or silent. Of command lines
// that differ only in their text a few are processes, the others share a thread.

import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { SETTINGS } from './settings-table.js'
import { CommandLines } from './test/command-lines.js'
import { stopMs } from './test/stop-time.js'
import { productVersion } from './version.js'

const MAIN = fileURLToPath(new URL('./main.js', import.meta.url))
const DEAD_SIMULATOR = 'ws://127.0.0.1:1'
const STOP_MS_MAX = 5_000
/** Limit of one program, so that none stays behind. */
const PROGRAM_MS_MAX = 60_000
/** Most starts are not about the time before the port opens, which is mostly spent on compiling. */
const NOT_WARMED = { WARM_UP_MS: '0' }
const WARMED = { WARM_UP_MS: '800' }
const commandLines = new CommandLines()
after(() => commandLines.end())
const COMMANDS = ['serve', 'demo', 'sim', 'probe', 'tail', 'config'] as const

test('--help names every command, and that of a command every flag', async () => {
  const { code, stdout } = await run(['--help'])
  assert.equal(code, 0)
  for (const command of COMMANDS) assert.match(stdout, new RegExp(`^  ${command} `, 'm'))
  const serveHelp = await commandLines.run(['serve', '--help'])
  assert.equal(serveHelp.code, 0)
  for (const { name, isSecret, hasNoFlag } of Object.values(SETTINGS)) {
    const hasFlag = !(isSecret || hasNoFlag)
    const flag = `--${name.toLowerCase().replaceAll('_', '-')} <value>`
    assert.equal(serveHelp.stdout.includes(flag), hasFlag, name)
    if (hasFlag) assert.ok(serveHelp.stdout.replaceAll(/\s+/g, ' ').includes(`(${name}, default `), name)
  }
})

test('--version prints the version', async () => {
  assert.deepEqual(await run(['--version']), { code: 0, stdout: `${productVersion()}\n`, stderr: '' })
})

const WRONG: readonly (readonly [args: string, line: RegExp, env?: Record<string, string>])[] = [
  ['--nope', /unknown option '--nope' \(see tradelane --help\)/],
  ['nope', /unknown command 'nope'/],
  [
    'serve --l2-worker 3',
    /unknown option '--l2-worker' \(Did you mean --l2-workers\?\) \(see tradelane serve --help\)/,
  ],
  ['serve --l2-workers', /'--l2-workers <value>' argument missing/],
  ['serve extra', /too many arguments for 'serve'/],
  ['serve --l2-workers 0', /^tradelane: invalid --l2-workers "0"; expected a whole number 1\.\.16$/m],
  ['serve --sim nowhere', /: invalid --sim "nowhere"; expected ws:\/\/host/],
  ['serve', /: invalid L2_DEPTH "deep"; expected a whole number 1\.\.200/, { L2_DEPTH: 'deep' }],
  ['config', /: invalid SIZE_UNITS "a\\nb"; expected venue or base/, { SIZE_UNITS: 'a\nb' }],
  ['demo', /: unsupported setting WS_BUFFER_SIZE: .*WS_TRADES_BUFFER/, { WS_BUFFER_SIZE: '100' }],
  [
    'serve --auth-token x',
    /^tradelane: AUTH_TOKEN has no flag: .*; expected an environment variable or AUTH_TOKEN_FILE$/m,
  ],
  ['config --auth-token=x', /^tradelane: AUTH_TOKEN has no flag/],
  ['demo', /: TLS_CERT is set without TLS_KEY; expected both or none$/m, { TLS_CERT: 'x' }],
  ['serve --tls-cert /none --tls-key /none', /^tradelane: invalid TLS_CERT "\/none": it cannot be read \(ENOENT\)/],
  ['demo', /^tradelane: invalid TLS_CERT "x": it cannot be read/, { TLS_CERT: 'x', TLS_KEY: 'y' }],
  ['tail', /^tradelane: invalid AUTH_TOKEN \(its value is not shown\)/, { AUTH_TOKEN: 'x' }],
  ['probe', /^tradelane: invalid AUTH_TOKEN_FILE "\/none": it cannot be read/, { AUTH_TOKEN_FILE: '/none' }],
  ['demo --scenario chaos', /--scenario.* Allowed choices are quiet, normal/],
  ['demo --fault meteor', /--fault.* Allowed choices are kill-l2/],
  ['sim --port 70000', /--port.* a whole number 0\.\.65535/],
  ['probe --seconds 0', /--seconds.* a whole number 1\.\.86400/],
  ['probe nowhere', /'nowhere' is invalid.* Expected ws:\/\/host:port or wss:\/\/host:port\./],
  ['probe ws://127.0.0.1:9001 http://127.0.0.1:9002', /'http:\/\/127\.0\.0\.1:9002' is invalid.* Expected ws:\/\/host/],
  ['tail ws://127.0.0.1:9001', /'ws:\/\/127\.0\.0\.1:9001' is invalid.* Expected http:\/\/host:port\./],
  ['serve --admin-addr 9002', /: invalid --admin-addr "9002"; expected host:port, port 0\.\.65535, or off$/m],
  ['probe --require trade,fish', /Invalid kind "fish"; expected one of trade, liquidation, /],
]

/** One that the parser refuses and one with an invalid value. */
const AS_PROCESS = ['--nope', 'serve --l2-workers 0']
for (const [args, line, env = {}] of WRONG) {
  const named = [...Object.keys(env), 'tradelane', args].join(' ')
  test(`${named} is wrong usage: one line with the reason, exit code 2`, async () => {
    const argv = args.split(' ')
    const { code, stdout, stderr } = await (AS_PROCESS.includes(args) ? run(argv, env) : commandLines.run(argv, env))
    assert.match(stderr, line)
    assert.match(stderr, /^tradelane: [^\n]*\n$/)
    assert.equal(stdout, '')
    assert.equal(code, 2)
  })
}

test('without a command it lists the commands, exit code 2', async () => {
  const { code, stderr } = await run([])
  assert.match(stderr, /Usage: tradelane/)
  assert.equal(code, 2)
})

test('config prints every setting with its value and where that came from', async () => {
  const { code, stdout } = await commandLines.run(['config', '--l2-depth', '20', '--sim', 'ws://127.0.0.1:9100'], {
    L2_WORKERS: '2',
    ENDPOINT_BYBIT_LINEAR_REST: 'https://example.org',
  })
  assert.equal(code, 0)
  for (const { name } of Object.values(SETTINGS)) assert.match(stdout, new RegExp(`^${name} `, 'm'))
  assert.match(stdout, /^L2_DEPTH +20 +--l2-depth$/m)
  assert.match(stdout, /^L2_WORKERS +2 +environment$/m)
  assert.match(stdout, /^GATEWAYS +1 +default$/m)
  assert.match(stdout, /^ENDPOINT_BYBIT_LINEAR_WS +ws:\/\/127\.0\.0\.1:9100\/bybit-linear +--sim$/m)
  assert.match(stdout, /^ENDPOINT_BYBIT_LINEAR_REST +https:\/\/example\.org +environment$/m)
})

test('config --json has numbers with their units, nothing where none is set, and no secret', async () => {
  const env = { L2_WORKERS: '2', AUTH_TOKEN: 'sesame-0123456789', CLIENTS_PER_IP_MAX: '7' }
  const { code, stdout } = await run(['config', '--json', '--sim', 'ws://127.0.0.1:9100'], env)
  assert.equal(code, 0)
  const settings: readonly { name: string }[] = JSON.parse(stdout)
  const one = (wanted: string): unknown => settings.find(({ name }) => name === wanted)
  for (const { name } of Object.values(SETTINGS)) assert.ok(one(name) !== undefined, name)
  assert.deepEqual(one('L2_WORKERS'), {
    name: 'L2_WORKERS',
    value: 2,
    source: 'environment',
    default: 1,
    unit: 'threads',
  })
  assert.deepEqual(one('CLIENT_STALL_MS'), {
    name: 'CLIENT_STALL_MS',
    value: 90_000,
    source: 'default',
    default: 90_000,
    unit: 'ms',
  })
  assert.deepEqual(one('CLIENTS_PER_IP_MAX'), {
    name: 'CLIENTS_PER_IP_MAX',
    value: 7,
    source: 'environment',
    default: 'CLIENTS_MAX',
    unit: 'clients',
  })
  const texts = { source: 'default', default: null, unit: null }
  assert.deepEqual(one('TLS_CERT'), { name: 'TLS_CERT', value: null, ...texts })
  assert.deepEqual(one('AUTH_TOKEN'), { name: 'AUTH_TOKEN', value: '(set)', ...texts, source: 'environment' })
  assert.deepEqual(one('ENDPOINT_BYBIT_LINEAR_WS'), {
    name: 'ENDPOINT_BYBIT_LINEAR_WS',
    value: 'ws://127.0.0.1:9100/bybit-linear',
    source: '--sim',
    default: 'wss://stream.bybit.com',
    unit: null,
  })
  assert.doesNotMatch(stdout, /sesame/)
})

test('SIGTERM ends serve in order, with venues that refuse connections', async () => {
  const served = await serving(['--sim', DEAD_SIMULATOR])
  assert.equal(await statusOf(served.port, '/healthz'), 200)
  assert.equal(await statusOf(served.port, '/readyz'), 503)
  while (!served.stderr().includes('venue connection could not be opened')) {
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  await assertEnds(served, 'SIGTERM')
  assert.match(served.stdout(), /Stopped\.\n$/)
  const lines = served.stderr().trimEnd().split('\n')
  for (const { thread, msg } of lines.map(line => JSON.parse(line))) assert.ok(thread === 'ingest' && msg)
})

test('SIGTERM ends serve with venues that accept connections and say nothing', async () => {
  const silent = createServer(socket => socket.on('error', () => {}))
  const url = `ws://127.0.0.1:${await listening(silent)}`
  const served = await serving(['--sim', url, '--l2-workers', '2', '--gateways', '2'])
  await assertEnds(served, 'SIGTERM')
  silent.close()
})

test('SIGTERM ends serve while it starts', async () => {
  for (const delayMs of [0, 40]) {
    const served = start(serveArgs(['--sim', DEAD_SIMULATOR]), WARMED)
    await served.said(/^Starting: /m)
    await new Promise(resolve => setTimeout(resolve, delayMs))
    await assertEnds(served, 'SIGTERM')
  }
})

test('Ctrl-C that comes twice is one; with --admin-addr off there is no admin thread', async () => {
  const served = await serving(['--sim', DEAD_SIMULATOR, '--admin-addr', 'off'])
  assert.match(served.stdout(), /^Starting: threads ingest, gateway-0, l2-0;/m)
  served.child.kill('SIGINT')
  await assertEnds(served, 'SIGINT')
  assert.doesNotMatch(served.stdout(), /admin: /)
})

test('a port in use is named, exit code 1', async () => {
  const server = createServer()
  const port = await listening(server)
  await assertPortInUse(port, '1')
  server.close()
})

describe('beside another Tradelane', () => {
  let other: Awaited<ReturnType<typeof serving>>
  let adminAddr: string
  before(async () => {
    other = await serving(['--sim', DEAD_SIMULATOR, '--gateways', '2', '--log-level', 'debug'])
    adminAddr = (await other.said(/^Serving on http:\/\/(127\.0\.0\.1:\d+) \(admin: /m))[1] ?? ''
  })

  test('a port that it serves, several gateways each, is named, exit code 1', async () => {
    await assertPortInUse(other.port, '2')
    assert.equal(await statusOf(other.port, '/healthz'), 200)
  })

  test('its admin port is one line: the second program serves clients without admin pages; Ctrl-C ends it, and a later second one does, too', async () => {
    const second = await serving(['--sim', DEAD_SIMULATOR, '--admin-addr', adminAddr])
    assert.equal(await statusOf(second.port, '/healthz'), 200)
    const warned = (): string[] =>
      second
        .stderr()
        .split('\n')
        .filter(line => line.includes('admin port cannot be opened'))
    while (warned().length === 0) await new Promise(resolve => setTimeout(resolve, 5))
    assert.match(warned()[0] ?? '', /EADDRINUSE/)
    second.child.kill('SIGINT')
    await new Promise(resolve => setTimeout(resolve, 600))
    await assertEnds(second, 'SIGINT')
    assert.equal(warned().length, 1)
    assert.doesNotMatch(second.stdout(), /admin: /)
  })

  test('a reader of the output that closes it early does not end the program', async () => {
    other.child.stdout?.destroy()
    other.child.stderr?.destroy()
    await new Promise(resolve => setTimeout(resolve, 300))
    assert.equal(await statusOf(other.port, '/healthz'), 200)
    await assertEnds(other, 'SIGTERM')
  })
})

test("the simulator's port in use is named, exit code 1", async () => {
  const server = createServer()
  const port = await listening(server)
  const { code, stderr } = await run(['sim', '--port', String(port)])
  assert.match(stderr, new RegExp(`^tradelane: [^\\n]*127\\.0\\.0\\.1:${port} is in use[^\\n]*\\n$`))
  assert.equal(code, 1)
  server.close()
})

test('where uWebSockets.js cannot load, the line names machine and builds, exit code 1', async () => {
  const { code, stderr } = await run(serveArgs(['--sim', DEAD_SIMULATOR, '--log-level', 'error']), {}, ['--no-addons'])
  // One of the builds prints lines of its own.
  assert.match(stderr, /^tradelane: uWebSockets\.js cannot load here .*glibc .*Node\.js .*@trufflesuite.*@btc-vision/m)
  assert.doesNotMatch(stderr, /^ +at /m)
  assert.equal(code, 1)
})

async function assertPortInUse(port: number, gateways: string): Promise<void> {
  const args = serveArgs(['--sim', DEAD_SIMULATOR, '--gateways', gateways, '--log-level', 'error'])
  const { code, stdout, stderr } = await run([...args, '--ws-addr', `127.0.0.1:${port}`])
  assert.match(
    stderr,
    new RegExp(`^tradelane: 127\\.0\\.0\\.1:${port} cannot be opened: [^\\n]*another Tradelane[^\\n]*\\n$`),
  )
  assert.doesNotMatch(stdout, /Serving/)
  assert.equal(code, 1)
}

interface Started {
  readonly child: ChildProcess
  readonly ended: Promise<number | NodeJS.Signals | null>
  stdout(): string
  stderr(): string
  /** Resolves with what matched. */
  said(line: RegExp): Promise<RegExpExecArray>
}

async function run(
  args: readonly string[],
  env: Record<string, string> = {},
  nodeArgs: readonly string[] = [],
): Promise<{ code: number | NodeJS.Signals | null; stdout: string; stderr: string }> {
  const started = start(args, env, nodeArgs)
  const code = await started.ended
  return { code, stdout: started.stdout(), stderr: started.stderr() }
}

/** The last of two equal flags counts. */
function serveArgs(args: readonly string[]): readonly string[] {
  return ['serve', '--ws-addr', '127.0.0.1:0', '--admin-addr', '127.0.0.1:0', '--admin-nice', '0', ...args]
}

async function serving(args: readonly string[]): Promise<Started & { port: number }> {
  const started = start(serveArgs(args))
  const [, port] = await started.said(/^Serving on ws:\/\/127\.0\.0\.1:(\d+) /m)
  return { ...started, port: Number(port) }
}

function start(args: readonly string[], env: Record<string, string> = {}, nodeArgs: readonly string[] = []): Started {
  const child = spawn(process.execPath, [...nodeArgs, MAIN, ...args], {
    env: { PATH: process.env['PATH'], ...NOT_WARMED, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: PROGRAM_MS_MAX,
    killSignal: 'SIGKILL',
  })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk
  })
  return {
    child,
    ended: new Promise(resolve => child.once('close', (code, signal) => resolve(code ?? signal))),
    stdout: () => stdout,
    stderr: () => stderr,
    said: async line => {
      for (;;) {
        const match = line.exec(stdout)
        if (match !== null) return match
        assert.ok(child.exitCode === null && child.signalCode === null, `it ended:\n${stdout}${stderr}`)
        await new Promise(resolve => setTimeout(resolve, 5))
      }
    },
  }
}

async function assertEnds(started: Started, signal: NodeJS.Signals): Promise<void> {
  const ms = await stopMs(started, signal)
  assert.equal(await started.ended, 0, `${started.stdout()}${started.stderr()}`)
  assert.ok(ms < STOP_MS_MAX, `in time: ${ms} ms`)
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

async function statusOf(port: number, path: string): Promise<number> {
  return (await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } })).status
}
