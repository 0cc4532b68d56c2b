// Clients that stop reading, for good or while they go on talking: real gateway thread, real sockets. They end in time, cost
// a bounded amount of memory, and nobody else limitedLog.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CUT_OFF_MS, UWS_BACKPRESSURE_BYTES_MAX } from './limits.js'
import { GatewayUnderTest, sleep } from './test/gateway-fixture.js'
import { RawClient } from './test/raw-client.js'

const TEXT = 'x'.repeat(500)
/** As long as a record can be. */
const LONG_TEXT = 'x'.repeat(850)
const MIB = 2 ** 20

test('a client that reads nothing is ended after the stall time with 1013, though it pings all the while', async () => {
  const STALL_MS = 800
  const gateway = await started({ clientStallMs: STALL_MS })
  const quick = await gateway.connect()
  let closeCode = 0
  const stalled = await opened(gateway.port, code => {
    closeCode = code
  })
  stalled.stop()
  for (let ms = 0; ms < STALL_MS + 500; ms += 20) {
    gateway.publishTrade(0, TEXT)
    stalled.ping(Buffer.from('are you there'))
    await sleep(20)
  }
  assert.equal(gateway.counters().clientsStalled, 1)
  const warnings = gateway.messages.filter(message => message.type === 'log' && message.level === 'warn')
  assert.equal(warnings.length, 1)
  // What it had been sent before is still there to be read, and behind it the reason.
  stalled.resume()
  for (let ms = 0; closeCode === 0 && ms < CUT_OFF_MS; ms += 10) await sleep(10)
  assert.equal(closeCode, 1013)
  await quick.until(() => quick.of('trade').length === gateway.newest, 'every trade for who reads')
  assert.equal(gateway.counters().clientsConnected, 1)
  assert.equal(await gateway.stop(), 0)
})

test('clients that stopped reading cost little memory, and no more the longer they stand', async () => {
  const CLIENTS = 20
  const TRADES = 14_000
  const gateway = await started({ retained: 20_000 })
  const quick = await gateway.connect()
  const slow = await Promise.all(Array.from({ length: CLIENTS }, () => opened(gateway.port)))
  for (const client of slow) client.stop()
  const publish = async (trades: number): Promise<void> => {
    for (let count = 0; count < trades; count += 1) {
      gateway.publishTrade(0, LONG_TEXT)
      if (count % 20 !== 0) continue
      gateway.publishBook(count % 2, count, 6_000)
      await sleep(1)
    }
    await quick.until(() => quick.of('trade').at(-1)?.seq === gateway.newest, 'the quick one keeps up', 10_000)
    quick.frames.length = 0
  }
  // Until each has its 1 MiB, which the kernel holds.
  await publish(1_500)
  const before = memoryBytes()
  await publish(TRADES)
  const grown = memoryBytes() - before
  // The kernel would take some 6 MB for each; what is offered beyond would stand in a queue.
  assert.ok(grown < (CLIENTS * TRADES * LONG_TEXT.length) / 10, `${(grown / MIB).toFixed(1)} MiB`)
  for (const client of slow) client.close()
  assert.equal(await gateway.stop(), 0)
})

test('pongs to a client that pings without reading are bounded too', async () => {
  const gateway = await started()
  const client = await opened(gateway.port)
  client.stop()
  const before = memoryBytes()
  const payload = Buffer.alloc(125, 0x70)
  // Far more than the kernel takes for one socket.
  for (let count = 0; count < 240_000; count += 1) {
    client.ping(payload)
    if (count % 2_000 === 0) await sleep(2)
  }
  await sleep(200)
  const grown = memoryBytes() - before
  // Of 30 MB; buffers that grow are held twice for a while.
  assert.ok(grown < 5 * UWS_BACKPRESSURE_BYTES_MAX, `${(grown / MIB).toFixed(1)} MiB`)
  const quick = await gateway.connect()
  gateway.publishTrade()
  await quick.until(() => quick.of('trade').length === 1, 'the trade of another')
  client.close()
  assert.equal(await gateway.stop(), 0)
})

async function started(options: ConstructorParameters<typeof GatewayUnderTest>[0] = {}): Promise<GatewayUnderTest> {
  const gateway = new GatewayUnderTest(options)
  const news = await gateway.started()
  assert.equal(news.type, 'running', JSON.stringify(news))
  return gateway
}

async function opened(port: number, onClosed: (code: number) => void = () => {}): Promise<RawClient> {
  return await new Promise(resolve => {
    const client: RawClient = new RawClient(port, { onOpen: () => setImmediate(() => resolve(client)), onClosed })
  })
}

/** Of the process, without what only waits to be collected on this side. */
function memoryBytes(): number {
  global.gc?.()
  const { rss, heapTotal } = process.memoryUsage()
  return rss - heapTotal
}
