import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CellStatus, StatusReason } from '@tradelane/shared/market/nouns'
import { isoUs } from '@tradelane/shared/wire/timestamps'
import { VirtualShard } from './test/virtual-shard.js'

function snapshotOf({ json }: { readonly json: Uint8Array }): { unchanged_since: string; confirmed: string } {
  return JSON.parse(Buffer.from(json).toString()).data.Snapshot
}

test('a book that does not move tells its age at 15 s and at 60 s, and is exact again when it moves', () => {
  const shard = new VirtualShard(7)
  shard.link()
  shard.pass(2_000)
  shard.stepAll()
  const changedUs = shard.nowUs
  shard.pass(14_000)
  const [cell] = shard.cells
  assert.deepEqual([cell?.status, cell?.reason], [CellStatus.live, StatusReason.exact])
  const liveSinceUs = cell!.sinceUs
  shard.pass(2_000)
  assert.deepEqual([cell?.status, cell?.reason], [CellStatus.live, StatusReason.unchanged15s])
  assert.equal(cell?.sinceUs, changedUs)
  assert.equal(snapshotOf(cell!).unchanged_since, isoUs(changedUs))
  const emissionCount = shard.journal.length
  shard.pass(43_000)
  assert.equal(shard.journal.length, emissionCount, 'one status each')
  shard.pass(3_000)
  assert.deepEqual([cell?.status, cell?.reason], [CellStatus.live, StatusReason.unchanged60s])
  shard.stepAll()
  const movedUs = shard.nowUs
  shard.pass(1_000)
  assert.deepEqual([cell?.status, cell?.reason, cell?.sinceUs], [CellStatus.live, StatusReason.exact, liveSinceUs])
  assert.equal(snapshotOf(cell!).unchanged_since, isoUs(movedUs))
})

test('a book shows when it changed and when the venue confirmed it', () => {
  const shard = new VirtualShard(7)
  shard.link()
  shard.pass(2_000)
  shard.stepAll()
  const changedUs = shard.nowUs
  shard.pass(1_000)
  for (const cell of shard.cells) {
    const { unchanged_since, confirmed } = snapshotOf(cell)
    assert.deepEqual([unchanged_since, confirmed], [isoUs(changedUs), isoUs(changedUs)])
  }
})
