// The book of one Binance instrument as its deltas and snapshots tell it: update ids, and changes that are made but not sent
// yet, so that a REST snapshot falls between two events or inside the next one, as it does on the live venue.
import { digestOfLevels } from '../digest.js'
import { DeltaStream, type DeltaText } from '../market/delta-stream.js'
import type { MarketBook } from '../market/market-book.js'
import type { Random } from '../random.js'
import type { Topic } from '../topics.js'

/** Spot counts every id; USDⓈ-M leaves holes between events and chains them by the last id of the event before. */
export type IdRule = 'contiguous' | 'with-holes'

interface DeltaIds {
  readonly first: number
  readonly last: number
  /** The last id of the event before. */
  readonly previous: number
}

/** Quotes may have used the first ids of a contiguous event. */
interface PreparedIds extends DeltaIds {
  readonly firstUnused: number
}

export interface BookChainOptions {
  readonly book: MarketBook
  readonly idRule: IdRule
  readonly firstId: number
  readonly random: Random
  readonly snapshotRandom: Random
  readonly topics: readonly Topic[]
  /** Numbers: time in ms, first, last and previous id. */
  readonly textOf: DeltaText
}

type Level = [price: string, amount: string]

export class BookChain {
  readonly book: MarketBook
  readonly #idRule: IdRule
  readonly #deltas: DeltaStream
  readonly #random: Random
  readonly #snapshotRandom: Random
  /** The last id given to anything. */
  #updateId: number
  /** The last id of the last delta. */
  #deltaId: number
  /** Of a delta whose changes are made but which is not sent yet. */
  #prepared: PreparedIds | undefined

  constructor({ book, idRule, firstId, random, snapshotRandom, topics, textOf }: BookChainOptions) {
    this.book = book
    this.#idRule = idRule
    this.#deltas = new DeltaStream({ book, topics, textOf })
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
    // While a delta waits, the book belongs to it.
    if (this.#prepared) return
    this.book.changeTop()
    this.#updateId += 1 + this.#random.below(20)
  }

  /** Makes and publishes the next delta; its last id. */
  follow(ms: number): number {
    const { first, last, previous } = this.#prepare()
    this.#prepared = undefined
    this.#deltaId = last
    this.#deltas.follow([ms, first, last, previous])
    this.book.clearTouched()
    return last
  }

  snapshot(levelCountMax: number): { sequence: number; bids: Level[]; asks: Level[]; digest: string } {
    // A prepared delta has changed the book already; clients have it as it was before.
    if (!this.#prepared) this.#deltas.catchUp()
    let sequence = this.#deltaId
    let changeCount = 0
    if (this.#snapshotRandom.below(2) === 0) {
      const { firstUnused, last } = this.#prepare()
      sequence = firstUnused + this.#snapshotRandom.below(last - firstUnused)
      changeCount = this.#snapshotRandom.below(this.book.touchedCount)
    }
    const { bids, asks } = this.#deltas.snapshot(levelCountMax, changeCount)
    return { sequence, bids, asks, digest: digestOfLevels(bids, asks) }
  }

  #prepare(): PreparedIds {
    if (this.#prepared) return this.#prepared
    const random = this.#random
    this.book.change()
    const isContiguous = this.#idRule === 'contiguous'
    const first = isContiguous ? this.#deltaId + 1 : this.#updateId + 1 + random.below(500)
    const firstUnused = Math.max(first, this.#updateId + 1)
    const last = firstUnused + 1 + random.below(700)
    this.#updateId = last
    this.#prepared = { first, firstUnused, last, previous: this.#deltaId }
    return this.#prepared
  }
}
