import assert from 'node:assert/strict'
import { after, mock, test } from 'node:test'
import { BoardWriter } from '@tradelane/shared/lanes/board'
import type { CumulativeVolumeDelta, TopEvent } from '@tradelane/shared/market/market-events'
import { CellStatus, type Decimal, type Instrument, Kind, type WallUs } from '@tradelane/shared/market/nouns'
import { systemTimers } from '@tradelane/shared/thread/timers'
import { wireTable } from '@tradelane/shared/wire/instrument-wire'
import { BTC, ETH, INSTRUMENTS, jsonOf, TestLanes } from '../test/test-lanes.js'
import { StatePublisher } from './state-publisher.js'

mock.timers.enable({ apis: ['setTimeout'] })
after(() => mock.timers.reset())

/** A publisher over a real board whose clock the test moves. */
class Fixture {
  readonly lanes = new TestLanes()
  readonly publisher: StatePublisher
  nowMs = 1_000

  constructor(throttleMs = 50) {
    this.publisher = new StatePublisher({
      board: new BoardWriter(this.lanes.stateBoard, [this.lanes.gateway]),
      wires: wireTable(INSTRUMENTS),
      counters: this.lanes.counters,
      throttleMs,
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
    receivedUs: 1_790_000_000_000_100 as WallUs,
    bidPrice: '100.1' as Decimal,
    bidAmount: '1' as Decimal,
    askPrice: '100.2' as Decimal,
    askAmount: '2' as Decimal,
    sequence,
  }
}

test('the first top goes out at once, as a live cell that clients can read, and rings', () => {
  const fixture = new Fixture()
  const bell = fixture.lanes.gateway.bell()
  fixture.top(1)
  const cell = fixture.lanes.state(Kind.orderBookL1, BTC)
  assert.equal(cell.status, CellStatus.live)
  assert.equal(cell.sequence, 1)
  assert.equal(jsonOf(cell)['kind'], 'order_book_l1')
  assert.equal(cell.receivedUs, 1_790_000_000_000_100)
  assert.notEqual(fixture.lanes.gateway.bell(), bell)
})

test('within the interval tops are conflated, and the last one goes out at its end', () => {
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

test('the event of a decoder may be refilled: what waits is a copy', () => {
  const fixture = new Fixture()
  fixture.top(1)
  const event = topOf(2, BTC)
  fixture.publisher.publishTop(event)
  event.sequence = 77
  event.instrument = ETH
  fixture.pass(60)
  assert.equal(fixture.shown(), 2)
})

test('each instrument has its own interval: one that ends earlier does not wait for another', () => {
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

test('a flood is published once per interval, and its end is current', () => {
  const fixture = new Fixture()
  for (let sequence = 1; sequence <= 1_000; sequence += 1) {
    fixture.top(sequence)
    fixture.pass(1)
  }
  assert.equal(fixture.lanes.count('statesPublished'), 1 + 1_000 / 50)
  fixture.pass(50)
  assert.equal(fixture.shown(), 1_000)
})

test('without an interval everything goes out at once', () => {
  const fixture = new Fixture(0)
  for (let sequence = 1; sequence <= 5; sequence += 1) {
    fixture.top(sequence)
    assert.equal(fixture.shown(), sequence)
  }
})

test('cumulative volume is throttled too, and shows the total of the moment it goes out', () => {
  const fixture = new Fixture()
  const total: CumulativeVolumeDelta = {
    instrument: BTC,
    venueUs: 1_790_000_000_000_000 as WallUs,
    receivedUs: 1_790_000_000_000_000 as WallUs,
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

test('open interest is rare: each goes out at once', () => {
  const fixture = new Fixture()
  for (const contracts of ['10', '11'] as Decimal[]) {
    fixture.publisher.publishOpenInterest({
      instrument: BTC,
      venueUs: 1_790_000_000_000_000 as WallUs,
      receivedUs: 1_790_000_000_000_000 as WallUs,
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

test('an instrument without a cell is passed over, and nothing is published after the end', () => {
  const fixture = new Fixture()
  fixture.top(1, { ...BTC, id: 99 as Instrument['id'] })
  fixture.top(1)
  fixture.top(2)
  fixture.publisher.close()
  fixture.pass(200)
  assert.equal(fixture.shown(), 1)
})
