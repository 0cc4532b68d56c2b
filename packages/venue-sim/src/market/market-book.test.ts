import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkDeltas } from '../test/book-chains.js'
import { ClientBook } from '../test/client-book.js'
import { BookView } from './book-view.js'
import { digestOfLevels } from './digest.js'
import { instrumentSpec } from './instrument-spec.js'
import { Ladder } from './ladder.js'
import { MarketBook } from './market-book.js'
import { Random } from './random.js'

const LADDER = new Ladder(instrumentSpec({ base: 'btc', quote: 'usdt' }, { BTC: [86_723.4, 2, 10, 3] }), '0')

test('a client that applies the deltas has the exact book, with any window', () => {
  fc.assert(
    fc.property(fc.integer(), fc.constantFrom(50, 200, 400, 1_000, Number.POSITIVE_INFINITY), (seed, depth) => {
      checkDeltas(createBook(seed), depth, 60)
    }),
    { numRuns: 20 },
  )
})

test('a snapshot inside a delta is an uncrossed book that the whole delta turns into the exact one', () => {
  const book = createBook(5)
  const view = new BookView(book)
  for (let round = 0; round < 200; round += 1) {
    book.changeTop()
    book.change()
    const client = new ClientBook()
    const inside = view.snapshot(1_000, round % book.touchedCount)
    client.replace(inside.bids, inside.asks)
    assert.ok(!client.isCrossed)
    view.update(true)
    book.clearTouched()
    client.apply(JSON.parse(`[${view.bids}]`), JSON.parse(`[${view.asks}]`))
    assert.equal(client.digest(), book.digest())
  }
})

test('a side never has fewer than 1,000 levels, and a client that got 1,000 once stays exact', () => {
  const book = createBook(9)
  const view = new BookView(book)
  const client = new ClientBook()
  const opening = view.snapshot(1_000)
  client.replace(opening.bids, opening.asks)
  for (let round = 0; round < 20_000; round += 1) {
    book.change()
    view.update(true)
    book.clearTouched()
    client.apply(JSON.parse(`[${view.bids}]`), JSON.parse(`[${view.asks}]`))
    if (round % 500 !== 0) continue
    assert.equal(client.digest(), book.digest())
    const { bids, asks } = view.snapshot(1_000)
    assert.deepEqual([bids.length, asks.length], [1_000, 1_000])
    assert.equal(digestOfLevels(bids, asks), book.digest())
  }
})

test('a window that is deeper than the book is refused', () => {
  assert.throws(() => new BookView(createBook(1), 3_000), /fills the window/)
})

function createBook(seed: number): MarketBook {
  return new MarketBook(LADDER, new Random(seed, 1), new Random(seed, 2))
}
