import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BookArrival } from '@tradelane/probe/book-ledger'
import { currentAfterLoad, freshAfterStop } from './book-recovery.js'

const END = {
  atUs: 1_000,
  sequences: new Map([
    ['a', 10],
    ['b', 20],
  ]),
}

test('books are current once every market shows a book of the end of the load or a newer one', () => {
  const arrivals = [at('a', 900, 9), at('b', 950, 19), at('a', 1_500, 9), at('b', 2_000, 20), at('a', 3_000, 12)]
  assert.deepEqual(currentAfterLoad(arrivals, END), { afterUs: 2_000, market: 'a' })
})

test('a market without such a book never becomes current', () => {
  const arrivals = [at('b', 9_000, 19), at('a', 1_500, 10)]
  assert.deepEqual(currentAfterLoad(arrivals, END), { afterUs: Number.POSITIVE_INFINITY, market: 'b' })
})

test('after the longest silence the first fresh book of each market counts, not the old books before it', () => {
  const arrivals = [
    at('a', 0, 1),
    at('b', 400, 1),
    { ...at('a', 30_000_000, 2), ageUs: 29_000_000 },
    { ...at('b', 30_001_000, 9), ageUs: 500 },
    { ...at('a', 30_002_500, 9), ageUs: 800 },
    at('a', 31_000_000, 10),
  ]
  assert.deepEqual(freshAfterStop(arrivals), { afterUs: 2_500, market: 'a' })
})

function at(market: string, monotonicUs: number, sequence: number): BookArrival {
  return { market, sequence, monotonicUs, ageUs: 100 }
}
