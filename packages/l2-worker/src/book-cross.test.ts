import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BookCross } from './book-cross.js'
import { CROSS_CHECK_MS, CROSSED_MS_MAX } from './limits.js'

test('a cross that ends in time needs nothing', () => {
  const cross = new BookCross()
  assert.equal(cross.take(0), undefined)
  assert.ok(cross.begin(0) && cross.isCrossed)
  assert.ok(!cross.begin(1), 'it has begun already')
  assert.equal(cross.take(CROSSED_MS_MAX), undefined)
  cross.end()
  assert.ok(!cross.isCrossed)
  assert.equal(cross.take(10 * CROSSED_MS_MAX), undefined)
})

test('one that lasts wants a snapshot; the cross of that is marked once, and checked again after minutes', () => {
  const cross = new BookCross()
  cross.begin(0)
  const snapshotMs = CROSSED_MS_MAX + 1
  assert.equal(cross.take(snapshotMs), 'snapshot')
  cross.end()
  cross.begin(snapshotMs)
  cross.checked(snapshotMs)
  const markMs = snapshotMs + CROSSED_MS_MAX + 1
  assert.equal(cross.take(markMs), 'mark')
  assert.equal(cross.take(markMs + 1), undefined)
  assert.equal(cross.take(snapshotMs + CROSS_CHECK_MS - 1), undefined)
  assert.equal(cross.take(snapshotMs + CROSS_CHECK_MS), 'snapshot')
})

test('a snapshot that does not cross is no check: the next cross has its own', () => {
  const cross = new BookCross()
  cross.checked(0)
  cross.begin(1)
  assert.equal(cross.take(2 + CROSSED_MS_MAX), 'snapshot')
})
