import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { DepthRecordKind } from '@tradelane/shared/lanes/depth-ring'
import { CellStatus, Kind, StatusReason, SUBSCRIBED_KINDS } from '@tradelane/shared/market/nouns'
import { until } from './test/recorded-log.js'
import { allLive, framesIn, RecordReader, running } from './test/running-ingest.js'
import type { ScriptedPeer } from './test/scripted-venue.js'
import { binanceRest, bybitRest, peerOf, TestIngest } from './test/test-ingest.js'
import { BINANCE, BTC, BYBIT, BYBIT_BTC, BYBIT_ETH, ETH, jsonOf } from './test/test-lanes.js'
import {
  aggTrade,
  allLiquidation,
  bookTicker,
  bybitBook,
  depthUpdate,
  forceOrder,
  publicTrade,
} from './test/venue-frames.js'

describe('the ingest thread', { concurrency: 3 }, () => {
  test('publishes every kind of two venues on its lane, and ends in time when it is stopped', async () => {
    const ingest = await TestIngest.open()
    const { lanes, binance, bybit } = ingest
    const reader = new RecordReader(lanes)
    const consumer = lanes.consumer()
    const market = await peerOf(binance, 'btcusdt@aggTrade')
    const trades = await peerOf(bybit, 'publicTrade.BTCUSDT')
    await until('the trade feeds are live', () =>
      [BINANCE, BYBIT].every(product => lanes.link(product, Kind.trade).status === CellStatus.live),
    )
    market.send(aggTrade(7))
    trades.send(publicTrade('a'))
    await reader.count(2)
    market.send(forceOrder('100'))
    trades.send(allLiquidation('200'))
    await reader.count(4)
    assert.deepEqual(reader.briefs().toSorted(), ['btc 7', 'btc a', 'btc liq 100', 'btc liq 200'])
    assert.deepEqual(
      reader.records.map(({ sequence, json }) => [sequence, json.seq]),
      [1, 2, 3, 4].map(sequence => [sequence, sequence]),
    )
    const state = await peerOf(binance, 'btcusdt@bookTicker')
    state.send(bookTicker(5))
    const books = await peerOf(binance, 'btcusdt@depth@100ms')
    books.send(depthUpdate(9))
    const bybitBooks = await peerOf(bybit, 'orderbook.200.BTCUSDT')
    bybitBooks.send(bybitBook(1))
    await until('the top is there', () => lanes.state(Kind.orderBookL1, BTC).sequence === 5)
    await until('open interest was polled', () => lanes.state(Kind.openInterest, BTC).status === CellStatus.live)
    assert.equal(jsonOf(lanes.state(Kind.cumulativeVolumeDelta, BTC))['kind'], 'cumulative_volume_delta')
    await until('both books were forwarded', () => lanes.count('l2FramesForwarded') === 2)
    const frames = framesIn(consumer)
    assert.equal(frames.filter(({ kind }) => kind === DepthRecordKind.linkUp).length, 4)
    const streams = frames.filter(({ kind }) => kind === DepthRecordKind.stream)
    assert.deepEqual(
      new Map(streams.map(({ instrument, text }) => [instrument, text])),
      new Map<number, string>([
        [BTC.id, depthUpdate(9)],
        [BYBIT_BTC.id, bybitBook(1)],
      ]),
    )
    assert.equal(ingest.log.lines.length, 0, 'nothing to warn about')
    const startMs = performance.now()
    assert.equal(await ingest.stop(), 0)
    assert.ok(performance.now() - startMs < 2_000)
  })

  test('trades, state and books travel on connections of their own', async () => {
    const { ingest } = await running()
    for (const venue of [ingest.binance, ingest.bybit]) {
      await until(
        'three connections subscribed',
        () => venue.openPeers.filter(peer => peer.texts.length > 0).length === 3,
      )
      await sleep(100)
      assert.equal(venue.openPeers.length, 3)
    }
    const paths = ingest.binance.peers.map(peer => peer.path).toSorted()
    assert.deepEqual(paths, ['/market/stream', '/public/stream', '/public/stream'])
  })

  test('after a cut the loss is published: exactly where ids are contiguous, by its time where they are not', async () => {
    const { ingest, lanes, reader } = await running()
    const market = await peerOf(ingest.binance, 'btcusdt@aggTrade')
    const trades = await peerOf(ingest.bybit, 'publicTrade.BTCUSDT')
    await allLive(lanes, BINANCE)
    market.send(aggTrade(100))
    trades.send(publicTrade('a'))
    await reader.count(2)
    market.cut()
    trades.cut()
    await until('both are down', () =>
      [BINANCE, BYBIT].every(product => lanes.link(product, Kind.trade).status === CellStatus.down),
    )
    assert.equal(lanes.link(BINANCE, Kind.trade).reason, StatusReason.disconnected)
    assert.equal(lanes.link(BINANCE, Kind.orderBookL2).status, CellStatus.live, 'books have their own connection')
    await until('both are back', () =>
      [BINANCE, BYBIT].every(product => lanes.link(product, Kind.trade).status === CellStatus.live),
    )
    await reader.until('what cannot be proven is published', () => reader.records.length === 6)
    ;(await peerOf(ingest.binance, 'btcusdt@aggTrade')).send(aggTrade(104))
    ;(await peerOf(ingest.bybit, 'publicTrade.BTCUSDT')).send(publicTrade('b'))
    await reader.count(9)
    const of = (instrument: number): string[] =>
      reader.briefs().filter((_, index) => reader.records[index]?.instrument === instrument)
    assert.deepEqual(of(BTC.id), ['btc 100', 'btc missed 0', 'btc missed 3', 'btc 104'])
    assert.deepEqual(of(BYBIT_BTC.id), ['btc a', 'btc missed null', 'btc b'])
    assert.deepEqual(of(BYBIT_ETH.id), ['eth missed null'])
    assert.deepEqual(of(ETH.id), ['eth missed null'], 'without a last id the next one proves nothing')
  })

  test('one connection takes over from another: no trade is lost or doubled, no liquidation either', async () => {
    const { ingest, lanes, reader } = await running()
    const first = await peerOf(ingest.binance, 'btcusdt@aggTrade')
    await until('it is live', () => lanes.link(BINANCE, Kind.trade).status === CellStatus.live)
    first.send(aggTrade(1))
    first.send({ stream: '!serverShutdown', data: { e: 'serverShutdown', E: 1_790_000_000_000 } })
    const isNext = (peer: ScriptedPeer): boolean => peer !== first && peer.texts.some(text => text.includes('aggTrade'))
    await until('the next one subscribed', () => ingest.binance.peers.some(isNext))
    const second = ingest.binance.peers.find(isNext) as ScriptedPeer
    await sleep(50)
    for (let id = 2; id <= 200; id += 1) {
      for (const peer of [first, second]) {
        if (!peer.isOpen) continue
        peer.send(aggTrade(id))
        // Two that agree in every field are two.
        if (id % 10 === 0) for (let twice = 0; twice < 2; twice += 1) peer.send(forceOrder('100', 'BTCUSDT', id))
      }
      await sleep(8)
    }
    assert.ok(!first.isOpen, 'the old one was closed')
    await reader.count(200 + 40)
    await sleep(100)
    reader.records.push(...lanes.takeRecords())
    const trades = reader.records.filter(({ kind }) => kind === Kind.trade)
    assert.deepEqual(
      trades.map(({ json }) => Number(json.data.id)),
      Array.from({ length: 200 }, (_, index) => index + 1),
    )
    assert.equal(reader.records.length, 240)
    assert.equal(lanes.count('upstreamGaps'), 0)
    assert.ok(lanes.count('tradesDuplicate') > 10)
  })

  test('a successor of a dead thread continues the log, and publishes a gap for what was missed', async () => {
    const first = await TestIngest.open()
    const reader = new RecordReader(first.lanes)
    ;(await peerOf(first.binance, 'btcusdt@aggTrade')).send(aggTrade(100))
    ;(await peerOf(first.bybit, 'publicTrade.BTCUSDT')).send(publicTrade('a'))
    await reader.count(2)
    await first.kill()
    await until(
      'the venues have no connection',
      () => first.binance.openPeers.length + first.bybit.openPeers.length === 0,
    )
    const second = new TestIngest({ binance: first.binance, bybit: first.bybit, lanes: first.lanes })
    after(() => second.stop())
    await reader.until('every instrument has its gap', () => reader.records.length >= 6)
    ;(await peerOf(first.binance, 'btcusdt@aggTrade')).send(aggTrade(103))
    await reader.count(7)
    assert.deepEqual(reader.briefs().slice(0, 2).toSorted(), ['btc 100', 'btc a'])
    assert.deepEqual(reader.briefs().slice(2, 6).toSorted(), [
      'btc missed null',
      'btc missed null',
      'eth missed null',
      'eth missed null',
    ])
    assert.equal(reader.briefs()[6], 'btc 103')
    assert.deepEqual(
      reader.records.map(({ sequence }) => sequence),
      [1, 2, 3, 4, 5, 6, 7],
    )
  })

  test('a first connection that fails is no loss: nothing was promised yet', async () => {
    const { ingest, lanes, reader } = await running(({ bybit }) => {
      bybit.upgrades = 'refuse'
    })
    await until('it failed', () => lanes.count('connectFailures') >= 1)
    ingest.bybit.upgrades = 'accept'
    await until('it is live', () => lanes.link(BYBIT, Kind.trade).status === CellStatus.live)
    ;(await peerOf(ingest.bybit, 'publicTrade.BTCUSDT')).send(publicTrade('a'))
    await reader.count(1)
    assert.deepEqual(reader.briefs(), ['btc a'])
  })

  test('an instrument that a venue does not list is a warning, and the others go on', async () => {
    const { ingest, lanes, reader } = await running(({ binance, bybit }) => {
      binance.rest = binanceRest(['BTCUSDT'])
      bybit.rest = bybitRest(['ETHUSDT', 'XRPUSDT'])
    })
    const market = await peerOf(ingest.binance, 'btcusdt@aggTrade')
    const trades = await peerOf(ingest.bybit, 'publicTrade.ETHUSDT')
    const isIncomplete = (): boolean =>
      SUBSCRIBED_KINDS.every(kind => {
        const { status, reason } = lanes.link(BINANCE, kind)
        return status === CellStatus.stale && reason === StatusReason.notListed
      })
    await until('every feed of Binance is live but for it', isIncomplete)
    market.send(aggTrade(1))
    trades.send(publicTrade('a', 'ETHUSDT'))
    await reader.count(2)
    const warnings = ingest.log.lines.map(({ level, message, fields }) => `${level}: ${message}: ${fields['subject']}`)
    assert.deepEqual(warnings.toSorted(), [
      'warn: instrument not listed, awaited: binance-futures ETHUSDT',
      'warn: instrument not listed, awaited: bybit-linear BTCUSDT',
    ])
    const asked = ingest.binance.peers.flatMap(peer => peer.texts).join()
    assert.ok(!/ethusdt/.test(asked))
  })
})
