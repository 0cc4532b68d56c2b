// Prints what one cork of books costs the gateway thread, by its bytes: `node benchmarks/dist/figures/cork-figures.js`.
// Real time, real uWebSockets.js, one client in a thread of its own.

import { setTimeout as sleep } from 'node:timers/promises'
import { Crowd } from '@tradelane/gateway/test/crowd'
import { LISTEN_EXCLUSIVE, type ListenSocket, loadUws, type Socket } from '@tradelane/gateway/uws'
import { Latency } from '@tradelane/probe/latency'

const FRAME = Buffer.alloc(6_000, 0x78)
const KIB = [16, 32, 64, 128, 256]
const ROUNDS = 400
const PAUSE_MS = 2
const BACKPRESSURE_BYTES_MAX = 64 << 20

const uws = loadUws()
const app = uws.App()
const connected = new Promise<Socket<unknown>>(resolve => {
  app.ws('/*', { maxBackpressure: BACKPRESSURE_BYTES_MAX, open: resolve })
})
let listening: ListenSocket | false = false
app.listen('127.0.0.1', 0, LISTEN_EXCLUSIVE, socket => {
  listening = socket
})
if (listening === false) throw new Error('no free port on 127.0.0.1')
const crowd = await Crowd.join(uws.us_socket_local_port(listening), 1)
const socket = await connected
for (const kib of KIB) {
  const latency = new Latency()
  for (let round = 0; round < ROUNDS; round += 1) {
    const startMs = performance.now()
    socket.cork(() => {
      for (let bytes = 0; bytes < kib * 1_024; bytes += FRAME.length) socket.send(FRAME, false)
    })
    latency.record((performance.now() - startMs) * 1_000)
    await sleep(PAUSE_MS)
  }
  process.stdout.write(`a cork of ${kib} KiB: p50 ${latency.usAt(50)} µs, p99 ${latency.usAt(99)} µs\n`)
}
await crowd.leave()
app.close()
