// A certificate for this machine's own address, made when it is needed.

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generate } from 'selfsigned'

export interface CertificateFiles {
  /** PEM. */
  readonly certPath: string
  readonly keyPath: string
}

/** ECDSA on P-256: the handshake that costs a server least. */
export async function writeCertificate(folder: string): Promise<CertificateFiles> {
  const name = [{ name: 'commonName', value: 'localhost' }]
  const { cert, private: key } = await generate(name, { keyType: 'ec', algorithm: 'sha256' })
  const files = { certPath: join(folder, 'certificate.pem'), keyPath: join(folder, 'key.pem') }
  await writeFile(files.certPath, cert)
  await writeFile(files.keyPath, key, { mode: 0o600 })
  return files
}
