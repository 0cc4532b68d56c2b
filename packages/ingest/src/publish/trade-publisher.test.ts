import assert from 'node:assert/strict'
import test from 'node:test'
import { type Decimal, type Instrument, Kind, type MonotonicUs, type WallUs } from '@tradelane/shared/market/nouns'
import { isoUs } from '@tradelane/shared/wire/timestamps'
import fc from 'fast-check'
import { BOTH, brief, PublisherFixture, TRADES } from '../test/publisher-fixture.js'
import { BTC, BYBIT_BTC, ETH, STREAM, TestLanes } from '../test/test-lanes.js'

test('a trade is appended to the log as clients read it, and rings the gateway', () => {
  const fixture = new PublisherFixture()
  const bell = fixture.lanes.gateway.bell()
  fixture.trade(7)
  assert.notEqual(fixture.lanes.gateway.bell(), bell)
  const [record] = fixture.lanes.takeRecords()
  assert.equal(record?.kind, Kind.trade)
  assert.equal(record.instrument, BTC.id)
  assert.equal(record.json.seq, 1)
  assert.deepEqual(record.json.data, { amount: 2, amount_base: 2, id: '7', price: 100.5, side: 'Buy' })
  assert.equal(fixture.totals[0]?.deltaBase, 2)
})

test('a repeated trade is published once and counted', () => {
  const fixture = new PublisherFixture().trade(1).trade(2).trade(1).trade(2).trade(3)
  assert.deepEqual(fixture.published(), ['1', '2', '3'])
  assert.equal(fixture.lanes.count('tradesDuplicate'), 2)
  assert.equal(fixture.lanes.count('tradesPublished'), 3)
  assert.equal(fixture.totals.at(-1)?.deltaBase, 6)
})

test('a large spot trade is logged when it is published, and not when it comes again', () => {
  const spot: Instrument = { ...BTC, marketType: 'Spot' }
  const fixture = new PublisherFixture().trade(1).trade(2, spot).trade(2, spot)
  assert.deepEqual(
    fixture.log.lines.map(({ message, fields }) => [message, fields['value']]),
    [['large spot trade', 201]],
  )
})

test('equal ids of two instruments are two trades', () => {
  assert.deepEqual(new PublisherFixture().trade(1).trade(1, ETH).trade(1, BYBIT_BTC).published(), ['1', '1', '1'])
})

test('a gap in contiguous ids is published before the trade after it, with its exact size', () => {
  const fixture = new PublisherFixture().trade(10).trade(11).trade(15)
  const records = fixture.lanes.takeRecords()
  assert.deepEqual(records.map(brief), ['10', '11', 'missed 3: 11 > 15', '15'])
  assert.deepEqual(
    records.map(record => record.json.seq),
    [1, 2, 3, 4],
  )
  const gap = records[2]?.json
  assert.equal(gap.reason, 'upstream')
  assert.equal(gap.stream, STREAM)
  assert.equal(gap.from_time, '2026-09-21T14:13:20.011000Z')
  assert.equal(gap.to_time, '2026-09-21T14:13:20.015000Z')
  assert.equal(fixture.lanes.count('upstreamGaps'), 1)
  assert.equal(fixture.totals.at(-1)?.isComplete, false)
})

test('after a disconnect, contiguous ids prove that nothing was missed, or how much', () => {
  const fixture = new PublisherFixture().trade(10)
  fixture.lose(TRADES)
  fixture.back(TRADES)
  fixture.trade(11)
  assert.deepEqual(fixture.published(), ['10', '11'], 'nothing was missed, so no gap is published')
  fixture.lose(TRADES)
  fixture.back(TRADES)
  fixture.trade(9).trade(11).trade(14)
  assert.deepEqual(fixture.published(), ['9', 'missed 2: 11 > 14', '14'])
})

test('after a disconnect, opaque ids prove nothing: one gap is published, with its time span', () => {
  const fixture = new PublisherFixture().trade('a', BYBIT_BTC)
  fixture.lose(TRADES, BYBIT_BTC)
  const backIso = fixture.untilIsoOf(fixture.lanes.clock.monotonicUs())
  fixture.back(TRADES, BYBIT_BTC)
  fixture.back(TRADES, BYBIT_BTC)
  fixture.trade('b', BYBIT_BTC)
  const records = fixture.lanes.takeRecords()
  assert.deepEqual(records.map(brief), ['a', 'missed null: a > null', 'b'])
  assert.equal(records[1]?.json.from_time, '2026-09-21T14:13:20.000000Z')
  assert.ok(records[1]?.json.to_time >= backIso)
  assert.ok(records[1]?.json.to_time <= fixture.untilIsoOf(fixture.lanes.clock.monotonicUs()))
})

