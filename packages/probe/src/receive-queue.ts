// Work on frames that may wait until the sockets were read: parsing, the strict schema, book digests. It is done in slices
// between turns of the event loop, so that it does not delay the stamp of the next arrival. Bounded: what does not
// fit is counted and not looked at.

const FRAMES_MAX = 100_000
const SLICE_MS = 0.5

export class ReceiveQueue<Item> {
  readonly #work: (item: Item) => void
  #items: Item[] = []
  #next = 0
  #isScheduled = false
  /** Items that were not looked at. */
  skipped = 0

  constructor(work: (item: Item) => void) {
    this.#work = work
  }

  push(item: Item): void {
    if (this.#items.length - this.#next >= FRAMES_MAX) {
      this.skipped += 1
      return
    }
    this.#items.push(item)
    this.#schedule()
  }

  /** Does everything that waits. */
  finish(): void {
    this.#workUntil(Number.POSITIVE_INFINITY)
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      this.#workUntil(performance.now() + SLICE_MS)
      if (this.#next < this.#items.length) this.#schedule()
    })
  }

  #workUntil(deadlineMs: number): void {
    while (this.#next < this.#items.length) {
      const item = this.#items[this.#next] as Item
      this.#next += 1
      this.#work(item)
      if (performance.now() >= deadlineMs) break
    }
    if (this.#next === this.#items.length || this.#next > FRAMES_MAX) {
      this.#items = this.#items.slice(this.#next)
      this.#next = 0
    }
  }
}
