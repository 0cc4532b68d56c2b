// Books and hostile frames in the real ingest thread: what they do to themselves, and not to trades.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { DepthRecordKind } from '@tradelane/shared/lanes/depth-ring'
import { CellStatus, Kind, StatusReason } from '@tradelane/shared/market/nouns'
import { until } from './test/recorded-log.js'
import { framesIn, running } from './test/running-ingest.js'
import { peerOf } from './test/test-ingest.js'
import { BINANCE, BTC, BYBIT, BYBIT_BTC, BYBIT_ETH, TestLanes } from './test/test-lanes.js'
import { aggTrade, depthUpdate, hostileFrames, publicTrade } from './test/venue-frames.js'

describe('the ingest thread', { concurrency: 3 }, () => {
  test('a shard gets its books back: by REST or by a new subscription, and all of them after a restart', async () => {
    const { ingest, lanes } = await running()
    const consumer = lanes.consumer()
    const books = await peerOf(ingest.binance, 'btcusdt@depth@100ms')
    const bybitBooks = await peerOf(ingest.bybit, 'orderbook.200.BTCUSDT')
    await until('the books are subscribed', () =>
      [BINANCE, BYBIT].every(product => lanes.link(product, Kind.orderBookL2).status === CellStatus.live),
    )
    for (const { id } of [BTC, BYBIT_BTC]) {
      ingest.post({ type: 'resync', instrument: id, reason: StatusReason.sequenceGap, remedy: 'snapshot' })
    }
    const found: ReturnType<typeof framesIn> = []
    await until('the snapshot came', () => {
      found.push(...framesIn(consumer))
      return found.some(({ kind, instrument }) => kind === DepthRecordKind.rest && instrument === BTC.id)
    })
    assert.ok(ingest.binance.requests.some(path => /depth\?symbol=BTCUSDT/.test(path)))
    await until('it subscribed again', () => bybitBooks.texts.length === 3)
    assert.deepEqual(
      bybitBooks.texts.slice(1).map(text => JSON.parse(text).op),
      ['unsubscribe', 'subscribe'],
    )
    const market = await peerOf(ingest.binance, 'btcusdt@aggTrade')
    ingest.post({ type: 'shard-started', shard: 0 })
    await until('the book connections are opened again', () => !books.isOpen && !bybitBooks.isOpen)
    await until('they are live again', () =>
      [BINANCE, BYBIT].every(product => lanes.link(product, Kind.orderBookL2).status === CellStatus.live),
    )
    assert.ok(market.isOpen, 'no trade is touched')
    assert.equal(lanes.count('upstreamGaps'), 0)
  })

  test('a book that no snapshot helps gets another connection, and the other books go on', async () => {
    const { ingest, lanes } = await running()
    const consumer = lanes.consumer()
    const old = await peerOf(ingest.bybit, 'orderbook.200.BTCUSDT')
    await until('the books are live', () => lanes.link(BYBIT, Kind.orderBookL2).status === CellStatus.live)
    const { sinceUs } = lanes.link(BYBIT, Kind.orderBookL2)
    const request = { type: 'resync', instrument: BYBIT_BTC.id, reason: StatusReason.sequenceGap } as const
    ingest.post({ ...request, remedy: 'connection' })
    ingest.post({ ...request, remedy: 'connection' })
    const found: ReturnType<typeof framesIn> = []
    await until('another took over', () => {
      found.push(...framesIn(consumer))
      return found.some(({ kind, instrument }) => kind === DepthRecordKind.handover && instrument === BYBIT_ETH.id)
    })
    await until('the old one is closed', () => !old.isOpen)
    assert.ok(!found.some(({ kind }) => kind === DepthRecordKind.linkDown))
    assert.equal(lanes.link(BYBIT, Kind.orderBookL2).sinceUs, sinceUs)
    assert.equal(lanes.count('connectionsRenewed'), 1)
    assert.equal(old.texts.length, 1, 'it was not subscribed again')
  })

  test('a shard that does not read stops its books, and no trade', async () => {
    const { ingest, lanes, reader } = await running(() => undefined, {
      lanes: new TestLanes({ ringBytes: 64 * 1_024 }),
    })
    const market = await peerOf(ingest.binance, 'btcusdt@aggTrade')
    const books = await peerOf(ingest.binance, 'btcusdt@depth@100ms')
    const padding = ' '.repeat(2_000)
    let id = 0
    for (let round = 0; round < 60; round += 1) {
      for (let index = 0; index < 200; index += 1) books.send(depthUpdate(index) + padding)
      id += 1
      market.send(aggTrade(id))
      await sleep(5)
    }
    await reader.until('every trade came', () => reader.records.length === id)
    assert.ok(lanes.count('bookPauses') >= 1)
    assert.ok(books.unsentBytes > 0, 'the books wait in the socket')
    const consumer = lanes.consumer()
    await until('they go on when the shard reads', () => {
      framesIn(consumer)
      return books.unsentBytes === 0
    })
  })

  test('hostile frames on every connection are counted, and every trade between them is published', async () => {
    const { ingest, lanes, reader } = await running()
    const hostile = hostileFrames()
    const venues = [ingest.binance, ingest.bybit]
    for (const venue of venues) {
      await until(
        'its connections subscribed',
        () => venue.openPeers.filter(peer => peer.texts.length > 0).length === 3,
      )
    }
    const market = await peerOf(ingest.binance, 'btcusdt@aggTrade')
    const trades = await peerOf(ingest.bybit, 'publicTrade.BTCUSDT')
    hostile.forEach((frame, index) => {
      for (const peer of venues.flatMap(venue => venue.openPeers)) {
        peer.send(frame)
        peer.sendBinary(Buffer.from(frame))
      }
      market.send(aggTrade(1_000 + index))
      trades.send(publicTrade(`t${index}`))
    })
    const ids = (instrument: number): string[] =>
      reader.records
        .filter(record => record.kind === Kind.trade && record.instrument === instrument)
        .map(({ json }) => json.data.id)
    const last = hostile.length - 1
    await reader.until(
      'the last trades came',
      () => ids(BTC.id).includes(String(1_000 + last)) && ids(BYBIT_BTC.id).includes(`t${last}`),
    )
    assert.deepEqual(
      ids(BTC.id),
      hostile.map((_, index) => String(1_000 + index)),
    )
    assert.deepEqual(
      ids(BYBIT_BTC.id),
      hostile.map((_, index) => `t${index}`),
    )
    const gaps = reader.records.filter(({ kind }) => kind === Kind.gap)
    assert.equal(reader.records.length - gaps.length, 2 * hostile.length, 'and nothing else')
    assert.ok(
      gaps.every(({ json }) => json.missed === null || json.missed === 0),
      'no trade of a frame that cannot be read is counted',
    )
    assert.ok(lanes.count('framesMalformed') > 100)
    assert.ok(lanes.count('tradesMalformed') > 10)
    assert.equal(lanes.count('connectionsLost'), 0)
    assert.ok(ingest.log.lines.length < 40, 'the log is not flooded')
  })

  test('a frame beyond every limit ends its connection alone', async () => {
    const { ingest, lanes, reader } = await running()
    const books = await peerOf(ingest.binance, 'btcusdt@depth@100ms')
    const market = await peerOf(ingest.binance, 'btcusdt@aggTrade')
    books.send('x'.repeat(5_000_000))
    await until('it was ended', () => !books.isOpen)
    market.send(aggTrade(1))
    await reader.count(1)
    await until('the books are back', () => lanes.link(BINANCE, Kind.orderBookL2).status === CellStatus.live)
    assert.ok(market.isOpen)
  })
})
