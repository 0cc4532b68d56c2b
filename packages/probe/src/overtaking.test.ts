import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Overtaking } from './overtaking.js'

const US = 1_790_000_000_000_000

test('a book that was received before the trade, or at about the same time, overtakes nothing', () => {
  check([{ book: 0 }, { trade: 10 }, { book: 5_000 }, { trade: 5_000 }, { trade: 4_500 }], 0)
})

test('each trade behind a newer book was overtaken, however many books came between', () => {
  check([{ book: 9_000 }, { book: 100 }, { trade: 5_000 }, { trade: 5_001 }, { trade: 9_000 }], 2)
})

test('a trade that comes before the newer book was not overtaken', () => check([{ trade: 10 }, { book: 9_000 }], 0))

function check(frames: readonly { readonly book?: number; readonly trade?: number }[], expected: number): void {
  const overtaking = new Overtaking()
  for (const { book, trade } of frames) {
    if (book !== undefined) overtaking.book(US + book)
    if (trade !== undefined) overtaking.trade(US + trade)
  }
  assert.equal(overtaking.count, expected)
}
