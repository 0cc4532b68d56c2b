// Attacks by HTTP requests: pipelined, unread, malformed, slow, or none at all.

import type { Attack, AttackContext, Door } from '../attack.js'
import { AttackSocket } from '../attack-socket.js'
import { atRate } from '../pace.js'

const BURST_BYTES = 1024 * 1024
const BURSTS_PER_S = 4
const UNREAD_WRITE_BYTES = 64 * 1024
const UNREAD_WRITES_PER_S = 40
const MALFORMED_PER_S = 200
const SLOW_SOCKETS = 400
const IDLE_SOCKETS = 400
const ADMIN_SOCKETS = 300
/** A crowd is complete after a second. */
const CROWD_S = 1

export const REQUEST_ATTACKS: readonly Attack[] = [
  pipelined('pipelined-health', 'clients', '/healthz'),
  pipelined('pipelined-tail', 'clients', '/tail'),
  pipelined('pipelined-unknown', 'clients', '/no/such/path'),
  unread('unread-health', 'clients', '/healthz'),
  unread('unread-tail', 'clients', '/tail'),
  {
    name: 'malformed-requests',
    about: `${MALFORMED_PER_S} requests a second with long heads, bodies, odd methods, broken bytes`,
    door: 'clients',
    start: startMalformed,
  },
  {
    name: 'slow-requests',
    about: `${SLOW_SOCKETS} requests that come a byte a second`,
    door: 'clients',
    start: context => startSlow(context),
  },
  silent('idle-sockets', 'clients', IDLE_SOCKETS),
  pipelined('admin-pipelined-stat', 'admin', '/stat'),
  unread('admin-unread-stat', 'admin', '/stat'),
  silent('admin-idle-sockets', 'admin', ADMIN_SOCKETS),
]

function pipelined(name: string, door: Door, path: string): Attack {
  const about = `1 connection, ${BURSTS_PER_S} times a second 1 MiB of pipelined GET ${path}`
  return {
    name,
    about,
    door,
    start: context => {
      const burst = repeated(getRequest(path), BURST_BYTES)
      const open = (): AttackSocket => new AttackSocket(context, { onConnected: each => each.write(burst) })
      let socket = open()
      atRate(BURSTS_PER_S * context.share, context.signal, () => {
        if (!context.sockets.has(socket)) socket = open()
        else if (!socket.isOpen) return
        else if (socket.pendingBytes < BURST_BYTES) socket.write(burst)
        else context.tally.skipped += 1
      })
    },
  }
}

function unread(name: string, door: Door, path: string): Attack {
  const about = `1 connection that pipelines GET ${path} and reads no answer`
  return {
    name,
    about,
    door,
    start: context => {
      const bytes = repeated(getRequest(path), UNREAD_WRITE_BYTES)
      const open = (): AttackSocket =>
        new AttackSocket(context, { reading: 'nothing', onConnected: each => each.write(bytes) })
      let socket = open()
      atRate(UNREAD_WRITES_PER_S * context.share, context.signal, () => {
        if (!context.sockets.has(socket)) socket = open()
        else if (!socket.isOpen) return
        else if (socket.pendingBytes < BURST_BYTES) socket.write(bytes)
        else context.tally.skipped += 1
      })
    },
  }
}

function silent(name: string, door: Door, socketCount: number): Attack {
  const about = `${socketCount} connections that send nothing`
  return { name, about, door, start: context => crowd(context, socketCount, () => new AttackSocket(context)) }
}

/** Opens so many within a second, and others for those that the server ended. */
export function crowd(context: AttackContext, size: number, open: () => AttackSocket): void {
  const sizeMax = Math.max(1, Math.round(size * context.share))
  atRate(sizeMax / CROWD_S, context.signal, () => {
    if (context.sockets.size < sizeMax) open()
  })
}

function startSlow(context: AttackContext): void {
  const request = `GET /healthz HTTP/1.1\r\nHost: ${context.address.host}\r\nX-Slow: ${'y'.repeat(1_000)}\r\n\r\n`
  const sent = new Map<AttackSocket, number>()
  crowd(context, SLOW_SOCKETS, () => {
    const socket: AttackSocket = new AttackSocket(context, { onEnded: () => void sent.delete(socket) })
    sent.set(socket, 0)
    return socket
  })
  atRate(1, context.signal, () => {
    for (const [socket, byteCount] of sent) {
      if (!socket.isOpen) continue
      socket.write(request.slice(byteCount, byteCount + 1))
      sent.set(socket, byteCount + 1)
    }
  })
}

