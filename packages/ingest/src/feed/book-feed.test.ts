import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DepthRecordKind } from '@tradelane/shared/lanes/depth-ring'
import { CellStatus, type Instrument, Kind, type MonotonicUs, StatusReason } from '@tradelane/shared/market/nouns'
import fc from 'fast-check'
import { AT_US, DepthFixture, RING_BYTES } from '../test/depth-fixture.js'
import { BINANCE, BTC, BYBIT_BTC, ETH } from '../test/test-lanes.js'

const { linkUp, linkDown, stream, rest, handover } = DepthRecordKind

test('bytes pass through the ring untouched, in order, with their stamps', () => {
  const batches = fc.array(fc.array(fc.uint8Array({ minLength: 1, maxLength: 4_000 }), { maxLength: 9 }), {
    minLength: 1,
    maxLength: 40,
  })
  fc.assert(
    fc.property(batches, all => {
      const fixture = new DepthFixture()
      all.forEach((frames, round) => {
        const instrument = round % 2 === 0 ? BTC : ETH
        for (const frame of frames) fixture.forward(instrument, Buffer.from(frame), (AT_US + round) as MonotonicUs)
        const records = fixture.read()
        assert.equal(records.length, frames.length)
        records.forEach((record, index) => {
          assert.deepEqual(record.frame, Buffer.from(frames[index] as Uint8Array))
          assert.deepEqual([record.kind, record.instrument, record.receivedUs], [stream, instrument.id, AT_US + round])
        })
      })
      assert.equal(fixture.forwardedCount, all.flat().length)
      assert.equal(fixture.first.count('l2FramesLost'), 0)
    }),
    { numRuns: 60 },
  )
})

test('a frame goes to the shard that owns its instrument; an instrument without a shard is refused', () => {
  const fixture = new DepthFixture()
  const other = fixture.second.consumer()
  const feed = fixture.newFeed([BYBIT_BTC])
  feed.onUp(false)
  fixture.forward(BYBIT_BTC, Buffer.from('bybit'), AT_US, feed)
  assert.equal(fixture.read().length, 0)
  assert.ok(other.read())
  assert.equal(other.record.kind, linkUp)
  assert.ok(other.read())
  assert.equal(other.record.frame.toString(), 'bybit')
  assert.ok(!other.read())
  assert.throws(() => fixture.rings.shardOf({ ...BTC, id: 99 as Instrument['id'] }), /every instrument has a shard/)
})

test('the shard is rung once per chunk, but at once for a REST snapshot and a link record', () => {
  const fixture = new DepthFixture()
  const { shard } = fixture.first
  let bell = shard.bell()
  fixture.forward(BTC, Buffer.from('1'))
  fixture.forward(BTC, Buffer.from('2'))
  assert.equal(shard.bell(), bell)
  fixture.feed.onChunkEnd()
  assert.equal(shard.bell(), bell + 1)
  fixture.feed.onChunkEnd()
  assert.equal(shard.bell(), bell + 1, 'nothing new')
  for (const act of [
    () => fixture.feed.forwardRest(BTC, Buffer.from('snapshot'), AT_US),
    () => fixture.feed.onUp(false),
    () => fixture.feed.withdraw([BTC]),
    () => fixture.feed.onDown(StatusReason.disconnected),
  ]) {
    bell = shard.bell()
    act()
    assert.equal(shard.bell(), bell + 1)
  }
})

test('link records, frames and snapshots keep their order; amounts of contracts come with their factor', () => {
  const fixture = new DepthFixture()
  const feed = fixture.newFeed([BTC, ETH], [[ETH, '0.01']])
  feed.onUp(false)
  fixture.forward(BTC, Buffer.from('delta'), AT_US, feed)
  feed.forwardRest(BTC, Buffer.from('snapshot'), AT_US)
  feed.withdraw([ETH])
  feed.onDown(StatusReason.disconnected)
  assert.deepEqual(
    fixture.read().map(({ kind, instrument, frame }) => [kind, instrument, frame.toString()]),
    [
      [linkUp, BTC.id, ''],
      [linkUp, ETH.id, '0.01'],
      [stream, BTC.id, 'delta'],
      [rest, BTC.id, 'snapshot'],
      [linkDown, ETH.id, ''],
      [linkDown, BTC.id, ''],
      [linkDown, ETH.id, ''],
    ],
  )
})

test('what does not fit is dropped and counted beside the ring, and nothing of that instrument enters before it is drained', () => {
  const fixture = new DepthFixture()
  const lossCount = fixture.consumer.lossCount(BTC.id)
  const otherLossCount = fixture.consumer.lossCount(ETH.id)
  const frame = Buffer.alloc(200)
  let offered = 0
  while (fixture.first.count('l2FramesLost') === 0) {
    fixture.forward(BTC, frame)
    offered += 1
  }
  assert.ok(fixture.ring.fillRatio() > 0.98)
  fixture.drainTo(0.6)
  for (let round = 0; round < 5; round += 1) fixture.forward(BTC, frame)
  assert.equal(fixture.first.count('l2FramesLost'), 6, 'there is room, but the chain is broken')
  fixture.forward(ETH, frame)
  assert.equal(fixture.forwardedCount, offered, 'all before the first lost one, and the neighbour')
  fixture.drainTo(0.2)
  fixture.forward(BTC, frame)
  const last = fixture.read().at(-1)
  assert.equal(last?.instrument, BTC.id)
  assert.equal(last.lossCount, lossCount + 6, 'the record says how many were lost')
  assert.equal(fixture.consumer.lossCount(ETH.id), otherLossCount)
})

