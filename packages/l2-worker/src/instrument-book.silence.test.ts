// A book that should move and does not, and one that has nothing to tell.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DepthRecordKind } from '@tradelane/shared/lanes/depth-ring'
import { type MonotonicUs, StatusReason } from '@tradelane/shared/market/nouns'
import { newDepthFrame } from '@tradelane/venues/depth-protocol'
import { BookStamp } from './book-stamp.js'
import { FIRST_DELTA_MS_MAX } from './limits.js'
import { BookHarness } from './test/book-fixture.js'

const { linkUp, silent } = DepthRecordKind
const DIALECTS = ['binance-futures', 'bybit-linear', 'okx-swap'] as const

function live(dialect: (typeof DIALECTS)[number]): BookHarness {
  const harness = new BookHarness(dialect, 1)
  harness.give(linkUp)
  if (harness.isRest) harness.giveDelta().pass(1).answer()
  else harness.give(DepthRecordKind.stream, harness.market.snapshotFrame())
  harness.giveDelta()
  assert.ok(harness.book.isShown)
  return harness
}

for (const dialect of DIALECTS) {
  test(`${dialect}: a silent book is withheld, and a false alarm loses nothing`, () => {
    const harness = live(dialect)
    const { resetCount, resyncCount } = harness
    harness.give(silent)
    assert.equal(harness.stale, StatusReason.silent)
    assert.ok(harness.book.isLive && !harness.book.isShown)
    harness.pass(60_000)
    assert.ok(!harness.book.isShown)
    harness.giveDelta()
    assert.ok(harness.book.isShown)
    assert.deepEqual([harness.resetCount, harness.resyncCount], [resetCount + 1, resyncCount])
    harness.expectTrue()
  })

  test(`${dialect}: what was missed in a silence is a gap as any other`, () => {
    const harness = live(dialect)
    harness.give(silent)
    harness.market.step()
    harness.giveDelta()
    assert.ok(!harness.book.isLive)
    assert.equal(harness.stale, StatusReason.sequenceGap)
  })
}

test('a book that is not live has nothing to be silent about', () => {
  const harness = new BookHarness('bybit-linear', 1)
  harness.give(linkUp).give(silent)
  assert.equal(harness.stale, StatusReason.snapshot)
})

test('a REST snapshot is requested soon when no delta asks for it: in a thin market none may come for minutes', () => {
  const harness = new BookHarness('binance-futures', 1)
  harness.give(linkUp).pass(FIRST_DELTA_MS_MAX - 1)
  assert.equal(harness.resyncCount, 0)
  harness.pass(1).answer()
  assert.ok(harness.book.isShown)
  harness.giveDelta()
  harness.expectTrue()
  assert.equal(harness.resyncCount, 1)
})

test('a heartbeat confirms a book and does not change it; nor does a delta without levels', () => {
  const stamp = new BookStamp()
  const frame = { ...newDepthFrame(), bids: ['1', '1'] }
  stamp.take(frame, 10 as MonotonicUs)
  stamp.confirm(20 as MonotonicUs)
  assert.deepEqual([stamp.changedUs, stamp.confirmedUs], [10, 20])
  stamp.take({ ...frame, bids: [] }, 30 as MonotonicUs)
  assert.deepEqual([stamp.changedUs, stamp.confirmedUs, stamp.receivedUs], [10, 30, 30])
  stamp.confirm(25 as MonotonicUs)
  assert.equal(stamp.confirmedUs, 30)
})
