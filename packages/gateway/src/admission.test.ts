// Who becomes a client: real gateway threads, real sockets.

import assert from 'node:assert/strict'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'
import WebSocket from 'ws'
import { HANDSHAKE_RATE, URL_CHARACTERS_MAX } from './limits.js'
import { freePort, sleep, startGateway } from './test/gateway-fixture.js'
import { frameOf, handshakeRequest, MIB, Opcode, RawConnection } from './test/raw-frames.js'

test('one client more than CLIENTS_MAX gets 503 and a time to wait; when one leaves, another may come', async () => {
  const gateway = await startGateway({ clientsMax: 3 })
  const clients = await Promise.all(Array.from({ length: 3 }, () => gateway.connect()))
  const refused = await handshake(gateway.port)
  assert.equal(refused.statusLine, 'HTTP/1.1 503 Service Unavailable')
  assert.match(refused.received.toString(), /\r\nretry-after: 5\r\n/)
  await refused.closed
  clients[0]?.socket.terminate()
  await gateway.untilClients(2)
  assert.equal((await handshake(gateway.port)).statusLine, 'HTTP/1.1 101 Switching Protocols')
  assert.equal(gateway.counters().clientsRefusedTotal, 1)
  assert.equal(await gateway.stop(), 0)
})

test('one client of an address more than CLIENTS_PER_IP_MAX gets 429; another address does not', async () => {
  const gateway = await startGateway({ clientsPerIpMax: 2 })
  await Promise.all([handshake(gateway.port, '127.0.0.1'), handshake(gateway.port, '127.0.0.1')])
  const refused = await handshake(gateway.port, '127.0.0.1')
  assert.equal(refused.statusLine, 'HTTP/1.1 429 Too Many Requests')
  assert.match(refused.received.toString(), /\r\nretry-after: 5\r\n/)
  await refused.closed
  assert.equal((await handshake(gateway.port, '127.0.0.2')).statusLine, 'HTTP/1.1 101 Switching Protocols')
  assert.equal(gateway.counters().clientsRefusedAddress, 1)
  assert.equal(await gateway.stop(), 0)
})

const hasIpv6 = Object.values(networkInterfaces()).some(each => each?.some(({ family }) => family === 'IPv6'))
test('on an IPv6 socket an IPv4 client counts by its IPv4 address', { skip: !hasIpv6 && 'no IPv6 here' }, async () => {
  const gateway = await startGateway({ clientsPerIpMax: 1, host: '::' })
  const ipv4 = await new RawConnection(gateway.port).handshake()
  const again = await new RawConnection(gateway.port).handshake()
  const other = await new RawConnection(gateway.port, { localAddress: '127.0.0.2' }).handshake()
  const ipv6 = await new RawConnection(gateway.port, { host: '::1' }).handshake()
  assert.deepEqual(
    [ipv4, again, other, ipv6].map(({ statusLine }) => statusLine.slice(9, 12)),
    ['101', '429', '101', '101'],
  )
  for (const { socket } of [ipv4, other, ipv6]) socket.destroy()
  assert.equal(await gateway.stop(), 0)
})

test('a crowd that connects to two gateways at once never exceeds CLIENTS_MAX, and fills it', async () => {
  const CLIENTS_MAX = 60
  const gateway = await startGateway({ clientsMax: CLIENTS_MAX, gatewayCount: 2 })
  const crowd = []
  const ofThreads = (): number[] => [0, 1].map(thread => gateway.threadCounters(thread).clientsTotal)
  // The system chooses: until both have some, so that both take part in the race.
  while (ofThreads().includes(0) && crowd.length < CLIENTS_MAX / 2) crowd.push(await handshake(gateway.port))
  assert.ok(!ofThreads().includes(0), `both gateways take some: ${ofThreads().join(', ')}`)
  crowd.push(...(await Promise.all(Array.from({ length: 150 }, () => handshake(gateway.port)))))
  const admitted = crowd.filter(({ statusLine }) => statusLine.includes('101'))
  assert.equal(admitted.length, CLIENTS_MAX)
  assert.ok(crowd.every(({ statusLine }) => /101|503/.test(statusLine)))
  for (const { socket } of crowd) socket.destroy()
  await gateway.untilClients(0)
  assert.equal(await gateway.stop(), 0)
})

