import assert from 'node:assert/strict'
import { after, mock, test } from 'node:test'
import { BoardWriter, createBoard } from '@tradelane/shared/lanes/board'
import type { CumulativeVolumeDelta, TopEvent } from '@tradelane/shared/market/market-events'
import {
  CellStatus,
  type Decimal,
  type Instrument,
  Kind,
  type MonotonicUs,
  type WallUs,
} from '@tradelane/shared/market/nouns'
import { systemTimers } from '@tradelane/shared/thread/timers'
import { wireTable } from '@tradelane/shared/wire/instrument-wire'
import { isoUs } from '@tradelane/shared/wire/timestamps'
import { BTC, ETH, INSTRUMENTS, jsonOf, TestLanes } from '../test/test-lanes.js'
import { StatePublisher } from './state-publisher.js'

mock.timers.enable({ apis: ['setTimeout'] })
after(() => mock.timers.reset())

/** A publisher over a real board, with a clock that the test moves. */
class Fixture {
  readonly lanes = new TestLanes()
  readonly publisher: StatePublisher
  nowMs = 1_000

  constructor(l1ThrottleMs = 50, board = this.lanes.stateBoard) {
    this.publisher = new StatePublisher({
      start: { l1ThrottleMs },
      board: new BoardWriter(board, [this.lanes.gateway]),
      gateways: [this.lanes.gateway],
      wires: wireTable(INSTRUMENTS),
      clock: this.lanes.clock,
      counters: this.lanes.counters,
      nowMs: () => this.nowMs,
      timers: systemTimers,
    })
  }

  pass(ms: number): void {
    for (let passed = 0; passed < ms; passed += 1) {
      this.nowMs += 1
      mock.timers.tick(1)
    }
  }

  top(sequence: number, instrument: Instrument = BTC): void {
    this.publisher.publishTop(topOf(sequence, instrument))
  }

  /** Sequence of the top that clients see. */
  shown(instrument: Instrument = BTC): number {
    return this.lanes.state(Kind.orderBookL1, instrument).sequence
  }
}

function topOf(sequence: number, instrument: Instrument): TopEvent {
  return {
    instrument,
    venueUs: 1_790_000_000_000_000 as WallUs,
    receivedUs: 7_000_000_000_100 as MonotonicUs,
    bidPrice: '100.1' as Decimal,
    bidAmount: '1' as Decimal,
    askPrice: '100.2' as Decimal,
    askAmount: '2' as Decimal,
    sequence,
  }
}

test('the first top is published at once, as a live cell that clients can read, and rings', () => {
  const fixture = new Fixture()
  const bell = fixture.lanes.gateway.bell()
  fixture.top(1)
  const cell = fixture.lanes.state(Kind.orderBookL1, BTC)
  assert.equal(cell.status, CellStatus.live)
  assert.equal(cell.sequence, 1)
  assert.equal(jsonOf(cell)['kind'], 'order_book_l1')
  assert.equal(cell.receivedUs, 7_000_000_000_100)
  assert.equal(jsonOf(cell)['time_received'], isoUs(fixture.lanes.clock.toWallUs(7_000_000_000_100 as MonotonicUs)))
  assert.notEqual(fixture.lanes.gateway.bell(), bell)
})

test('within the interval tops are conflated, and the last one is published at its end', () => {
  const fixture = new Fixture()
  fixture.top(1)
  for (let sequence = 2; sequence <= 20; sequence += 1) {
    fixture.pass(2)
    fixture.top(sequence)
  }
  assert.equal(fixture.shown(), 1)
  fixture.pass(11)
  assert.equal(fixture.shown(), 1, '49 ms are not 50')
  fixture.pass(1)
  assert.equal(fixture.shown(), 20)
  assert.equal(fixture.lanes.count('statesPublished'), 2)
  fixture.pass(200)
  assert.equal(fixture.lanes.count('statesPublished'), 2, 'what did not change is not published again')
})

