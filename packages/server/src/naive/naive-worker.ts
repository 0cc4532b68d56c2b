// The thread of the demo's naive socket. It has the lowest priority of all, and while it has no client it reads nothing: its
// bell stays quiet, so that it costs the other threads nothing.

import { createServer, type IncomingMessage, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'
import { AccessPolicy } from '@tradelane/shared/access/access-policy'
import { readCertificate } from '@tradelane/shared/access/certificate'
import { SUBPROTOCOL } from '@tradelane/shared/access/subprotocols'
import { setNiceness } from '@tradelane/shared/thread/cpu-priority'
import { ThreadCell } from '@tradelane/shared/thread/parking'
import { WebSocketServer } from 'ws'
import { NaiveFanOut } from './naive-fan-out.js'
import type { NaiveListening, NaiveStart } from './naive-start.js'

/** It shows a page what it would be like: it serves no one else. */
const CLIENTS_MAX = 8
const MESSAGE_BYTES_MAX = 4_096

const start = workerData as NaiveStart
const supervisor = parentPort
if (supervisor === null) throw new Error('this file is a worker thread of the demo')
setNiceness(start.nice, { warn: () => {} })

const policy = new AccessPolicy(start.access)
let isFreePort = start.port === 0
/** While there are clients. */
let fanOut: NaiveFanOut | undefined
const cell = new ThreadCell(start.control, start.threadIndex)

const server = newServer()
const sockets = new WebSocketServer({
  server,
  perMessageDeflate: false,
  maxPayload: MESSAGE_BYTES_MAX,
  handleProtocols: offered => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  verifyClient: ({ req }: { req: IncomingMessage }) => sockets.clients.size < CLIENTS_MAX && isAllowed(req),
})
sockets.on('connection', client => {
  const isFirst = fanOut === undefined
  fanOut ??= new NaiveFanOut(start)
  const { clients } = fanOut
  clients.add(client)
  client.on('error', () => client.terminate())
  client.on('close', () => clients.delete(client))
  if (isFirst) turn()
})
sockets.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EADDRINUSE' || start.isPortKnown || isFreePort) throw error
  isFreePort = true
  server.listen(0, start.host)
})
server.on('listening', () => {
  const { port } = server.address() as AddressInfo
  supervisor.postMessage({ type: 'listening', port } satisfies NaiveListening)
})
server.listen(start.port, start.host)

/** Until the last client has left: what it does not read then is of no interest to the next one. */
function turn(): void {
  cell.setParked(false)
  if (fanOut === undefined || fanOut.clients.size === 0) {
    fanOut = undefined
    return
  }
  const bell = cell.bell()
  cell.setParked(true)
  const waiting = fanOut.turn() > 0 ? null : cell.waitAsync(bell)
  if (waiting === null) setImmediate(turn)
  else void waiting.then(() => setImmediate(turn))
}

function newServer(): Server {
  const { certificate } = start
  if (certificate === null) return createServer(refuse)
  const { cert, key } = readCertificate(certificate)
  return createTlsServer({ cert, key }, refuse)
}

function refuse(_: IncomingMessage, response: { writeHead(status: number): { end(text: string): void } }): void {
  response.writeHead(426).end('expected a WebSocket\n')
}

function isAllowed({ headers, url = '' }: IncomingMessage): boolean {
  return (
    policy.judge({
      authorization: headers.authorization ?? '',
      origin: headers.origin ?? '',
      subprotocols: String(headers['sec-websocket-protocol'] ?? ''),
      query: url.split('?', 2)[1] ?? '',
    }) === 'allowed'
  )
}
