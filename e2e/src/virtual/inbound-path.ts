// The way from a venue to ingest on one connection: items take time, keep their order, and wait while the reader is paused or
// the path is blocked. What arrived together is delivered as one chunk, as one read of a socket brings it.

import type { SeededRandom } from './seeded-random.js'
import type { ScheduledEvent, VirtualTime } from './virtual-time.js'

export type InboundItem =
  | { readonly kind: 'text'; readonly frame: Buffer }
  | { readonly kind: 'ping'; readonly payload: Buffer }
  | { readonly kind: 'pong' }
  | { readonly kind: 'close'; readonly detail: string }

export interface InboundPathOptions {
  readonly time: VirtualTime
  readonly random: SeededRandom
  readonly latencyUs: number
  readonly onItem: (item: InboundItem) => void
  readonly onChunkEnd: () => void
}

interface TimedItem {
  readonly item: InboundItem
  readonly atUs: number
}

const JITTER_US_MAX = 2_000
const CHUNK_ITEMS_MAX = 64
const NEXT_CHUNK_US = 200

export class InboundPath {
  readonly #options: InboundPathOptions
  readonly #items: TimedItem[] = []
  #next: ScheduledEvent | undefined
  #arrivalUs = 0
  #blockedUntilUs = 0
  #isPaused = false
  #isClosed = false

  constructor(options: InboundPathOptions) {
    this.#options = options
  }

  add(item: InboundItem): void {
    if (this.#isClosed) return
    const { time, random, latencyUs } = this.#options
    this.#arrivalUs = Math.max(this.#arrivalUs, time.nowUs() + latencyUs + random.below(JITTER_US_MAX))
    this.#items.push({ item, atUs: this.#arrivalUs })
    this.#schedule()
  }

  /** Nothing arrives before then. */
  startAt(atUs: number): void {
    this.#arrivalUs = atUs
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.#schedule()
  }

  blockUntil(atUs: number): void {
    this.#blockedUntilUs = Math.max(this.#blockedUntilUs, atUs)
  }

  /** What has not arrived never does. */
  drop(): void {
    this.#items.length = 0
  }

  /** Delivers nothing more. */
  close(): void {
    this.#isClosed = true
    this.drop()
  }

  #schedule(): void {
    const head = this.#items[0]
    if (this.#next !== undefined || head === undefined || this.#isPaused) return
    const { time } = this.#options
    this.#next = time.at(Math.max(head.atUs, this.#blockedUntilUs, time.nowUs()), this.#deliver)
  }

  readonly #deliver = (): void => {
    this.#next = undefined
    const { time, onItem, onChunkEnd } = this.#options
    const nowUs = time.nowUs()
    let count = 0
    while (count < CHUNK_ITEMS_MAX && !this.#isPaused && nowUs >= this.#blockedUntilUs) {
      const head = this.#items[0]
      if (head === undefined || head.atUs > nowUs) break
      this.#items.shift()
      count += 1
      onItem(head.item)
    }
    if (count > 0 && !this.#isClosed) onChunkEnd()
    if (count === CHUNK_ITEMS_MAX && !this.#isPaused) this.#next ??= time.after(NEXT_CHUNK_US, this.#deliver)
    else this.#schedule()
  }
}
