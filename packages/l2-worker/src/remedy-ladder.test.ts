import assert from 'node:assert/strict'
import { test } from 'node:test'
import { REMEDY_PAUSE_MS_MAX, REMEDY_PAUSE_MS_MIN } from './limits.js'
import { RemedyLadder } from './remedy-ladder.js'

/** Each remedy, and the pause after it, of a book that nothing helps. */
function steps(ladder: RemedyLadder, count: number): unknown[] {
  return Array.from({ length: count }, () => [ladder.take(), ladder.failed()]).flat()
}

test('a snapshot is followed by another connection, and that by pauses that grow', () => {
  const round = (pauseMs: number): unknown[] => ['snapshot', 0, 'connection', pauseMs]
  const pauses = [1, 2, 4, 8].map(factor => factor * REMEDY_PAUSE_MS_MIN)
  assert.deepEqual(steps(new RemedyLadder(1), 12), [...pauses, REMEDY_PAUSE_MS_MAX, REMEDY_PAUSE_MS_MAX].flatMap(round))
})

test('several snapshots may be tried first', () => {
  assert.deepEqual(steps(new RemedyLadder(3), 4), [
    'snapshot',
    0,
    'snapshot',
    0,
    'snapshot',
    0,
    'connection',
    REMEDY_PAUSE_MS_MIN,
  ])
})

test('what helped begins a new row, and what was not tried does not fail', () => {
  const ladder = new RemedyLadder(1)
  assert.equal(ladder.failed(), 0)
  assert.equal(ladder.take(), 'snapshot')
  ladder.failed()
  ladder.failed()
  assert.equal(ladder.take(), 'connection')
  ladder.helped()
  assert.equal(ladder.take(), 'snapshot')
})

test('on a new connection a snapshot is tried, and the connection has failed if that does not help', () => {
  const ladder = new RemedyLadder(1)
  ladder.take()
  ladder.failed()
  assert.equal(ladder.take(), 'connection')
  ladder.renewed()
  assert.equal(ladder.take(), 'snapshot')
  assert.equal(ladder.failed(), REMEDY_PAUSE_MS_MIN)
})
