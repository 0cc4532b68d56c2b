// Random numbers from a seed. Each part of a run has a generator of its own, so that an additional draw in one part does not
// change the others.

export class SeededRandom {
  #state: number

  constructor(seed: number, part: string) {
    let state = (Math.imul(seed | 0, 0x9e3779b1) ^ 0x811c9dc5) | 0
    for (const character of part) state = Math.imul(state ^ character.charCodeAt(0), 0x01000193)
    this.#state = state
  }

  /** In [0, 1). */
  readonly fraction = (): number => {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000
  }

  /** An integer in 0 .. limit - 1. */
  below(limit: number): number {
    return Math.floor(this.fraction() * limit)
  }

  /** An integer in low .. high, both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1)
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)] as Item
  }
}
