import assert from 'node:assert/strict'
import { after, mock, test } from 'node:test'
import { BoardWriter } from '@tradelane/shared/lanes/board'
import type { CumulativeVolumeDelta, TopEvent } from '@tradelane/shared/market/market-events'
import {
  CellStatus,
  type Decimal,
  type Instrument,
  Kind,
  type MonotonicUs,
  type WallUs,
} from '@tradelane/shared/market/nouns'
import { wireTable } from '@tradelane/shared/wire/instrument-wire'
import { isoUs } from '@tradelane/shared/wire/timestamps'
import { BTC, ETH, INSTRUMENTS, jsonOf, TestLanes } from '../test/test-lanes.js'
import { StatePublisher } from './state-publisher.js'

mock.timers.enable({ apis: ['setTimeout'] })
after(() => mock.timers.reset())

/** A publisher over a real board whose time is moved by hand. */
class Desk {
  readonly lanes = new TestLanes()
  readonly publisher: StatePublisher
  nowMs = 1_000

  constructor(throttleMs = 50) {
    this.publisher = new StatePublisher({
      board: new BoardWriter(this.lanes.stateBoard, [this.lanes.gateway]),
      wires: wireTable(INSTRUMENTS),
      clock: this.lanes.clock,
      counters: this.lanes.counters,
      throttleMs,
      nowMs: () => this.nowMs,
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

test('the first top goes out at once, as a live cell that clients can read, and rings', () => {
  const desk = new Desk()
  const bell = desk.lanes.gateway.bell()
  desk.top(1)
  const cell = desk.lanes.state(Kind.orderBookL1, BTC)
  assert.equal(cell.status, CellStatus.live)
  assert.equal(cell.sequence, 1)
  assert.equal(jsonOf(cell)['kind'], 'order_book_l1')
  assert.equal(cell.receivedUs, 7_000_000_000_100)
  assert.equal(jsonOf(cell)['time_received'], isoUs(desk.lanes.clock.toWallUs(7_000_000_000_100 as MonotonicUs)))
  assert.notEqual(desk.lanes.gateway.bell(), bell)
})

test('within the interval tops are conflated, and the last one goes out at its end', () => {
  const desk = new Desk()
  desk.top(1)
  for (let sequence = 2; sequence <= 20; sequence += 1) {
    desk.pass(2)
    desk.top(sequence)
  }
  assert.equal(desk.shown(), 1)
  desk.pass(11)
  assert.equal(desk.shown(), 1, '49 ms are not 50')
  desk.pass(1)
  assert.equal(desk.shown(), 20)
  assert.equal(desk.lanes.count('statesPublished'), 2)
  desk.pass(200)
  assert.equal(desk.lanes.count('statesPublished'), 2, 'what did not change is not published again')
})

test('the event of a decoder may be refilled: what waits is a copy', () => {
  const desk = new Desk()
  desk.top(1)
  const event = topOf(2, BTC)
  desk.publisher.publishTop(event)
  event.sequence = 77
  event.instrument = ETH
  desk.pass(60)
  assert.equal(desk.shown(), 2)
})

test('each instrument has its own interval: one that is due earlier does not wait for another', () => {
  const desk = new Desk()
  desk.top(1, ETH)
  desk.pass(40)
  desk.top(1, BTC)
  desk.top(2, BTC)
  desk.top(2, ETH)
  desk.pass(10)
  assert.equal(desk.shown(ETH), 2)
  assert.equal(desk.shown(BTC), 1)
  desk.pass(40)
  assert.equal(desk.shown(BTC), 2)
})

test('a flood is published once per interval, and its end is current', () => {
  const desk = new Desk()
  for (let sequence = 1; sequence <= 1_000; sequence += 1) {
    desk.top(sequence)
    desk.pass(1)
  }
  assert.equal(desk.lanes.count('statesPublished'), 1 + 1_000 / 50)
  desk.pass(50)
  assert.equal(desk.shown(), 1_000)
})

test('without an interval everything goes out at once', () => {
  const desk = new Desk(0)
  for (let sequence = 1; sequence <= 5; sequence += 1) {
    desk.top(sequence)
    assert.equal(desk.shown(), sequence)
  }
})

test('cumulative volume is throttled too, and shows the total of the moment it goes out', () => {
  const desk = new Desk()
  const total: CumulativeVolumeDelta = {
    instrument: BTC,
    venueUs: 1_790_000_000_000_000 as WallUs,
    receivedUs: 7_000_000_000_000 as MonotonicUs,
    deltaBase: 1,
    deltaQuote: 100,
    sinceUs: 1_790_000_000_000_000 as WallUs,
    isComplete: true,
  }
  desk.publisher.publishCvd(total)
  total.deltaBase = 5
  desk.publisher.publishCvd(total)
  total.isComplete = false
  const shown = (): Record<string, unknown> =>
    jsonOf(desk.lanes.state(Kind.cumulativeVolumeDelta, BTC))['data'] as Record<string, unknown>
  assert.equal(shown()['delta_base'], 1)
  desk.pass(50)
  assert.equal(shown()['delta_base'], 5)
  assert.equal(shown()['complete'], false)
})

test('open interest is rare: each goes out at once', () => {
  const desk = new Desk()
  for (const contracts of ['10', '11'] as Decimal[]) {
    desk.publisher.publishOpenInterest({
      instrument: BTC,
      venueUs: 1_790_000_000_000_000 as WallUs,
      receivedUs: 7_000_000_000_000 as MonotonicUs,
      contracts,
      notional: null,
      contractsBase: contracts,
      notionalUsd: null,
      time: null,
    })
    const { data } = jsonOf(desk.lanes.state(Kind.openInterest, BTC)) as { data: { contracts: number } }
    assert.equal(data.contracts, Number(contracts))
  }
})

test('an instrument without a cell is passed over, and nothing is published after the end', () => {
  const desk = new Desk()
  desk.top(1, { ...BTC, id: 99 as Instrument['id'] })
  desk.top(1)
  desk.top(2)
  desk.publisher.close()
  desk.pass(200)
  assert.equal(desk.shown(), 1)
})
