// The book of one Binance instrument: deltas chained by update ids, and REST snapshots. A snapshot falls between two deltas
// or inside the next one, as on the live venue; for the second case the next delta is prepared early and published later.
import assert from 'node:assert/strict'
import type { Topic } from '../connection/topics.js'
import { DeltaPublisher, type DeltaText } from '../market/delta-publisher.js'
import { digestOfLevels } from '../market/digest.js'
import type { MarketBook } from '../market/market-book.js'
import type { Random } from '../market/random.js'

/** Spot numbers every change; USDⓈ-M leaves gaps between events and chains them by the last id of the event before. */
export type IdRule = 'contiguous' | 'with-gaps'

export type Level = [price: string, amount: string]

interface DeltaIds {
  readonly first: number
  readonly last: number
  /** The last id of the event before. */
  readonly previous: number
  /** Quotes may have used the first ids of a contiguous event. */
  readonly firstUnused: number
}

interface BookChainOptions {
  readonly book: MarketBook
  readonly idRule: IdRule
  readonly firstId: number
  readonly random: Random
  readonly snapshotRandom: Random
  readonly topics: readonly Topic[]
  /** Numbers: time in ms, first, last and previous id. */
  readonly textOf: DeltaText
}

export class BookChain {
  readonly book: MarketBook
  readonly #idRule: IdRule
  readonly #deltas: DeltaPublisher
  readonly #random: Random
  readonly #snapshotRandom: Random
  /** The last id given to anything. */
  #updateId: number
  /** The last id of the last delta. */
  #deltaId: number
  /** The next delta, when its changes are in the book already. */
  #prepared: DeltaIds | undefined

  constructor({ book, idRule, firstId, random, snapshotRandom, topics, textOf }: BookChainOptions) {
    this.book = book
    this.#idRule = idRule
    this.#deltas = new DeltaPublisher({ book, topics, textOf })
    this.#random = random
    this.#snapshotRandom = snapshotRandom
    this.#updateId = firstId
    this.#deltaId = firstId
  }

  get updateId(): number {
    return this.#updateId
  }

  /** A change of the best price between two deltas. */
  changeTop(): void {
    // A prepared delta must not get changes that its snapshot does not know of.
    if (this.#prepared) return
    this.book.changeTop()
    this.#updateId += 1 + this.#random.below(20)
  }

  /** Makes and publishes the next delta; returns its last id. */
  publish(ms: number): number {
    const { first, last, previous } = this.#prepare()
    assert(previous === this.#deltaId && last > previous, 'each delta follows the one before it')
    this.#prepared = undefined
    this.#deltaId = last
    this.#deltas.publish([ms, first, last, previous])
    this.book.clearTouched()
    return last
  }

  snapshot(levelCountMax: number): { sequence: number; bids: Level[]; asks: Level[]; digest: string } {
    // A prepared delta has changed the book already; clients have the book as it was before.
    if (!this.#prepared) this.#deltas.catchUp()
    let sequence = this.#deltaId
    let changeCount = 0
    if (this.#snapshotRandom.below(2) === 0) {
      const { firstUnused, last } = this.#prepare()
      sequence = firstUnused + this.#snapshotRandom.below(last - firstUnused)
      changeCount = this.#snapshotRandom.below(this.book.touchedCount)
    }
    assert(sequence >= this.#deltaId, 'a snapshot is not older than the last delta')
    const { bids, asks } = this.#deltas.snapshot(levelCountMax, changeCount)
    return { sequence, bids, asks, digest: digestOfLevels(bids, asks) }
  }

  #prepare(): DeltaIds {
    if (this.#prepared) return this.#prepared
    const random = this.#random
    this.book.change()
    const isContiguous = this.#idRule === 'contiguous'
    const first = isContiguous ? this.#deltaId + 1 : this.#updateId + 1 + random.below(500)
    const firstUnused = Math.max(first, this.#updateId + 1)
    const last = firstUnused + 1 + random.below(700)
    assert(first > this.#deltaId && first <= firstUnused && firstUnused < last, 'update ids increase')
    this.#updateId = last
    this.#prepared = { first, firstUnused, last, previous: this.#deltaId }
    return this.#prepared
  }
}
