// Certificates for tests, made on the spot: signed by themselves, for localhost, 127.0.0.1 and their own name.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generate } from 'selfsigned'
import type { CertificatePaths } from '../../thread/thread-messages.js'
import type { Certificate } from '../certificate.js'

export type MadeCertificate = Pick<Certificate, 'cert' | 'key'>

export async function newCertificate(
  name: string,
  options: { readonly keyType?: 'ec' | 'rsa'; readonly passphrase?: string } = {},
): Promise<MadeCertificate> {
  const { keyType = 'ec', passphrase } = options
  const made = await generate([{ name: 'commonName', value: name }], {
    keyType,
    algorithm: 'sha256',
    ...(passphrase === undefined ? {} : { passphrase }),
    extensions: [
      { name: 'basicConstraints', cA: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 2, value: name },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  })
  return { cert: made.cert, key: made.private }
}

/** A folder for the files of a certificate, removed when the process ends. */
export class CertificateFiles implements CertificatePaths {
  readonly folder = mkdtempSync(join(tmpdir(), 'tradelane-certificate-'))
  readonly certPath = join(this.folder, 'cert.pem')
  readonly keyPath = join(this.folder, 'key.pem')

  constructor(first?: MadeCertificate) {
    process.once('exit', () => rmSync(this.folder, { recursive: true, force: true }))
    if (first !== undefined) this.write(first)
  }

  write({ cert, key }: Partial<MadeCertificate>): void {
    if (cert !== undefined) writeFileSync(this.certPath, cert)
    if (key !== undefined) writeFileSync(this.keyPath, key, { mode: 0o600 })
  }
}
