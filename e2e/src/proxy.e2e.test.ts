// The program behind a proxy that alone reaches the venues: their names do not exist here, their certificates are real. Trades,
// books and REST go through it, and nothing that is printed shows its password.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, connect, type Server } from 'node:net'
import type { Duplex } from 'node:stream'
import { after, test } from 'node:test'
import { createServer as createTlsServer } from 'node:tls'
import { CertificateFiles, newCertificate } from '@tradelane/shared/access/test/certificate-files'
import { startSimulator } from '@tradelane/venue-sim/simulator'
import { freePort, MAIN, Program, until } from './program.js'

const VENUE = 'bybit.test'
const CREDENTIALS = 'desk:open-sesame'
const COMMAND_MS_MAX = 30_000
const cleanUps: (() => unknown)[] = []
after(async () => {
  for (const cleanUp of cleanUps.toReversed()) await cleanUp()
})

const certificate = await newCertificate(VENUE)
const files = new CertificateFiles(certificate)
const simulator = await startSimulator({
  host: '127.0.0.1',
  port: 0,
  scenario: 'quiet',
  l2Rate: 20,
  seed: 1,
  timeScale: 1,
  instruments: [{ base: 'btc', quote: 'usdt' }],
  products: ['bybit-linear'],
  log: () => undefined,
})
cleanUps.push(() => simulator.close())
const venuePort = await listening(
  createTlsServer(certificate, socket => {
    const upstream = connect(simulator.port, '127.0.0.1')
    closeTogether(socket, upstream)
    socket.pipe(upstream).pipe(socket)
  }),
)

/** Targets that were connected, with whether their credentials were right. */
const connects: { readonly target: string; readonly isAllowed: boolean }[] = []
/** How many of the next are refused. */
let refusals = 2
const proxy = createHttpServer().on('connect', ({ url = '', headers }, socket) => {
  refusals -= 1
  const isAllowed = refusals < 0 && headers['proxy-authorization'] === `Basic ${btoa(CREDENTIALS)}`
  connects.push({ target: url, isAllowed })
  if (!isAllowed) {
    // It reads on, else it would never notice that the client has gone.
    socket.on('error', () => {}).resume()
    return void socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n')
  }
  const upstream = connect(venuePort, '127.0.0.1', () => {
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
    socket.pipe(upstream).pipe(socket)
  })
  closeTogether(socket, upstream)
})
const proxyPort = await listening(proxy)
const env = {
  HTTPS_PROXY: `http://${CREDENTIALS}@127.0.0.1:${proxyPort}`,
  NODE_EXTRA_CA_CERTS: files.certPath,
  // Both libraries would write the URL and the headers into their debug output.
  DEBUG: '*',
  NODE_DEBUG: 'undici',
  LOG_LEVEL: 'debug',
  INSTRUMENTS: 'bybit-linear:btc-usdt',
  ENDPOINT_BYBIT_LINEAR_WS: `wss://${VENUE}/bybit-linear`,
  ENDPOINT_BYBIT_LINEAR_REST: `https://${VENUE}/bybit-linear`,
}

test('a gateway behind a proxy gets trades, books and lists through it, and shows no password', async () => {
  const port = await freePort()
  const program = new Program(['serve', '--ws-addr', `127.0.0.1:${port}`], env)
  cleanUps.push(() => program.stop())
  await until(
    () => program.output.includes('the proxy answered HTTP 407'),
    () => program.output,
  )
  await program.untilReady(`http://127.0.0.1:${port}/readyz`)
  assert.ok(connects.every(({ target }) => target === `${VENUE}:443`))
  const allowedCount = (): number => connects.filter(({ isAllowed }) => isAllowed).length
  await until(
    () => allowedCount() >= 4,
    () => `${JSON.stringify(connects)}\n${program.output}`,
  )
  const { code } = await program.stop()
  assert.equal(code, 0)
  assert.match(program.output, new RegExp(`live venues through the proxy 127\\.0\\.0\\.1:${proxyPort}`))
  assertSecret(program.output)
})

test('doctor tries the venues through the proxy; without it they are unreachable, within seconds', async () => {
  const others = ['BINANCE_SPOT', 'BINANCE_FUTURES', 'BYBIT_SPOT', 'OKX_SPOT', 'OKX_SWAP']
  const names = others.flatMap(name => [
    [`ENDPOINT_${name}_WS`, 'wss://127.0.0.1:1'],
    [`ENDPOINT_${name}_REST`, 'https://127.0.0.1:1'],
  ])
  const all = { ...env, ...Object.fromEntries(names), WS_ADDR: `127.0.0.1:${await freePort()}` }
  const report = await doctor(all)
  assert.equal(report.code, 1)
  const levels = Object.fromEntries(report.findings.map(({ check, level }) => [check, level]))
  assert.equal(levels['venue 127.0.0.1:1'], 'fail')
  assert.equal(levels['token'], 'ok')
  const venue = report.findings.find(({ check }) => check === `venue ${VENUE}`)
  assert.match(venue?.found ?? '', /^HTTP 404 in \d+ ms, TLSv1\.3, through the proxy 127\.0\.0\.1:\d+$/)
  refusals = 1
  const refused = await doctor(all)
  const { found } = refused.findings.find(({ check }) => check === `venue ${VENUE}`) ?? {}
  assert.equal(found, 'unreachable: the proxy answered HTTP 407')
})

/** A pipe ends its target when its source ends, but not when its source breaks: then the target would stay open for ever. */
function closeTogether(one: Duplex, other: Duplex): void {
  one.on('error', () => one.destroy()).on('close', () => other.destroy())
  other.on('error', () => other.destroy()).on('close', () => one.destroy())
}

interface DoctorRun {
  readonly code: number
  readonly findings: readonly { readonly check: string; readonly level: string; readonly found: string }[]
}

async function doctor(environment: Readonly<Record<string, string>>): Promise<DoctorRun> {
  const options = { env: { ...process.env, ADMIN_ADDR: 'off', ...environment }, timeout: COMMAND_MS_MAX }
  return await new Promise((resolve, reject) => {
    execFile(process.execPath, [MAIN, 'doctor', '--json'], options, (error, stdout, stderr) => {
      assertSecret(stdout + stderr)
      const code = error === null ? 0 : error.code
      if (typeof code === 'number') resolve({ code, ...(JSON.parse(stdout) as Pick<DoctorRun, 'findings'>) })
      else reject(error)
    })
  })
}

function assertSecret(output: string): void {
  assert.ok(!output.includes('sesame'))
  assert.ok(!output.includes(btoa(CREDENTIALS)))
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanUps.push(() => server.close())
  return (server.address() as AddressInfo).port
}
