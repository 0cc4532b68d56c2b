import assert from 'node:assert/strict'
import test from 'node:test'
import { type Instrument, type InstrumentId, Kind } from '@tradelane/shared/market/nouns'
import type { RefusalClass } from '@tradelane/venues/refusal-class'
import type { ControlFrame, Product, Subscription } from '@tradelane/venues/venue'
import { PAUSES } from '../host/refusal.js'
import { RefusalPauses } from '../host/refusal-pauses.js'
import { RequestPauses } from '../host/request-pauses.js'
import { ACK_MS_MAX, REQUEST_AGAIN_MS_MIN } from '../limits.js'
import { RecordedLog } from '../test/recorded-log.js'
import { BTC } from '../test/test-lanes.js'
import { binanceFutures, bybitLinear, okxSwap } from '../test/test-products.js'
import { Subscriber } from './subscriber.js'

class Fixture {
  readonly sent: string[] = []
  readonly refused: string[] = []
  readonly log = new RecordedLog()
  readonly pauses = new RefusalPauses({
    name: 'venue',
    isAloneAtFirst: true,
    random: () => 0,
    limitedLog: this.log.limitedLog,
  })
  readonly subscriber: Subscriber
  nowMs = 0

  constructor(product: Product) {
    // Otherwise the first request goes out alone.
    this.pauses.accepted(product.id, 0)
    this.subscriber = new Subscriber({
      product,
      venueSettings: {},
      send: text => this.sent.push(text),
      onRejected: stream => this.refused.push(stream.instrument.symbol),
      pauses: new RequestPauses(this.pauses, product.id, () => this.nowMs),
    })
  }

  /** Sends everything, waiting as long as required. */
  flush(): this {
    for (let waitMs = 0; waitMs !== Number.POSITIVE_INFINITY; waitMs = this.subscriber.flush(this.nowMs)) {
      this.nowMs += waitMs
    }
    return this
  }

  /** What was requested since the last call, by Bybit's topics. */
  taken(): string[][] {
    return this.sent.splice(0).map(text => JSON.parse(text).args)
  }
}

function trades(...symbols: string[]): Subscription[] {
  return symbols.map((symbol, id) => ({
    kind: Kind.trade,
    instrument: { ...BTC, id: id as InstrumentId, symbol } as Instrument,
  }))
}

function topics(...symbols: string[]): string[] {
  return symbols.map(symbol => `publicTrade.${symbol}`)
}

function rejected(
  requestId: string | null,
  topic: string | null,
  refusalClass: RefusalClass = 'does-not-exist',
): ControlFrame {
  return { kind: 'rejected', requestId, topic, refusalClass, reason: 'no' }
}

function already(requestId: string | null, topic: string | null): ControlFrame {
  return { kind: 'already-subscribed', requestId, topic }
}

const NAMES = Array.from({ length: 25 }, (_, index) => `C${index}`)

test('requests go out in batches, spaced as the venue requires', () => {
  const fixture = new Fixture(bybitLinear)
  const { subscriber } = fixture
  const spacingMs = bybitLinear.limits.requestSpacingMs
  subscriber.subscribe(trades(...NAMES))
  assert.equal(subscriber.flush(1_000), spacingMs)
  assert.equal(fixture.sent.length, 1)
  assert.equal(subscriber.flush(1_000 + spacingMs - 1), 1)
  assert.equal(fixture.sent.length, 1)
  assert.equal(subscriber.flush(1_000 + spacingMs), spacingMs)
  assert.equal(subscriber.flush(1_000 + 2 * spacingMs), Number.POSITIVE_INFINITY)
  assert.deepEqual(fixture.taken().flat(), topics(...NAMES))
})

test('it is settled when every request was acknowledged, whatever their order', () => {
  const { subscriber } = new Fixture(bybitLinear)
  subscriber.subscribe(trades(...NAMES))
  assert.ok(!subscriber.isSettled, 'nothing was sent yet')
  for (let nowMs = 0; nowMs < 1_000; nowMs += 100) subscriber.flush(nowMs)
  for (const requestId of ['3', '1']) subscriber.accept({ kind: 'ack', requestId })
  assert.ok(!subscriber.isSettled)
  subscriber.accept({ kind: 'ack', requestId: '99' })
  subscriber.accept({ kind: 'ack', requestId: '1' })
  assert.ok(!subscriber.isSettled, 'an answer to no request, or the same again, settles nothing')
  subscriber.accept({ kind: 'ack', requestId: '2' })
  assert.ok(subscriber.isSettled)
})

