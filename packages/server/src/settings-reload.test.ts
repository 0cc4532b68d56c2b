import assert from 'node:assert/strict'
import { once } from 'node:events'
import { afterEach, test } from 'node:test'
import { CertificateFiles, newCertificate } from '@tradelane/shared/access/test/certificate-files'
import type { Log, LogFields } from '@tradelane/shared/thread/log'
import { type Environment, readSettings } from './settings.js'
import { reloadOnHangup } from './settings-reload.js'

const releases: (() => void)[] = []
afterEach(() => {
  for (const release of releases.splice(0)) release()
})

test('the number of L2 workers takes effect at once; other changed settings are named as needing a restart', async () => {
  const fixture = listening({ L2_WORKERS: '1' })
  fixture.env = { L2_WORKERS: '3', L2_DEPTH: '7', ENDPOINT_BYBIT_LINEAR_WS: 'wss://example.org' }
  await hangup()
  assert.deepEqual(fixture.asked, [3])
  assert.deepEqual(fixture.lines, [
    ['info', 'SIGHUP: settings reloaded', { l2Workers: 3 }],
    ['warn', 'changed settings need a restart', { settings: 'L2_DEPTH, ENDPOINT_…' }],
  ])
})

test("a changed setting of a venue's own is named, too", async () => {
  const fixture = listening({})
  fixture.env = { BINANCE_FUTURES_TRADES: 'raw' }
  await hangup()
  assert.deepEqual(fixture.lines[1]?.[2], { settings: 'BINANCE_FUTURES_TRADES' })
})

test('every signal reads the settings again', async () => {
  const fixture = listening({})
  for (const l2Workers of ['3', '2', '2']) {
    fixture.env = { L2_WORKERS: l2Workers }
    await hangup()
  }
  assert.deepEqual(fixture.asked, [3, 2, 2])
  assert.ok(fixture.lines.every(([level]) => level === 'info'))
})

test('the certificate is renewed when its files are good, with or without a file of settings', async () => {
  const [first, second] = [await newCertificate('first'), await newCertificate('second')]
  const files = new CertificateFiles(first)
  const env = { TLS_CERT: files.certPath, TLS_KEY: files.keyPath }
  for (const isReloading of [true, false]) {
    const fixture = listening(env, isReloading)
    files.write(second)
    await hangup()
    const expected = isReloading ? ['settings reloaded', 'certificate read again'] : ['certificate read again']
    assert.deepEqual(
      fixture.lines.map(([level, message]) => `${level} ${message}`),
      expected.map(message => `info SIGHUP: ${message}`),
    )
    assert.match(String(fixture.lines.at(-1)?.[2]?.['validTo']), /^20\d\d-/)
    files.write({ key: first.key })
    await hangup()
    assert.equal(fixture.renewals, 1)
    const [level, message, fields] = fixture.lines.at(-1) ?? []
    assert.deepEqual([level, message], ['error', 'SIGHUP: certificate not renewed, the old one stays'])
    assert.match(String(fields?.['reason']), /^invalid TLS_KEY ".*": it is not the key of the certificate/)
    for (const release of releases.splice(0)) release()
  }
})

test('a changed token needs a restart, and is not shown', async () => {
  const fixture = listening({ AUTH_TOKEN: 'sesame-0123456789' })
  fixture.env = { AUTH_TOKEN: 'sesame-other-9876' }
  await hangup()
  assert.deepEqual(fixture.lines[1]?.[2], { settings: 'AUTH_TOKEN' })
  assert.ok(!JSON.stringify(fixture.lines).includes('sesame'))
})

test('without any file to read again the signal keeps its meaning', () => {
  listening({}, false)
  assert.equal(process.listenerCount('SIGHUP'), 0)
})

test('invalid settings change nothing, and the next signal is handled', async () => {
  const fixture = listening({})
  fixture.env = { L2_WORKERS: 'many', L2_DEPTH: '7' }
  await hangup()
  assert.deepEqual(fixture.asked, [])
  const [[level, message, fields] = []] = fixture.lines
  assert.deepEqual([level, message], ['error', 'SIGHUP: invalid settings, nothing changed'])
  assert.match(String(fields?.['reason']), /^invalid L2_WORKERS "many"; expected /)
  fixture.env = { L2_WORKERS: '2' }
  await hangup()
  assert.deepEqual(fixture.asked, [2])
})

interface Fixture {
  env: Environment
  readonly asked: number[]
  renewals: number
  readonly lines: [level: string, message: string, fields: LogFields | undefined][]
}

function listening(env: Environment, isReloading = true): Fixture {
  const fixture: Fixture = { env, asked: [], renewals: 0, lines: [] }
  const write =
    (level: string): Log['info'] =>
    (message, fields) =>
      void fixture.lines.push([level, message, fields])
  const log: Log = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
  const reshard = async (l2Workers: number): Promise<void> => void fixture.asked.push(l2Workers)
  const readAgain = (): ReturnType<typeof readSettings>['settings'] => readSettings(fixture.env).settings
  const renewCertificate = (): void => {
    fixture.renewals += 1
  }
  const supervisor = { reshard, renewCertificate }
  const settings = readAgain()
  releases.push(reloadOnHangup({ settings, supervisor, log, ...(isReloading ? { readAgain } : {}) }))
  return fixture
}

async function hangup(): Promise<void> {
  // Registered last: when it is called, the signal was handled.
  const handled = once(process, 'SIGHUP')
  // A signal does not keep the event loop alive.
  const timer = setInterval(() => {}, 1_000)
  process.kill(process.pid, 'SIGHUP')
  await handled
  clearInterval(timer)
}
