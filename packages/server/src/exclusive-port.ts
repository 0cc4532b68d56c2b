// Opens the port exclusively and closes it again. Several gateways share one port; the option that lets them (SO_REUSEPORT)
// would also let them share it with another process, without an error.

import { createServer } from 'node:net'
import type { Address } from './setting-types.js'

// Below the ports that systems give to sockets that ask for any one: no such socket takes a port of these between its choice
// and its opening by a gateway.
const FREE_PORT_MIN = 20_000
const FREE_PORT_COUNT = 12_000
const TRIES_MAX = 50

/**
 * Resolves to the port that the gateways open. It is tried here where gateways share it, and for port 0, which becomes a free
 * port: uWebSockets.js could not open the same one again after a restart. Rejects when it is in use or not allowed.
 */
export async function choosePort(address: Address, gatewayCount: number): Promise<number> {
  if (address.port === 0) return await chooseFreePort(address.host)
  return gatewayCount > 1 ? await takePortOnce(address) : address.port
}

export async function chooseFreePort(host: string): Promise<number> {
  for (let tryCount = 1; ; tryCount += 1) {
    const port = FREE_PORT_MIN + Math.floor(Math.random() * FREE_PORT_COUNT)
    try {
      return await takePortOnce({ host, port })
    } catch (error) {
      if (tryCount === TRIES_MAX) throw error
    }
  }
}

/** Resolves to the port; rejects where it cannot be opened. */
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
