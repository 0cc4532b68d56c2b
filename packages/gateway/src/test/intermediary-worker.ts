// A thread that is between clients and a gateway as some proxies are: it answers the gateway's pings itself, takes everything that
// the gateway sends, and passes it on at a rate, from a buffer without bound. Posts its port.

import type { AddressInfo } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'
import { WebSocket, WebSocketServer } from 'ws'

export interface IntermediaryTask {
  /** The gateway's. */
  readonly port: number
  /** Towards each client. */
  readonly bytesPerS: number
}

const { port, bytesPerS } = workerData as IntermediaryTask
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })
server.on('listening', () => parentPort?.postMessage((server.address() as AddressInfo).port))
server.on('connection', (client, { url }) => {
  // `ws` answers pings.
  const gateway = new WebSocket(`ws://127.0.0.1:${port}${url}`, { perMessageDeflate: false })
  const buffer: Buffer[] = []
  let freeMs = 0
  let timer: NodeJS.Timeout | undefined
  const pass = (): void => {
    timer = undefined
    const nowMs = performance.now()
    while (buffer.length > 0 && freeMs <= nowMs) {
      const frame = buffer.shift() as Buffer
      freeMs = Math.max(freeMs, nowMs - 10) + (frame.length / bytesPerS) * 1_000
      client.send(frame, { binary: false })
    }
    if (buffer.length > 0) timer = setTimeout(pass, Math.max(1, freeMs - nowMs))
  }
  gateway.on('message', (frame: Buffer) => {
    buffer.push(frame)
    if (timer === undefined) pass()
  })
  client.on('message', (message: Buffer) => gateway.send(message, { binary: false }))
  client.on('close', () => gateway.terminate())
  gateway.on('close', () => client.terminate())
  for (const socket of [client, gateway]) socket.on('error', () => {})
})
