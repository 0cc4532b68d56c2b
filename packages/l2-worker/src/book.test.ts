import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareDecimals, isZeroDecimal } from '@tradelane/shared/wire/decimal'
import { newDepthFrame } from '@tradelane/venues/depth-protocol'
import fc from 'fast-check'
import { Book } from './book.js'
import { LEVELS_PER_SIDE_MAX } from './limits.js'

/** Few prices, so that levels meet; several spellings of one price, as venues have them. */
const price = fc
  .tuple(fc.integer({ min: 1, max: 400 }), fc.constantFrom('', '0', '00'))
  .map(([ticks, zeros]) => `${(ticks / 10).toFixed(1)}${zeros}`)
const amount = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom('0', '0.000', '0.00000000') },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 1_000_000 }).map(lots => (lots / 1_000).toFixed(3)) },
)
const levels = fc.array(fc.tuple(price, amount), { maxLength: 40 })
const frame = fc.record({ isSnapshot: fc.constantFrom(false, false, false, true), bids: levels, asks: levels })

test('after any deltas and snapshots the best levels are those of a plain reference', () => {
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 60 }), fc.integer({ min: 1, max: 60 }), (frames, levelCount) => {
      const book = new Book()
      const bids = new ReferenceSide(-1)
      const asks = new ReferenceSide(1)
      for (const { isSnapshot, ...sides } of frames) {
        // A snapshot names each price once; only then is its meaning plain.
        const bidLevels = isSnapshot ? onePerPrice(sides.bids) : sides.bids
        const askLevels = isSnapshot ? onePerPrice(sides.asks) : sides.asks
        const depth = { ...newDepthFrame(), bids: bidLevels.flat(), asks: askLevels.flat() }
        assert.ok(isSnapshot ? book.replace(depth, Number.POSITIVE_INFINITY) : book.apply(depth))
        bids.apply(bidLevels, isSnapshot)
        asks.apply(askLevels, isSnapshot)
        assert.deepEqual(topOf(book, levelCount), [bids.top(levelCount), asks.top(levelCount)])
      }
    }),
  )
})

test('levels below a cut snapshot are not invented: the book knows which of its levels are complete', () => {
  const book = new Book()
  const snapshot = { ...newDepthFrame(), bids: ['10', '1', '9', '1', '8', '1'], asks: ['11', '1'] }
  assert.ok(book.replace(snapshot, 3))
  assert.ok(book.knows(3))
  // Below the cut there may be other levels: this one must not be taken for the third best.
  assert.ok(book.apply({ ...newDepthFrame(), bids: ['5', '1'] }))
  assert.ok(book.apply({ ...newDepthFrame(), bids: ['9', '0'] }))
  assert.deepEqual(topOf(book, 3)[0], ['10', '1', '8', '1'])
  assert.ok(!book.knows(3))
  assert.ok(book.knows(2))
})

test('a snapshot is cut where the venue cuts it, also if some of its levels are empty or come twice', () => {
  for (const bids of [
    ['10', '1', '9', '0.000', '8', '1'],
    ['10', '1', '8', '1', '8.0', '1'],
  ]) {
    const book = new Book()
    assert.ok(book.replace({ ...newDepthFrame(), bids, asks: ['11', '1'] }, 3))
    assert.ok(book.apply({ ...newDepthFrame(), bids: ['5', '1'] }))
    assert.deepEqual(topOf(book, 3)[0], ['10', '1', '8', '1'])
    assert.ok(!book.knows(3))
  }
})

test('a side with fewer levels than the venue would show is complete', () => {
  const book = new Book()
  assert.ok(book.replace({ ...newDepthFrame(), bids: ['10', '1'], asks: ['11', '1'] }, 3))
  assert.ok(book.knows(50))
  assert.ok(book.apply({ ...newDepthFrame(), bids: ['5', '1'] }))
  assert.deepEqual(topOf(book, 3)[0], ['10', '1', '5', '1'])
})