function startMalformed(context: AttackContext): void {
  const requests = malformedRequests()
  let next = 0
  atRate(MALFORMED_PER_S * context.share, context.signal, () => {
    const request = requests[next % requests.length] as Buffer
    next += 1
    const socket: AttackSocket = new AttackSocket(context, { onConnected: each => each.write(request) })
    // Whatever the server thinks of it, the stranger leaves.
    setTimeout(() => socket.destroy(), LEAVE_MS)
  })
}

const LEAVE_MS = 500

/** Each on a connection of its own. */
function malformedRequests(): readonly Buffer[] {
  const host = 'Host: a\r\n'
  const texts = [
    `GET /healthz HTTP/1.1\r\n${host}X: ${'a'.repeat(65_536)}\r\n\r\n`,
    `GET /healthz HTTP/1.1\r\n${host}${Array.from({ length: 500 }, (_, index) => `X-${index}: 1\r\n`).join('')}\r\n`,
    `GET /${'b'.repeat(65_536)} HTTP/1.1\r\n${host}\r\n`,
    `POST /healthz HTTP/1.1\r\n${host}Content-Length: 1048576\r\n\r\n${'c'.repeat(65_536)}`,
    `POST / HTTP/1.1\r\n${host}Content-Length: 99999999999999999999\r\n\r\n`,
    `POST / HTTP/1.1\r\n${host}Content-Length: -1\r\n\r\nxx`,
    `POST / HTTP/1.1\r\n${host}Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef`,
    `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5\r\nabcde\r\n0\r\n\r\n`,
    `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\nffffffffff\r\n`,
    `POST /healthz HTTP/1.1\r\n${host}Expect: 100-continue\r\nContent-Length: 10\r\n\r\n`,
    `BREW /healthz HTTP/1.1\r\n${host}\r\n`,
    `${'METHOD'.repeat(1_000)} /healthz HTTP/1.1\r\n${host}\r\n`,
    `CONNECT example.com:443 HTTP/1.1\r\n${host}\r\n`,
    `OPTIONS * HTTP/1.1\r\n${host}\r\n`,
    `GET http://example.com/healthz HTTP/1.1\r\n${host}\r\n`,
    `GET /../../../etc/passwd HTTP/1.1\r\n${host}\r\n`,
    `GET /%00%ff%zz?${'&'.repeat(2_000)} HTTP/1.1\r\n${host}\r\n`,
    'GET /healthz HTTP/1.1\n\n',
    'GET /healthz\r\n\r\n',
    'GET /healthz HTTP/9.9\r\n\r\n',
    `GET /healthz HTTP/1.1\r\n${host}: empty\r\n\r\n`,
    `GET /healthz HTTP/1.1\r\n${host}Na\x00me: v\x01\r\n\r\n`,
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00',
    `GET / HTTP/1.1\r\n${host}Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n`,
    `GET / HTTP/1.1\r\n${host}Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${'k'.repeat(3_000)}\r\n\r\n`,
    `GET / HTTP/1.1\r\n${host}Upgrade: websocket\r\nSec-WebSocket-Version: 99\r\nSec-WebSocket-Key: x\r\n\r\n`,
    '\r\n'.repeat(5_000),
  ]
  return [...texts.map(text => Buffer.from(text, 'latin1')), ...brokenBytes()]
}

/** No text at all: the head of a TLS connection, and every byte there is. */
function brokenBytes(): readonly Buffer[] {
  const every = Buffer.from(Array.from({ length: 4_096 }, (_, index) => (index * 167) % 256))
  return [Buffer.from('160301020001000001fc0303', 'hex'), every, Buffer.alloc(16_384)]
}

function getRequest(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`
}

/** As often as it fits. */
export function repeated(unit: string | Uint8Array, byteCount: number): Buffer {
  const bytes = Buffer.from(unit as Uint8Array)
  return Buffer.alloc(Math.floor(byteCount / bytes.length) * bytes.length, bytes)
}
