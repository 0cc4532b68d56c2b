import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TradeLogReader } from '@tradelane/shared/lanes/trade-log'
import { LOOK_US_MAX } from './limits.js'
import { Looks } from './looks.js'
import { TestLanes } from './test/test-lanes.js'

test('the gap is the time between two looks of a turn, and that before the first slice', () => {
  const { looks, after } = fixture()
  looks.turnStarted(after(0))
  after(0.3)
  looks.isTradeWaiting()
  after(0.7)
  looks.isTradeWaiting()
  after(0.2)
  looks.isTradeWaiting()
  assert.equal(Math.round(looks.gapUsMax), 700)
})

test('neither the sending of trades nor the time without anything to do is a gap', () => {
  const { looks, after } = fixture()
  looks.turnStarted(after(0))
  after(20)
  looks.tradesSent()
  after(0.1)
  looks.isTradeWaiting()
  looks.turnEnded()
  looks.turnStarted(after(300))
  looks.turnEnded()
  assert.equal(Math.round(looks.gapUsMax), 100)
})

test('a run of socket events counts from the first one to the next look, and has to look after a millisecond', () => {
  const { looks, after } = fixture()
  assert.equal(looks.isDue(), false, 'the first')
  after(LOOK_US_MAX / 1_000 - 0.01)
  assert.equal(looks.isDue(), false)
  after(0.02)
  assert.ok(looks.isDue())
  looks.isTradeWaiting()
  assert.equal(looks.isDue(), false)
  looks.turnStarted(after(9))
  assert.equal(Math.round(looks.gapUsMax), 9_000)
})

test('a trade is waiting until the next record is beyond it', () => {
  const { looks, lanes } = fixture()
  looks.turnStarted(0)
  assert.equal(looks.isTradeWaiting(), false)
  lanes.publishTrade()
  assert.ok(looks.isTradeWaiting())
  looks.next += 1
  assert.equal(looks.isTradeWaiting(), false)
})

test('the recent gap is that of the last full second, the other one the longest of all', () => {
  const { looks, after } = fixture()
  const gap = (ms: number): void => {
    looks.turnStarted(after(0))
    after(ms)
    looks.isTradeWaiting()
    looks.turnEnded()
  }
  gap(5)
  assert.equal(looks.gapUsRecent(after(0)), 0, 'the second is not over')
  assert.equal(Math.round(looks.gapUsRecent(after(1_000))), 5_000)
  gap(2)
  assert.equal(Math.round(looks.gapUsRecent(after(990))), 5_000)
  assert.equal(Math.round(looks.gapUsRecent(after(20))), 2_000)
  assert.equal(Math.round(looks.gapUsRecent(after(1_000))), 0)
  assert.equal(Math.round(looks.gapUsMax), 5_000)
})

test('time that goes back is caught', () => {
  const { looks, after } = fixture()
  looks.turnStarted(after(0))
  after(-1)
  const message = 'monotonic time never goes back'
  assert.throws(() => looks.isTradeWaiting(), { message })
  assert.throws(() => looks.gapUsRecent(after(-1)), { message })
})

function fixture() {
  const lanes = new TestLanes({})
  let nowMs = 0
  const looks = new Looks(new TradeLogReader(lanes.tradeLog), () => nowMs)
  const after = (ms: number): number => {
    nowMs += ms
    return nowMs
  }
  return { lanes, looks, after }
}
