import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { rmSync } from 'node:fs'
import { test } from 'node:test'
import { CertificateError, readCertificate } from './certificate.js'
import { CertificateFiles, newCertificate } from './test/certificate-files.js'

const [one, other] = [await newCertificate('one'), await newCertificate('other')]

test('a certificate and its key are read, with its end', async () => {
  for (const made of [one, await newCertificate('rsa', { keyType: 'rsa' })]) {
    const files = new CertificateFiles(made)
    const { cert, key, validToMs } = readCertificate(files)
    assert.deepEqual({ cert, key }, made)
    const days = (validToMs - Date.now()) / 86_400_000
    assert.ok(days > 364 && days < 367, `${days} days`)
  }
})

test('further certificates may follow the first', () => {
  readCertificate(new CertificateFiles({ cert: `${one.cert}\n${other.cert}`, key: one.key }))
})

test('the key of another certificate is refused', () => {
  const files = new CertificateFiles({ cert: one.cert, key: other.key })
  assert.match(
    faultOf(files),
    /^invalid TLS_KEY ".*key\.pem": it is not the key of the certificate in .*cert\.pem; expected/,
  )
  files.write({ cert: `${other.cert}\n${one.cert}`, key: one.key })
  assert.match(faultOf(files), /is not the key/, 'the first of several counts')
})

test('files that are missing, a folder, empty or something else are refused by name', () => {
  const files = new CertificateFiles(one)
  for (const [what, part] of [
    ['', 'cannot be used'],
    ['junk', 'cannot be used'],
    [one.cert.slice(0, 300), 'cannot be used'],
  ] as const) {
    files.write({ cert: what, key: one.key })
    assert.match(faultOf(files), new RegExp(`^invalid TLS_CERT ".*": it ${part}; expected the path of a certificate`))
    files.write({ cert: one.cert, key: what })
    assert.match(faultOf(files), new RegExp(`^invalid TLS_KEY ".*": it ${part}; expected the path of its private key`))
  }
  assert.match(faultOf({ ...pathsOf(files), certPath: files.folder }), /TLS_CERT ".*": it cannot be read \(EISDIR\)/)
  rmSync(files.keyPath)
  assert.match(faultOf(files), /TLS_KEY ".*": it cannot be read \(ENOENT\)/)
})

test('an encrypted key is refused', async () => {
  const encrypted = await newCertificate('encrypted', { passphrase: 'x' })
  assert.match(
    faultOf(new CertificateFiles(encrypted)),
    /^invalid TLS_KEY ".*": it cannot be used; expected .*not encrypted/,
  )
})

const OPENSSL = 'openssl'
const hasOpenssl = spawnSync(OPENSSL, ['version']).status === 0

test('a key that uWebSockets.js cannot serve is refused', { skip: hasOpenssl ? false : 'skipped: openssl' }, () => {
  const files = new CertificateFiles()
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:secp256k1', '-nodes', '-subj', '/CN=x']
  const { status } = spawnSync(OPENSSL, ['req', '-x509', ...curve, '-keyout', files.keyPath, '-out', files.certPath])
  assert.equal(status, 0)
  assert.match(faultOf(files), /^invalid TLS_KEY ".*": it is of a kind that cannot be served; expected an RSA, ECDSA/)
})

test('no line shows what a file holds', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const lines = key.split('\n').filter(line => line.length > 20)
  for (const pair of [
    { cert: one.cert, key },
    { cert: key, key: one.key },
    { cert: one.cert, key: key.replace('PRIVATE', 'X') },
  ]) {
    const fault = faultOf(new CertificateFiles(pair))
    for (const line of lines) assert.ok(!fault.includes(line), fault)
    assert.doesNotMatch(fault, /\n/)
  }
})

function pathsOf({ certPath, keyPath }: CertificateFiles): { certPath: string; keyPath: string } {
  return { certPath, keyPath }
}

function faultOf(paths: { readonly certPath: string; readonly keyPath: string }): string {
  try {
    readCertificate(paths)
  } catch (error) {
    assert.ok(error instanceof CertificateError, String(error))
    return error.message
  }
  return assert.fail('it was accepted')
}
