import assert from 'node:assert/strict'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import type { NetworkPath } from './network-path.js'
import { PathProxy } from './path-proxy.js'

const PIECE = Buffer.alloc(100_000)

test('a slow path keeps its rate', async t => {
  const { client, server } = await connectOver(t, { name: 'slow', bytesPerS: 200_000 })
  server.write(PIECE)
  const tookMs = await msToRead(client, PIECE.length)
  // 100 kB at 200 kB/s take 500 ms, less the first piece, which does not wait.
  assert.ok(tookMs > 440 && tookMs < 900, `${tookMs} ms`)
})

test('a long path delays both directions', async t => {
  const { client, server } = await connectOver(t, { name: 'long', delayMs: 50 })
  server.once('data', () => server.write('b'))
  client.write('a')
  const tookMs = await msToRead(client, 1)
  assert.ok(tookMs > 95 && tookMs < 400, `${tookMs} ms`)
})

test('a client that stops reads nothing until the stop ends, then everything', async t => {
  const { client, server } = await connectOver(t, { name: 'stopped', stop: { afterMs: 50, forMs: 400 } })
  await new Promise(resolve => setTimeout(resolve, 150))
  server.write(PIECE)
  const tookMs = await msToRead(client, PIECE.length)
  assert.ok(tookMs > 250 && tookMs < 800, `${tookMs} ms`)
})

/** Both ends of one connection over the path. */
async function connectOver(t: TestContext, path: NetworkPath): Promise<{ client: Socket; server: Socket }> {
  const listener = createServer()
  await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve))
  const proxy = await PathProxy.listen(`ws://127.0.0.1:${(listener.address() as AddressInfo).port}`, path)
  const accepted = new Promise<Socket>(resolve => listener.once('connection', resolve))
  const client = connect(Number(new URL(proxy.url).port), '127.0.0.1')
  const server = await accepted
  t.after(() => {
    for (const each of [client, server]) each.destroy()
    proxy.close()
    listener.close()
  })
  return { client, server }
}

async function msToRead(socket: Socket, byteCount: number): Promise<number> {
  const startMs = performance.now()
  let left = byteCount
  await new Promise<void>(resolve => {
    socket.on('data', bytes => {
      left -= bytes.length
      if (left <= 0) resolve()
    })
  })
  return performance.now() - startMs
}
