import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Kind, type SubscribedKind } from '@tradelane/shared/market/nouns'
import { Ages } from './ages.js'
import { type Sibling, Siblings } from './siblings.js'

const S = 1_000_000

class Family {
  readonly ages = new Ages()
  readonly book = this.add(Kind.orderBookL2)
  readonly trades = this.add(Kind.trade)
  readonly tops = this.add(Kind.orderBookL1)

  constructor() {
    for (const sibling of [this.trades, this.tops]) {
      this.book.siblings.add(sibling)
      sibling.siblings.add(this.book)
    }
  }

  add(kind: SubscribedKind): Sibling {
    return { id: this.ages.add(), kind, siblings: new Siblings(this.ages) }
  }

  /** One arrival a second, at these seconds. */
  hear({ id }: Sibling, fromS: number, toS: number): void {
    for (let s = fromS; s <= toS; s += 1) this.ages.heard(id, s * S)
  }
}

test('arrivals of siblings count since they met the subject, those of trades alone too', () => {
  const family = new Family()
  const { siblings } = family.book
  family.hear(family.trades, 1, 3)
  family.hear(family.tops, 1, 5)
  assert.deepEqual([siblings.count, siblings.tradeCount], [8, 3])
  siblings.learnCount()
  siblings.meet()
  assert.deepEqual([siblings.count, siblings.tradeCount, siblings.most], [0, 0, 8])
})

test('they go on alone since the first look that finds an arrival, until they meet the subject', () => {
  const family = new Family()
  const { siblings } = family.book
  siblings.look(10 * S)
  assert.equal(siblings.aloneUs(20 * S), Number.NaN)
  assert.equal(siblings.movingAloneUs(), 0)
  family.hear(family.tops, 11, 15)
  siblings.look(12 * S)
  siblings.look(13 * S)
  assert.equal(siblings.aloneUs(20 * S), 8 * S)
  assert.equal(siblings.movingAloneUs(), 4 * S, 'up to the last arrival, and a look')
  siblings.learnAlone(20 * S)
  siblings.meet()
  assert.equal(siblings.aloneUs(21 * S), Number.NaN)
  assert.equal(siblings.aloneMostUs, 9 * S)
})

test('of a silence only what is genuine is learned', () => {
  const family = new Family()
  const { siblings } = family.book
  family.hear(family.tops, 1, 5)
  siblings.look(5 * S)
  siblings.learnAloneFor(2 * S, 60 * S)
  assert.equal(siblings.aloneMostUs, 3 * S)
})

test('two generations are remembered', () => {
  const family = new Family()
  const { siblings } = family.book
  family.hear(family.tops, 1, 5)
  siblings.look(5 * S)
  siblings.learnCount()
  siblings.learnAlone(9 * S)
  siblings.moveOn()
  assert.deepEqual([siblings.most, siblings.aloneMostUs], [5, 5 * S])
  siblings.moveOn()
  assert.deepEqual([siblings.most, siblings.aloneMostUs], [0, S])
})

test('what leaves is the sibling of none', () => {
  const { book, trades, tops } = new Family()
  trades.siblings.leave(trades)
  assert.deepEqual(book.siblings.all, [tops])
  assert.deepEqual(trades.siblings.all, [])
})
