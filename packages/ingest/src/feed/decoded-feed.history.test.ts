// OKX sends past liquidations after a subscription. They are recognized by the venue's own times, however far its clock is from
// ours; nothing that happened while it was connected is left out.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { OVERLAP_MS, RELEASE_MS } from '../limits.js'
import { FeedFixture } from '../test/feed-fixture.js'
import { okxLiquidations, okxTrade } from '../test/venue-frames.js'

const SKEWS_MS = [0, -30_000, 30_000, -3_600_000, 86_400_000]
const MINUTE_MS = 60_000

/** A venue whose clock differs from ours. */
class SkewedVenue extends FeedFixture {
  readonly #skewMs: number
  #tradeId = 0

  constructor(skewMs: number) {
    super('okx-swap')
    this.#skewMs = skewMs
  }

  get venueMs(): number {
    return this.lanes.clock.toWallUs(this.nowUs) / 1_000 + this.#skewMs
  }

  trade(): this {
    this.#tradeId += 1
    return this.give(okxTrade(this.#tradeId, { ts: Math.floor(this.venueMs) }))
  }

  /** One push of liquidations: price and age. */
  liquidations(...all: readonly (readonly [price: string, ageMs: number])[]): this {
    return this.give(okxLiquidations(all.map(([price, ageMs]) => [price, Math.floor(this.venueMs - ageMs)])))
  }

  /** Without trades. */
  taken(): string[] {
    return this.published().filter(text => !/^\d/.test(text))
  }
}

for (const skewMs of SKEWS_MS) {
  test(`the venue's clock ${skewMs} ms from ours: history is left out, and no liquidation after it`, () => {
    const venue = new SkewedVenue(skewMs).up().trade().pass(40)
    venue.liquidations(['1', 9 * MINUTE_MS], ['2', 3_000], ['3', 5 * MINUTE_MS])
    venue.pass(100).liquidations(['4', 20]).liquidations(['5', 90], ['5', 90])
    assert.deepEqual(venue.taken(), ['liq 4', 'liq 5', 'liq 5'], 'equal ones of a push are two')
    venue.pass(20_000).liquidations(['6', 15_000]).liquidations(['7', 10])
    assert.deepEqual(venue.taken(), ['liq 6', 'liq 7'], 'a late one is none')
  })

  test(`the venue's clock ${skewMs} ms from ours: before any trade liquidations wait for the venue's time, not for long`, () => {
    const venue = new SkewedVenue(skewMs).up().pass(50)
    venue
      .liquidations(['1', 9 * MINUTE_MS], ['2', 3_000])
      .pass(100)
      .liquidations(['3', 20])
    assert.deepEqual(venue.taken(), [])
    venue.trade()
    assert.deepEqual(venue.taken(), ['liq 3'])
    const past = new SkewedVenue(skewMs)
      .up()
      .pass(50)
      .liquidations(['1', 9 * MINUTE_MS], ['2', 3_000], ['3', 20])
    assert.deepEqual(past.pass(RELEASE_MS).taken(), [], 'history shows by its own times')
    const silent = new SkewedVenue(skewMs).up().pass(50)
    silent
      .liquidations(['1', 9 * MINUTE_MS])
      .pass(100)
      .liquidations(['2', 20])
      .pass(RELEASE_MS)
    assert.deepEqual(silent.taken(), ['liq 2'], 'a new one shows the time as well')
    silent.liquidations(['3', 20])
    assert.deepEqual(silent.taken(), ['liq 3'])
  })

  test(`the venue's clock ${skewMs} ms from ours: after a reconnection the history of the time between is published once`, () => {
    const venue = new SkewedVenue(skewMs).up().trade().liquidations(['1', MINUTE_MS], ['2', MINUTE_MS])
    venue.pass(1_000).liquidations(['3', 10]).liquidations(['4', 10]).pass(5_000)
    assert.deepEqual(venue.taken(), ['liq 3', 'liq 4'])
    venue.down().pass(MINUTE_MS).up().pass(20)
    venue.liquidations(['4', MINUTE_MS + 5_030], ['6', 10_000], ['5', 40_000], ['2', 2 * MINUTE_MS + 6_020])
    assert.deepEqual(venue.taken(), ['missed 0: 1 > null', 'liq 6', 'liq 5'])
    venue.trade().pass(30).liquidations(['7', 20])
    assert.deepEqual(venue.taken(), ['liq 7'])
  })
}

test('history that comes late is history: it is older than its connection', () => {
  for (const hasTrade of [true, false]) {
    const venue = new SkewedVenue(-30_000).up()
    if (hasTrade) venue.trade()
    venue.pass(5 * RELEASE_MS).liquidations(['1', MINUTE_MS], ['2', 2 * MINUTE_MS])
    assert.deepEqual(venue.taken(), [])
    venue.pass(100).liquidations(['3', 10])
    assert.deepEqual(venue.taken(), ['liq 3'])
  }
})

test('the newest of the history that is pushed as new too is one', () => {
  const venue = new SkewedVenue(-30_000).up().trade().pass(RELEASE_MS).down().pass(5_000).up().pass(100)
  venue.trade().liquidations(['1', 2_000]).liquidations(['1', 2_000], ['2', 10])
  assert.deepEqual(venue.taken(), ['missed 0: 1 > null', 'liq 1', 'liq 2'])
  venue.pass(RELEASE_MS).liquidations(['2', RELEASE_MS + 10])
  assert.deepEqual(venue.taken(), ['liq 2'], 'another one that is equal')
})

test('a first push that is no history has no repetitions: equal ones in two pushes are two', () => {
  const venue = new SkewedVenue(-30_000).up().pass(RELEASE_MS + 500)
  venue.liquidations(['1', 10]).liquidations(['1', 10])
  assert.deepEqual(venue.taken(), ['liq 1', 'liq 1'])
})

test('what is held is published when the connection is lost, before its gap', () => {
  const venue = new SkewedVenue(-30_000).up().pass(500).liquidations(['1', 10]).down().pass(100).up()
  assert.deepEqual(venue.taken(), ['liq 1', 'missed null: null > null'])
  assert.equal(venue.timers.pendingCount, 1)
  venue.feed.close()
  assert.equal(venue.timers.pendingCount, 0)
})

test('whatever the clocks, the cuts and the overlaps: each liquidation since the first connection is published once', () => {
  const step = fc.record({
    passMs: fc.integer({ min: 10, max: 9_000 }),
    what: fc.constantFrom('trade', 'one', 'two', 'cut', 'replaced'),
  })
  fc.assert(
    fc.property(fc.constantFrom(...SKEWS_MS), fc.array(step, { maxLength: 40 }), (skewMs, steps) => {
      const venue = new SkewedVenue(skewMs)
      const all = [5, 4, 3, 2, 1].map(rank => ({ price: `past${rank}`, atMs: venue.venueMs - MINUTE_MS * rank }))
      const push = (some: typeof all): unknown =>
        venue.liquidations(...some.map(({ price, atMs }) => [priceOf(price), venue.venueMs - atMs] as const))
      /** The newest ones, which a subscription begins with. */
      const subscribe = (): unknown => push(all.slice(-12))
      venue.up().trade()
      subscribe()
      for (const { passMs, what } of steps) {
        venue.pass(passMs)
        if (what === 'trade') venue.trade()
        else if (what === 'cut' || what === 'replaced') {
          if (what === 'cut') venue.down().pass(500).up()
          else venue.pass(OVERLAP_MS).up(true)
          subscribe()
        } else {
          const fresh = { price: String(all.length), atMs: venue.venueMs - 5 }
          const pushed = what === 'one' ? [fresh] : [fresh, fresh]
          all.push(...pushed)
          push(pushed)
        }
      }
      venue.pass(2 * RELEASE_MS)
      const published = venue.taken().filter(text => text.startsWith('liq'))
      const expected = all.slice(5).map(({ price }) => `liq ${price}`)
      assert.deepEqual(published, expected)
    }),
    { numRuns: 200 },
  )
})

function priceOf(name: string): string {
  return name.replace('past', '9000')
}
