// What clients send: real gateway thread, real sockets. A client that sends too much is ended with a reason, in the middle of
// what it sent, and the others do not notice.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MESSAGES_PER_WINDOW, STRAY_PONGS_PER_WINDOW } from './limits.js'
import { type GatewayUnderTest, sleep, startGateway } from './test/gateway-fixture.js'
import { RawClient } from './test/raw-client.js'
import { frameOf, mebibyteOf, Opcode, RawConnection } from './test/raw-frames.js'

const MESSAGES = '1008 too many messages'
const PONGS = '1008 too many unsolicited pongs'

const fragmented = Buffer.concat([frameOf(Opcode.text, Buffer.alloc(0), false), frameOf(Opcode.continuation)])
for (const [what, frame, reason] of [
  ['texts of a byte', frameOf(Opcode.text, Buffer.from('x')), MESSAGES],
  ['binary messages without bytes', frameOf(Opcode.binary), MESSAGES],
  ['messages in two fragments', fragmented, MESSAGES],
  ['pings', frameOf(Opcode.ping), MESSAGES],
  ['long pings', frameOf(Opcode.ping, Buffer.alloc(125)), MESSAGES],
  ['pongs without bytes', frameOf(Opcode.pong), PONGS],
  ['forged pongs', frameOf(Opcode.pong, Buffer.from('TLK1????')), PONGS],
] as const) {
  test(`a mebibyte of ${what} ends the client at the limit, and no handler runs for the rest`, async () => {
    const gateway = await startGateway({ retained: 10_000 })
    const honest = await gateway.connect()
    const hostile = await new RawConnection(gateway.port).handshake()
    hostile.socket.write(mebibyteOf(frame))
    await hostile.closed
    await gateway.untilClients(1)
    const { clientMessagesIgnored, clientPings, pongsUnmatched, ...counters } = gateway.counters()
    const limit = reason === MESSAGES ? MESSAGES_PER_WINDOW : STRAY_PONGS_PER_WINDOW
    assert.equal(clientMessagesIgnored + clientPings + pongsUnmatched, limit + 1)
    const { clientsEndedMessages, clientsEndedPongs } = counters
    assert.deepEqual([clientsEndedMessages, clientsEndedPongs], reason === MESSAGES ? [1, 0] : [0, 1])
    await assertServed(gateway, honest)
    assert.equal(await gateway.stop(), 0)
  })
}

test('the reason comes with the Close frame', async () => {
  const gateway = await startGateway({ retained: 10_000 })
  for (const [opcode, reason] of [
    [Opcode.text, MESSAGES],
    [Opcode.ping, MESSAGES],
    [Opcode.pong, PONGS],
  ] as const) {
    const hostile = await new RawConnection(gateway.port).handshake()
    hostile.socket.write(Buffer.concat(Array.from({ length: MESSAGES_PER_WINDOW + 1 }, () => frameOf(opcode))))
    await hostile.closed
    assert.equal(hostile.closeReason, reason)
  }
  assert.equal(await gateway.stop(), 0)
})

test('20 messages a second and as many pongs, and every pong that answers a ping, end nobody', async () => {
  const gateway = await startGateway({ retained: 10_000 })
  const client = await gateway.connect()
  const mixed = [Opcode.text, Opcode.ping, Opcode.binary, Opcode.ping]
  const raw = await new RawConnection(gateway.port).handshake()
  for (let count = 0; count < 2 * MESSAGES_PER_WINDOW; count += 1) {
    raw.socket.write(Buffer.concat([frameOf(mixed[count % mixed.length]!), frameOf(Opcode.pong)]))
    // Trades make the gateway ping: this client's library answers.
    for (let trade = 0; trade < 100; trade += 1) gateway.publishTrade(0, 'x'.repeat(700))
    await sleep(1_000 / MESSAGES_PER_WINDOW)
  }
  await assertServed(gateway, client)
  await sleep(100)
  const { clientsConnected, pongs, clientsEndedMessages, clientsEndedPongs } = gateway.counters()
  assert.deepEqual([clientsConnected, clientsEndedMessages, clientsEndedPongs], [2, 0, 0])
  assert.ok(pongs > STRAY_PONGS_PER_WINDOW, `${pongs} pongs`)
  raw.socket.destroy()
  assert.equal(await gateway.stop(), 0)
})

test('a client that pings without reading is ended before its pongs take memory', async () => {
  const gateway = await startGateway({ retained: 10_000 })
  const client = await new Promise<RawClient>(resolve => {
    const raw: RawClient = new RawClient(gateway.port, { onOpen: () => setImmediate(() => resolve(raw)) })
  })
  client.stop()
  for (let count = 0; count < 20_000; count += 1) client.ping(Buffer.alloc(125, 0x70))
  await gateway.untilClients(0)
  assert.equal(gateway.counters().clientPings, MESSAGES_PER_WINDOW + 1)
  client.close()
  assert.equal(await gateway.stop(), 0)
})

async function assertServed(gateway: GatewayUnderTest, client: Awaited<ReturnType<GatewayUnderTest['connect']>>) {
  gateway.publishTrade()
  await client.until(() => client.of('trade').at(-1)?.seq === gateway.newest, 'the newest trade')
}
