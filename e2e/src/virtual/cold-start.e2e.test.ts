// A cold start with 300 books that continue REST snapshots, at a venue that counts weights: books come before open interest, and
// no minute exceeds the venue's budget.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BoardReader } from '@tradelane/shared/lanes/board-reader'
import { CellStatus } from '@tradelane/shared/market/nouns'
import { START_US, VirtualWorld } from './virtual-world.js'

const BOOK_COUNT = 300
const SECOND_US = 1_000_000
const PAIRS = Array.from({ length: BOOK_COUNT }, (_, index) => ({ base: `c${index}`, quote: 'usdt' }))
/** Of all instruments together: each book changes every second or two. */
const RATES = {
  tradesPerSecond: 20,
  quotesPerSecond: 20,
  deltasPerSecond: 300,
  liquidationsPerSecond: 0.1,
  tickersPerSecond: 1,
}

test('100 books are live within a minute of a cold start and 300 within 3.5, and the venue refuses nothing', async t => {
  const world = new VirtualWorld({
    seed: 7,
    products: ['binance-futures'],
    pairs: PAIRS,
    rates: RATES,
    journalPath: undefined,
  })
  const findings: string[] = []
  world.onFinding = what => findings.push(what)
  const books = new BoardReader(world.lanes.bookBoard)
  const liveBooks = (): number => {
    books.scan([])
    return books.copies.filter(({ status, json }) => status === CellStatus.live && json.length > 0).length
  }
  await world.runUntil(START_US + 60 * SECOND_US)
  const afterMinute = liveBooks()
  await world.runUntil(START_US + 210 * SECOND_US)
  const atEnd = liveBooks()
  t.diagnostic(`${afterMinute} books after 60 s, ${atEnd} after 210 s, ${world.network.restCount} requests`)
  assert.ok(afterMinute >= 100, `${afterMinute} of 100 books after a minute`)
  assert.equal(atEnd, BOOK_COUNT)
  assert.deepEqual(findings, [])
  assert.deepEqual([...world.network.refusals], [], 'no answer but 200')
})
