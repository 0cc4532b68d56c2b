// Each peer for real, without a market: what its publisher is given comes to a client, in order and unchanged. The programs of
// peers are not among those that CI installs: where one is missing, its test is skipped.

import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import WebSocket from 'ws'
import type { FrameSink } from '../variants/single-loop/frame-sink.js'
import { missingNats, missingNchan, startNats, startNchan } from './brokers.js'
import { NatsPublisher } from './nats-publisher.js'
import { NchanPublisher } from './nchan-publisher.js'
import { PEER_PACKAGES } from './peer-packages.js'
import { connectionsOf, type PeerProtocol } from './peer-protocol.js'
import { SocketIoPublisher } from './socket-io-publisher.js'

/** The second is longer than what a frame's short length and a packet hold. */
const FRAMES = ['{"n":1}', `{"n":2,"text":"${'ü'.repeat(40_000)}"}`, '{"n":3}'] as const

test('nats-server', { skip: skipIf(missingNats(), 'nats-server') }, async t => {
  const broker = await startNats()
  t.after(() => broker.stop())
  for (const protocol of ['nats', 'nats-two'] as const) {
    await check(t, { protocol, port: broker.clientPort, publisher: await NatsPublisher.connect(broker.port) })
  }
})

test('nginx with nchan', { skip: skipIf(missingNchan(), 'nginx with nchan') }, async t => {
  const broker = await startNchan()
  const publisher = await NchanPublisher.connect(broker.port)
  t.after(async () => {
    publisher.close()
    await broker.stop()
  })
  assert.equal(broker.pids.length, 2, 'master and worker')
  await check(t, { protocol: 'nchan', port: broker.clientPort, publisher })
})

const hasSocketIo = existsSync(new URL('node_modules/socket.io', PEER_PACKAGES))
test('socket.io', { skip: hasSocketIo ? false : 'skipped: socket.io' }, async t => {
  const publisher = new SocketIoPublisher()
  await check(t, { protocol: 'socket.io', port: await publisher.listen(), publisher })
})

function skipIf(missing: string | null, tool: string): string | false {
  return missing === null ? false : `skipped: ${tool}`
}

/** State on one subject, trades on the other: one client gets all, in the order of each. */
async function check(
  t: TestContext,
  { protocol, port, publisher }: { protocol: PeerProtocol; port: number; publisher: FrameSink & { close(): void } },
): Promise<void> {
  t.after(() => publisher.close())
  const seen: string[] = []
  let onAll = (): void => {}
  const all = new Promise<void>(resolve => {
    onAll = resolve
  })
  await Promise.all(
    connectionsOf(protocol).map(({ path, isBinary, reader: readerOf }) => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { perMessageDeflate: false })
      t.after(() => socket.terminate())
      return new Promise<void>((resolve, reject) => {
        const reader = readerOf({
          send: text => socket.send(text, { binary: isBinary ?? false }),
          onReady: resolve,
          onFrame: frame => {
            seen.push(frame.toString())
            if (seen.length === FRAMES.length) onAll()
          },
          onFailure: reason => reject(new Error(reason)),
        })
        socket.on('open', () => reader.open()).on('error', reject)
        socket.on('message', (message: Buffer) => reader.read(message))
      })
    }),
  )
  publisher.sendLossless(FRAMES[0])
  publisher.sendState('cell', FRAMES[1])
  publisher.sendLossless(FRAMES[2])
  await all
  assert.deepEqual(seen.sort(), [...FRAMES].sort())
}
