// How often a venue that refuses is asked, in virtual time: every class of refusal, of every line to a host together.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BoardReader } from '@tradelane/shared/lanes/board-reader'
import { CellStatus } from '@tradelane/shared/market/nouns'
import { START_US, VirtualWorld } from './virtual-world.js'

const PRODUCTS = ['binance-spot', 'binance-futures', 'bybit-spot', 'bybit-linear', 'okx-spot', 'okx-swap']
const PAIRS = ['btc', 'eth'].map(base => ({ base, quote: 'usdt' }))
const RATES = {
  tradesPerSecond: 0.1,
  quotesPerSecond: 0.1,
  deltasPerSecond: 0.1,
  liquidationsPerSecond: 0.01,
  tickersPerSecond: 0.1,
}
const SECOND_US = 1_000_000
const MINUTES = 16
/** Path prefix at the simulator, and the host of its venue: Bybit counts its products together. */
const HOSTS = {
  'binance-spot': 'binance-spot',
  'binance-futures': 'binance-futures',
  'bybit-spot': 'bybit',
  'bybit-linear': 'bybit',
  okx: 'okx',
}

type What = 'handshake' | 'rest' | 'request'

function refusing(whats: readonly What[], query: string, seconds: number): VirtualWorld {
  const world = new VirtualWorld({ seed: 3, products: PRODUCTS, pairs: PAIRS, rates: RATES, journalPath: undefined })
  for (const prefix of Object.keys(HOSTS)) {
    for (const what of whats) {
      const fault = world.network.ordered.set(prefix, new URLSearchParams(`what=${what}&seconds=${seconds}&${query}`))
      assert.equal(fault, undefined)
    }
  }
  return world
}

/** When each host was asked in vain, in seconds. */
async function refusedS(whats: readonly What[], query: string, minutes = MINUTES): Promise<Map<string, number[]>> {
  const world = refusing(whats, query, minutes * 60)
  await world.runUntil(START_US + minutes * 60 * SECOND_US)
  const byHost = new Map<string, number[]>()
  for (const [key, timesUs] of world.network.refusedUs) {
    const [prefix, what] = key.split(' ') as [keyof typeof HOSTS, What]
    // REST has hosts of its own.
    const host = `${HOSTS[prefix]} ${what === 'rest' ? 'rest' : 'sockets'}`
    byHost.set(host, [...(byHost.get(host) ?? []), ...timesUs.map(us => (us - START_US) / SECOND_US)])
  }
  for (const timesS of byHost.values()) timesS.sort((a, b) => a - b)
  return byHost
}

function assertRare(host: string, timesS: readonly number[]): void {
  const inFirst = timesS.filter(s => s < timesS[0]! + 60).length
  assert.ok(inFirst <= 6, `${host}: ${inFirst} in the first minute: ${timesS.slice(0, 20)}`)
  const late = timesS.filter(s => s > 600)
  for (const [index, s] of late.entries()) {
    assert.ok(index === 0 || s - late[index - 1]! > 59, `${host}: more than once a minute: ${late.slice(0, 20)}`)
  }
}

for (const status of [400, 403, 418, 429, 451, 503]) {
  test(`handshakes and REST are refused with ${status}: six a minute at most, one after ten`, async t => {
    const byHost = await refusedS(['handshake', 'rest'], `status=${status}`)
    t.diagnostic([...byHost].map(([host, timesS]) => `${host} ${timesS.length}`).join(', '))
    assert.equal(byHost.size, 8)
    for (const [host, timesS] of byHost) assertRare(host, timesS)
  })
}

for (const status of [400, 429, 503]) {
  test(`requests on sockets are refused as with ${status}: six a minute at most, one after ten`, async t => {
    const byHost = await refusedS(['request'], `status=${status}`)
    t.diagnostic([...byHost].map(([host, timesS]) => `${host} ${timesS.length}`).join(', '))
    assert.equal(byHost.size, 4)
    for (const [host, timesS] of byHost) assertRare(host, timesS)
  })
}

test('retry-after wins: nothing before it', async () => {
  for (const status of [403, 418, 429, 503]) {
    const byHost = await refusedS(['handshake', 'rest'], `status=${status}&retry_after=700`, 13)
    assert.equal(byHost.size, 8)
    for (const [host, timesS] of byHost) {
      // What was sent before the first answer came.
      const early = timesS.filter(s => s > timesS[0]! + 1 && s < timesS[0]! + 700)
      assert.deepEqual(early, [], `${host}, ${status}`)
    }
  }
})

test('a venue that refuses no longer has all of its books back after the last pause', async () => {
  for (const status of [400, 429, 503]) {
    const world = refusing(['rest', 'request'], `status=${status}`, 45)
    await world.runUntil(START_US + 180 * SECOND_US)
    const books = new BoardReader(world.lanes.bookBoard)
    books.scan([])
    const live = books.copies.filter(({ status: state, json }) => state === CellStatus.live && json.length > 0)
    assert.equal(live.length, PRODUCTS.length * PAIRS.length, `after ${status}`)
  }
})