test('a full side forgets its worst levels, stays sorted, and knows what it forgot', () => {
  const book = new Book()
  const overflow = 100
  for (let ticks = 1; ticks <= LEVELS_PER_SIDE_MAX + overflow; ticks += 1) {
    assert.ok(book.apply({ ...newDepthFrame(), bids: [String(ticks), '1'] }))
  }
  assert.equal(book.bids.count, LEVELS_PER_SIDE_MAX)
  assert.ok(book.apply({ ...newDepthFrame(), bids: ['3', '1'] }))
  const [bids] = topOf(book, LEVELS_PER_SIDE_MAX + 1)
  assert.equal(bids?.length, LEVELS_PER_SIDE_MAX * 2)
  assert.equal(bids?.at(-2), String(overflow + 1))
  assert.ok(!book.knows(LEVELS_PER_SIDE_MAX + 1))
  assert.ok(book.knows(LEVELS_PER_SIDE_MAX))
})

test('on a full side a level that stays is still kept up to date, and one beyond it is not taken', () => {
  const book = new Book()
  const worst = 1_000
  for (let ticks = worst; ticks < worst + LEVELS_PER_SIDE_MAX; ticks += 1) {
    assert.ok(book.apply({ ...newDepthFrame(), bids: [String(ticks), '1'] }))
  }
  assert.ok(book.apply({ ...newDepthFrame(), bids: [String(worst - 5), '1'] }))
  assert.ok(book.apply({ ...newDepthFrame(), bids: [String(worst), '2'] }))
  assert.deepEqual(topOf(book, LEVELS_PER_SIDE_MAX)[0]?.slice(-2), [String(worst), '2'])
  // Between the worst two: it takes the place of the worst, and is kept up to date as well.
  assert.ok(book.apply({ ...newDepthFrame(), bids: [`${worst}.5`, '3'] }))
  assert.ok(book.apply({ ...newDepthFrame(), bids: [`${worst}.5`, '4'] }))
  assert.deepEqual(topOf(book, LEVELS_PER_SIDE_MAX)[0]?.slice(-2), [`${worst}.5`, '4'])
  assert.ok(book.apply({ ...newDepthFrame(), bids: [String(worst + 9), '0', String(worst), '1'] }))
  assert.equal(book.bids.count, LEVELS_PER_SIDE_MAX - 1)
})

test('a side that meets the other is crossed, an empty side never is', () => {
  const book = new Book()
  assert.ok(!book.isCrossed)
  assert.ok(book.apply({ ...newDepthFrame(), bids: ['10.0', '1'], asks: ['10.1', '1'] }))
  assert.ok(!book.isCrossed)
  assert.ok(book.apply({ ...newDepthFrame(), bids: ['10.10', '1'] }))
  assert.ok(book.isCrossed)
  assert.ok(book.apply({ ...newDepthFrame(), asks: ['10.1', '0'] }))
  assert.ok(!book.isCrossed)
})

for (const [name, bids] of [
  ['a price', ['abc', '1']],
  ['an amount', ['1', '1"']],
] as const) {
  test(`${name} that is no decimal makes the frame malformed`, () => {
    assert.ok(!new Book().apply({ ...newDepthFrame(), bids: [...bids] }))
    assert.ok(!new Book().replace({ ...newDepthFrame(), asks: [...bids] }, 10))
  })
}

/** A list of levels by decimal text, sorted at every read. */
class ReferenceSide {
  readonly #direction: 1 | -1
  #levels: { price: string; amount: string }[] = []

  constructor(direction: 1 | -1) {
    this.#direction = direction
  }

  apply(levels: readonly (readonly [string, string])[], isSnapshot: boolean): void {
    if (isSnapshot) this.#levels = []
    for (const [price, amount] of levels) {
      const place = this.#levels.findIndex(level => compareDecimals(level.price, price) === 0)
      if (place >= 0) this.#levels.splice(place, 1)
      if (!isZeroDecimal(amount)) this.#levels.push({ price, amount })
    }
  }

  top(levelCount: number): string[] {
    return this.#levels
      .toSorted((left, right) => this.#direction * compareDecimals(left.price, right.price))
      .slice(0, levelCount)
      .flatMap(level => [level.price, level.amount])
  }
}

function onePerPrice(levels: readonly (readonly [string, string])[]): (readonly [string, string])[] {
  return levels.filter(([price], at) => levels.findIndex(([other]) => compareDecimals(price, other) === 0) === at)
}

function topOf(book: Book, levelCount: number): [string[], string[]] {
  const bids: string[] = []
  const asks: string[] = []
  book.bids.copyTop(levelCount, bids)
  book.asks.copyTop(levelCount, asks)
  return [bids, asks]
}
