// A venue that numbers its trades from the beginning again, or uses ids again: on a test network each month, after a relisting.

import assert from 'node:assert/strict'
import test from 'node:test'
import type { MonotonicUs, WallUs } from '@tradelane/shared/market/nouns'
import { RENUMBERED_US } from '../limits.js'
import { PublisherFixture, tradeOf } from '../test/publisher-fixture.js'
import { BTC, BYBIT_BTC, TestLanes } from '../test/test-lanes.js'

/** A trade by the count that began this much after the last trade of the old one. */
function again(fixture: PublisherFixture, id: number, afterUs: number, instrument = BTC): PublisherFixture {
  const last = tradeOf(30, instrument)
  return fixture.trade(id, instrument, {
    venueUs: (last.venueUs + afterUs) as WallUs,
    receivedUs: (last.receivedUs + afterUs) as MonotonicUs,
  })
}

const LATER_US = RENUMBERED_US + 1

test('ids that begin again below those that came are other trades, by their time', () => {
  const fixture = new PublisherFixture()
  for (let id = 1; id <= 30; id += 1) fixture.trade(id)
  fixture.published()
  for (const id of [1, 2, 3, 2]) again(fixture, id, LATER_US + id)
  assert.deepEqual(fixture.published(), ['missed null: 30 > 1', '1', '2', '3'])
  assert.equal(fixture.lanes.count('tradesDuplicate'), 1)
})

test('so are those below the first that came: what is missing between them is counted', () => {
  const fixture = new PublisherFixture().trade(29).trade(30)
  for (const id of [5, 6, 9]) again(fixture, id, LATER_US + id)
  assert.deepEqual(fixture.published(), ['29', '30', 'missed null: 30 > 5', '5', '6', 'missed 2: 6 > 9', '9'])
})

test('an overlap drops none of them', () => {
  const fixture = new PublisherFixture().trade(29).trade(30)
  fixture.publisher.onOverlap(BTC)
  fixture.trade(29).trade(30)
  again(again(fixture, 1, LATER_US), 2, LATER_US + 1)
  assert.deepEqual(fixture.published(), ['29', '30', 'missed null: 30 > 1', '1', '2'])
})

test('ids that have holes, or are texts, begin again after a gap of unknown size', () => {
  const ascending = new PublisherFixture(new TestLanes(), { tradeIdRules: ['ascending'] }).trade(10).trade(30)
  again(again(ascending, 10, LATER_US), 12, LATER_US + 1)
  assert.deepEqual(ascending.published(), ['10', '30', 'missed null: 30 > 10', '10', '12'])
  const opaque = new PublisherFixture().trade(10, BYBIT_BTC).trade(30, BYBIT_BTC)
  again(again(opaque, 10, LATER_US, BYBIT_BTC), 11, LATER_US + 1, BYBIT_BTC)
  assert.deepEqual(opaque.published(), ['10', '30', 'missed null: 30 > 10', '10', '11'])
})

test('a trade that is hardly later than the last one is the one that came, or one that comes late', () => {
  const fixture = new PublisherFixture().trade(10).trade(12).trade(30)
  again(again(fixture, 12, RENUMBERED_US), 11, RENUMBERED_US)
  assert.deepEqual(fixture.published(), ['10', 'missed 1: 10 > 12', '12', 'missed 17: 12 > 30', '30', '11'])
})
