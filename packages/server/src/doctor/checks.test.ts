// What the doctor says of values that this machine may not have. Its run as a program is in e2e/src/proxy.e2e.test.ts.

import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { CertificateFiles, newCertificate } from '@tradelane/shared/access/test/certificate-files'
import { readSettings, type Settings } from '../settings.js'
import { descriptorCheck, nicenessCheck, nodeCheck, processorCheck } from './machine-checks.js'
import { certificateCheck, portChecks } from './port-checks.js'
import { clockCheck, VENUE_MS_MAX, venueChecks } from './venue-checks.js'

const TOKEN = 'sesame-0123456789'
const DAY_MS = 86_400_000

function settingsOf(env: Readonly<Record<string, string>> = {}, sim?: string): Settings {
  return readSettings(env, {}, sim).settings
}

test('a version of Node that was never tried is a warning, one that is too old a failure', () => {
  assert.deepEqual(
    ['18.20.1', '20.20.2', '22.1.0', '23.0.0', '24.1.0', '26.0.0'].map(version => nodeCheck(version).level),
    ['fail', 'ok', 'ok', 'warn', 'ok', 'warn'],
  )
})

test('too few descriptors for CLIENTS_MAX, and one processor, are warnings that say what to do', () => {
  const settings = settingsOf({ CLIENTS_MAX: '1000' })
  assert.equal(descriptorCheck(settings, 1_512).level, 'ok')
  assert.equal(descriptorCheck(settings, Number.POSITIVE_INFINITY).level, 'ok')
  assert.match(descriptorCheck(settings, 1_024).advice ?? '', /^ulimit -n 1512, /)
  assert.deepEqual([processorCheck(settings, 2).level, processorCheck(settings, 1).level], ['ok', 'warn'])
})

test('a priority that the system does not permit, or does not know, is a warning', () => {
  const levelOf = (env: Record<string, string>, lowest: number | null): string =>
    nicenessCheck(settingsOf(env), lowest).level
  assert.deepEqual([levelOf({}, 0), levelOf({ TRADE_NICE: '-5' }, -5), levelOf({}, -20)], ['ok', 'ok', 'ok'])
  assert.deepEqual(
    [levelOf({ TRADE_NICE: '-5' }, -4), levelOf({ L2_NICE: '0' }, 0), levelOf({}, null)],
    ['warn', 'warn', 'warn'],
  )
})

test('a port in use is a failure that names its setting; a reachable one without a token is a warning', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  const env = { WS_ADDR: `127.0.0.1:${port}`, ADMIN_ADDR: '0.0.0.0:0' }
  const findings = await portChecks(settingsOf(env))
  server.close()
  const [ws, admin, token] = findings
  assert.deepEqual([ws?.level, admin?.level, token?.level], ['fail', 'ok', 'warn'])
  assert.match(ws?.found ?? '', /EADDRINUSE/)
  assert.match(token?.found ?? '', /ADMIN_ADDR=0\.0\.0\.0:0 without a token$/)
  const withToken = await portChecks(settingsOf({ ...env, WS_ADDR: '127.0.0.1:0', AUTH_TOKEN: TOKEN }))
  assert.ok(withToken.every(({ level }) => level === 'ok'))
})

test('a certificate that expires, or cannot be read, is found', async () => {
  const files = new CertificateFiles(await newCertificate('gateway'))
  const settings = settingsOf({ TLS_CERT: files.certPath, TLS_KEY: files.keyPath })
  const validMs = Number(/for (\d+) days/.exec(certificateCheck(settings, Date.now()).found)?.[1]) * DAY_MS
  const levels = [0, validMs - DAY_MS, validMs + 2 * DAY_MS].map(
    afterMs => certificateCheck(settings, Date.now() + afterMs).level,
  )
  assert.deepEqual(levels, ['ok', 'warn', 'fail'])
  files.write({ key: 'junk' })
  assert.equal(certificateCheck(settings, Date.now()).level, 'fail')
})

test('a host that accepts and says nothing is unreachable when its time is over, and all are tried at once', async () => {
  const silent = createServer(socket => socket.on('error', () => undefined)).listen(0, '127.0.0.1')
  await new Promise(resolve => silent.once('listening', resolve))
  const { port } = silent.address() as { port: number }
  const env = { ENDPOINT_OKX_SPOT_WS: `wss://127.0.0.1:${port}`, ENDPOINT_OKX_SWAP_REST: `https://localhost:${port}` }
  const startMs = performance.now()
  const findings = await venueChecks(settingsOf(env, 'ws://127.0.0.1:1'))
  assert.ok(performance.now() - startMs < 2 * VENUE_MS_MAX)
  silent.close()
  const late = findings.filter(({ found }) => found === `unreachable: no answer within ${VENUE_MS_MAX} ms`)
  assert.deepEqual(late.map(({ check }) => check).sort(), [`venue 127.0.0.1:${port}`, `venue localhost:${port}`])
  const refused = findings.find(({ check }) => check === 'venue 127.0.0.1:1')
  assert.match(refused?.found ?? '', /ECONNREFUSED/)
})

test('the clock is compared with the median of the venues', () => {
  assert.equal(clockCheck([]).level, 'warn')
  assert.equal(clockCheck([-300, 200, 90_000]).level, 'ok')
  assert.match(clockCheck([-4_000, -3_900, 0]).found, /^3\.9 s behind/)
  assert.equal(clockCheck([3_000, 3_100, 0]).level, 'warn')
})
