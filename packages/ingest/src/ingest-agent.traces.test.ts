// What the ingest thread records about its trades beside the trades: stamps in the log, hops counted, reads noted.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TradeBatch, TradeLogReader } from '@tradelane/shared/lanes/trade-log'
import type { MonotonicUs } from '@tradelane/shared/market/nouns'
import { monotonicUs } from '@tradelane/shared/thread/clock'
import { ActivityRingReader } from '@tradelane/shared/trace/activity-ring'
import { readHops } from '@tradelane/shared/trace/hop-histograms'
import { until } from './test/recorded-log.js'
import { peerOf, TestIngest } from './test/test-ingest.js'
import { aggTrade, bookTicker, forceOrder, publicTrade } from './test/venue-frames.js'

test('trades and liquidations are stamped and counted once, also by a restarted thread', async () => {
  const startUs = monotonicUs()
  const first = await TestIngest.open()
  const { lanes } = first
  const log = new TradeLogReader(lanes.tradeLog)
  const peer = await peerOf(first.binance, 'btcusdt@aggTrade')
  for (let id = 1; id <= 20; id += 1) peer.send(aggTrade(id))
  peer.send(aggTrade(20))
  const liquidations = await peerOf(first.binance, 'btcusdt@forceOrder')
  liquidations.send(forceOrder('100.10'))
  const bybit = await peerOf(first.bybit, 'publicTrade.BTCUSDT')
  for (const id of ['a', 'b', 'c']) bybit.send(publicTrade(id))
  await until('all are logged', () => log.newest() >= 24)

  const batch = new TradeBatch()
  log.read(1, batch, 256)
  let lastUs: number = startUs
  for (let index = 0; index < batch.count; index += 1) {
    const [readUs, loggedUs] = [batch.readUs[index] as number, batch.loggedUs[index] as number]
    assert.ok(readUs >= startUs && readUs <= loggedUs && loggedUs >= lastUs, `record ${index}`)
    assert.ok(Math.abs(lanes.clock.toWallUs(readUs as MonotonicUs) - (batch.receivedUs[index] as number)) < 2_000)
    lastUs = loggedUs
  }
  assert.ok(lastUs <= monotonicUs())
  // A record is counted after it was published.
  await until('all are counted', () => counts(first)[1] >= 24)
  assert.deepEqual(counts(first), [23, 24])

  await first.kill()
  const second = new TestIngest({ binance: first.binance, bybit: first.bybit, lanes })
  await until('the first connection ended', () => !peer.isOpen)
  const again = await peerOf(second.binance, 'btcusdt@aggTrade')
  again.send(aggTrade(21))
  await until('the successor continues the count', () => counts(second)[1] === 25)
  assert.deepEqual(counts(second), [24, 25])
  assert.equal(await second.stop(), 0)
})

test('what a socket brought is noted with the messages and the time that it took', async () => {
  const ingest = await TestIngest.open()
  const trades = await peerOf(ingest.binance, 'btcusdt@aggTrade')
  const tops = await peerOf(ingest.binance, 'btcusdt@bookTicker')
  const log = new TradeLogReader(ingest.lanes.tradeLog)
  const fromUs = monotonicUs()
  for (let id = 1; id <= 50; id += 1) trades.send(aggTrade(id))
  for (let update = 1; update <= 30; update += 1) tops.send(bookTicker(update))
  const reader = new ActivityRingReader(ingest.lanes.traces, 0)
  const itemsOf = (activity: string): number => {
    const { records } = reader.span(fromUs, monotonicUs())
    return records.filter(record => record.activity === activity).reduce((sum, { items }) => sum + items, 0)
  }
  await until('the reads are noted', () => itemsOf('tradeRead') >= 50 && itemsOf('otherRead') >= 30)
  const batch = new TradeBatch()
  log.read(1, batch, 256)
  const reads = reader.span(fromUs, monotonicUs()).records.filter(({ activity }) => activity === 'tradeRead')
  for (let index = 0; index < batch.count; index += 1) {
    const loggedUs = batch.loggedUs[index] as number
    assert.ok(reads.some(({ startUs, endUs }) => startUs <= loggedUs && loggedUs <= endUs, `record ${index}`))
  }
  assert.equal(await ingest.stop(), 0)
})

/** Trades at the first hop, which leaves out liquidations, and records at the second. */
function counts({ lanes }: TestIngest): [number, number] {
  const { arrival, decode } = readHops(lanes.traces)
  return [arrival.count, decode.count]
}
