// The book that a client builds from snapshot and deltas, for comparison with the journal's digests. Prices are compared as
// numbers; texts are kept as received.
import assert from 'node:assert/strict'
import { digestOfLevels, type TextLevel } from '../market/digest.js'

export class ClientBook {
  readonly bids = new Map<string, string>()
  readonly asks = new Map<string, string>()

  replace(bids: readonly TextLevel[], asks: readonly TextLevel[]): void {
    this.bids.clear()
    this.asks.clear()
    this.apply(bids, asks)
  }

  apply(bids: readonly TextLevel[], asks: readonly TextLevel[]): void {
    for (const [side, levels] of [
      [this.bids, bids],
      [this.asks, asks],
    ] as const) {
      for (const [price, amount] of levels) {
        if (Number(amount) === 0) side.delete(price)
        else side.set(price, amount)
      }
    }
  }

  /** The same for a delta that holds changes only: each of its levels differs from what the client has. */
  applyChanges(bids: readonly TextLevel[], asks: readonly TextLevel[]): void {
    for (const [side, levels] of [
      [this.bids, bids],
      [this.asks, asks],
    ] as const) {
      for (const [price, amount] of levels) {
        const known = side.get(price)
        assert.ok(Number(amount) === 0 ? known !== undefined : known !== amount, `${price} ${amount} changes nothing`)
      }
    }
    this.apply(bids, asks)
  }

  digest(): string {
    return digestOfLevels(this.sorted('bids'), this.sorted('asks'))
  }

  sorted(side: 'bids' | 'asks'): [string, string][] {
    const sign = side === 'bids' ? -1 : 1
    const levels = [...this[side]].map(level => ({ level, rank: sign * Number(level[0]) }))
    return levels.sort((first, second) => first.rank - second.rank).map(({ level }) => level)
  }

  get isCrossed(): boolean {
    return Math.max(...pricesOf(this.bids)) >= Math.min(...pricesOf(this.asks))
  }
}

function pricesOf(side: ReadonlyMap<string, string>): number[] {
  return Array.from(side.keys(), Number)
}
