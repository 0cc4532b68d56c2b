// The program with a token and TLS, as its operator runs it: nothing that it prints or answers shows the token, and a renewed
// certificate is served after SIGHUP while clients stay.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { CertificateFiles, newCertificate } from '@tradelane/shared/access/test/certificate-files'
import WebSocket from 'ws'
import { freePort, MAIN, Program, until } from './program.js'

const DEAD_SIMULATOR = 'ws://127.0.0.1:1'
const COMMAND_MS_MAX = 30_000
const WARNING = /open to other machines without a token/g
const TOKEN = 'sesame-0123456789'
const WRONG = 'mallory-0123456789'
/** All that were started: a test that fails leaves its own running. */
const programs: Program[] = []
after(() => {
  for (const program of programs) program.signal('SIGKILL')
})
const [first, second] = [await newCertificate('first'), await newCertificate('second')]

for (const placement of [{ GATEWAYS: '2' }, { ISOLATION: 'off' }]) {
  test(`SIGHUP renews the certificate, clients stay: ${JSON.stringify(placement)}`, async () => {
    const files = new CertificateFiles(first)
    const served = await serve({ ...tlsOf(files), ...placement })
    const clients = await Promise.all(Array.from({ length: 4 }, () => clientOf(served.url)))
    files.write(second)
    served.program.signal('SIGHUP')
    await until(async () => (await namesOn(served.port, 8)).every(name => name === 'second'), 'all serve the new one')
    files.write({ key: 'junk' })
    served.program.signal('SIGHUP')
    await until(() => served.program.output.includes('not renewed'), 'the line of the broken file')
    assert.deepEqual([...new Set(await namesOn(served.port, 4))], ['second'])
    for (const client of clients) assert.equal(client.readyState, WebSocket.OPEN)
    const late = await clientOf(served.url)
    const closed = [...clients, late].map(client => once(client, 'close'))
    assert.equal((await served.program.stop('SIGTERM')).code, 0, served.program.output)
    for (const close of closed) assert.equal((await close)[0], 1001)
    const { output } = served.program
    assert.equal(output.match(/certificate read again/g)?.length, 1)
    assert.equal(output.match(/not renewed/g)?.length, 1)
    assert.doesNotMatch(output, /PRIVATE KEY/)
    assert.doesNotMatch(output, WARNING, 'on loopback there is nothing to say')
  })
}

describe('a program with a token that other machines reach', () => {
  const files = new CertificateFiles(first)
  const tokenFile = join(files.folder, 'token')
  writeFileSync(tokenFile, `${TOKEN}\n`)
  let served: Served
  before(async () => {
    const WS_ADDR = `0.0.0.0:${await freePort()}`
    served = await serve({ ...tlsOf(files), AUTH_TOKEN_FILE: tokenFile, LOG_LEVEL: 'debug', WS_ADDR })
  })

  test('our own tools use wss, https and the token; without it they are refused', async () => {
    const env = { NODE_EXTRA_CA_CERTS: files.certPath }
    const withToken = { ...env, AUTH_TOKEN: TOKEN }
    const probe = ['probe', served.url, '--seconds', '1']
    assert.match(await outputOf(probe, withToken), / [1-9]\d* frames, /)
    assert.match(await outputOf(probe, env), /Unexpected server response: 401/)
    const inUrl = await outputOf(['probe', `${served.url}/?token=${TOKEN}`, '--seconds', '1'], env)
    assert.match(inUrl, /\/\?token=\(set\): 1 client, .* [1-9]\d* frames, /)
    const tail = await outputOf(['tail', served.adminUrl, '--json'], withToken)
    assert.ok('hops' in JSON.parse(tail), tail)
    for (const output of [inUrl, tail]) assert.ok(!output.includes('sesame'))
  })

  test('no output shows the token: settings, start, log at debug level, refusals, signals, errors, crash', async () => {
    const config = join(files.folder, 'settings.yaml')
    writeFileSync(config, `AUTH_TOKEN: ${TOKEN}\nWS_ADDR: 0.0.0.0:${await freePort()}\n`)
    const outputs: string[] = []
    const commands: readonly (readonly [args: readonly string[], env: Readonly<Record<string, string>>])[] = [
      [['config'], { AUTH_TOKEN: TOKEN }],
      [['config', '--config', config], {}],
      [['config', `--auth-token=${TOKEN}`], {}],
      [['config', `--auth-tokens=${TOKEN}`], {}],
      [['config'], { AUTH_TOKEN: `${TOKEN} ` }],
      [['config'], { AUTH_TOKEN: TOKEN, AUTH_TOKEN_FILE: tokenFile }],
      [['config'], { ENDPOINT_BYBIT_LINEAR_WS: `wss://x.example/?token=${TOKEN}` }],
      [['tail', `http://127.0.0.1:1/?token=${TOKEN}`], { AUTH_TOKEN: TOKEN }],
      [['tail', `http://user:${TOKEN}@127.0.0.1:1`], {}],
      [['tail', `nonsense?token=${TOKEN}`], {}],
      [['probe', `ws://127.0.0.1:1/?token=${TOKEN}`, '--seconds', '1', '--json'], { AUTH_TOKEN: TOKEN }],
      [['serve', '--ws-addr', '127.0.0.1:http'], { AUTH_TOKEN: TOKEN }],
    ]
    outputs.push(...(await Promise.all(commands.map(([args, env]) => outputOf(args, env)))))
    assert.match(outputs[0] ?? '', /^AUTH_TOKEN +\(set\) +environment$/m)
    for (const path of [`/?token=${TOKEN}`, `/?token=${WRONG}`, `/x?a=${TOKEN}&token=${WRONG}`]) {
      const socket = new WebSocket(served.url + path, { ca: first.cert })
      // The right token makes a client, whose messages are not shown either.
      socket.on('error', () => {})
      await new Promise(resolve => socket.once('message', resolve).once('close', resolve))
      if (socket.readyState === WebSocket.OPEN) socket.send(`{"token":"${TOKEN}"}`)
    }
    files.write({ cert: 'junk' })
    served.program.signal('SIGHUP')
    await until(() => served.program.output.includes('not renewed'), 'the line of the broken file')
    await served.program.stop('SIGTERM')
    assert.doesNotMatch(served.program.output, WARNING, 'with a token there is nothing to say')
    outputs.push(served.program.output)
    for (const output of outputs) assert.ok(!/sesame|mallory/.test(output), output)
  })
})

