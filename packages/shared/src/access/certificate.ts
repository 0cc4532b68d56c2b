// The TLS certificate and its key, as files. Checked before they are used: a server that takes them unseen may serve nothing, or
// end the process.

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import type { CertificatePaths } from '../thread/thread-messages.js'

/** In PEM. */
export interface Certificate {
  /** With the chain up to the root, if the file has one. */
  readonly cert: string
  readonly key: string
  readonly validToMs: number
}

/** The message is a line for the user. */
export class CertificateError extends Error {
  readonly code = 'ERR_CERTIFICATE'
}

/** Curves that uWebSockets.js serves. */
const CURVES = ['prime256v1', 'secp384r1', 'secp521r1']

/** Throws `CertificateError`. */
export function readCertificate({ certPath, keyPath }: CertificatePaths): Certificate {
  const certFile = { name: 'TLS_CERT', path: certPath, accepted: 'the path of a certificate in PEM format' }
  const keyFile = {
    name: 'TLS_KEY',
    path: keyPath,
    accepted: 'the path of its private key in PEM format, not encrypted',
  }
  const [cert, key] = [textOf(certFile), textOf(keyFile)]
  const certificate = parsed(certFile, () => new X509Certificate(cert))
  const privateKey = parsed(keyFile, () => createPrivateKey(key))
  if (!certificate.checkPrivateKey(privateKey))
    throw invalid(keyFile, `is not the key of the certificate in ${certPath}`)
  if (!isServed(privateKey)) throw invalid(keyFile, 'is of a kind that cannot be served', SERVED_KEYS)
  parsed(certFile, () => createSecureContext({ cert, key }))
  return { cert, key, validToMs: Date.parse(certificate.validTo) }
}

const SERVED_KEYS = 'an RSA, ECDSA (P-256, P-384, P-521) or Ed25519 key'

function isServed({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject): boolean {
  return type === 'rsa' || type === 'ed25519' || (type === 'ec' && CURVES.includes(details?.namedCurve ?? ''))
}

interface PemFile {
  readonly name: string
  readonly path: string
  readonly accepted: string
}

function textOf(file: PemFile): string {
  try {
    return readFileSync(file.path, 'utf8')
  } catch (error) {
    throw invalid(file, `cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

/** The library's own message names neither the file nor, always, the fault. */
function parsed<Value>(file: PemFile, parse: () => Value): Value {
  try {
    return parse()
  } catch {
    throw invalid(file, 'cannot be used')
  }
}

function invalid({ name, path, accepted: usual }: PemFile, fault: string, accepted = usual): CertificateError {
  return new CertificateError(`invalid ${name} ${JSON.stringify(path)}: it ${fault}; expected ${accepted}`)
}