test('a refused topic is left out, and the others are requested again', () => {
  const fixture = new Fixture(bybitLinear)
  fixture.subscriber.subscribe(trades('A', 'BAD', 'B'))
  fixture.flush().taken()
  fixture.subscriber.accept(rejected('1', 'publicTrade.BAD'))
  assert.deepEqual(fixture.refused, ['BAD'])
  assert.deepEqual(fixture.flush().taken(), [topics('A', 'B')])
  fixture.subscriber.accept({ kind: 'ack', requestId: '2' })
  assert.ok(fixture.subscriber.isSettled)
})

test('after a refusal that names none of several, each is requested alone, so that only the bad one is left out', () => {
  const fixture = new Fixture(bybitLinear)
  fixture.subscriber.subscribe(trades('A', 'BAD', 'B'))
  fixture.flush().taken()
  fixture.subscriber.accept(rejected('1', null))
  assert.deepEqual(fixture.flush().taken(), [topics('A'), topics('BAD'), topics('B')])
  assert.deepEqual(fixture.refused, [])
  fixture.subscriber.accept({ kind: 'ack', requestId: '2' })
  fixture.subscriber.accept(rejected('3', null))
  fixture.subscriber.accept({ kind: 'ack', requestId: '4' })
  assert.deepEqual(fixture.refused, ['BAD'])
  assert.ok(fixture.subscriber.isSettled)
})

test('of several bad topics every one is found, and every good one is requested', () => {
  const bad = new Set(['C3', 'C4', 'C11', 'C24'])
  const fixture = new Fixture(bybitLinear)
  const asked = new Set<string>()
  fixture.subscriber.subscribe(trades(...NAMES))
  for (let rounds = 0; !fixture.subscriber.isSettled; rounds += 1) {
    assert.ok(rounds < 20, 'it ends')
    fixture.flush()
    for (const text of fixture.sent.splice(0)) {
      const { req_id: requestId, args } = JSON.parse(text)
      const first = (args as string[]).find(topic => bad.has(topic.slice('publicTrade.'.length)))
      if (first !== undefined) fixture.subscriber.accept(rejected(requestId, first))
      else {
        fixture.subscriber.accept({ kind: 'ack', requestId })
        for (const topic of args) asked.add(topic)
      }
    }
  }
  assert.deepEqual(new Set(fixture.refused), bad)
  assert.deepEqual(asked, new Set(topics(...NAMES.filter(name => !bad.has(name)))))
})

test('a refusal that names no request is of the oldest pending one; without one it is ignored', () => {
  const fixture = new Fixture(binanceFutures)
  fixture.subscriber.accept(rejected(null, null))
  fixture.subscriber.accept(rejected('77', 'x'))
  fixture.subscriber.subscribe(trades('A'))
  fixture.subscriber.subscribe(trades('B'))
  fixture.flush()
  fixture.subscriber.accept(rejected(null, null))
  assert.deepEqual(fixture.refused, ['A'])
  fixture.subscriber.accept({ kind: 'ack', requestId: '2' })
  assert.ok(fixture.subscriber.isSettled)
})

test('what is subscribed already counts as acknowledged', () => {
  const fixture = new Fixture(bybitLinear)
  fixture.subscriber.accept(already(null, null))
  fixture.subscriber.subscribe(trades('A'))
  fixture.flush()
  fixture.subscriber.accept(already(null, 'publicTrade.A'))
  assert.ok(fixture.subscriber.isSettled)
  assert.deepEqual(fixture.refused, [])
})

