// Whatever clients do, nothing of them counts once they are gone: random orders of everything that a connection can do, over
// real sockets, to two real gateways with tight limits.

import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { GatewayUnderTest, sleep } from './test/gateway-fixture.js'
import { frameOf, handshakeRequest, Opcode, RawConnection } from './test/raw-frames.js'

const CLIENTS_MAX = 4
const CLIENTS_PER_IP_MAX = 2
const ADDRESSES = ['127.0.0.1', '127.0.0.2', '127.0.0.3']

const HANDSHAKE = handshakeRequest()
const REQUEST = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'
const MANY_TEXTS = Buffer.concat(Array.from({ length: 50 }, () => frameOf(Opcode.text)))

/** What a new connection sends first. */
const STARTS: Readonly<Record<string, string>> = {
  nothing: '',
  handshake: HANDSHAKE,
  handshakes: HANDSHAKE.repeat(50),
  handshakeAndRequest: HANDSHAKE + REQUEST,
  requestAndHandshake: REQUEST + HANDSHAKE,
  halfHandshake: HANDSHAKE.slice(0, 60),
  longUrl: handshakeRequest(`/?${'a&'.repeat(2_000)}`),
  request: REQUEST,
  body: 'POST /healthz HTTP/1.1\r\nHost: x\r\ncontent-length: 100000\r\n\r\nx',
  garbage: '\u0000\u0001\u0002\r\n\r\n',
}

/** What a connection that is open does next, whatever it is. */
const ACTS: Readonly<Record<string, (connection: RawConnection) => unknown>> = {
  destroy: ({ socket }) => socket.destroy(),
  reset: ({ socket }) => socket.resetAndDestroy(),
  halfClose: ({ socket }) => socket.end(),
  closeFrame: ({ socket }) => socket.write(frameOf(Opcode.close)),
  texts: ({ socket }) => socket.write(MANY_TEXTS),
  pings: ({ socket }) => socket.write(frameOf(Opcode.ping)),
  halfFrame: ({ socket }) => socket.write(frameOf(Opcode.text, Buffer.alloc(50)).subarray(0, 20)),
  tooLong: ({ socket }) => socket.write(frameOf(Opcode.text, Buffer.alloc(20_000))),
  unmasked: ({ socket }) => socket.write(Buffer.from([0x81, 0x00])),
  handshake: ({ socket }) => socket.write(HANDSHAKE),
  stopReading: ({ socket }) => socket.pause(),
}

const step = fc.oneof(
  fc.record({
    start: fc.constantFrom(...Object.keys(STARTS), ...Array<string>(15).fill('handshake')),
    from: fc.nat(2),
  }),
  fc.record({ act: fc.constantFrom(...Object.keys(ACTS)), which: fc.nat(20) }),
  fc.record({ waitMs: fc.nat(4) }),
)

test('in any order of what connections do, limits hold, and all counts are 0 when they are gone', async () => {
  const gateway = new GatewayUnderTest({
    clientsMax: CLIENTS_MAX,
    clientsPerIpMax: CLIENTS_PER_IP_MAX,
    gatewayCount: 2,
  })
  assert.equal((await gateway.start()).type, 'running')
  const descriptors = openDescriptors()
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 40, maxLength: 80 }), async steps => {
      const connections: RawConnection[] = []
      for (const one of steps) {
        if ('start' in one) {
          const connection = new RawConnection(gateway.port, { localAddress: ADDRESSES[one.from]! })
          connection.socket.write(STARTS[one.start]!)
          connections.push(connection)
        } else if ('act' in one) {
          const connection = connections[one.which]
          if (connection?.socket.writable) ACTS[one.act]?.(connection)
        } else await sleep(one.waitMs)
        assert.ok(gateway.clientCount() <= CLIENTS_MAX)
      }
      for (const { socket } of connections) socket.destroy()
      await Promise.all(connections.map(({ closed }) => closed))
      await gateway.untilClients(0)
    }),
    { numRuns: 40, endOnFailure: true, includeErrorInReport: true },
  )
  await untilDescriptors(descriptors)
  const counters = gateway.counters()
  const seen = ['clientsTotal', 'clientsRefusedTotal', 'clientsRefusedAddress', 'handshakesAborted'] as const
  for (const name of seen) {
    assert.ok(counters[name] > 0, `no run had any of ${name}`)
  }
  await sleep(100)
  assert.equal(gateway.counters().clientsConnected, 0)
  assert.equal(await gateway.stop(), 0)
})

function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length
}

/** Of both ends: they are in this process. */
async function untilDescriptors(count: number): Promise<void> {
  const deadlineMs = performance.now() + 5_000
  while (openDescriptors() > count) {
    assert.ok(performance.now() < deadlineMs, `${openDescriptors() - count} descriptors are still open after 5 s`)
    await sleep(20)
  }
}