test('a pending state is a copy: the decoder may refill its event', () => {
  const fixture = new Fixture()
  fixture.top(1)
  const event = topOf(2, BTC)
  fixture.publisher.publishTop(event)
  event.sequence = 77
  event.instrument = ETH
  fixture.pass(60)
  assert.equal(fixture.shown(), 2)
})

test('each instrument has its own interval and does not wait for another', () => {
  const fixture = new Fixture()
  fixture.top(1, ETH)
  fixture.pass(40)
  fixture.top(1, BTC)
  fixture.top(2, BTC)
  fixture.top(2, ETH)
  fixture.pass(10)
  assert.equal(fixture.shown(ETH), 2)
  assert.equal(fixture.shown(BTC), 1)
  fixture.pass(40)
  assert.equal(fixture.shown(BTC), 2)
})

test('what waits is published together with what waits of other instruments, with one ring', () => {
  const fixture = new Fixture()
  fixture.pass(1)
  fixture.top(1, BTC)
  fixture.pass(3)
  fixture.top(1, ETH)
  const bell = fixture.lanes.gateway.bell()
  for (let sequence = 2; sequence <= 25; sequence += 1) {
    fixture.top(sequence, BTC)
    fixture.top(sequence, ETH)
    fixture.pass(10)
  }
  // After 240 ms; each waited for 60 ms once, then for 50.
  assert.equal(fixture.lanes.gateway.bell() - bell, 4)
  assert.equal(fixture.lanes.count('statesPublished'), 2 + 2 * 4)
})

test('MessagePack is made while a client wants it, and of everything when the first one comes', () => {
  const fixture = new Fixture()
  const packed = (instrument: Instrument): number => fixture.lanes.state(Kind.orderBookL1, instrument).msgpack.length
  fixture.top(1, BTC)
  fixture.top(1, ETH)
  fixture.publisher.checkPacking()
  assert.equal(packed(BTC), 0)
  fixture.lanes.gateway.addMsgpackClients(1)
  const bell = fixture.lanes.gateway.bell()
  fixture.publisher.checkPacking()
  assert.ok(packed(BTC) > 0 && packed(ETH) > 0)
  assert.notEqual(fixture.lanes.gateway.bell(), bell)
  fixture.publisher.checkPacking()
  assert.equal(fixture.lanes.count('statesPublished'), 4, 'once')
  fixture.lanes.gateway.addMsgpackClients(-1)
  fixture.publisher.checkPacking()
  fixture.pass(60)
  fixture.top(2, BTC)
  assert.equal(packed(BTC), 0)
})

test('a burst is published once per interval, and its last state is current', () => {
  const fixture = new Fixture()
  for (let sequence = 1; sequence <= 1_000; sequence += 1) {
    fixture.top(sequence)
    fixture.pass(1)
  }
  assert.equal(fixture.lanes.count('statesPublished'), 1 + 1_000 / 50)
  fixture.pass(50)
  assert.equal(fixture.shown(), 1_000)
})

test('without an interval everything is published at once', () => {
  const fixture = new Fixture(0)
  for (let sequence = 1; sequence <= 5; sequence += 1) {
    fixture.top(sequence)
    assert.equal(fixture.shown(), sequence)
  }
})

test('cumulative volume is throttled too, and has the total of the moment it is published', () => {
  const fixture = new Fixture()
  const total: CumulativeVolumeDelta = {
    instrument: BTC,
    venueUs: 1_790_000_000_000_000 as WallUs,
    receivedUs: 7_000_000_000_000 as MonotonicUs,
    deltaBase: 1,
    deltaQuote: 100,
    sinceUs: 1_790_000_000_000_000 as WallUs,
    isComplete: true,
  }
  fixture.publisher.publishCvd(total)
  total.deltaBase = 5
  fixture.publisher.publishCvd(total)
  total.isComplete = false
  const shown = (): Record<string, unknown> =>
    jsonOf(fixture.lanes.state(Kind.cumulativeVolumeDelta, BTC))['data'] as Record<string, unknown>
  assert.equal(shown()['delta_base'], 1)
  fixture.pass(50)
  assert.equal(shown()['delta_base'], 5)
  assert.equal(shown()['complete'], false)
})

