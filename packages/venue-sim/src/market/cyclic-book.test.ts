import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkDeltas } from '../test/book-chains.js'
import { ClientBook } from '../test/client-book.js'
import { BookView } from './book-view.js'
import { CYCLE_LENGTH, CyclicBook } from './cyclic-book.js'
import { digestOfLevels } from './digest.js'
import { instrumentSpec } from './instrument-spec.js'
import { Ladder } from './ladder.js'
import { Random } from './random.js'

const LADDER = new Ladder(instrumentSpec({ base: 'btc', quote: 'usdt' }, { BTC: [86_723.4, 2, 10, 3] }), '0')

test('a client that applies the deltas has the book of the digest over the whole cycle, with any window', () => {
  fc.assert(
    fc.property(fc.integer(), fc.constantFrom(50, 200, 1_000, Number.POSITIVE_INFINITY), (seed, depth) => {
      checkDeltas(createBook(seed), depth, CYCLE_LENGTH + 10)
    }),
    // The example is path 2 of seed -510277405. It has a correct delta of 49 levels: 38 slots change, 2 of them from one side
    // to the other, and 9 levels enter or leave at the far edges of the window.
    { numRuns: 5, examples: [[4, 1_000]] },
  )
})

test('after a whole cycle the book is what it was, and consecutive books differ', () => {
  const book = createBook(3)
  const amounts = book.amounts.slice()
  const { middle, cyclePosition } = book
  let digest = book.digest()
  const digests = new Set<string>()
  for (let left = CYCLE_LENGTH; left > 0; left -= 1) {
    book.change()
    assert.notEqual(book.digest(), digest)
    digest = book.digest()
    digests.add(digest)
    book.clearTouched()
  }
  assert.deepEqual([book.amounts, book.middle, book.cyclePosition], [amounts, middle, cyclePosition])
  assert.equal(digests.size, CYCLE_LENGTH / 2 + 1)
})

test('a snapshot inside a delta is an uncrossed book that the whole delta turns into the exact one, forwards and backwards', () => {
  const book = createBook(5)
  const view = new BookView(book)
  for (let round = 0; round < CYCLE_LENGTH; round += 1) {
    view.restart()
    book.change()
    const client = new ClientBook()
    const inside = view.snapshot(1_000, round % book.touchedCount)
    client.replace(inside.bids, inside.asks)
    assert.ok(!client.isCrossed)
    view.update(true)
    book.clearTouched()
    client.apply(JSON.parse(`[${view.bids}]`), JSON.parse(`[${view.asks}]`))
    assert.equal(client.digest(), book.digest())
    const { bids, asks } = view.snapshot(50)
    assert.equal(digestOfLevels(bids, asks), book.digest())
  }
})

test('a second change before the first one is published is refused', () => {
  const book = createBook(1)
  book.change()
  assert.throws(() => book.change(), /one step per delta/)
})

function createBook(seed: number): CyclicBook {
  return new CyclicBook(LADDER, new Random(seed, 1), new Random(seed, 2))
}
