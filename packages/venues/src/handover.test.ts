// What a chain does with the frames of a connection that took over: by ids and the venue's times alone.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { WallUs } from '@tradelane/shared/market/nouns'
import { type DepthChain, type DepthFrame, DepthVerdict, newDepthFrame } from './depth-protocol.js'
import { productOf } from './test/product-fixture.js'

const { apply, replace, hold, skip, gap } = DepthVerdict
const START_US = 1_790_000_000_000_000

/** `atMs` is the venue's time since the start of the test. */
type Ids = readonly [firstId: number, lastId: number, previousId: number, atMs: number]

function delta([firstId, lastId, previousId, atMs]: Ids): DepthFrame {
  const venueUs = (START_US + atMs * 1_000) as WallUs
  return { ...newDepthFrame(), firstId, lastId, previousId, sequence: lastId, venueUs, bids: ['100', '1'] }
}

function snapshot(lastId: number, atMs: number): DepthFrame {
  return { ...delta([lastId, lastId, -1, atMs]), type: 'snapshot' }
}

/** A chain that has a snapshot with id 100 and deltas up to 120, the last at 1,000 ms. */
function liveChain(productId: string): DepthChain {
  const chain = productOf(productId).depth.newChain()
  chain.offer(snapshot(100, 0))
  for (let id = 101; id <= 120; id += 1) assert.equal(chain.offer(delta([id, id, id - 1, (id - 100) * 50])), apply)
  return chain
}

for (const productId of ['binance-spot', 'binance-futures', 'bybit-linear', 'okx-swap']) {
  describe(`${productId}: a chain`, () => {
    test('goes on over a handover: what it has is skipped, the next continues it', () => {
      const chain = liveChain(productId)
      chain.handOver()
      for (let id = 110; id <= 120; id += 1) {
        assert.equal(chain.offer(delta([id, id, id - 1, (id - 100) * 50])), skip, `delta ${id}`)
      }
      assert.equal(chain.offer(delta([121, 121, 120, 1_050])), apply)
      assert.equal(chain.offer(delta([122, 122, 121, 1_100])), apply)
    })

    test('sees at a handover that a delta is missing', () => {
      const chain = liveChain(productId)
      chain.handOver()
      assert.equal(chain.offer(delta([122, 122, 121, 1_100])), gap)
    })

    test('is not deceived by a venue that counts anew: what it would skip is later by the venue', () => {
      const chain = liveChain(productId)
      chain.handOver()
      assert.equal(chain.offer(delta([5, 5, 4, 900])), skip)
      const verdicts = Array.from({ length: 80 }, (_, step) =>
        chain.offer(delta([6 + step, 6 + step, 5 + step, 1_000 + step * 50])),
      )
      const found = verdicts.indexOf(gap)
      assert.ok(found > 0 && found * 50 < 2_000, `found at ${found}`)
      const isRest = productOf(productId).depth.snapshotSource === 'rest'
      assert.equal(chain.offer(delta([200, 200, 199, 6_000])), isRest ? hold : skip, 'it waits for a snapshot')
    })
  })
}

for (const productId of ['binance-spot', 'binance-futures']) {
  describe(`${productId}: after a snapshot`, () => {
    test('what it contains is skipped, whatever time the server of snapshots has', () => {
      const chain = productOf(productId).depth.newChain()
      // For minutes, where a snapshot has to wait for its turn.
      for (let id = 1; id <= 95; id += 1) assert.equal(chain.offer(delta([id, id, id - 1, id * 2_000])), hold)
      assert.equal(chain.offer(snapshot(100, 0)), replace)
      for (let id = 1; id < 100; id += 1) assert.equal(chain.offer(delta([id, id, id - 1, id * 2_000])), skip)
      assert.equal(chain.offer(delta([100, 101, 99, 202_000])), apply)
    })

    test('a venue that counts again from a lower number is noticed', () => {
      const chain = productOf(productId).depth.newChain()
      assert.equal(chain.offer(snapshot(100_000, 0)), replace)
      const verdicts = Array.from({ length: 80 }, (_, second) =>
        chain.offer(delta([second + 1, second + 1, second, second * 1_000])),
      )
      const found = verdicts.indexOf(gap)
      assert.ok(found > 10 && found <= 35, `found after ${found} s`)
    })
  })
}

for (const productId of ['bybit-linear', 'okx-swap']) {
  describe(`${productId}: the snapshot of a new connection`, () => {
    test('is skipped while the book is ahead of it, so that the book never goes back', () => {
      const chain = liveChain(productId)
      chain.handOver()
      assert.equal(chain.offer(snapshot(110, 500)), skip)
      assert.equal(chain.offer(delta([111, 111, 110, 550])), skip)
      assert.equal(chain.offer(delta([121, 121, 120, 1_050])), apply)
    })

    test('replaces the book when it is ahead', () => {
      const chain = liveChain(productId)
      chain.handOver()
      assert.equal(chain.offer(snapshot(130, 1_500)), replace)
      assert.equal(chain.offer(delta([131, 131, 130, 1_550])), apply)
    })

    test('replaces the book at once when the venue counts anew', () => {
      const chain = liveChain(productId)
      chain.handOver()
      assert.equal(chain.offer(snapshot(3, 1_001)), replace)
      assert.equal(chain.offer(delta([4, 4, 3, 1_050])), apply)
    })

    test('replaces any book without a handover', () => {
      const chain = liveChain(productId)
      assert.equal(chain.offer(snapshot(110, 500)), replace)
      assert.equal(chain.offer(delta([111, 111, 110, 550])), apply)
    })
  })
}

test('events of Binance futures may be divided otherwise on another connection', () => {
  const chain = liveChain('binance-futures')
  chain.handOver()
  assert.equal(chain.offer(delta([110, 118, 109, 900])), skip)
  assert.equal(chain.offer(delta([119, 125, 118, 1_250])), apply, 'it holds all changes since 118')
  assert.equal(chain.offer(delta([126, 130, 124, 1_300])), gap, 'and only the first')
})

test('an OKX book that missed the reset of its numbers has a gap without a handover', () => {
  const chain = liveChain('okx-swap')
  assert.equal(chain.offer(delta([5, 5, 3, 1_050])), gap)
})
