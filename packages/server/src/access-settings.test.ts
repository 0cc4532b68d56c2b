import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { CertificateFiles, newCertificate } from '@tradelane/shared/access/test/certificate-files'
import { digestOf } from '@tradelane/shared/access/token'
import { accessRulesOf, certificatePathsOf, checkCertificate, openPortsOf, pageOriginsOf } from './access-settings.js'
import { authorization } from './client-token.js'
import { SettingError } from './setting-error.js'
import { type Environment, readSettings } from './settings.js'

const TOKEN = 'sesame-0123456789'
const folder = mkdtempSync(join(tmpdir(), 'tradelane-token-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const path = join(folder, 'token')

test('by default there is no token, no TLS, and every origin is allowed', () => {
  const { settings } = readSettings({})
  assert.deepEqual(accessRulesOf(settings, ['http://localhost:9002']), { tokenDigest: null, allowedOrigins: [] })
  assert.equal(certificatePathsOf(settings), null)
  assert.deepEqual(authorization({}), {})
})

test('of the token only the digest is kept; where it came from is shown, its value is not', () => {
  writeFileSync(path, `${TOKEN}\n`)
  for (const [env, name] of [
    [{ AUTH_TOKEN: TOKEN }, 'AUTH_TOKEN'],
    [{ AUTH_TOKEN_FILE: path }, 'AUTH_TOKEN_FILE'],
  ] as const) {
    const { settings, origins } = readSettings(env)
    assert.equal(settings.authToken, digestOf(TOKEN))
    assert.equal(origins.find(each => each.name === name)?.origin, 'environment')
    assert.ok(!JSON.stringify({ settings, origins }).includes(TOKEN))
    assert.deepEqual(authorization(env), { authorization: `Bearer ${TOKEN}` })
  }
  const { origins } = readSettings({ AUTH_TOKEN: TOKEN })
  const { name, value, origin } = origins[1] ?? assert.fail()
  assert.deepEqual([name, value, origin], ['AUTH_TOKEN', '(set)', 'environment'])
  assert.equal(readSettings({}).origins[1]?.value, '')
})

for (const [what, text] of [
  ['too short', 'sesame-01234567'],
  ['too long', 'sesame'.repeat(50)],
  ['empty', ''],
  ['with a space', `${TOKEN} `],
  ['with a character that a URL would escape', `${TOKEN}/+=`],
  ['of two lines', `${TOKEN}\n${TOKEN}`],
] as const) {
  test(`a token that is ${what} is refused and not shown, as a value and in a file`, () => {
    const inFile = what === 'empty' ? 'it is empty' : 'what it holds is no token'
    writeFileSync(path, text)
    const [ofValue, ofFile] = [refusalOf({ AUTH_TOKEN: text }), refusalOf({ AUTH_TOKEN_FILE: path })]
    assert.match(ofValue, /^invalid AUTH_TOKEN \(its value is not shown\); expected 16\.\.256 characters of A-Z/)
    assert.equal(ofFile.split('; ')[0], `invalid AUTH_TOKEN_FILE "${path}": ${inFile}`)
    assert.match(ofFile, /; expected 16\.\.256 characters of A-Z a-z 0-9 \. _ ~ -$/)
    assert.ok(!`${ofValue}${ofFile}`.includes('sesame'))
  })
}

test('one newline at the end of the file is not part of the token', () => {
  for (const end of ['', '\n', '\r\n']) {
    writeFileSync(path, TOKEN + end)
    assert.equal(readSettings({ AUTH_TOKEN_FILE: path }).settings.authToken, digestOf(TOKEN))
  }
  for (const wrong of [`${TOKEN}\n\n`, `\n${TOKEN}`, `${TOKEN}\r`]) {
    writeFileSync(path, wrong)
    assert.match(refusalOf({ AUTH_TOKEN_FILE: path }), /what it holds is no token/)
  }
})

test('a token file that cannot be read, and a token set twice, are refused', () => {
  assert.match(
    refusalOf({ AUTH_TOKEN_FILE: join(folder, 'none') }),
    /: it cannot be read \(ENOENT\); expected the path of a file that holds a token$/,
  )
  assert.match(refusalOf({ AUTH_TOKEN_FILE: folder }), /: it cannot be read \(EISDIR\); expected/)
  assert.match(refusalOf({ AUTH_TOKEN_FILE: '' }), /^invalid AUTH_TOKEN_FILE ""; expected the path of a file$/)
  const both = 'AUTH_TOKEN and AUTH_TOKEN_FILE are both set; expected one'
  assert.equal(refusalOf({ AUTH_TOKEN: TOKEN, AUTH_TOKEN_FILE: path }), both)
  assert.throws(() => authorization({ AUTH_TOKEN: TOKEN, AUTH_TOKEN_FILE: path }), { message: both })
  assert.throws(() => authorization({ AUTH_TOKEN: 'short' }), {
    message: /^invalid AUTH_TOKEN \(its value is not shown\)/,
  })
})

test('TLS needs both files, and both are checked', async () => {
  const [one, other] = [await newCertificate('one'), await newCertificate('other')]
  const files = new CertificateFiles(one)
  const env = { TLS_CERT: files.certPath, TLS_KEY: files.keyPath }
  assert.equal(refusalOf({ TLS_CERT: files.certPath }), 'TLS_CERT is set without TLS_KEY; expected both or none')
  assert.equal(refusalOf({ TLS_KEY: files.keyPath }), 'TLS_KEY is set without TLS_CERT; expected both or none')
  const { settings } = readSettings(env)
  assert.deepEqual(certificatePathsOf(settings), { certPath: files.certPath, keyPath: files.keyPath })
  checkCertificate(settings)
  files.write({ key: other.key })
  assert.throws(
    () => checkCertificate(settings),
    (error: unknown) => {
      assert.ok(error instanceof SettingError)
      assert.match(error.message, /^invalid TLS_KEY ".*": it is not the key of the certificate/)
      return true
    },
  )
})

test('origins are kept as browsers send them, and those of our own pages are added', () => {
  const { settings } = readSettings({ ALLOWED_ORIGINS: 'https://Page.Example:443, http://localhost:8080' })
  assert.deepEqual(accessRulesOf(settings, ['http://localhost:9002']).allowedOrigins, [
    'https://page.example',
    'http://localhost:8080',
    'http://localhost:9002',
  ])
  for (const wrong of ['page.example', 'https://page.example/', '*', 'null', 'https://a,b']) {
    assert.match(
      refusalOf({ ALLOWED_ORIGINS: wrong }),
      /^invalid ALLOWED_ORIGINS ".*"; expected a comma-separated list of scheme:\/\/host\[:port\]$/,
    )
  }
})

test('the origins of our own pages: by address, by names of this machine, by further names', () => {
  const loopback = ['http://localhost:9002', 'http://127.0.0.1:9002', 'http://[::1]:9002']
  const address = { host: '127.0.0.1', port: 9_002 }
  assert.deepEqual(pageOriginsOf({ isTls: false, address, hosts: [] }).toSorted(), loopback.toSorted())
  assert.deepEqual(
    pageOriginsOf({
      isTls: true,
      address: { host: '::', port: 443 },
      hosts: ['Admin.Example', 'proxy.example:8443', '[::2]'],
    }),
    [
      'https://[::]',
      'https://localhost',
      'https://127.0.0.1',
      'https://[::1]',
      'https://admin.example',
      'https://proxy.example:8443',
      'https://[::2]',
    ],
  )
})

test('ports that other machines can reach without a token are named', () => {
  const { settings } = readSettings({})
  const openOf = (host: string): number =>
    openPortsOf(settings, [{ name: 'WS_ADDR', address: { host, port: 1 } }]).length
  for (const host of ['127.0.0.1', '127.8.9.1', '::1', 'localhost', 'LOCALHOST', '::ffff:127.0.0.1']) {
    assert.equal(openOf(host), 0, host)
  }
  for (const host of ['0.0.0.0', '::', '10.0.0.1', '::ffff:10.0.0.1', 'example.org', 'localhost.example.org']) {
    assert.equal(openOf(host), 1, host)
  }
  const ports = [
    { name: 'WS_ADDR', address: { host: '0.0.0.0', port: 9_001 } },
    { name: 'ADMIN_ADDR', address: { host: '::', port: 9_002 } },
  ]
  assert.deepEqual(openPortsOf(settings, ports), [
    { setting: 'WS_ADDR', address: '0.0.0.0:9001' },
    { setting: 'ADMIN_ADDR', address: '[::]:9002' },
  ])
  assert.deepEqual(openPortsOf(readSettings({ AUTH_TOKEN: TOKEN }).settings, ports), [])
})

function refusalOf(env: Environment): string {
  try {
    readSettings(env)
  } catch (error) {
    assert.ok(error instanceof SettingError, String(error))
    assert.ok(!error.message.includes('\n'))
    return error.message
  }
  return assert.fail(`accepted: ${JSON.stringify(env)}`)
}
