// Well-formed, hostile frames: ids from a small set, repeated, backwards and at the end of the numbers, empty snapshots,
// levels that repeat, cross or are zero, restarts, records lost at any moment, time that stops or jumps. Offered to a
// whole shard, with a book of every dialect. Nothing throws, and no book is shown that is crossed or has a level of amount 0.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BoardReader } from '@tradelane/shared/lanes/board-reader'
import { createDepthRing, DepthRecordKind, DepthRingProducer } from '@tradelane/shared/lanes/depth-ring'
import { encodeLinkUp } from '@tradelane/shared/lanes/depth-ring-link-up'
import type { Decimal, InstrumentId, MonotonicUs } from '@tradelane/shared/market/nouns'
import { ThreadCell } from '@tradelane/shared/thread/parking'
import { newL2Agent } from './start-l2.js'
import { newShardStart, WORKER_THREAD } from './test/shard-start.js'
import { DIALECTS, type Dialect, seededRandom } from './test/true-market.js'

const SHARDS = 150
const STEPS = 200
const RING_BYTES = 1 << 17
const IDS = [0, 1, 1, 2, 3, 3, 4, 5, 6, 7, Number.MAX_SAFE_INTEGER - 1, Number.MAX_SAFE_INTEGER]
const PRICES = ['0', '0.0', '1', '1.0', '01', '2', '3', '4', '0.00000001', '9'.repeat(15), '9'.repeat(24)]
const AMOUNTS = ['0', '0.000', '1', '1', '2.5', '0.000000000000000001', '9'.repeat(24)]
const TIMES = [0, 1, 1_790_000_000_100, 1_790_000_000_100, 9_007_199_254_740, Number.MAX_SAFE_INTEGER]
const PASSES_US = [0, 0, 0, 1, 1_000, 60_000, 1_500_000, 70_000_000]
const FACTORS: readonly (Decimal | null)[] = [null, '0.01' as Decimal, '9'.repeat(24) as Decimal]
const silentLog = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

test('no well-formed frames in any order end the thread, and none shows a broken book', () => {
  let publishedCount = 0
  for (let seed = 1; seed <= SHARDS; seed += 1) publishedCount += runHostileShard(seed)
  assert.ok(publishedCount > SHARDS, `${publishedCount} books shown`)
})

function runHostileShard(seed: number): number {
  const random = seededRandom(seed)
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item
  const start = {
    ...newShardStart(),
    depthRing: createDepthRing({ bytes: RING_BYTES, instrumentCount: DIALECTS.length }),
  }
  // One level must be known, so that small books are shown.
  const shard = { ...start, depthLevels: pick([1, 2, 50]), sizeUnits: pick(['venue', 'base'] as const) }
  let nowUs = 1_790_000_000_000_000
  const agent = newL2Agent(shard, { log: silentLog, nowUs: () => nowUs as MonotonicUs, requestResync: () => {} })
  const producer = new DepthRingProducer(start.depthRing, new ThreadCell(start.control, WORKER_THREAD))
  const reader = new BoardReader(start.bookBoard)
  const changed: number[] = []
  let publishedCount = 0
  const levels = (): string[][] => Array.from({ length: pick([0, 0, 1, 1, 2, 5]) }, () => [pick(PRICES), pick(AMOUNTS)])
  for (let step = 0; step < STEPS; step += 1) {
    const id = Math.floor(random() * DIALECTS.length) as InstrumentId
    const dialect = DIALECTS[id] as Dialect
    const chance = random()
    const offer = (kind: DepthRecordKind, frame: Uint8Array): void => {
      producer.offer(kind, id, nowUs as MonotonicUs, frame)
    }
    if (step < DIALECTS.length)
      producer.offer(DepthRecordKind.linkUp, step as InstrumentId, nowUs as MonotonicUs, encodeLinkUp(null))
    else if (chance < 0.02) offer(DepthRecordKind.linkDown, Buffer.alloc(0))
    else if (chance < 0.05) offer(DepthRecordKind.linkUp, encodeLinkUp(pick(FACTORS)))
    // Does not fit the ring: lost.
    else if (chance < 0.07) offer(DepthRecordKind.stream, Buffer.alloc(RING_BYTES))
    else {
      const isSnapshot = random() < 0.3
      const isRest = isSnapshot && dialect.startsWith('binance')
      const frame = frameOf(dialect, isSnapshot, {
        ids: [pick(IDS), pick(IDS), pick(IDS)],
        ms: pick(TIMES),
        bids: levels(),
        asks: levels(),
      })
      offer(isRest ? DepthRecordKind.rest : DepthRecordKind.stream, frame)
    }
    if (random() < 0.5) while (agent.doWork() > 0);
    nowUs += pick(PASSES_US)
    assert.ok(agent.msToNextDeadline() >= 0)
    reader.scan(changed)
    for (const cell of changed) {
      const { json } = reader.copies[cell] ?? assert.fail()
      if (json.length === 0) continue
      publishedCount += 1
      expectSound(JSON.parse(Buffer.from(json).toString('latin1')).data.Snapshot)
    }
  }
  agent.close()
  return publishedCount
}

interface ShownSide {
  readonly levels: readonly { readonly price: string; readonly amount: string }[]
}

function expectSound({ bids, asks }: { readonly bids: ShownSide; readonly asks: ShownSide }): void {
  const pricesOf = ({ levels }: ShownSide): number[] => levels.map(({ price }) => Number(price))
  const [ofBids, ofAsks] = [pricesOf(bids), pricesOf(asks)]
  for (const { amount } of [...bids.levels, ...asks.levels]) assert.match(amount, /[1-9]/)
  assert.ok(ofBids.every((price, rank) => rank === 0 || price < (ofBids[rank - 1] as number)))
  assert.ok(ofAsks.every((price, rank) => rank === 0 || price > (ofAsks[rank - 1] as number)))
  assert.ok(!((ofBids[0] ?? Number.NaN) >= (ofAsks[0] ?? Number.NaN)))
}

interface Content {
  readonly ids: readonly [number, number, number]
  readonly ms: number
  readonly bids: readonly string[][]
  readonly asks: readonly string[][]
}

function frameOf(dialect: Dialect, isSnapshot: boolean, { ids, ms, bids, asks }: Content): Buffer {
  const [first, last, previous] = ids
  const contentOf = (): object => {
    switch (dialect) {
      case 'binance-futures':
      case 'binance-spot': {
        if (isSnapshot) return { lastUpdateId: first === 7 ? -1 : last, E: ms, T: ms, bids, asks }
        const pu = dialect === 'binance-futures' ? { pu: previous } : {}
        return { e: 'depthUpdate', E: ms, T: ms, s: 'BTCUSDT', U: first, u: last, ...pu, b: bids, a: asks }
      }
      case 'bybit-linear': {
        const data = { s: 'BTCUSDT', b: bids, a: asks, u: last, seq: previous }
        return { topic: 'orderbook.200.BTCUSDT', type: isSnapshot ? 'snapshot' : 'delta', ts: ms, data, cts: ms }
      }
      case 'okx-swap': {
        const full = (levels: readonly string[][]): string[][] => levels.map(level => [...level, '0', '1'])
        const chained = first === 7 ? {} : { prevSeqId: isSnapshot && first < 3 ? -1 : previous, seqId: last }
        const book = { asks: full(asks), bids: full(bids), ts: String(ms), checksum: 0, ...chained }
        return {
          arg: { channel: 'books', instId: 'BTCUSDT' },
          action: isSnapshot ? 'snapshot' : 'update',
          data: [book],
        }
      }
    }
  }
  return Buffer.from(JSON.stringify(contentOf()))
}
