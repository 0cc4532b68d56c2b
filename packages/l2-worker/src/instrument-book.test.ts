import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DepthRecordKind } from '@tradelane/shared/lanes/depth-ring'
import { StatusReason } from '@tradelane/shared/market/nouns'
import fc from 'fast-check'
import { CROSSED_MS_MAX, HELD_FRAMES_MAX, RESYNC_CALM_MS, RESYNC_RETRY_MS, RESYNC_SPACING_MS } from './limits.js'
import { BookHarness, LEVEL_COUNT, RELINK } from './test/book-fixture.js'
import { DIALECTS, type Dialect, seededRandom } from './test/true-market.js'

const { linkUp, linkDown, stream, rest } = DepthRecordKind

for (const dialect of DIALECTS) {
  test(`${dialect}: with any losses, cuts, delays and broken frames, a live book is the true and newest one, and it comes back`, () => {
    fc.assert(
      fc.property(fc.integer(), seed => {
        const harness = new BookHarness(dialect, seed)
        const random = seededRandom(seed + 1)
        harness.give(linkUp)
        for (let step = 0; step < 200; step += 1) {
          harness.fault(random())
          harness.expectTrue()
          if (random() < 0.7) harness.giveDelta()
          if (random() < 0.03) harness.giveAgain()
          harness.expectTrue()
          if (random() < 0.3) harness.fetch()
          if (random() < 0.3) harness.deliver()
          harness.expectTrue()
          harness.pass(random() < 0.02 ? RESYNC_RETRY_MS : random() * 500)
          harness.expectTrue()
        }
        harness.fault(RELINK)
        for (let step = 0; step < 400 && !harness.book.isLive; step += 1) {
          harness.giveDelta().pass(1_000).answer().expectTrue()
        }
        assert.ok(harness.book.isLive, 'the book did not come back')
      }),
      { numRuns: 50 },
    )
  })

  test(`${dialect}: a gap makes the book stale at once and asks for one resync`, () => {
    const harness = liveHarness(dialect)
    harness.market.step()
    harness.giveDelta().giveDelta().giveDelta()
    assert.ok(!harness.book.isLive)
    assert.equal(harness.stale, StatusReason.sequenceGap)
    harness.pass(1)
    assert.equal(harness.resyncCount, 1)
    harness.pass(RESYNC_RETRY_MS / 2)
    assert.equal(harness.resyncCount, 1)
    harness.answer()
    assert.ok(harness.book.isLive)
    harness.giveDelta().expectTrue()
  })

  test(`${dialect}: a request without an answer is repeated`, () => {
    const harness = liveHarness(dialect)
    harness.market.step()
    harness.giveDelta().pass(1)
    harness.pass(RESYNC_RETRY_MS)
    assert.equal(harness.resyncCount, 2)
  })

  test(`${dialect}: a gap right behind a snapshot is resynced after a pause, not in a loop`, () => {
    const harness = liveHarness(dialect)
    harness.market.step()
    harness.giveDelta().pass(1).answer()
    harness.market.step()
    harness.giveDelta().pass(1)
    assert.equal(harness.resyncCount, 1)
    harness.pass(RESYNC_SPACING_MS - 2)
    assert.equal(harness.resyncCount, 1)
    harness.pass(1)
    assert.equal(harness.resyncCount, 2)
  })

  test(`${dialect}: a lost connection makes the book stale, the next one starts again`, () => {
    const harness = liveHarness(dialect)
    harness.give(linkDown)
    assert.equal(harness.stale, StatusReason.disconnected)
    assert.ok(!harness.book.isLive)
    harness.pass(RESYNC_RETRY_MS * 3)
    assert.equal(harness.resyncCount, 0, 'no snapshot can come from a dead connection')
    harness.market.step()
    harness.give(linkUp)
    assert.equal(harness.stale, StatusReason.snapshot)
    if (harness.isRest) harness.giveDelta().pass(1).answer()
    else harness.give(stream, harness.market.snapshotFrame())
    assert.ok(harness.book.isLive)
    harness.giveDelta().expectTrue()
  })

  test(`${dialect}: a loss count that rose makes the book stale although no record came`, () => {
    const harness = liveHarness(dialect)
    harness.book.checkLoss(harness.lossCount, harness.nowMs)
    assert.ok(harness.book.isLive)
    harness.lossCount += 1
    harness.book.checkLoss(harness.lossCount, harness.nowMs)
    assert.ok(!harness.book.isLive)
    assert.equal(harness.stale, StatusReason.overload)
    harness.pass(1)
    assert.equal(harness.resyncCount, 1)
    harness.answer().giveDelta()
    assert.ok(harness.book.isLive)
    harness.expectTrue()
  })

  test(`${dialect}: a malformed frame may hide a delta: stale, and a resync`, () => {
    const harness = liveHarness(dialect)
    harness.give(stream, Buffer.from('{}')).pass(1)
    assert.equal(harness.stale, StatusReason.malformed)
    assert.equal(harness.malformedCount, 1)
    assert.equal(harness.resyncCount, 1)
  })

  test(`${dialect}: a cross that passes is withheld, one that lasts is resynced`, () => {
    const harness = liveHarness(dialect)
    harness.give(stream, harness.market.deltaFrame({ ...harness.market.step(), bids: [['900000.0', '1.000']] }))
    assert.ok(harness.book.isLive)
    assert.ok(harness.book.isCrossed)
    harness.pass(CROSSED_MS_MAX - 100)
    harness.give(stream, harness.market.deltaFrame({ ...harness.market.step(), bids: [['900000.0', '0']] }))
    assert.ok(!harness.book.isCrossed)
    harness.give(stream, harness.market.deltaFrame({ ...harness.market.step(), bids: [['900000.0', '1.000']] }))
    harness.pass(CROSSED_MS_MAX + 1)
    assert.equal(harness.stale, StatusReason.crossed)
    assert.equal(harness.resyncCount, 1)
  })

  test(`${dialect}: frames before any record of the connection are not used, but lead to a resync after a while`, () => {
    const harness = new BookHarness(dialect, 5)
    harness
      .giveDelta()
      .pass(RESYNC_RETRY_MS - 1)
      .giveDelta()
    assert.equal(harness.resyncCount, 0)
    harness.pass(1)
    assert.equal(harness.resyncCount, 1)
    harness.giveDelta().answer()
    assert.ok(harness.book.isLive)
    harness.giveDelta().expectTrue()
  })
}

