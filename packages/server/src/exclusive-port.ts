// Takes the port alone and lets it go again. Several gateways share their port among themselves, and with that setting the
// system would let them share it with another process too, without a word.

import { createServer } from 'node:net'
import type { Address } from './settings-table.js'

/** Resolves to the port, a free one for port 0. Rejects when it is in use or not allowed. */
export async function takePortOnce({ host, port }: Address): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', error => reject(new Error(`${host}:${port} cannot be opened: ${error.message}`)))
    server.listen({ host, port, exclusive: true }, resolve)
  })
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : port
}
