import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readConfigFile } from './config-file.js'
import { SettingError } from './setting-error.js'
import { type Environment, type Flags, readSettings } from './settings.js'

const folder = mkdtempSync(join(tmpdir(), 'tradelane-config-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const path = join(folder, 'tradelane.yaml')

test('one setting per line, named as in the environment; lists may be YAML lists, and what is empty is empty', () => {
  const text = `
    # comment
    L2_WORKERS: 3
    ISOLATION: off
    INSTRUMENTS: [btc-usdt, "eth-usdt"]
    SUBSCRIPTIONS:
    SPOT_LOG_THRESHOLD: 050000
    ENDPOINT_BYBIT_LINEAR_WS: wss://example.org/a
  `
  const { settings, origins } = settingsWith(text)
  assert.equal(settings.l2Workers, 3)
  assert.equal(settings.isolation, 'off')
  assert.deepEqual(
    settings.instruments.map(({ base }) => base),
    ['btc', 'eth'],
  )
  assert.deepEqual(settings.subscriptions, [])
  assert.equal(settings.spotLogThreshold, 50_000)
  assert.equal(settings.endpoints['bybit-linear']?.ws, 'wss://example.org/a')
  const named = ['L2_WORKERS', 'ENDPOINT_BYBIT_LINEAR_WS', 'GATEWAYS']
  assert.deepEqual(
    named.map(name => origins.find(each => each.name === name)?.origin),
    [path, path, 'default'],
  )
})

test('the environment overrides the file, and a flag both', () => {
  const text = 'L2_WORKERS: 3\nGATEWAYS: 4\nL2_DEPTH: 7'
  const { settings } = settingsWith(text, { L2_WORKERS: '2', GATEWAYS: '2' }, { gateways: '3' })
  assert.deepEqual([settings.l2Workers, settings.gateways, settings.l2Depth], [2, 3, 7])
})

test('an empty file sets nothing', () => {
  for (const text of ['', '\n# nothing\n']) assert.deepEqual(settingsWith(text).settings, readSettings({}).settings)
})

test('a file that cannot be parsed is named with the place of the fault, without what is written there', () => {
  const secret = 'sesame-0123456789'
  for (const text of [
    `AUTH_TOKEN: *${secret}`,
    `AUTH_TOKEN: |${secret}`,
    `AUTH_TOKEN: !${secret}!x y`,
    `AUTH_TOKEN: "x" ${secret}`,
    `AUTH_TOKEN: [${secret}`,
    `AUTH_TOKEN: @${secret}`,
    `AUTH_TOKEN: ${secret}: ${secret}`,
    `AUTH_TOKEN: ${secret}\nL2_WORKERS: {a: 1}`,
    `AUTH_TOKEN: [${secret}, ${secret}]`,
    `AUTH_TOKEN: {${secret}: 1}`,
  ]) {
    assert.throws(
      () => settingsWith(text),
      (error: unknown) => {
        assert.ok(error instanceof SettingError, String(error))
        assert.ok(!error.message.includes('sesame'), error.message)
        return true
      },
      text,
    )
  }
})

const BAD: readonly (readonly [text: string, reason: RegExp])[] = [
  ['L2_WORKER: 3', /: unknown setting L2_WORKER; expected a name that `tradelane config` lists$/],
  ['L2_WORKERS: 99', /: invalid L2_WORKERS "99"; expected a whole number 1\.\.16$/],
  ['L2_WORKERS: {a: 1}', /: invalid L2_WORKERS; expected a value or a list of values$/],
  ['WS_ENVELOPE: 1', /^unsupported setting WS_ENVELOPE: /],
  ['ENDPOINT_BYBIT_LINEAR_WS: ftp://x', /: invalid ENDPOINT_BYBIT_LINEAR_WS "ftp:\/\/x"; expected /],
  ['L2_WORKERS', /^invalid .*; expected one setting per line, as NAME: value$/],
  ['- L2_WORKERS', /^invalid .*; expected one setting per line, as NAME: value$/],
  ['L2_WORKERS: [3', /^cannot read .*: .* at line 1, column 15$/],
  ['L2_WORKERS: 1\nL2_WORKERS: 2', /^cannot read .*: .* at line 2, column 1$/],
]

for (const [text, reason] of BAD) {
  test(`${JSON.stringify(text)} is refused in one line that names the file`, () => {
    assert.throws(
      () => settingsWith(text),
      (error: unknown) =>
        error instanceof SettingError &&
        reason.test(error.message) &&
        !error.message.includes('\n') &&
        (error.message.includes(path) || error.message.startsWith('unsupported setting WS_ENVELOPE')),
    )
  })
}

test('a file that cannot be read is reported', () => {
  assert.throws(() => readConfigFile(join(folder, 'nowhere')), /cannot read .*nowhere: ENOENT/)
  assert.throws(() => readConfigFile(folder), /cannot read .*: EISDIR/)
})

function settingsWith(text: string, env: Environment = {}, flags: Flags = {}): ReturnType<typeof readSettings> {
  writeFileSync(path, text)
  return readSettings(env, flags, undefined, readConfigFile(path))
}