test('deltas that came before their snapshot are replayed onto it, deletions included', () => {
  const harness = new BookHarness('binance-futures', 11)
  harness.give(linkUp)
  harness.giveDelta().giveDelta()
  const snapshot = harness.market.snapshotFrame()
  for (let count = 0; count < 30; count += 1) harness.giveDelta()
  harness.give(rest, snapshot)
  assert.ok(harness.book.isLive)
  assert.equal(harness.book.stamp.sequence, harness.market.lastId)
  assert.equal(harness.resetCount, 1)
  harness.expectTrue()
})

test('a snapshot older than the first held delta is asked for again, and the held ones stay', () => {
  const harness = new BookHarness('binance-futures', 12)
  const early = harness.market.snapshotFrame()
  harness.market.step()
  harness.market.step()
  harness.give(linkUp).giveDelta().pass(1)
  assert.equal(harness.resyncCount, 1)
  harness.give(rest, early)
  assert.ok(!harness.book.isLive)
  harness.pass(1_000)
  assert.equal(harness.resyncCount, 2)
  harness.answer()
  assert.ok(harness.book.isLive)
  harness.giveDelta().expectTrue()
})

test('more deltas than the limit: all are forgotten, and a later snapshot still makes a true book', () => {
  const harness = new BookHarness('binance-futures', 13)
  harness.give(linkUp)
  for (let count = 0; count < HELD_FRAMES_MAX + 10; count += 1) harness.giveDelta()
  harness.answer()
  harness.give(rest, harness.market.snapshotFrame()).giveDelta()
  assert.ok(harness.book.isLive)
  harness.expectTrue()
})

for (const dialect of ['binance-futures', 'binance-spot'] as const) {
  test(`${dialect}: a book whose snapshot was cut is resynced when the price moves beyond it`, () => {
    const harness = new BookHarness(dialect, 14, LEVEL_COUNT + 10)
    harness.give(linkUp).giveDelta().pass(1).answer()
    assert.ok(harness.book.isLive)
    let resyncCount = 1
    for (let step = 0; step < 3_000; step += 1) {
      harness.giveDelta().pass(100)
      harness.expectTrue()
      if (harness.book.isLive) continue
      assert.equal(harness.stale, StatusReason.snapshot)
      harness.answer()
      resyncCount += 1
    }
    assert.ok(resyncCount > 3, 'the price never moved beyond the snapshot')
  })
}

