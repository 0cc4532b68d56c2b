import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Throttle } from './book-publisher.js'

const INTERVAL_MS = 100

test('the first change after quiet goes out at once', () => {
  const throttle = new Throttle([INTERVAL_MS])
  throttle.changed(0, 5_000)
  assert.equal(throttle.msToNext(5_000), 0)
  assert.equal(throttle.take(5_000), 0)
  assert.equal(throttle.take(5_000), -1)
  throttle.changed(0, 5_000 + INTERVAL_MS)
  assert.equal(throttle.take(5_000 + INTERVAL_MS), 0)
})

test('changes within the interval go out together at its end', () => {
  const throttle = new Throttle([INTERVAL_MS])
  throttle.changed(0, 0)
  throttle.take(0)
  throttle.changed(0, 10)
  throttle.changed(0, 99)
  assert.equal(throttle.take(99.9), -1)
  assert.equal(throttle.msToNext(99), 1)
  assert.equal(throttle.take(100), 0)
  assert.equal(throttle.take(100), -1)
})

test('a reset passes within the interval', () => {
  const throttle = new Throttle([INTERVAL_MS])
  throttle.changed(0, 0)
  throttle.take(0)
  throttle.changed(0, 10)
  throttle.reset(0, 11)
  assert.equal(throttle.take(11), 0)
  // The book that went out contains the change that waited.
  assert.equal(throttle.take(1_000), -1)
})

test('a withdrawn book does not go out', () => {
  const throttle = new Throttle([INTERVAL_MS])
  throttle.changed(0, 0)
  throttle.withdraw(0)
  assert.equal(throttle.take(1_000), -1)
  assert.equal(throttle.msToNext(1_000), Number.POSITIVE_INFINITY)
})

test('with every book due, each has its turn', () => {
  const throttle = new Throttle([0, 0, 0])
  const taken: number[] = []
  for (let round = 0; round < 6; round += 1) {
    for (let index = 0; index < 3; index += 1) throttle.changed(index, round)
    taken.push(throttle.take(round))
  }
  assert.deepEqual(taken, [0, 1, 2, 0, 1, 2])
})

test('for any changes: never two emissions within an interval, never a last change later than one', () => {
  const change = fc.record({ index: fc.integer({ min: 0, max: 2 }), gapMs: fc.integer({ min: 0, max: 150 }) })
  fc.assert(
    fc.property(fc.array(change, { maxLength: 200 }), changes => {
      const intervals = [100, 150, 0]
      const throttle = new Throttle(intervals)
      const emittedMs = intervals.map(() => Number.NEGATIVE_INFINITY)
      const pendingMs = intervals.map(() => Number.POSITIVE_INFINITY)
      let nowMs = 0
      const takeAll = (): void => {
        for (let index = throttle.take(nowMs); index >= 0; index = throttle.take(nowMs)) {
          assert.ok(nowMs - emittedMs[index]! >= intervals[index]!, 'too early')
          assert.ok(nowMs - pendingMs[index]! <= intervals[index]!, 'too late')
          emittedMs[index] = nowMs
          pendingMs[index] = Number.POSITIVE_INFINITY
        }
      }
      const advance = (untilMs: number): void => {
        while (nowMs + throttle.msToNext(nowMs) <= untilMs) {
          const waitMs = throttle.msToNext(nowMs)
          if (waitMs === 0) break
          nowMs += waitMs
          takeAll()
        }
        nowMs = Math.max(nowMs, untilMs)
      }
      for (const { index, gapMs } of changes) {
        advance(nowMs + gapMs)
        throttle.changed(index, nowMs)
        pendingMs[index] = Math.min(pendingMs[index]!, nowMs)
        takeAll()
      }
      advance(nowMs + 1_000)
      assert.deepEqual(pendingMs, [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY])
    }),
  )
})

test('time that goes back is caught, and so is a book that the shard does not have', () => {
  const throttle = new Throttle([INTERVAL_MS])
  throttle.changed(0, 500)
  assert.equal(throttle.take(500), 0)
  assert.throws(() => throttle.reset(0, 499), /a book is due after its last emission/)
  assert.throws(() => throttle.changed(1, 500), /each book of the shard has a throttle/)
})