test('a port that other machines reach without a token is named once at the start', async () => {
  const served = await serve({ WS_ADDR: `0.0.0.0:${await freePort()}`, ISOLATION: 'off' })
  await served.program.stop('SIGTERM')
  assert.equal(served.program.output.match(WARNING)?.length, 1)
})

interface Served {
  readonly program: Program
  readonly port: number
  readonly url: string
  readonly adminUrl: string
}

async function serve(env: Readonly<Record<string, string>>): Promise<Served> {
  const port = Number(env['WS_ADDR']?.split(':')[1] ?? (await freePort()))
  const adminAddress = `127.0.0.1:${await freePort()}`
  const common = { WS_ADDR: `127.0.0.1:${port}`, ADMIN_ADDR: adminAddress, INSTRUMENTS: 'bybit-linear:btc-usdt' }
  const program = new Program(['serve', '--sim', DEAD_SIMULATOR], { ...common, ...env })
  programs.push(program)
  const secure = 'TLS_CERT' in env ? 's' : ''
  const [url, adminUrl] = [`ws${secure}://127.0.0.1:${port}`, `http${secure}://${adminAddress}`]
  await until(
    () => program.output.includes(`Serving on ${url} `) && program.output.includes(`Serving on ${adminUrl} `),
    () => program.output,
  )
  return { program, port, url, adminUrl }
}

function tlsOf({ certPath, keyPath }: CertificateFiles): Record<string, string> {
  return { TLS_CERT: certPath, TLS_KEY: keyPath }
}

async function clientOf(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url, { ca: [first.cert, second.cert] })
  const [frame] = await once(socket, 'message')
  assert.equal(JSON.parse(String(frame)).type, 'welcome')
  return socket
}

/** The certificates that so many connections meet. While another app takes over the port, one may be reset. */
async function namesOn(port: number, count: number): Promise<readonly string[]> {
  const nameOf = async (): Promise<string> => {
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    const name = socket.getPeerCertificate().subject.CN
    socket.destroy()
    return String(name)
  }
  return await Promise.all(Array.from({ length: count }, () => nameOf().catch(String)))
}

/** Both streams of a command, whatever its exit code. */
async function outputOf(args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  return await new Promise(resolve => {
    const options = { env: { ...process.env, ...env }, timeout: COMMAND_MS_MAX }
    execFile(process.execPath, [MAIN, ...args], options, (_error, stdout, stderr) => resolve(stdout + stderr))
  })
}