test('of a request of several, only what is named counts as acknowledged; the others are requested again', () => {
  const fixture = new Fixture(bybitLinear)
  const { subscriber } = fixture
  const [a, b, c] = trades('A', 'B', 'C') as [Subscription, Subscription, Subscription]
  subscriber.subscribe([a, b, c])
  fixture.flush()
  subscriber.accept(already(null, 'publicTrade.A'))
  assert.deepEqual(
    [a, b, c].map(each => subscriber.isServed(each)),
    [true, false, false],
  )
  assert.ok(!subscriber.isSettled)
  fixture.flush()
  assert.deepEqual(
    fixture.sent.slice(1).map(text => JSON.parse(text).args),
    [['publicTrade.B'], ['publicTrade.C']],
  )
  subscriber.accept({ kind: 'ack', requestId: '2' })
  subscriber.accept(already('3', 'publicTrade.C'))
  assert.ok(subscriber.isSettled && subscriber.isServed(b) && subscriber.isServed(c))
})

test('what is subscribed already is matched by its request or its topic, not by the oldest request', () => {
  for (const named of [already('2', null), already(null, 'publicTrade.B')]) {
    const fixture = new Fixture(bybitLinear)
    const { subscriber } = fixture
    const [a, b] = trades('A', 'B') as [Subscription, Subscription]
    subscriber.subscribe([a])
    subscriber.subscribe([b])
    fixture.flush()
    subscriber.accept(named)
    assert.deepEqual([subscriber.isServed(a), subscriber.isServed(b)], [false, true])
  }
})

test('what is left out is unsubscribed though its request is not answered yet, and no answer brings it back', () => {
  const [btc, eth, sol] = trades('BTCUSDT', 'ETHUSDT', 'SOLUSDT') as [Subscription, Subscription, Subscription]
  const fixture = new Fixture(bybitLinear)
  fixture.subscriber.subscribe([btc, eth, sol])
  assert.deepEqual(fixture.flush().taken(), [['publicTrade.BTCUSDT', 'publicTrade.ETHUSDT', 'publicTrade.SOLUSDT']])
  fixture.subscriber.leaveOut([eth])
  fixture.flush()
  assert.deepEqual(
    fixture.sent.map(text => JSON.parse(text).op),
    ['unsubscribe'],
  )
  assert.deepEqual(fixture.taken(), [['publicTrade.ETHUSDT']])
  fixture.subscriber.accept(rejected('1', 'publicTrade.SOLUSDT'))
  assert.deepEqual(fixture.flush().taken(), [['publicTrade.BTCUSDT']])
})

test('what is left out while its request waits is not sent; the others of the request are', () => {
  const [btc, eth] = trades('BTCUSDT', 'ETHUSDT') as [Subscription, Subscription]
  const fixture = new Fixture(bybitLinear)
  fixture.subscriber.subscribe([btc, eth])
  fixture.subscriber.leaveOut([btc])
  assert.deepEqual(fixture.flush().taken(), [['publicTrade.ETHUSDT']])
})

test('nothing follows from a refused unsubscription, and the subscription behind it continues', () => {
  const fixture = new Fixture(bybitLinear)
  fixture.subscriber.resubscribe(trades('A')[0] as Subscription)
  fixture.flush()
  assert.deepEqual(
    fixture.sent.map(text => JSON.parse(text).op),
    ['unsubscribe', 'subscribe'],
  )
  fixture.subscriber.accept(rejected('1', 'publicTrade.A'))
  fixture.subscriber.accept({ kind: 'ack', requestId: '2' })
  assert.deepEqual(fixture.refused, [])
  assert.ok(fixture.subscriber.isSettled)
  assert.equal(fixture.sent.length, 2)
})

