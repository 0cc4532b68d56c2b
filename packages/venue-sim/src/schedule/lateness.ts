// How late the simulator itself is: from the scheduled time of a trade to its write to the socket, in buckets of 5 µs.
import assert from 'node:assert/strict'

const BUCKET_US = 5
const BUCKET_COUNT = 20_000

export interface LatenessStats {
  readonly count: number
  readonly usP50: number
  readonly usP99: number
  readonly usMax: number
}

export class Lateness {
  readonly #buckets = new Uint32Array(BUCKET_COUNT)
  #count = 0
  #usMax = 0

  record(us: number): void {
    assert(us >= 0, 'nothing is sent before its scheduled time')
    const bucket = Math.min(BUCKET_COUNT - 1, Math.floor(us / BUCKET_US))
    this.#buckets[bucket]! += 1
    this.#count += 1
    if (us > this.#usMax) this.#usMax = us
  }

  stats(): LatenessStats {
    return {
      count: this.#count,
      usP50: this.#quantile(0.5),
      usP99: this.#quantile(0.99),
      usMax: Math.round(this.#usMax),
    }
  }

  #quantile(share: number): number {
    let left = Math.ceil(this.#count * share)
    if (left === 0) return 0
    for (let bucket = 0; bucket < BUCKET_COUNT; bucket += 1) {
      left -= this.#buckets[bucket]!
      if (left <= 0) return Math.min((bucket + 1) * BUCKET_US, Math.round(this.#usMax))
    }
    return Math.round(this.#usMax)
  }
}
