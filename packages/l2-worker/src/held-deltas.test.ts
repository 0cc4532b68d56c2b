import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newDepthFrame } from '@tradelane/venues/depth-protocol'
import { HeldDeltas } from './held-deltas.js'
import { HELD_LEVELS_MAX } from './limits.js'

const delta = { ...newDepthFrame(), bids: ['10', '1', '9', '1'], asks: ['11', '1'] }

test('held deltas are taken once, in order', () => {
  const held = new HeldDeltas()
  const other = { ...delta, lastId: 2 }
  assert.ok(held.hold(delta) && held.hold(other))
  assert.equal(held.count, 2)
  assert.deepEqual(held.take(), [delta, other])
  assert.equal(held.count, 0)
  assert.deepEqual(held.take(), [])
})

test('a delta with one level too many makes a full store forget everything', () => {
  const held = new HeldDeltas()
  const half = { ...delta, bids: Array<string>(HELD_LEVELS_MAX).fill('1'), asks: [] }
  assert.ok(held.hold(half) && held.hold(half))
  assert.ok(!held.hold(delta))
  assert.equal(held.count, 0)
})

test('a negative count of levels is caught', () => {
  const held = new HeldDeltas()
  assert.throws(() => held.hold({ ...delta, bids: { length: -4 } as string[], asks: [] }), /a delta has pairs of texts/)
})
