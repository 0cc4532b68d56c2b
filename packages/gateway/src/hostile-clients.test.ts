// Hostile clients, in any order around the turns: pongs and acknowledgements that are forged, repeated, old or early, messages,
// sockets that end in the middle of a cork, a ping or a send, resumptions of any record, many at once. Nothing throws, and the
// others are served.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MonotonicUs } from '@tradelane/shared/market/nouns'
import { countClients } from '@tradelane/shared/thread/client-counts'
import fc from 'fast-check'
import { FifoMerge } from './fifo-merge.js'
import type { NewMerge } from './merge.js'
import { PriorityMerge } from './priority-merge.js'
import type { TestClient } from './test/test-client.js'
import { STREAM } from './test/test-lanes.js'
import { VirtualGateway } from './test/virtual-gateway.js'
import { SendStatus } from './uws.js'

const INSTRUMENTS = 2
const CLIENTS_MAX = 5
const SINCES = ['', `${STREAM}:0`, `${STREAM}:1`, `${STREAM}:40`, `${STREAM}:999999999999999`, 'other:1', ':', '-1']

type Act = (typeof ACTS)[number]
const ACTS = [
  ...['turn', 'turn', 'turn', 'turn', 'trades', 'trades', 'flood', 'top', 'book', 'withhold', 'wait', 'pause'],
  ...['join', 'join', 'leave', 'pong', 'pong', 'pong', 'pongOne', 'pongOld', 'forge', 'junk', 'message', 'stick'],
  ...['ack', 'ack', 'ackWild', 'ackJunk', 'ackInSend'],
  ...['dieInSend', 'dieInCork', 'dieInPing', 'pongInSend', 'drop', 'request', 'restart'],
] as const
type Step = readonly [act: Act, client: number, number: number]

const steps = fc.array(fc.tuple(fc.constantFrom(...ACTS), fc.nat(CLIENTS_MAX - 1), fc.nat(0xffff_ffff)), {
  minLength: 30,
  maxLength: 120,
}) as fc.Arbitrary<Step[]>

const MERGES: Readonly<Record<string, NewMerge>> = {
  priority: options => new PriorityMerge(options),
  fifo: options => new FifoMerge(options),
}

for (const [name, newMerge] of Object.entries(MERGES)) {
  test(`${name}: no order of hostile clients ends the thread, and well-behaved ones get every trade`, () => {
    let closedCount = 0
    fc.assert(
      fc.property(steps, all => {
        const gateway = new HostileGateway(newMerge)
        for (const one of all) gateway.apply(one)
        gateway.settle()
        for (const honest of gateway.honest) assert.equal(honest.of('trade').at(-1)?.seq, gateway.lanes.newest)
        closedCount += gateway.uws.clients.filter(({ isClosed }) => isClosed).length
        void gateway.gateway.merge.close()
        gateway.timers.runUntil(gateway.timers.nowMs + 10_000)
        assert.equal(countClients(gateway.admission), 0, 'no client counts when all are gone')
      }),
      { numRuns: 60 },
    )
    assert.ok(closedCount > 50, `${closedCount} clients ended`)
  })
}

class HostileGateway extends VirtualGateway {
  /** One that answers pings, one that acknowledges by message. */
  readonly honest: readonly TestClient[]

  constructor(newMerge: NewMerge) {
    super({ instrumentCount: INSTRUMENTS, retained: 300, newMerge })
    this.gateway.listen()
    this.honest = [this.uws.connect(), this.uws.connect('ack=1')]
    this.#answer()
  }

  apply([act, index, number]: Step): void {
    switch (act) {
      case 'turn':
        this.gateway.merge.doWork()
        return
      case 'trades':
        this.#publishTrades(1 + (number % 4))
        return
      case 'flood':
        this.#publishTrades(350)
        return
      case 'top':
        this.lanes.publishTop(number % INSTRUMENTS, number)
        return
      case 'book':
        this.lanes.publishBook(number % INSTRUMENTS, number, number % 14_000)
        return
      case 'withhold':
        this.lanes.withholdBook(number % INSTRUMENTS)
        return
      case 'wait':
        this.pass(number % 1_500)
        return
      // The process was stopped: every timer is late.
      case 'pause':
        this.timers.nowMs += 10_000
        this.pass(0)
        return
      case 'restart':
        this.lanes.restartIngest()
        return
      case 'request':
        for (const path of ['/tail', '/readyz', '/healthz', '/?since=x', '/%00']) this.uws.request(path)
        return
      case 'join':
        this.#join(number)
        return
      default: {
        const client = this.uws.clients[this.honest.length + index]
        if (client !== undefined && !client.isClosed) applyTo(client, act, number)
      }
    }
  }

  /** Until the well-behaved clients, which answer at once, have all. */
  settle(): void {
    for (let round = 0; round < 40; round += 1) {
      this.turnUntilIdle()
      this.#answer()
      this.pass(20)
    }
    if (this.lanes.newest === 0) this.#publishTrades(1)
    this.turnUntilIdle()
  }

  #answer(): void {
    const [answering, acknowledging] = this.honest as [TestClient, TestClient]
    answering.pongAll()
    acknowledging.acknowledgeAll()
  }

  #join(number: number): void {
    if (this.uws.clients.filter(({ isClosed }) => !isClosed).length > CLIENTS_MAX + 1) return
    const since = SINCES[number % SINCES.length]
    const format = number % 3 === 0 ? '&format=msgpack' : ''
    const ack = number % 2 === 0 ? '&ack=1' : ''
    this.uws.connect(`since=${since}${format}${ack}`, client => {
      if (number % 5 === 0) client.sendsLeft = number % 3
      if (number % 7 === 0) client.isStuckAtEnd = true
    })
  }

  #publishTrades(count: number): void {
    for (let done = 0; done < count; done += 1) {
      this.lanes.publishTrade(0, '', (this.timers.nowMs * 1_000) as MonotonicUs)
    }
  }
}

function applyTo(client: TestClient, act: Act, number: number): void {
  switch (act) {
    case 'leave':
      client.close()
      return
    case 'pong':
      client.pongAll()
      return
    case 'pongOne':
      client.pongOne()
      return
    // Repeated, or out of order.
    case 'pongOld':
      if (client.pings.length > 0) client.pong(client.pings[number % client.pings.length] as Buffer)
      return
    case 'forge': {
      const payload = Buffer.from('TLK1\0\0\0\0', 'latin1')
      payload.writeUInt32BE(number % 2 === 0 ? number % 16 : number, 4)
      client.pong(payload)
      return
    }
    case 'junk':
      client.pong(Buffer.alloc(number % 126, number))
      return
    case 'message':
      client.sendMessage()
      return
    case 'ack':
      client.acknowledgeAll()
      return
    case 'ackWild':
      client.acknowledge(number % 2 === 0 ? client.sent.length + 3 - (number % 9) : number)
      return
    case 'ackJunk':
      client.sendMessage(Buffer.alloc(number % 140, number), number % 4 === 0)
      return
    case 'ackInSend':
      client.onSend = () => void client.acknowledgeAll()
      return
    case 'stick':
      client.bufferedBytes = client.bufferedBytes === 0 ? 2 ** 21 : 0
      return
    case 'dieInSend':
      client.sendsLeft = number % 4
      return
    case 'dieInCork':
      client.onCork = () => client.close()
      return
    case 'dieInPing':
      client.onPing = () => client.close()
      return
    case 'pongInSend':
      client.onSend = () => void client.pongAll()
      return
    case 'drop':
      client.status = SendStatus.dropped
      return
    default:
      assert.fail(`no such act: ${act}`)
  }
}
