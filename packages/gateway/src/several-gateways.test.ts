// Several gateway threads on the same lanes and port: real threads, real sockets.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Client, type GatewayUnderTest, sleep, startGateway } from './test/gateway-fixture.js'
import { STREAM } from './test/test-lanes.js'

const INSTRUMENTS = 12

for (const gatewayCount of [2, 4]) {
  test(`${gatewayCount} gateways on the same lanes and port give every client everything`, async () => {
    const CLIENTS = 24
    const TRADES = 3_000
    const gateway = await startSeveral(gatewayCount)
    gateway.setLink(true)
    for (let index = 0; index < INSTRUMENTS; index += 1) gateway.publishBook(index, 1)
    const clients = await Promise.all(Array.from({ length: CLIENTS }, () => gateway.connect()))
    for (let count = 0; count < TRADES; count += 1) {
      gateway.publishTrade(count % INSTRUMENTS)
      if (count % 50 === 0) await sleep(1)
    }
    for (let index = 0; index < INSTRUMENTS; index += 1) gateway.publishBook(index, 2)
    for (const client of clients) {
      await client.until(() => client.of('trade').length >= TRADES, 'all trades', 10_000)
      assert.deepEqual(sequences(client), upTo(1, TRADES))
      await client.until(() => newestBooks(client).every(version => version === 2), 'the newest books')
    }
    for (let thread = 0; thread < gatewayCount; thread += 1) {
      assert.ok(gateway.threadCounters(thread).clientsTotal > 0, `gateway ${thread} has clients`)
    }
    const resumed = await Promise.all(
      Array.from({ length: CLIENTS }, () => gateway.connect(`/?since=${STREAM}:${TRADES - 10}`)),
    )
    for (const client of resumed) {
      await client.until(() => client.of('trade').length >= 10, 'the replay')
      assert.deepEqual(sequences(client), upTo(TRADES - 9, TRADES))
    }
    assert.equal((await fetch(`${gateway.httpUrl}/readyz`)).status, 200)
    assert.equal(await gateway.stop(), 0)
  })
}

function startSeveral(gatewayCount: number): Promise<GatewayUnderTest> {
  return startGateway({ gatewayCount, instrumentCount: INSTRUMENTS, retained: 20_000 })
}

function sequences(client: Client): (number | undefined)[] {
  return client.of('trade').map(frame => frame.seq)
}

function newestBooks(client: Client): unknown[] {
  const versions = new Array<unknown>(INSTRUMENTS).fill(undefined)
  for (const frame of client.of('order_book_l2')) versions[Number(frame['index'])] = frame['version']
  return versions
}

function upTo(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}
