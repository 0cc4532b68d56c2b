// What the machine alone costs: 200 bytes to another process and back over the loopback, with pauses between. A trade in
// `normal` makes two such ways, simulator → server → probe, and is handed on within the server besides. Processors that
// went to sleep, or caches that others have used, are what makes a message after 10 ms slower than one in a stream.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { Latency } from '@tradelane/server/probe/latency'

const MESSAGE = Buffer.alloc(200, 'x')
const PAUSES_MS = [0, 1, 10]
const SECONDS = process.argv.includes('--quick') ? 1 : 5

const echo = fork(new URL('./echo-process.js', import.meta.url))
const [port] = await once(echo, 'message')
const socket = connect({ port: Number(port), host: '127.0.0.1', noDelay: true })
await once(socket, 'connect')
process.stdout.write('pause between messages   there and back, µs: p50      p99    p99.9\n')
for (const pauseMs of PAUSES_MS) {
  const latency = new Latency()
  const endMs = performance.now() + SECONDS * 1_000
  while (performance.now() < endMs) {
    const sentMs = performance.now()
    socket.write(MESSAGE)
    await once(socket, 'data')
    latency.record((performance.now() - sentMs) * 1_000)
    if (pauseMs > 0) await new Promise(resolve => setTimeout(resolve, pauseMs))
  }
  const [p50, p99, p999] = [50, 99, 99.9].map(percentile => latency.usAt(percentile))
  process.stdout.write(
    `${`${pauseMs} ms`.padEnd(22)} ${String(p50).padStart(27)} ${String(p99).padStart(8)} ${String(p999).padStart(8)}\n`,
  )
}
socket.destroy()
echo.disconnect()
