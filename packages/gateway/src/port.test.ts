// The port follows the gate: real uWebSockets.js, real sockets.

import assert from 'node:assert/strict'
import { connect, createServer } from 'node:net'
import { after, test } from 'node:test'
import { createAdmission } from '@tradelane/shared/thread/admission-layout'
import { Counters, createCounters, readCounters } from '@tradelane/shared/thread/counters'
import { RateLimitedLog } from '@tradelane/shared/thread/log'
import { PortGate } from '@tradelane/shared/thread/port-gate'
import { REOPEN_MS } from './limits.js'
import { Port } from './port.js'
import { freePort } from './test/gateway-fixture.js'
import { RawConnection } from './test/raw-frames.js'
import { type App, loadUws } from './uws.js'

test('a closed gate closes the port; connected clients stay; an open gate opens it again', async () => {
  const fixture = new PortFixture(await freePort())
  const number = fixture.open()
  assert.deepEqual([fixture.gate.isListening, await isAccepted(number)], [true, true])
  const client = await new RawConnection(number).handshake()
  fixture.gate.close()
  fixture.port.follow(0)
  assert.deepEqual([fixture.port.isOpen, fixture.gate.isListening, await isAccepted(number)], [false, false, false])
  fixture.port.follow(50)
  assert.equal(client.isClosed, false)
  fixture.gate.open()
  fixture.port.follow(100)
  assert.deepEqual([fixture.port.isOpen, fixture.gate.isListening, await isAccepted(number)], [true, true, true])
  assert.equal(fixture.counters().portClosed, 1)
  client.socket.destroy()
})

test('a port that another process took meanwhile is tried until it is free; this is logged', async () => {
  const fixture = new PortFixture(await freePort())
  const number = fixture.open()
  fixture.gate.close()
  fixture.port.follow(0)
  const thief = createServer()
  await new Promise<void>(resolve => thief.listen({ port: number, host: '127.0.0.1', exclusive: true }, resolve))
  fixture.gate.open()
  fixture.port.follow(0)
  fixture.port.follow(1)
  assert.deepEqual([fixture.port.isOpen, fixture.gate.isListening, fixture.lines.length], [false, false, 1])
  await new Promise(resolve => thief.close(resolve))
  fixture.port.follow(REOPEN_MS - 1)
  assert.equal(fixture.port.isOpen, false)
  fixture.port.follow(REOPEN_MS)
  assert.deepEqual([fixture.port.isOpen, await isAccepted(number)], [true, true])
  assert.equal(fixture.counters().portFailures, 1)
})

test('a gateway that starts while the gate is closed opens its port later', async () => {
  const number = await freePort()
  const fixture = new PortFixture(number)
  fixture.gate.close()
  assert.equal(fixture.open(), number)
  assert.equal(await isAccepted(number), false)
  fixture.gate.open()
  fixture.port.follow(0)
  assert.equal(await isAccepted(number), true)
})

test('a port that is closed for good stays closed, and one that cannot be opened at first is an error', async () => {
  const fixture = new PortFixture(await freePort())
  const number = fixture.open()
  assert.throws(() => new PortFixture(number).open(), { code: 'ERR_PORT_IN_USE' })
  fixture.port.close()
  fixture.port.close()
  fixture.port.follow(0)
  assert.deepEqual([fixture.port.isOpen, fixture.gate.isListening], [false, false])
})

class PortFixture {
  readonly gate: PortGate
  readonly port: Port
  readonly lines: string[] = []
  readonly #app: App
  readonly #block = createCounters(1)

  constructor(number: number) {
    const uws = loadUws()
    const app = uws.App()
    this.#app = app
    app.ws('/*', {
      upgrade: (response, request, context) =>
        response.upgrade({}, request.getHeader('sec-websocket-key'), '', '', context),
      open: () => {},
    })
    const admission = createAdmission(1, 10)
    this.gate = new PortGate(admission)
    const record = (message: string): unknown => this.lines.push(message)
    const limitedLog = new RateLimitedLog({ debug: record, info: record, warn: record, error: record })
    const counters = new Counters(this.#block, 0)
    const { gate } = this
    const where = { host: '127.0.0.1', port: number, isExclusive: true }
    this.port = new Port({ uws, gate, gateway: 0, ...where, counters, limitedLog })
    after(() => {
      this.port.close()
      app.close()
    })
  }

  open(): number {
    return this.port.open(this.#app)
  }

  counters(): ReturnType<typeof readCounters> {
    return readCounters(this.#block)
  }
}

async function isAccepted(port: number): Promise<boolean> {
  return await new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}
