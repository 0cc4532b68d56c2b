// Clients that stop reading, while they keep sending or not: real gateway thread, real sockets. They are ended in time, take a
// bounded amount of memory, and other clients do not notice.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CUT_OFF_MS } from './limits.js'
import { sleep, startGateway } from './test/gateway-fixture.js'
import { RawClient } from './test/raw-client.js'

const TEXT = 'x'.repeat(500)
/** About the longest that fits a record. */
const LONG_TEXT = 'x'.repeat(850)
const MIB = 2 ** 20

test('a client that reads nothing is ended with 1013 after the stall time, although it pings all the time', async () => {
  const STALL_MS = 800
  const gateway = await startGateway({ clientStallMs: STALL_MS })
  const quick = await gateway.connect()
  let closeCode = 0
  const stalled = await connect(gateway.port, code => {
    closeCode = code
  })
  stalled.stop()
  for (let ms = 0; ms < STALL_MS + 500; ms += 20) {
    gateway.publishTrade(0, TEXT)
    if (ms % 100 === 0) stalled.ping(Buffer.from('are you there'))
    await sleep(20)
  }
  assert.equal(gateway.counters().clientsStalled, 1)
  const warnings = gateway.messages.filter(message => message.type === 'log' && message.level === 'warn')
  assert.equal(warnings.length, 1)
  // It can still read what it was sent before, and then the reason.
  stalled.resume()
  for (let ms = 0; closeCode === 0 && ms < CUT_OFF_MS; ms += 10) await sleep(10)
  assert.equal(closeCode, 1013)
  await quick.until(() => quick.of('trade').length === gateway.newest, 'every trade for the client that reads')
  assert.equal(gateway.counters().clientsConnected, 1)
  assert.equal(await gateway.stop(), 0)
})

test('clients that stopped reading take little memory, however long they stay', async () => {
  const CLIENTS = 20
  const TRADES = 14_000
  const gateway = await startGateway({ retained: 20_000 })
  const quick = await gateway.connect()
  const slow = await Promise.all(Array.from({ length: CLIENTS }, () => connect(gateway.port)))
  for (const client of slow) client.stop()
  const publish = async (trades: number): Promise<void> => {
    for (let count = 0; count < trades; count += 1) {
      gateway.publishTrade(0, LONG_TEXT)
      if (count % 20 !== 0) continue
      gateway.publishBook(count % 2, count, 6_000)
      await sleep(1)
    }
    await quick.until(() => quick.of('trade').at(-1)?.seq === gateway.newest, 'the quick client keeps up', 10_000)
    quick.frames.length = 0
  }
  // Until the kernel holds 1 MiB for each of them.
  await publish(1_500)
  const before = memoryBytes()
  await publish(TRADES)
  const grown = memoryBytes() - before
  // The kernel would accept about 6 MB for each; a queue of ours would hold the rest.
  assert.ok(grown < (CLIENTS * TRADES * LONG_TEXT.length) / 10, `${(grown / MIB).toFixed(1)} MiB`)
  for (const client of slow) client.close()
  assert.equal(await gateway.stop(), 0)
})

async function connect(port: number, onClosed: (code: number) => void = () => {}): Promise<RawClient> {
  return await new Promise(resolve => {
    const client: RawClient = new RawClient(port, { onOpen: () => setImmediate(() => resolve(client)), onClosed })
  })
}

/** Of the process, without the heap of this thread. */
function memoryBytes(): number {
  global.gc?.()
  const { rss, heapTotal } = process.memoryUsage()
  return rss - heapTotal
}
