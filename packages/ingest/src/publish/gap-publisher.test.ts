import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TradeLogWriter } from '@tradelane/shared/lanes/trade-log'
import type { CumulativeVolumeDelta, UpstreamGap } from '@tradelane/shared/market/market-events'
import type { Instrument, WallUs } from '@tradelane/shared/market/nouns'
import { wireTable } from '@tradelane/shared/wire/instrument-wire'
import { isoUs } from '@tradelane/shared/wire/timestamps'
import { brief, tradeOf } from '../test/publisher-fixture.js'
import { BTC, INSTRUMENTS, STREAM, TestLanes } from '../test/test-lanes.js'
import { CvdTotals } from './cvd-totals.js'
import { GapPublisher } from './gap-publisher.js'

const FROM_US = 1_790_000_000_000_000 as WallUs
const TO_US = (FROM_US + 2_000_000) as WallUs
const GAP: UpstreamGap = { instrument: BTC, lastId: '1', firstId: '5', fromUs: FROM_US, toUs: TO_US, missed: 3 }

class GapFixture {
  readonly lanes = new TestLanes()
  total: CumulativeVolumeDelta | undefined
  readonly publisher: GapPublisher

  constructor(instruments = INSTRUMENTS) {
    const { tradeLog, gateway, clock, counters } = this.lanes
    const publishCvd = (total: CumulativeVolumeDelta): void => {
      this.total = total
    }
    const cvd = new CvdTotals(clock, { publishCvd })
    cvd.add(tradeOf(1, BTC))
    const log = new TradeLogWriter(tradeLog, [gateway])
    this.publisher = new GapPublisher({ log, wires: wireTable(instruments), clock, counters, cvd, stream: STREAM })
  }

  /** What was appended for the gap. */
  publish(gap: UpstreamGap): string[] {
    this.publisher.publish(gap)
    return this.lanes.takeRecords().map(brief)
  }
}

test('a gap is one record with its bounds; what it misses is counted, and the volume delta is incomplete', () => {
  const fixture = new GapFixture()
  const { lanes } = fixture
  fixture.publisher.publish(GAP)
  const [record, ...others] = lanes.takeRecords()
  assert.equal(others.length, 0)
  assert.ok(record !== undefined)
  assert.equal(brief(record), 'missed 3: 1 > 5')
  assert.deepEqual([record.json.from_time, record.json.to_time], [isoUs(FROM_US), isoUs(TO_US)])
  assert.deepEqual([lanes.count('upstreamGaps'), lanes.count('upstreamTradesMissed')], [1, 3])
  assert.equal(fixture.total?.isComplete, false)
})

test('a gap that misses no trade leaves the volume delta complete; an unknown number does not', () => {
  const fixture = new GapFixture()
  assert.deepEqual(fixture.publish({ ...GAP, firstId: null, missed: 0 }), ['missed 0: 1 > null'])
  assert.equal(fixture.total?.isComplete, true)
  assert.deepEqual(fixture.publish({ ...GAP, firstId: null, missed: null }), ['missed null: 1 > null'])
  assert.equal(fixture.total?.isComplete, false)
  assert.equal(fixture.lanes.count('upstreamTradesMissed'), 0)
})

test('a gap that does not fit with its ids is published without', () => {
  // No setting accepts such a name.
  const instrument = { ...BTC, base: 'x'.repeat(130), quote: 'y'.repeat(30) }
  const fixture = new GapFixture(INSTRUMENTS.map(each => (each.id === BTC.id ? instrument : each)))
  const [lastId, firstId] = ['a'.repeat(64), 'b'.repeat(64)]
  assert.deepEqual(fixture.publish({ ...GAP, instrument, lastId, firstId }), ['missed 3: null > null'])
  assert.deepEqual([fixture.lanes.count('upstreamGapsTooLarge'), fixture.lanes.count('upstreamGaps')], [1, 1])
})

test('a gap of an instrument that is not configured is ignored; one that misses less than nothing is an error', () => {
  const fixture = new GapFixture()
  assert.deepEqual(fixture.publish({ ...GAP, instrument: { ...BTC, id: 999 as Instrument['id'] } }), [])
  assert.throws(() => fixture.publish({ ...GAP, missed: -1 }), /no negative number/)
})
