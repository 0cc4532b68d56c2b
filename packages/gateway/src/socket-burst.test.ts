// Hundreds of events of real sockets in one go, among them trades: these are sent from within the events of other sockets, while
// uWebSockets.js is in the middle of a handshake or of a disconnection.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BusyRequest } from './test/busy-gateway.js'
import { type Client, GatewayUnderTest, sleep } from './test/gateway-fixture.js'
import { RawClient } from './test/raw-client.js'

const CROWD = 100
/** The gateway is held up for so long, and then finds all events at once. */
const HOLD_MS = 60
const INSTRUMENTS = 30

for (const order of ['priority', 'fifo'] as const) {
  test(`${order}: trades between a hundred handshakes, pongs and disconnections arrive once and in order`, async () => {
    const request: BusyRequest = new Int32Array(new SharedArrayBuffer(8))
    const more = { request, isFifo: order === 'fifo' }
    const gateway = new GatewayUnderTest({ instrumentCount: INSTRUMENTS, entry: './busy-gateway.js', more })
    assert.equal((await gateway.start()).type, 'running')
    const clients = [await gateway.connect(), await gateway.connect('/?format=msgpack')]
    const hold = async (): Promise<void> => {
      Atomics.store(request, 0, HOLD_MS)
      gateway.cell.ring()
      await publishFor(gateway, HOLD_MS)
    }
    for (let round = 0; round < 3; round += 1) {
      await hold()
      const crowd = await joined(gateway.port)
      // Its pongs wait until then.
      await hold()
      const left = hold()
      for (const client of crowd) client.close()
      await left
    }
    const [plain, packed] = clients as [Client, Client]
    await plain.until(() => plain.of('trade').length === gateway.newest, 'every trade', 20_000)
    assert.deepEqual(
      plain.of('trade').map(({ seq }) => seq),
      Array.from({ length: gateway.newest }, (_, index) => index + 1),
    )
    await packed.until(({ frames }) => frames.length > gateway.newest, 'every packed trade')
    await plain.until(() => gateway.counters().clientsConnected === 2, 'the crowd has left')
    const { clientsTotal, sendsFailed, overruns } = gateway.counters()
    assert.deepEqual([clientsTotal, sendsFailed, overruns], [2 + 3 * CROWD, 0, 0])
    assert.equal(await gateway.stop(), 0)
  })
}

/** A trade about every millisecond, and all books. */
async function publishFor(gateway: GatewayUnderTest, ms: number): Promise<void> {
  for (let index = 0; index < INSTRUMENTS; index += 1) gateway.publishBook(index, 1)
  const untilMs = performance.now() + ms
  while (performance.now() < untilMs) {
    gateway.publishTrade()
    await sleep(1)
  }
}

async function joined(port: number): Promise<RawClient[]> {
  const crowd: RawClient[] = []
  const opened = Array.from(
    { length: CROWD },
    () => new Promise<void>(onOpen => crowd.push(new RawClient(port, { onOpen }))),
  )
  await Promise.all(opened)
  return crowd
}
