// What tests of several products do with books: build them from the frames of a socket and compare each state with the
// journal.
import assert from 'node:assert/strict'
import { BookView } from '../market/book-view.js'
import type { MarketBook } from '../market/market-book.js'
import { ClientBook } from './client-book.js'
import type { Frame } from './venue-client.js'

/** The journal's digests of one product's books, by `<symbol> <sequence>`. A snapshot may add to those of deltas. */
export class JournaledBooks {
  readonly #digests = new Map<string, Set<string | undefined>>()

  constructor(lines: readonly string[][], product: string) {
    for (const [kind, ofProduct, symbol, sequence, digest] of lines) {
      if (kind !== 'B' || ofProduct !== product) continue
      const key = `${symbol} ${sequence}`
      const known = this.#digests.get(key)
      if (known) known.add(digest)
      else this.#digests.set(key, new Set([digest]))
    }
  }

  assertHas(symbol: string, sequence: number, book: ClientBook): void {
    assert.ok(!book.isCrossed)
    assert.ok(this.#digests.get(`${symbol} ${sequence}`)?.has(book.digest()), `book of ${symbol} at ${sequence}`)
  }
}

/** Frames of one Bybit book topic: `u` counts up, and a window of `depth` levels is the journal's book at every `seq`. */
export function checkBybitBooks(frames: readonly Frame[], depth: number, journaled: JournaledBooks): void {
  const book = new ClientBook()
  let previous = 0
  for (const { type, data } of frames) {
    if (type === 'snapshot') book.replace(data.b, data.a)
    else {
      assert.equal(data.u, previous + 1)
      book.apply(data.b, data.a)
    }
    previous = data.u
    assert.deepEqual([book.bids.size, book.asks.size], [depth, depth])
    journaled.assertHas(data.s, data.seq, book)
  }
}

/** A client of a view of `depth` levels has the exact book after each delta, and every level of a delta is a change. */
export function checkDeltas(book: MarketBook, depth: number, roundCount: number): void {
  const isWindow = depth < Number.POSITIVE_INFINITY
  const view = new BookView(book, depth)
  const client = new ClientBook()
  const opening = view.snapshot(depth)
  client.replace(opening.bids, opening.asks)
  for (let round = 0; round < roundCount; round += 1) {
    const middleBefore = book.middle
    if (round % 3 === 0) book.changeTop()
    book.change()
    view.update(true)
    // A slot that changes sides is listed on both. In a window each level that comes or goes moves another over its far edge.
    const changeCountMax = book.touchedCount + Math.abs(book.middle - middleBefore)
    const levelCountMax = isWindow ? 2 * changeCountMax : changeCountMax
    book.clearTouched()
    const [bids, asks] = [JSON.parse(`[${view.bids}]`), JSON.parse(`[${view.asks}]`)]
    const levelCount = bids.length + asks.length
    assert.ok(levelCount >= 1 && levelCount <= levelCountMax, `${levelCount} levels for ${changeCountMax} changes`)
    client.applyChanges(bids, asks)
    assert.equal(client.digest(), book.digest())
    assert.ok(!client.isCrossed)
    if (isWindow) assert.deepEqual([client.bids.size, client.asks.size], [depth, depth])
  }
}
