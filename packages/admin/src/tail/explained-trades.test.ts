import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LATE_PER_WINDOW, LATE_WINDOW_MS, type LateTrade } from '@tradelane/shared/trace/late-trades'
import { LATE_WINDOWS } from '../limits.js'
import { ExplainedTrades } from './explained-trades.js'

test('a late trade is kept for a minute, then forgotten, however many follow', () => {
  const trades = new ExplainedTrades()
  trades.add(lateTrade(1_000_000, 1))
  let nowMs = 0
  for (let window = 0; window < LATE_WINDOWS; window += 1) {
    for (let fanOut = 0; fanOut < 5_000; fanOut += 1) trades.add(lateTrade((fanOut * 7_919) % 10_000, nowMs + fanOut))
    assert.equal(trades.worst(1)[0]?.lateUs, 1_000_000)
    nowMs += LATE_WINDOW_MS
    trades.rotate(nowMs)
  }
  assert.equal(trades.worst(1_000).length, LATE_WINDOWS * LATE_PER_WINDOW)
  trades.rotate(nowMs + LATE_WINDOW_MS)
  assert.ok((trades.worst(1)[0]?.lateUs ?? 0) < 10_000)
})

test('trades are explained in the order in which they were handed over, each once, also those of the last window', () => {
  const trades = new ExplainedTrades()
  for (const handedUs of [2_000, 1_000]) trades.add(lateTrade(handedUs / 100, handedUs))
  trades.rotate(LATE_WINDOW_MS)
  trades.add(lateTrade(99, 500))
  const order: number[] = []
  for (let next = trades.nextToExplain(); next !== undefined; next = trades.nextToExplain()) {
    order.push(next.stampsUs[4])
    next.breakdown = []
  }
  assert.deepEqual(order, [500, 1_000, 2_000])
})

function lateTrade(lateUs: number, handedUs: number): LateTrade {
  const stampsUs = [0, 0, 0, 0, handedUs] as const
  const [sequence, instrument, product, venueUs, receivedUs] = [1, 0, 0, 0, 0]
  return { sequence, instrument, product, venueUs, receivedUs, stampsUs, clientCount: 1, lateUs }
}
