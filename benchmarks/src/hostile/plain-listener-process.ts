// What attackers meet in place of the product: a process that accepts, reads and discards, and answers each connection once with
// a fixed text, that of a handshake. What honest clients get beside it is what attackers cost the machine alone. Arguments: the
// files of a certificate and its key, for the port with TLS.

import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'

export interface PlainListenerMessage {
  readonly type: 'listening'
  readonly port: number
  readonly tlsPort: number
}

const HOST = '127.0.0.1'
const ANSWER = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'
const BACKLOG = 1_024

const [certPath = '', keyPath = ''] = process.argv.slice(2)

void listen().then((message: PlainListenerMessage) => process.send?.(message))
process.on('SIGINT', () => {})
process.once('disconnect', () => process.exit(0))

async function listen(): Promise<PlainListenerMessage> {
  const tls = { cert: readFileSync(certPath), key: readFileSync(keyPath) }
  const plain = await opened(createServer({ noDelay: true }, serve))
  const secure = await opened(createTlsServer(tls, serve).on('tlsClientError', () => {}))
  return { type: 'listening', port: plain, tlsPort: secure }
}

async function opened(server: Server): Promise<number> {
  await new Promise<void>(resolve => server.listen(0, HOST, BACKLOG, resolve))
  return (server.address() as AddressInfo).port
}

function serve(socket: Socket): void {
  let isAnswered = false
  socket.on('data', () => {
    if (isAnswered) return
    isAnswered = true
    socket.write(ANSWER)
  })
  socket.on('error', () => socket.destroy())
  socket.on('end', () => socket.destroy())
}