test('a clock that goes back is an error', () => {
  const fixture = new Fixture()
  fixture.top(1)
  fixture.nowMs -= 1
  assert.throws(() => fixture.top(2), /a monotonic clock does not go back/)
})

test('open interest is published at once', () => {
  const fixture = new Fixture()
  for (const contracts of ['10', '11'] as Decimal[]) {
    fixture.publisher.publishOpenInterest({
      instrument: BTC,
      venueUs: 1_790_000_000_000_000 as WallUs,
      receivedUs: 7_000_000_000_000 as MonotonicUs,
      contracts,
      notional: null,
      contractsBase: contracts,
      notionalUsd: null,
      time: null,
    })
    const { data } = jsonOf(fixture.lanes.state(Kind.openInterest, BTC)) as { data: { contracts: number } }
    assert.equal(data.contracts, Number(contracts))
  }
})

test('a state that does not fit its cell is counted and not published', () => {
  const cell = { kind: Kind.orderBookL1, about: Kind.orderBookL1, instrument: BTC.id, product: BTC.product }
  const fixture = new Fixture(50, createBoard([cell], 64))
  fixture.top(1)
  assert.equal(fixture.lanes.count('statesTooLarge'), 1)
  assert.equal(fixture.lanes.count('statesPublished'), 0)
})

test('an instrument without a cell is ignored, and nothing is published after close', () => {
  const fixture = new Fixture()
  fixture.top(1, { ...BTC, id: 99 as Instrument['id'] })
  fixture.top(1)
  fixture.top(2)
  fixture.publisher.close()
  fixture.pass(200)
  assert.equal(fixture.shown(), 1)
})

test('a top that is older than the one shown is left out, also from those that wait', () => {
  const fixture = new Fixture()
  fixture.top(5)
  fixture.pass(60)
  fixture.top(4)
  assert.equal(fixture.shown(), 5)
  fixture.top(6)
  fixture.top(7)
  fixture.top(6)
  fixture.pass(60)
  assert.equal(fixture.shown(), 7)
  assert.equal(fixture.lanes.count('statesOutdated'), 2)
})

test('after a venue began to count anew, its last top is shown within five seconds, even if no other comes', () => {
  const fixture = new Fixture()
  fixture.top(1_000)
  fixture.top(1_000, ETH)
  fixture.pass(100)
  fixture.top(1)
  fixture.pass(10)
  fixture.top(2)
  fixture.pass(2_000)
  assert.equal(fixture.shown(), 1_000)
  // Another instrument counts anew while the first is in doubt.
  fixture.top(7, ETH)
  fixture.pass(3_000)
  assert.equal(fixture.shown(), 2)
  fixture.pass(1_990)
  assert.equal(fixture.shown(ETH), 7)
  fixture.top(3)
  assert.equal(fixture.shown(), 3)
})

test('open interest does not go back in time', () => {
  const fixture = new Fixture()
  const openInterest = (venueUs: number, contracts: string): void =>
    fixture.publisher.publishOpenInterest({
      instrument: BTC,
      venueUs: venueUs as WallUs,
      receivedUs: 7_000_000_000_100 as MonotonicUs,
      contracts: contracts as Decimal,
      notional: null,
      contractsBase: contracts as Decimal,
      notionalUsd: null,
      time: null,
    })
  const shown = (): unknown =>
    JSON.stringify(jsonOf(fixture.lanes.state(Kind.openInterest, BTC))).includes('"contracts":77')
  openInterest(1_790_000_000_000_000, '77')
  openInterest(1_789_999_999_000_000, '66')
  assert.ok(shown())
  openInterest(1_790_000_000_000_001, '88')
  assert.ok(!shown())
})
