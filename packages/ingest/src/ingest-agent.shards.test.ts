// The books are resharded while everything else continues, in the real ingest thread.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDepthRing, DepthRecordKind, DepthRingConsumer } from '@tradelane/shared/lanes/depth-ring'
import { CellStatus, Kind, StatusReason } from '@tradelane/shared/market/nouns'
import { until } from './test/recorded-log.js'
import { peerOf, TestIngest } from './test/test-ingest.js'
import { BINANCE, BTC, BYBIT, INSTRUMENTS } from './test/test-lanes.js'
import { aggTrade, depthUpdate } from './test/venue-frames.js'

test('books move to other rings by new connections; trades keep theirs and miss nothing', async () => {
  const ingest = await TestIngest.open()
  const { lanes } = ingest
  const areLive = (): boolean =>
    [BINANCE, BYBIT].every(product => lanes.link(product, Kind.orderBookL2).status === CellStatus.live)
  const books = await peerOf(ingest.binance, 'btcusdt@depth@100ms')
  const bybitBooks = await peerOf(ingest.bybit, 'orderbook.200.BTCUSDT')
  const market = await peerOf(ingest.binance, 'btcusdt@aggTrade')
  await until('the books are subscribed', areLive)
  const old = lanes.consumer()
  drain(old)

  // A shard for each instrument.
  const rings = INSTRUMENTS.map(() => createDepthRing({ bytes: 1 << 16, instrumentCount: INSTRUMENTS.length }))
  const shardOfInstrument = INSTRUMENTS.map((_, shard) => shard)
  const shardThreads = INSTRUMENTS.map(() => 2)
  ingest.post({ type: 'shards', depthRings: rings, shardOfInstrument, shardThreads })
  await until('the old book connections are closed', () => !books.isOpen && !bybitBooks.isOpen)
  const moved = await peerOf(ingest.binance, 'btcusdt@depth@100ms')
  await until('the books are subscribed again', areLive)
  assert.notEqual(moved, books)
  moved.send(depthUpdate(1))
  const consumers = rings.map(ring => new DepthRingConsumer(ring))
  market.send(aggTrade(1))
  await until('the trade came', () => lanes.takeRecords().length > 0)
  assert.ok(market.isOpen)
  assert.equal(lanes.count('upstreamGaps'), 0)

  // A request of the former worker is answered by the new connection, on the new ring.
  ingest.post({ type: 'resync', instrument: BTC.id, reason: StatusReason.sequenceGap, remedy: 'snapshot' })
  const found = new Set<string>()
  await until('the snapshot came on the new ring', () => {
    consumers.forEach((consumer, shard) => {
      for (const record of drain(consumer)) found.add(`${shard} ${record}`)
    })
    return found.has(`${BTC.id} ${DepthRecordKind.rest} ${BTC.id}`)
  })
  for (const record of found) {
    const [shard, , instrument] = record.split(' ')
    assert.equal(shard, instrument, 'every book is on the ring of its own shard')
  }
  assert.deepEqual(drain(old), [], 'nothing is written to the old ring any more')
  await ingest.stop()
})

/** `kind instrument` of each record. */
function drain(consumer: DepthRingConsumer): string[] {
  const records: string[] = []
  while (consumer.read()) records.push(`${consumer.record.kind} ${consumer.record.instrument}`)
  return records
}