test('200 clients behind one address are back within 3 s of a restart', { timeout: 60_000 }, async () => {
  const CLIENTS = 200
  const gateway = await startGateway({ port: await freePort() })
  const crowd = Array.from({ length: CLIENTS }, () => new ReconnectingClient(gateway.url))
  await untilAll(crowd, 1)
  await gateway.restartGateways()
  const readyMs = performance.now()
  await untilAll(crowd, 2)
  const ms = performance.now() - readyMs
  for (const client of crowd) client.stop()
  assert.ok(ms < 3_000, `${ms} ms`)
  assert.equal(gateway.counters().clientsRefusedRate, 0)
  await gateway.untilClients(0)
  assert.equal(await gateway.stop(), 0)
})

test('an address that connects too often gets 429 and a time to wait, then is served again', async () => {
  const gateway = await startGateway()
  const statuses: string[] = []
  // Faster than the bucket fills: 50 at a time, until one is refused.
  while (!statuses.includes('429')) {
    const some = await Promise.all(Array.from({ length: 50 }, () => handshake(gateway.port)))
    statuses.push(...some.map(({ statusLine }) => statusLine.slice(9, 12)))
    for (const { socket } of some) socket.destroy()
    assert.ok(statuses.length < 20 * HANDSHAKE_RATE.burst)
  }
  assert.ok(statuses.indexOf('429') >= HANDSHAKE_RATE.burst, `the first refused is number ${statuses.indexOf('429')}`)
  assert.ok(gateway.counters().clientsRefusedRate > 0)
  assert.equal((await handshake(gateway.port, '127.0.0.2')).statusLine.slice(9, 12), '101', 'another address')
  await sleep(100)
  assert.equal((await handshake(gateway.port)).statusLine.slice(9, 12), '101')
  assert.equal(await gateway.stop(), 0)
})

test('a handshake with a long URL gets 414, and every path is a client', async () => {
  const gateway = await startGateway()
  const long = await new RawConnection(gateway.port).handshake(`/?${'a&'.repeat(URL_CHARACTERS_MAX)}`)
  assert.equal(long.statusLine, 'HTTP/1.1 414 URI Too Long')
  for (const path of ['/', '/healthz', '/readyz', '/tail', `/${'x'.repeat(URL_CHARACTERS_MAX - 1)}`]) {
    const client = await new RawConnection(gateway.port).handshake(path)
    assert.equal(client.statusLine, 'HTTP/1.1 101 Switching Protocols', path)
    client.socket.destroy()
  }
  assert.equal(gateway.counters().clientsRefusedRequest, 1)
  assert.equal(await gateway.stop(), 0)
})

test('a mebibyte of handshakes on one connection is one client, which is ended, and leaves no count behind', async () => {
  const gateway = await startGateway()
  const hostile = new RawConnection(gateway.port)
  const one = handshakeRequest()
  hostile.socket.write(one.repeat(MIB / one.length))
  await hostile.closed
  await gateway.untilClients(0)
  // What follows the first is no frame of a client.
  assert.equal(gateway.counters().clientsTotal, 1)
  const client = await handshake(gateway.port)
  client.socket.write(frameOf(Opcode.text))
  await gateway.untilClients(1)
  assert.equal(await gateway.stop(), 0)
})

/** As the terminals do it, without their pause of two seconds. */
class ReconnectingClient {
  openCount = 0
  #socket: WebSocket | undefined
  #isStopped = false
  readonly #url: string

  constructor(url: string) {
    this.#url = url
    this.#connect()
  }

  stop(): void {
    this.#isStopped = true
    this.#socket?.terminate()
  }

  #connect(): void {
    const socket = new WebSocket(this.#url, { perMessageDeflate: false })
    this.#socket = socket
    // The welcome.
    socket.once('message', () => {
      this.openCount += 1
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      if (!this.#isStopped) setTimeout(() => this.#connect(), 250)
    })
  }
}

async function untilAll(crowd: readonly ReconnectingClient[], openCount: number): Promise<void> {
  while (crowd.some(client => client.openCount < openCount)) await sleep(5)
}

/** From this address, to the gateway. Resolves when it is answered. */
async function handshake(port: number, localAddress = '127.0.0.1'): Promise<RawConnection> {
  return await new RawConnection(port, { localAddress }).handshake()
}
