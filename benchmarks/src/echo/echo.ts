// How long the machine alone takes for a message: 200 bytes to another process and back over the loopback.

import { once } from 'node:events'
import { connect } from 'node:net'
import { Latency } from '@tradelane/probe/latency'
import { forkChild } from '../run/child.js'

const MESSAGE = Buffer.alloc(200, 'x')

/** Round trips, one message at a time, with a pause between them. */
export async function measureEcho(pauseMs: number, durationMs: number): Promise<Latency> {
  const { child, answer: port } = await forkChild(new URL('./echo-process.js', import.meta.url), [], message =>
    typeof message === 'number' ? message : undefined,
  )
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  try {
    await once(socket, 'connect')
    const latency = new Latency()
    const endMs = performance.now() + durationMs
    while (performance.now() < endMs) {
      const sentMs = performance.now()
      socket.write(MESSAGE)
      await once(socket, 'data')
      latency.record((performance.now() - sentMs) * 1_000)
      if (pauseMs > 0) await new Promise(resolve => setTimeout(resolve, pauseMs))
    }
    return latency
  } finally {
    socket.destroy()
    await child.stop()
  }
}