test('a frame larger than an eighth of the ring is lost and counted, alone', () => {
  const fixture = new DepthFixture()
  fixture.forward(BTC, Buffer.alloc(RING_BYTES / 8))
  fixture.forward(ETH, Buffer.from('fine'))
  assert.equal(fixture.first.count('l2FramesLost'), 1)
  assert.deepEqual(
    fixture.read().map(record => record.frame.toString()),
    ['fine'],
  )
})

test('the link record of a connection that found no room comes before the first frame that does', () => {
  const fixture = new DepthFixture()
  fixture.overfill(ETH)
  const feed = fixture.newFeed([ETH], [[ETH, '0.1']])
  feed.onUp(false)
  fixture.forward(ETH, Buffer.from('lost'), AT_US, feed)
  fixture.read()
  fixture.forward(ETH, Buffer.from('snapshot'), AT_US, feed)
  fixture.forward(ETH, Buffer.from('delta'), AT_US, feed)
  assert.deepEqual(
    fixture.read().map(({ kind, frame }) => [kind, frame.toString()]),
    [
      [linkUp, '0.1'],
      [stream, 'snapshot'],
      [stream, 'delta'],
    ],
  )
})

test('the link record of a connection that was lost meanwhile is dropped', () => {
  const fixture = new DepthFixture()
  fixture.overfill(ETH)
  const feed = fixture.newFeed([ETH], [[ETH, '0.1']])
  feed.onUp(false)
  feed.onDown(StatusReason.disconnected)
  fixture.read()
  feed.onUp(false)
  fixture.forward(ETH, Buffer.from('frame'), AT_US, feed)
  assert.deepEqual(
    fixture.read().map(({ kind }) => kind),
    [linkUp, stream],
  )
})

test('the link record of an instrument that was withdrawn meanwhile is dropped', () => {
  const fixture = new DepthFixture()
  fixture.overfill(ETH)
  const feed = fixture.newFeed([ETH], [[ETH, '0.1']])
  feed.onUp(false)
  feed.withdraw([ETH])
  fixture.read()
  fixture.forward(ETH, Buffer.from('frame'), AT_US, feed)
  assert.deepEqual(
    fixture.read().map(({ kind }) => kind),
    [stream],
  )
})

test('a link with a book that the venue refuses is not live, unless the instrument is no longer listed', () => {
  const fixture = new DepthFixture()
  const { first, feed } = fixture
  const link = () => [first.link(BINANCE, Kind.orderBookL2).status, first.link(BINANCE, Kind.orderBookL2).reason]
  assert.deepEqual(link(), [CellStatus.live, StatusReason.connected])
  const refused = { kind: Kind.orderBookL2, instrument: ETH }
  feed.onSettled(new Set([refused]))
  assert.deepEqual(link(), [CellStatus.down, StatusReason.refused])
  feed.onSettled(new Set())
  assert.deepEqual(link(), [CellStatus.live, StatusReason.connected])
  feed.leaveOut(ETH, StatusReason.notListed)
  feed.onSettled(new Set([refused]))
  assert.deepEqual(link(), [CellStatus.live, StatusReason.connected])
})

test('a connection that takes over in time continues the books, with the value of their contracts', () => {
  const fixture = new DepthFixture()
  const feed = fixture.newFeed([BTC, ETH], [[ETH, '0.01']])
  feed.onUp(false)
  fixture.forward(BTC, Buffer.from('old'), AT_US, feed)
  feed.onUp(true)
  fixture.forward(BTC, Buffer.from('new'), AT_US, feed)
  assert.deepEqual(
    fixture.read().map(({ kind, instrument, frame }) => [kind, instrument, frame.toString()]),
    [
      [linkUp, BTC.id, ''],
      [linkUp, ETH.id, '0.01'],
      [stream, BTC.id, 'old'],
      [handover, BTC.id, ''],
      [handover, ETH.id, '0.01'],
      [stream, BTC.id, 'new'],
    ],
  )
  feed.onDown(StatusReason.disconnected)
  assert.throws(() => feed.onUp(true), /takes over from one that is up/)
})

test('a book whose first link record found no room begins with the next connection', () => {
  const fixture = new DepthFixture()
  const feed = fixture.newFeed([BTC, ETH])
  fixture.overfill(BTC)
  feed.onUp(false)
  while (fixture.read().length > 0);
  feed.onUp(true)
  const [first] = fixture.read()
  assert.deepEqual([first?.kind, first?.instrument], [linkUp, BTC.id])
})

test('a book whose deltas made no book begins anew with the next connection, and only with that', () => {
  const fixture = new DepthFixture()
  fixture.feed.renew(ETH)
  fixture.feed.onUp(true)
  fixture.feed.onUp(true)
  assert.deepEqual(
    fixture.read().map(({ kind }) => kind),
    [handover, linkUp, handover, handover],
  )
})
