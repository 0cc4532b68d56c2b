// How the remedies of a book escalate, and how a book that is crossed at the venue waits.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DepthRecordKind } from '@tradelane/shared/lanes/depth-ring'
import { StatusReason } from '@tradelane/shared/market/nouns'
import {
  CROSS_CHECK_MS,
  CROSSED_MS_MAX,
  REMEDY_PAUSE_MS_MIN,
  RESYNC_CALM_MS,
  RESYNC_RETRY_MS,
  RESYNC_SPACING_MS_MAX,
} from './limits.js'
import { BookHarness } from './test/book-fixture.js'
import { DIALECTS, type Dialect } from './test/true-market.js'

const { linkUp, stream, handover } = DepthRecordKind
const HOUR_MS = 3_600_000

for (const dialect of DIALECTS) {
  test(`${dialect}: a book that breaks after each snapshot gets other remedies, then pauses; never requests in a loop`, () => {
    const harness = liveHarness(dialect)
    for (let ms = 0; ms < HOUR_MS; ms += 1_000) {
      harness.market.step()
      harness.giveDelta().pass(1_000).answer()
    }
    const expected = harness.isRest ? ['snapshot', 'snapshot', 'snapshot', 'connection'] : ['snapshot', 'connection']
    assert.deepEqual(harness.remedies.slice(0, expected.length), expected)
    assert.deepEqual(
      harness.pausesMs.slice(0, 3),
      [1, 2, 4].map(factor => factor * REMEDY_PAUSE_MS_MIN),
    )
    assert.ok(harness.resyncCount <= (harness.isRest ? 32 : 16), `${harness.resyncCount} remedies in an hour`)
    assert.equal(harness.stale, StatusReason.sequenceGap, 'clients know why it is withheld')
  })

  test(`${dialect}: after a pause a venue that works again makes the book live`, () => {
    const harness = liveHarness(dialect)
    while (harness.pausesMs.length === 0) {
      harness.market.step()
      harness.giveDelta().pass(1_000).answer()
    }
    for (let ms = 0; ms < REMEDY_PAUSE_MS_MIN + RESYNC_SPACING_MS_MAX; ms += 1_000)
      harness.giveDelta().pass(1_000).answer()
    assert.ok(harness.book.isLive)
    harness.pass(RESYNC_CALM_MS).giveDelta().expectTrue()
    harness.market.step()
    harness.giveDelta().pass(1)
    assert.equal(harness.remedies.at(-1), 'snapshot', 'a fault long after that is a new one')
  })

  test(`${dialect}: a book that is crossed at the venue waits, marked, and is shown as soon as it uncrosses`, () => {
    const harness = liveHarness(dialect)
    const cross = (): void => {
      harness.give(stream, harness.market.deltaFrame({ ...harness.market.step(), bids: [['900000.0', '1.000']] }))
    }
    cross()
    for (let ms = 0; ms < CROSS_CHECK_MS - 10_000; ms += 500) {
      harness.pass(500).answer()
      // After the snapshot, which this market makes without the bid, the venue's deltas cross it again.
      if (harness.book.isLive && !harness.book.isCrossed) cross()
      harness.give(stream, harness.market.deltaFrame({ ...harness.market.step(), bids: [], asks: [] }))
    }
    assert.ok(harness.resyncCount <= 2, `${harness.resyncCount} requests in five minutes`)
    assert.ok(harness.book.isLive && harness.book.isCrossed)
    assert.equal(harness.stale, StatusReason.crossed)
    const staleCount = harness.staleCount
    harness.pass(CROSSED_MS_MAX * 2)
    assert.equal(harness.staleCount, staleCount, 'it is marked once')
    harness.give(stream, harness.market.deltaFrame({ ...harness.market.step(), bids: [['900000.0', '0']] }))
    assert.ok(harness.book.isLive && !harness.book.isCrossed)
  })
}

for (const dialect of ['bybit-linear', 'okx-swap'] as const) {
  test(`${dialect}: a subscription that brings no snapshot is followed by another connection, whose snapshot is taken`, () => {
    const harness = liveHarness(dialect)
    harness.market.step()
    harness.giveDelta().pass(1).giveDelta().pass(RESYNC_RETRY_MS)
    assert.deepEqual(harness.remedies, ['snapshot', 'connection'])
    harness.giveDelta().give(handover).give(stream, harness.market.snapshotFrame()).giveDelta()
    assert.ok(harness.book.isLive)
    harness.expectTrue()
  })
}

test('an overload of our own is not held against the venue', () => {
  const harness = liveHarness('okx-swap')
  for (let count = 0; count < 20; count += 1) {
    harness.lossCount += 1
    harness.pass(1_000).giveDelta().pass(RESYNC_SPACING_MS_MAX).answer()
    assert.ok(harness.book.isLive)
  }
  assert.ok(harness.remedies.every(remedy => remedy === 'snapshot'))
  assert.deepEqual(harness.pausesMs, [])
})

function liveHarness(dialect: Dialect): BookHarness {
  const harness = new BookHarness(dialect, 7)
  harness.give(linkUp)
  if (harness.isRest) harness.giveDelta().pass(1).answer()
  else harness.give(stream, harness.market.snapshotFrame())
  assert.ok(harness.book.isLive)
  harness.pass(RESYNC_CALM_MS)
  harness.resyncCount = 0
  harness.remedies.length = 0
  return harness
}
