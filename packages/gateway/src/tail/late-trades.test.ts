import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LATE_PER_WINDOW, LATE_WINDOW_MS, LATE_WINDOWS } from '../limits.js'
import { ArrivalFloor } from './arrival-floor.js'
import { type LateTrade, LateTrades } from './late-trades.js'

test('of each window the few worst are kept, one of each fan-out', () => {
  const trade = fc.record({ lateUs: fc.integer({ min: 1, max: 500 }), fanOut: fc.integer({ min: 1, max: 300 }) })
  fc.assert(
    fc.property(fc.array(trade, { maxLength: 400 }), trades => {
      const late = new LateTrades()
      const worstByFanOut = new Map<number, number>()
      for (const { lateUs, fanOut } of trades) {
        if (lateUs > late.leastUs) late.add(lateTrade(lateUs, fanOut))
        worstByFanOut.set(fanOut, Math.max(lateUs, worstByFanOut.get(fanOut) ?? 0))
      }
      const expected = [...worstByFanOut.values()].sort((one, other) => other - one).slice(0, LATE_PER_WINDOW)
      assert.deepEqual(
        late.worst(1_000).map(({ lateUs }) => lateUs),
        expected,
      )
    }),
  )
})

test('a late trade is kept for a minute, then forgotten, however many follow', () => {
  const late = new LateTrades()
  late.add(lateTrade(1_000_000, 1))
  let nowMs = 0
  for (let window = 0; window < LATE_WINDOWS; window += 1) {
    for (let fanOut = 0; fanOut < 5_000; fanOut += 1) {
      const lateUs = (fanOut * 7_919) % 10_000
      if (lateUs > late.leastUs) late.add(lateTrade(lateUs, nowMs + fanOut))
    }
    assert.equal(late.worst(1)[0]?.lateUs, 1_000_000)
    nowMs += LATE_WINDOW_MS
    late.rotate(nowMs)
  }
  assert.equal(late.worst(1_000).length, LATE_WINDOWS * LATE_PER_WINDOW)
  late.rotate(nowMs + LATE_WINDOW_MS)
  assert.ok((late.worst(1)[0]?.lateUs ?? 0) < 10_000)
})

test('a trade waits for its breakdown until every thread has recorded its activities', () => {
  const late = new LateTrades()
  late.add(lateTrade(10, 1_000))
  late.add(lateTrade(20, 2_000))
  const found = late.withoutBreakdown(1_500)
  assert.equal(found?.lateUs, 10)
  found.breakdown = []
  assert.equal(late.withoutBreakdown(1_500), undefined)
  late.rotate(LATE_WINDOW_MS)
  assert.equal(late.withoutBreakdown(2_500)?.lateUs, 20)
})

test('a trade that is not late enough and stamps that descend are caught', () => {
  const late = new LateTrades()
  late.add(lateTrade(10, 1_000))
  assert.throws(() => late.add(lateTrade(0, 2_000)), { message: 'only a trade later than the least is kept' })
  assert.throws(() => late.add(lateTrade(20, -1)), { message: 'stamps of a trade never descend' })
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

function lateTrade(lateUs: number, handedUs: number): LateTrade {
  const stampsUs = [0, 0, 0, 0, handedUs] as const
  const [sequence, instrument, product, venueUs, receivedUs] = [1, 0, 0, 0, 0]
  return { sequence, instrument, product, venueUs, receivedUs, stampsUs, clientCount: 1, lateUs, breakdown: undefined }
}
