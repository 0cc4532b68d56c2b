// Attacks by TLS handshakes: what they cost the server is a signature each.

import { createServer, type Server } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Attack, AttackContext } from '../attack.js'
import { AttackSocket } from '../attack-socket.js'
import { atRate } from '../pace.js'

const HELLOS_PER_S = 100
const HANDSHAKES_PER_S = 50
const LEAVE_MS = 500

export const TLS_ATTACKS: readonly Attack[] = [
  {
    name: 'tls-hellos',
    about: `${HELLOS_PER_S} connections a second that begin a TLS handshake and leave: the stranger computes nothing`,
    door: 'guarded',
    start: startHellos,
  },
  {
    name: 'tls-handshakes',
    about: `${HANDSHAKES_PER_S} TLS handshakes a second, then nothing`,
    door: 'guarded',
    start: startHandshakes,
  },
]

function startHellos(context: AttackContext): void {
  void recordHello().then(hello => {
    if (context.signal.aborted) return
    const raw = { ...context, isSecure: false }
    atRate(HELLOS_PER_S * context.share, context.signal, () => {
      const socket = new AttackSocket(raw, { onConnected: each => each.write(hello) })
      setTimeout(() => socket.destroy(), LEAVE_MS)
    })
  })
}

function startHandshakes(context: AttackContext): void {
  atRate(HANDSHAKES_PER_S * context.share, context.signal, () => {
    const socket = new AttackSocket(context, { onConnected: each => each.destroy() })
    setTimeout(() => socket.destroy(), LEAVE_MS)
  })
}

/** What a TLS client says first. It may be said again: nothing of it is secret. */
async function recordHello(): Promise<Buffer> {
  const server: Server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const hello = new Promise<Buffer>(resolve => {
    server.once('connection', socket => {
      socket.once('data', bytes => {
        socket.destroy()
        resolve(bytes)
      })
    })
  })
  const { port } = server.address() as { port: number }
  const client = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false })
  client.on('error', () => {})
  const bytes = await hello
  client.destroy()
  server.close()
  return bytes
}