test('a late answer does not take a live book back', () => {
  const harness = liveHarness('binance-futures')
  const late = harness.market.snapshotFrame()
  harness.giveDelta().giveDelta().give(rest, late)
  assert.ok(harness.book.isLive)
  harness.giveDelta().expectTrue()
})

test('a snapshot fetched before a loss is not used: no delta might come to show what it lacks', () => {
  const harness = liveHarness('binance-futures')
  harness.market.step()
  harness.giveDelta().pass(1).fetch()
  harness.market.step()
  harness.lossCount += 1
  harness.pass(1).deliver()
  assert.ok(!harness.book.isLive)
  harness.pass(RESYNC_SPACING_MS)
  assert.equal(harness.resyncCount, 2)
  harness.answer().expectTrue()
  assert.ok(harness.book.isLive)
})

for (const dialect of ['binance-futures', 'binance-spot'] as const) {
  test(`${dialect}: a snapshot older than the book that was dropped is asked for again, although no delta shows it`, () => {
    const harness = liveHarness(dialect)
    const cached = harness.market.snapshotFrame()
    harness.giveDelta().giveDelta().give(stream, Buffer.from('{}')).pass(1)
    harness.give(rest, cached)
    assert.ok(!harness.book.isLive)
    harness.pass(RESYNC_SPACING_MS)
    assert.equal(harness.resyncCount, 2)
    harness.answer().expectTrue()
    assert.ok(harness.book.isLive)
  })

  test(`${dialect}: a venue that restarts its numbering while a book waits is followed from its first delta on`, () => {
    const harness = liveHarness(dialect)
    harness.giveDelta().give(stream, Buffer.from('{}')).pass(1)
    harness.market.lastId = 1
    harness.giveDelta().answer()
    assert.ok(harness.book.isLive)
    harness.giveDelta().expectTrue()
  })
}

test('a snapshot older than deltas that were forgotten is asked for again', () => {
  const harness = new BookHarness('binance-futures', 16)
  const cached = harness.market.snapshotFrame()
  harness.give(linkUp)
  for (let count = 0; count <= HELD_FRAMES_MAX; count += 1) harness.giveDelta()
  assert.equal(harness.book.heldCount, 0)
  harness.pass(1).give(rest, cached)
  assert.ok(!harness.book.isLive)
  harness.pass(RESYNC_SPACING_MS).answer().expectTrue()
  assert.ok(harness.book.isLive)
})

test('an answer to a request of the previous connection is not used', () => {
  const harness = liveHarness('binance-futures')
  harness.market.step()
  harness.giveDelta().pass(1).fetch()
  harness.market.step()
  harness.give(linkDown).give(linkUp).deliver()
  assert.ok(!harness.book.isLive)
  harness.giveDelta().pass(1).answer().expectTrue()
  assert.ok(harness.book.isLive)
})

test('where amounts need a factor no book is shown before the connection brought it', () => {
  const harness = new BookHarness('bybit-linear', 15, undefined, true)
  harness.giveDelta().pass(RESYNC_RETRY_MS).pass(RESYNC_RETRY_MS)
  assert.equal(harness.resyncCount, 0)
  harness.give(linkUp).give(stream, harness.market.snapshotFrame())
  assert.ok(!harness.book.isLive)
  assert.equal(harness.malformedCount, 1)
  harness.give(linkUp, Buffer.from('0.01')).give(stream, harness.market.snapshotFrame())
  assert.ok(harness.book.isLive)
})

test('a snapshot between deltas makes a new book that passes the throttle', () => {
  const harness = liveHarness('bybit-linear')
  harness.market.step()
  harness.give(stream, harness.market.snapshotFrame())
  assert.equal(harness.resetCount, 2)
  assert.equal(harness.resyncCount, 0)
  harness.giveDelta().expectTrue()
})

function liveHarness(dialect: Dialect): BookHarness {
  const harness = new BookHarness(dialect, 7)
  harness.give(linkUp)
  if (harness.isRest) harness.giveDelta().pass(1).answer()
  else harness.give(stream, harness.market.snapshotFrame())
  assert.ok(harness.book.isLive)
  // Its first snapshot was asked for just now; a book that has been exact since then needs no pause.
  harness.pass(RESYNC_CALM_MS)
  harness.resyncCount = 0
  return harness
}
