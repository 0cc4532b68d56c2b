import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LATE_PER_WINDOW, type LateTrade, LateWindow, lateTradeNumbers, lateTradesOf } from './late-trades.js'

test('the few worst are kept, one of each fan-out; what has no place is returned', () => {
  const trade = fc.record({ lateUs: fc.integer({ min: 1, max: 500 }), fanOut: fc.integer({ min: 1, max: 300 }) })
  fc.assert(
    fc.property(fc.array(trade, { maxLength: 400 }), trades => {
      const window = new LateWindow()
      const worstByFanOut = new Map<number, number>()
      let [added, returned] = [0, 0]
      for (const { lateUs, fanOut } of trades) {
        if (lateUs > window.leastUs) {
          added += 1
          if (window.add(lateTrade(lateUs, fanOut)) !== null) returned += 1
        }
        worstByFanOut.set(fanOut, Math.max(lateUs, worstByFanOut.get(fanOut) ?? 0))
      }
      const expected = [...worstByFanOut.values()].sort((one, other) => other - one).slice(0, LATE_PER_WINDOW)
      const kept = window.trades.map(({ lateUs }) => lateUs).sort((one, other) => other - one)
      assert.deepEqual(kept, expected)
      assert.equal(added - returned, kept.length)
    }),
  )
})

test('late trades are the same after they were posted as numbers', () => {
  const number = fc.double({ noNaN: true })
  const stampsUs = fc.tuple(number, number, number, number, number)
  const trade = fc.record(
    {
      sequence: number,
      instrument: number,
      product: number,
      venueUs: number,
      receivedUs: number,
      stampsUs,
      clientCount: number,
      lateUs: number,
    },
    { noNullPrototype: true },
  )
  fc.assert(
    fc.property(fc.array(trade), trades => {
      assert.deepEqual(lateTradesOf(structuredClone(lateTradeNumbers(trades))), trades)
    }),
  )
  assert.throws(() => lateTradesOf([1, 2, 3]), { message: 'a late trade has twelve numbers' })
})

test('a trade that is not late enough and stamps that descend are caught', () => {
  const window = new LateWindow()
  window.add(lateTrade(10, 1_000))
  assert.throws(() => window.add(lateTrade(0, 2_000)), { message: 'only a trade later than the least is kept' })
  assert.throws(() => window.add(lateTrade(20, -1)), { message: 'stamps of a trade never descend' })
})

function lateTrade(lateUs: number, handedUs: number): LateTrade {
  const stampsUs = [0, 0, 0, 0, handedUs] as const
  const [sequence, instrument, product, venueUs, receivedUs] = [1, 0, 0, 0, 0]
  return { sequence, instrument, product, venueUs, receivedUs, stampsUs, clientCount: 1, lateUs }
}
