import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemTimers } from '@tradelane/shared/thread/timers'
import { productById } from '@tradelane/venues/registry'
import type { Product } from '@tradelane/venues/venue'
import { RecordedLog } from '../test/recorded-log.js'
import { VenueHosts } from './venue-hosts.js'

const hosts = new VenueHosts({
  timers: systemTimers,
  nowMs: () => 0,
  random: () => 0,
  limitedLog: new RecordedLog().limitedLog,
})

function product(id: string): Product {
  return productById(id) ?? assert.fail(`no venue has the product ${id}`)
}

test('products share what their venue counts by address: all of OKX, all of Bybit; the two of Binance share nothing', () => {
  for (const [one, other, isShared] of [
    ['okx-spot', 'okx-swap', true],
    ['bybit-spot', 'bybit-linear', true],
    ['binance-spot', 'binance-futures', false],
    ['okx-spot', 'bybit-spot', false],
  ] as const) {
    const [a, b] = [product(one), product(other)]
    assert.equal(hosts.sockets(a.limits) === hosts.sockets(b.limits), isShared, `sockets of ${one} and ${other}`)
    const [restA, restB] = [a.depth.budget, b.depth.budget]
    assert.equal(hosts.rest(restA) === hosts.rest(restB), isShared, `REST of ${one} and ${other}`)
  }
})

test('the ban of one host leaves another alone', () => {
  const [spot, futures] = ['binance-spot', 'binance-futures'].map(id => hosts.rest(product(id).depth.budget))
  spot?.refused('/depth', { refusalClass: 'banned', retryAfterMs: null, leastMs: 0, detail: 'HTTP 418' })
  assert.match(spot?.take('snapshot', '/depth', 1)?.reason ?? '', /asked us to stop/)
  assert.equal(futures?.take('snapshot', '/depth', 1), null)
})
