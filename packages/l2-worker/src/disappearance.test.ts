// An instrument that its venue removes from its list: whatever the venue sends then, the last book is withdrawn.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DepthRecordKind } from '@tradelane/shared/lanes/depth-ring'
import { CellStatus, StatusReason } from '@tradelane/shared/market/nouns'
import { TestShard } from './test/test-shard.js'
import { DIALECTS, type Dialect } from './test/true-market.js'

const { stream } = DepthRecordKind

/** Frames that venues have sent for a closed symbol, beside the deletion of every level. */
const LAST_FRAMES: readonly { dialect: Dialect; what: string; reason: StatusReason; raw: string }[] = [
  {
    dialect: 'bybit-linear',
    what: 'an empty snapshot of time 0',
    reason: StatusReason.malformed,
    raw: '{"topic":"orderbook.200.BTCUSDT","type":"snapshot","ts":0,"data":{"s":"BTCUSDT","b":[],"a":[],"u":9000,"seq":9000}}',
  },
  {
    dialect: 'bybit-linear',
    what: 'an empty restart',
    reason: StatusReason.malformed,
    raw: '{"topic":"orderbook.200.BTCUSDT","type":"snapshot","ts":1790000000000,"data":{"s":"BTCUSDT","b":[],"a":[],"u":1,"seq":9000}}',
  },
  {
    dialect: 'bybit-linear',
    what: 'an empty snapshot',
    reason: StatusReason.notTrading,
    raw: '{"topic":"orderbook.200.BTCUSDT","type":"snapshot","ts":1790000000000,"data":{"s":"BTCUSDT","b":[],"a":[],"u":9000,"seq":9000}}',
  },
  {
    dialect: 'okx-swap',
    what: 'an empty snapshot',
    reason: StatusReason.notTrading,
    raw: '{"arg":{"channel":"books","instId":"BTCUSDT"},"action":"snapshot","data":[{"asks":[],"bids":[],"ts":"1790000000000","checksum":0,"prevSeqId":-1,"seqId":9000}]}',
  },
  {
    dialect: 'okx-swap',
    what: 'a snapshot of time 0',
    reason: StatusReason.malformed,
    raw: '{"arg":{"channel":"books","instId":"BTCUSDT"},"action":"snapshot","data":[{"asks":[],"bids":[],"ts":"0","checksum":0,"prevSeqId":-1,"seqId":9000}]}',
  },
]

for (const { dialect, what, reason, raw } of LAST_FRAMES) {
  test(`${dialect}: ${what} withdraws the book, and a true snapshot brings it back`, async () => {
    const shard = await liveShard()
    shard.isAnswering = false
    shard.giveOne(dialect, stream, Buffer.from(raw))
    await untilWithdrawn(shard, dialect, reason)
    shard.isAnswering = true
    shard.link()
    await shard.untilCurrent()
    await shard.stop()
  })
}

test('a book whose every level is deleted is withdrawn as delisted, on every venue', async () => {
  const shard = await liveShard()
  for (const [index, market] of shard.markets.entries()) {
    const dialect = DIALECTS[index] ?? assert.fail()
    shard.giveOne(dialect, stream, market.deltaFrame(market.clear()))
    await untilWithdrawn(shard, dialect, StatusReason.notTrading)
  }
  await shard.stop()
})

async function liveShard(): Promise<TestShard> {
  const shard = new TestShard()
  await shard.start()
  shard.link()
  await shard.untilCurrent()
  return shard
}

async function untilWithdrawn(shard: TestShard, dialect: Dialect, reason: StatusReason): Promise<void> {
  const cell = shard.cells[DIALECTS.indexOf(dialect)] ?? assert.fail()
  await shard.until(() => cell.status === CellStatus.stale && cell.reason === reason)
  assert.equal(cell.json.length, 0)
}