test('a trade that comes before everything is subscribed again is published after the gap', () => {
  const fixture = new PublisherFixture().trade('a', BYBIT_BTC)
  fixture.lose(TRADES, BYBIT_BTC)
  fixture.trade('b', BYBIT_BTC)
  fixture.back(TRADES, BYBIT_BTC)
  assert.deepEqual(fixture.published(), ['a', 'missed null: a > b', 'b'])
})

test('a repetition of the last trade after a disconnect proves that nothing was missed', () => {
  const fixture = new PublisherFixture().trade('a', BYBIT_BTC).trade('b', BYBIT_BTC)
  fixture.lose(TRADES, BYBIT_BTC)
  fixture.trade('b', BYBIT_BTC).trade('c', BYBIT_BTC)
  fixture.back(TRADES, BYBIT_BTC)
  assert.deepEqual(fixture.published(), ['a', 'b', 'c'])
})

test('a trade whose time is years ahead takes nothing out of the gap behind it', () => {
  const fixture = new PublisherFixture().trade(1).trade(2).trade(3)
  const wrongUs = 4_000_000_000_000_000 as WallUs
  fixture.trade('a', BYBIT_BTC).trade('b', BYBIT_BTC, { venueUs: wrongUs, receivedUs: 700_000 as MonotonicUs })
  fixture.lose(TRADES, BYBIT_BTC)
  fixture.trade('c', BYBIT_BTC, { receivedUs: 800_000 as MonotonicUs })
  const gap = fixture.lanes.takeRecords().find(({ kind }) => kind === Kind.gap)
  assert.deepEqual([gap?.json.from_time, gap?.json.to_time], [null, isoUs(wrongUs)])
})

test('uncertainty is per instrument', () => {
  const fixture = new PublisherFixture().trade('a', BYBIT_BTC).trade(1)
  fixture.lose(TRADES, BYBIT_BTC)
  fixture.back(TRADES)
  fixture.trade(2)
  assert.deepEqual(fixture.published(), ['a', '1', '2'])
})

test('the successor of a dead thread publishes a gap before the first trade of each instrument', () => {
  const first = new PublisherFixture().trade(10).trade('x', BYBIT_BTC)
  const second = new PublisherFixture(first.lanes)
  for (const instrument of [BTC, ETH, BYBIT_BTC]) second.lose(BOTH, instrument, null)
  second.back(BOTH)
  second.trade(13).trade(20, ETH).trade('y', BYBIT_BTC)
  const gaps = ['missed null: null > null', '13', 'missed null: null > 20', '20', 'missed null: null > y', 'y']
  assert.deepEqual(first.published(), ['10', 'x', ...gaps])
})

test('a trade that covers several ids leaves no gap; a gap before it is counted without them', () => {
  const fixture = new PublisherFixture().trade(10).trade(13, BTC, { idCount: 3 }).trade(20, BTC, { idCount: 5 })
  assert.deepEqual(fixture.published(), ['10', '13', 'missed 2: 13 > 16', '20'])
})

test('a trade whose ids overlap the last ones is no gap', () => {
  const fixture = new PublisherFixture().trade(10).trade(12, BTC, { idCount: 4 }).trade(13)
  assert.deepEqual(fixture.published(), ['10', '12', '13'])
})

test('ids that ascend with holes prove no gap; a disconnect is one gap, and what came twice is dropped', () => {
  const fixture = new PublisherFixture(new TestLanes(), { tradeIdRules: ['ascending'] })
    .trade(10)
    .trade(12)
    .trade(11)
    .trade(12)
    .trade(20)
  assert.deepEqual(fixture.published(), ['10', '12', '11', '20'])
  fixture.lose(TRADES).back(TRADES).trade(20).trade(30)
  assert.deepEqual(fixture.published(), ['missed null: 20 > null', '30'])
  assert.equal(fixture.lanes.count('tradesDuplicate'), 2)
})

