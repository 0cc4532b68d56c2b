// The order book of one instrument: two sides of levels in the venue's own text. Sequences are not its subject: the caller
// has checked them with the venue's chain. Runs in an L2 worker; next is the emission of its best levels.

import type { DepthFrame } from '@tradelane/venues/venue'
import { BookSide } from './book-side.js'

export class Book {
  readonly bids = new BookSide('bids')
  readonly asks = new BookSide('asks')

  /** False when a level is not two decimals; the book is void then. */
  replace(snapshot: DepthFrame, snapshotLevelsMax: number): boolean {
    return this.bids.replace(snapshot.bids, snapshotLevelsMax) && this.asks.replace(snapshot.asks, snapshotLevelsMax)
  }

  /** False when a level is not two decimals; the book is void then. */
  apply(delta: DepthFrame): boolean {
    return this.bids.apply(delta.bids) && this.asks.apply(delta.asks)
  }

  clear(): void {
    this.bids.clear()
    this.asks.clear()
  }

  get isEmpty(): boolean {
    return this.bids.count === 0 && this.asks.count === 0
  }

  get isCrossed(): boolean {
    return this.bids.bestPrice >= this.asks.bestPrice
  }

  /** Whether the best `levelCount` levels of both sides are all known. */
  knows(levelCount: number): boolean {
    return this.bids.knows(levelCount) && this.asks.knows(levelCount)
  }
}
