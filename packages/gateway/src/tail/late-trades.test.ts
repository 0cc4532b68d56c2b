import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LATE_PER_WINDOW, LATE_WINDOW_MS, type LateTrade, lateTradesOf } from '@tradelane/shared/trace/late-trades'
import { createTraces } from '@tradelane/shared/trace/trace-layout'
import fc from 'fast-check'
import { LATE_POST_MS_MIN, LATE_POST_TRADES_MAX, TICK_MS } from '../limits.js'
import { ArrivalFloor } from './arrival-floor.js'
import { HopStamps } from './hop-stamps.js'
import { LateTradePoster } from './late-trade-poster.js'
import { LateTrades } from './late-trades.js'

test('each trade that is among the worst of its window when it is taken is taken once, and no other', () => {
  const act = fc.record({ lateUs: fc.integer({ min: 1, max: 500 }), isTaken: fc.integer({ min: 0, max: 9 }) })
  fc.assert(
    fc.property(fc.array(act, { maxLength: 400 }), acts => {
      const late = new LateTrades()
      const noted: LateTrade[] = []
      const taken: LateTrade[] = []
      for (const [fanOut, { lateUs, isTaken }] of acts.entries()) {
        if (lateUs > late.leastUs) {
          const trade = lateTrade(lateUs, fanOut)
          noted.push(trade)
          late.add(trade)
        }
        if (isTaken === 0) taken.push(...late.take(LATE_PER_WINDOW))
      }
      taken.push(...late.take(LATE_PER_WINDOW))
      assert.equal(late.unpostedCount, 0)
      assert.equal(new Set(taken).size, taken.length)
      // The worst of all were in every window that they could have been in.
      const worst = noted.toSorted((one, other) => other.lateUs - one.lateUs).slice(0, LATE_PER_WINDOW)
      for (const { lateUs } of worst) assert.ok(taken.some(trade => trade.lateUs === lateUs))
    }),
  )
})

test('of one fan-out only the worst is taken', () => {
  const late = new LateTrades()
  for (const lateUs of [30, 70, 50]) late.add(lateTrade(lateUs, 1))
  assert.deepEqual(
    late.take(LATE_PER_WINDOW).map(({ lateUs }) => lateUs),
    [70],
  )
})

test('what is not taken for minutes stays bounded', () => {
  const late = new LateTrades()
  for (let window = 1; window <= 20; window += 1) {
    for (let lateUs = 1; lateUs <= 100; lateUs += 1) late.add(lateTrade(lateUs, window * 1_000 + lateUs))
    late.rotate(window * LATE_WINDOW_MS)
    assert.equal(late.leastUs, 0, 'a new window begins')
    assert.ok(late.unpostedCount <= LATE_PER_WINDOW)
  }
})

test('nothing is posted when nothing is new; else at most eight a second, both lists get their share', () => {
  const { stamps, poster, posts } = newPoster()
  let nowMs = 1_000
  const run = (ms: number): void => {
    for (const untilMs = nowMs + ms; nowMs < untilMs; nowMs += TICK_MS) assert.equal(poster.runSlice(nowMs), false)
  }
  run(5_000)
  assert.equal(posts.length, 0)
  for (let fanOut = 0; fanOut < LATE_PER_WINDOW; fanOut += 1) {
    stamps.late.add(lateTrade(10 + fanOut, fanOut))
    stamps.lateArrivals.add(lateTrade(10 + fanOut, fanOut))
  }
  run(LATE_POST_MS_MIN)
  assert.deepEqual(
    posts.map(({ worst, worstArrivals }) => [worst.length, worstArrivals.length]),
    [[4, 4]],
  )
  run(LATE_POST_MS_MIN)
  assert.equal(posts.length, 2)
  run(10 * LATE_POST_MS_MIN)
  assert.equal(posts.length, 2)
  assert.ok(posts.every(({ worst, worstArrivals }) => worst.length + worstArrivals.length <= LATE_POST_TRADES_MAX))
  assert.equal(new Set(posts.flatMap(({ worst }) => worst.map(({ lateUs }) => lateUs))).size, LATE_PER_WINDOW)
  stamps.late.add(lateTrade(1_000, 1_000))
  run(TICK_MS)
  assert.equal(posts.length, 3, 'the first after a pause is posted at once')
})

test('an arrival is measured from the fastest of its product, and old arrivals are forgotten', () => {
  const floor = new ArrivalFloor()
  floor.rotate(100_000)
  assert.deepEqual(
    [80_000, 95_000, 79_000, 80_000].map(us => floor.excessUs(1, us)),
    [0, 15_000, 0, 1_000],
  )
  assert.equal(floor.excessUs(2, 500_000), 0)
  floor.rotate(200_000)
  assert.equal(floor.excessUs(1, 99_000), 20_000)
  floor.rotate(300_000)
  assert.equal(floor.excessUs(1, 99_500), 500)
})

type Name = 'worst' | 'worstArrivals'

function newPoster(): { stamps: HopStamps; poster: LateTradePoster; posts: Record<Name, readonly LateTrade[]>[] } {
  const stamps = new HopStamps(createTraces(1), 0, () => assert.fail('no trade is stamped'))
  const posts: Record<Name, readonly LateTrade[]>[] = []
  const poster = new LateTradePoster(stamps, ({ worst, worstArrivals }) =>
    posts.push({ worst: lateTradesOf(worst), worstArrivals: lateTradesOf(worstArrivals) }),
  )
  return { stamps, poster, posts }
}

function lateTrade(lateUs: number, handedUs: number): LateTrade {
  const stampsUs = [0, 0, 0, 0, handedUs] as const
  const [sequence, instrument, product, venueUs, receivedUs] = [1, 0, 0, 0, 0]
  return { sequence, instrument, product, venueUs, receivedUs, stampsUs, clientCount: 1, lateUs }
}
