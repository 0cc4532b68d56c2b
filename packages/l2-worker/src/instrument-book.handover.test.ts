// How a book goes on when another connection takes over: with the frames of both, in any overlap.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DepthRecordKind } from '@tradelane/shared/lanes/depth-ring'
import { StatusReason } from '@tradelane/shared/market/nouns'
import fc from 'fast-check'
import { RESYNC_CALM_MS } from './limits.js'
import { BookHarness } from './test/book-fixture.js'
import { DIALECTS, type Dialect } from './test/true-market.js'

const { linkUp, stream, handover } = DepthRecordKind

for (const dialect of DIALECTS) {
  test(`${dialect}: over a handover a book stays live, asks for nothing and never goes back, whatever the overlap`, () => {
    const counts = fc.record({ before: fc.nat(20), overlap: fc.nat(20), ahead: fc.nat(5), after: fc.nat(20) })
    fc.assert(
      fc.property(fc.integer(), counts, (seed, { before, overlap, ahead, after }) => {
        const harness = liveHarness(dialect, seed)
        for (let count = 0; count < before; count += 1) harness.giveDelta()
        const held = harness.isRest ? [] : [harness.market.snapshotFrame()]
        for (let count = 0; count < overlap; count += 1) held.push(harness.giveDelta().lastFrame)
        // The old connection did not deliver the last ones.
        for (let count = 0; count < ahead; count += 1) held.push(harness.market.deltaFrame(harness.market.step()))
        const stales = harness.staleCount
        let sequence = harness.book.stamp.sequence
        harness.give(handover)
        for (const frame of held) {
          harness.give(stream, frame)
          assert.ok(harness.book.isLive && harness.book.stamp.sequence >= sequence)
          sequence = harness.book.stamp.sequence
        }
        for (let count = 0; count < after; count += 1) harness.giveDelta()
        harness.pass(60_000).expectTrue()
        assert.ok(harness.book.isLive)
        assert.equal(harness.book.stamp.sequence, harness.market.lastId)
        assert.deepEqual([harness.staleCount, harness.resyncCount], [stales, 0])
      }),
      { numRuns: 100 },
    )
  })

  test(`${dialect}: what neither connection brought is a gap`, () => {
    const harness = liveHarness(dialect, 3)
    harness.market.step()
    harness.give(handover).giveDelta().pass(1)
    assert.equal(harness.stale, StatusReason.sequenceGap)
    assert.equal(harness.resyncCount, 1)
  })

  test(`${dialect}: a book that waits for its snapshot goes on waiting over a handover, with what it holds`, () => {
    const harness = new BookHarness(dialect, 4)
    harness.give(linkUp)
    if (harness.isRest) harness.giveDelta().giveDelta().pass(1).fetch()
    harness.give(handover)
    if (!harness.isRest) harness.give(stream, harness.market.snapshotFrame())
    harness.giveDelta().deliver().giveDelta()
    assert.ok(harness.book.isLive)
    harness.expectTrue()
    assert.equal(harness.resyncCount, harness.isRest ? 1 : 0)
  })

  test(`${dialect}: a book of no known connection begins with a handover`, () => {
    const harness = new BookHarness(dialect, 5)
    harness.give(handover)
    assert.equal(harness.stale, StatusReason.snapshot)
    if (harness.isRest) harness.giveDelta().pass(1).answer()
    else harness.give(stream, harness.market.snapshotFrame())
    assert.ok(harness.book.isLive)
  })
}

test('a book begins anew where a handover brings another value of the contract', () => {
  const harness = new BookHarness('okx-swap', 6, undefined, true)
  harness.give(linkUp, Buffer.from('0.01')).give(stream, harness.market.snapshotFrame())
  harness.give(handover, Buffer.from('0.01'))
  assert.ok(harness.book.isLive)
  harness.give(handover, Buffer.from('0.1'))
  assert.ok(!harness.book.isLive)
  harness.give(stream, harness.market.snapshotFrame())
  assert.ok(harness.book.isLive)
})

function liveHarness(dialect: Dialect, seed: number): BookHarness {
  const harness = new BookHarness(dialect, seed)
  harness.give(linkUp)
  if (harness.isRest) harness.giveDelta().pass(1).answer()
  else harness.give(stream, harness.market.snapshotFrame())
  assert.ok(harness.book.isLive)
  harness.pass(RESYNC_CALM_MS)
  harness.resyncCount = 0
  return harness
}