test('a trade of quantity 0 is counted and not published; contiguous ids go on', () => {
  const fixture = new PublisherFixture()
  for (const [id, amount] of ['1', '0', '0.00000000', '2'].entries()) {
    fixture.trade(id, BTC, { amount: amount as Decimal }).trade(id, BTC, { amount: amount as Decimal })
  }
  assert.deepEqual(fixture.published(), ['0', '3'])
  assert.equal(fixture.lanes.count('tradesOfNothing'), 2)
  assert.equal(fixture.lanes.count('tradesDuplicate'), 4)
  assert.equal(fixture.lanes.count('tradesPublished'), 2)
  assert.equal(fixture.totals.at(-1)?.isComplete, true)
  fixture.trade(6, BTC, { amount: '0' as Decimal }).trade(7)
  assert.deepEqual(fixture.published(), ['missed 2: 3 > 6', '7'], 'the gap before it is its own')
})

test('a venue that restarts its ids, or sends one wrong id, is followed from there', () => {
  const fixture = new PublisherFixture().trade(5_000_000).trade(100).trade(101).trade(104)
  assert.deepEqual(fixture.published(), [
    '5000000',
    'missed null: 5000000 > 100',
    '100',
    '101',
    'missed 2: 101 > 104',
    '104',
  ])
  const wrong = new PublisherFixture().trade(10).trade(Number.MAX_SAFE_INTEGER).trade(11).trade(12)
  assert.deepEqual(wrong.published(), [
    '10',
    'missed 9007199254740980: 10 > 9007199254740991',
    '9007199254740991',
    'missed null: 9007199254740991 > 11',
    '11',
    '12',
  ])
})

test('whatever is lost, doubled or late: published plus missed are all ids, and none is published twice', () => {
  const fates = fc.array(fc.constantFrom('delivered', 'delivered', 'delivered', 'lost', 'doubled', 'cut', 'late'), {
    maxLength: 200,
  })
  fc.assert(
    fc.property(fates, all => {
      const fixture = new PublisherFixture().trade(1)
      let late = 0
      all.forEach((fate, index) => {
        const id = index + 2
        if (fate === 'cut') {
          fixture.lose(TRADES)
          fixture.back(TRADES)
        }
        if (fate === 'delivered' || fate === 'doubled') fixture.trade(id)
        if (fate === 'doubled') fixture.trade(id - 1).trade(id)
        if (fate === 'late' && late === 0) late = id
        if (fate === 'delivered' && late > 0) {
          fixture.trade(late)
          late = 0
        }
      })
      const last = all.length + 2
      fixture.trade(last)
      const records = fixture.lanes.takeRecords()
      const ids = records.filter(({ kind }) => kind === Kind.trade).map(({ json }) => Number(json.data.id))
      const missed = records.filter(({ kind }) => kind === Kind.gap).reduce((sum, { json }) => sum + json.missed, 0)
      // A late trade, or one repeated after a gap, was counted as missed before.
      const inOrder = ids.filter((id, index) => id > Math.max(0, ...ids.slice(0, index)))
      assert.equal(new Set(ids).size, ids.length)
      assert.equal(inOrder.length + missed, last)
    }),
    { numRuns: 60 },
  )
})

test('the longest trade and the gap between the longest ids fit a slot', () => {
  const longest = `${'9'.repeat(24)}.${'9'.repeat(18)}` as Decimal
  const [first, second] = ['a', 'b'].map(letter => letter.repeat(64)) as [string, string]
  const fixture = new PublisherFixture().trade(first, BYBIT_BTC, {
    price: longest,
    amount: longest,
    amountBase: longest,
  })
  fixture.lose(TRADES, BYBIT_BTC)
  fixture.trade(second, BYBIT_BTC)
  const kinds = fixture.lanes.takeRecords().map(({ kind }) => kind)
  assert.deepEqual(kinds, [Kind.trade, Kind.gap, Kind.trade])
  assert.equal(fixture.lanes.count('tradesTooLarge'), 0)
})

test('a connection heard in the future, and a contiguous id that is no integer, are errors', () => {
  const fixture = new PublisherFixture()
  const futureUs = (fixture.lanes.clock.monotonicUs() + 60e6) as MonotonicUs
  assert.throws(() => fixture.lose(BOTH, BTC, futureUs), /nothing was heard in the future/)
  assert.throws(() => fixture.trade('a'), /a contiguous id is an integer/)
})

test('an instrument that is not configured is ignored', () => {
  const fixture = new PublisherFixture()
  fixture.trade(1, { ...BTC, id: 99 as Instrument['id'] })
  fixture.lose(BOTH, { ...BTC, id: 99 as Instrument['id'] }).back(BOTH, { ...BTC, id: 99 as Instrument['id'] })
  assert.deepEqual(fixture.published(), [])
})