test('what is subscribed again waits for the hourly limit of its connection, as a pair; the first subscriptions do not', () => {
  const fixture = new Fixture(okxSwap)
  const { subscriber } = fixture
  const subscriptions = trades(...NAMES)
  subscriber.subscribe(subscriptions)
  fixture.flush()
  assert.equal(fixture.sent.splice(0).length, NAMES.length)
  const startMs = fixture.nowMs
  const count = subscriber.resubscriptionsLeft(startMs)
  for (let index = 0; index <= count; index += 1) subscriber.resubscribe(subscriptions[0] as Subscription)
  assert.equal(subscriber.resubscriptionsLeft(startMs), 0)
  while (fixture.nowMs < startMs + 10_000) fixture.nowMs += Math.min(1_000, subscriber.flush(fixture.nowMs))
  assert.equal(fixture.sent.length, 2 * count, 'the last pair waits')
  fixture.flush()
  const ops = fixture.sent.map(text => JSON.parse(text).op)
  assert.deepEqual(ops.slice(-2), ['unsubscribe', 'subscribe'])
  assert.ok(fixture.nowMs - startMs > 19_000, 'at the rate that lasts an hour')
})

test('what is refused for now is requested again after a pause of its class, and is missing until then', () => {
  for (const refusalClass of ['too-often', 'fault', 'not-accepted', 'forbidden'] as const) {
    const fixture = new Fixture(okxSwap)
    const { subscriber } = fixture
    const [a, b] = trades('A', 'B') as [Subscription, Subscription]
    subscriber.subscribe([a, b])
    fixture.flush().sent.length = 0
    subscriber.accept({ kind: 'ack', requestId: '1' })
    subscriber.accept(rejected('2', null, refusalClass))
    const startMs = fixture.nowMs
    assert.ok(subscriber.flush(startMs) >= REQUEST_AGAIN_MS_MIN)
    assert.ok(subscriber.isSettled, 'what waits for its pause holds nothing up')
    assert.deepEqual([subscriber.isServed(a), subscriber.isServed(b)], [true, false])
    fixture.flush()
    assert.ok(fixture.nowMs - startMs >= PAUSES[refusalClass].firstMs)
    assert.equal(fixture.sent.length, 1)
    subscriber.accept({ kind: 'ack', requestId: '3' })
    assert.ok(subscriber.isServed(b))
    assert.deepEqual(fixture.refused, [])
  }
})

test('after a refusal of all requests nothing is sent on any connection to the host; then one request finds out', () => {
  const fixture = new Fixture(okxSwap)
  const { subscriber, pauses } = fixture
  subscriber.subscribe(trades(...NAMES.slice(0, 5)))
  subscriber.flush(0)
  subscriber.accept(rejected('1', null, 'too-often'))
  const other = new RequestPauses(pauses, 'okx-spot', () => fixture.nowMs)
  assert.ok(other.isPaused(false))
  for (fixture.nowMs = 0; fixture.nowMs < PAUSES['too-often'].firstMs; fixture.nowMs += 100) {
    subscriber.flush(fixture.nowMs)
  }
  assert.equal(fixture.sent.length, 1)
  subscriber.flush(fixture.nowMs)
  subscriber.flush(fixture.nowMs + okxSwap.limits.requestSpacingMs)
  assert.equal(fixture.sent.length, 2)
  subscriber.accept({ kind: 'ack', requestId: '2' })
  fixture.nowMs += 1_000
  fixture.flush()
  assert.equal(fixture.sent.length, 6, 'the others, and the refused one last')
})

test('an acknowledgement is overdue some time after its request was sent, not after it was queued', () => {
  const fixture = new Fixture(bybitLinear)
  fixture.subscriber.subscribe(trades('A'))
  assert.ok(!fixture.subscriber.isOverdue(1e9))
  fixture.subscriber.flush(1_000)
  assert.ok(!fixture.subscriber.isOverdue(1_000 + ACK_MS_MAX))
  assert.ok(fixture.subscriber.isOverdue(1_001 + ACK_MS_MAX))
  fixture.subscriber.accept({ kind: 'ack', requestId: '1' })
  assert.ok(!fixture.subscriber.isOverdue(1e9))
})

test('no number is used twice, neither by requests nor by keepalives', () => {
  const fixture = new Fixture(bybitLinear)
  fixture.subscriber.subscribe(trades(...NAMES))
  const ids = [fixture.subscriber.takeId(), fixture.subscriber.takeId()]
  fixture.subscriber.subscribe(trades('A'))
  fixture.flush()
  ids.push(...fixture.sent.map(text => Number(JSON.parse(text).req_id)))
  assert.equal(new Set(ids).size, 6)
})
