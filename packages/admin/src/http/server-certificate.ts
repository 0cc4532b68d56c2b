// The certificate of the admin port, for node:https, and how it is renewed while connections stay.

import type { Server } from 'node:https'
import { CertificateError, readCertificate } from '@tradelane/shared/access/certificate'
import type { Log } from '@tradelane/shared/thread/log'
import type { CertificatePaths } from '@tradelane/shared/thread/thread-messages'
import { HANDSHAKE_MS_MAX } from '../limits.js'

export interface TlsOptions {
  readonly cert: string
  readonly key: string
  /** Node's own allows two minutes. */
  readonly handshakeTimeout: number
}

/** Throws `CertificateError`. */
export function tlsOptionsOf(paths: CertificatePaths): TlsOptions {
  const { cert, key } = readCertificate(paths)
  return { cert, key, handshakeTimeout: HANDSHAKE_MS_MAX }
}

/** New connections get the certificate that the files hold now. Those that cannot be used change nothing. */
export function renewCertificate(server: Pick<Server, 'setSecureContext'>, paths: CertificatePaths, log: Log): void {
  try {
    const { cert, key } = readCertificate(paths)
    server.setSecureContext({ cert, key })
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error
    log.error('admin certificate not renewed, the old one stays', { reason: error.message })
  }
}
