// What the gateway does besides sending trades and books: pings, statistics, cleaning up. None of it may keep a trade waiting, so
// a chore is done in slices, and the merge looks for trades before each (`merge.ts`). A timer makes chores due; it does none.

import assert from 'node:assert/strict'

export interface Chore {
  /** Does a bounded part of what is due, at most about 50 µs. Returns whether more is due now. */
  runSlice(nowMs: number): boolean
}

export class Chores {
  readonly #chores: Chore[] = []
  readonly #isDue: boolean[] = []
  #dueCount = 0
  #next = 0

  /** It is due at once. */
  add(chore: Chore): void {
    assert(!this.#chores.includes(chore), 'a chore is added once')
    this.#chores.push(chore)
    this.#isDue.push(true)
    this.#dueCount += 1
  }

  get areDue(): boolean {
    return this.#dueCount > 0
  }

  /** From a timer: every chore is due, to find out itself what of it there is to do. */
  makeDue(): void {
    assert(this.#dueCount <= this.#chores.length, 'no more chores are due than there are')
    this.#isDue.fill(true)
    this.#dueCount = this.#chores.length
  }

  /** One slice of one chore that is due. Chores take turns. */
  runSlice(nowMs: number): void {
    assert(this.#dueCount > 0, 'a slice is of a chore that is due')
    while (this.#isDue[this.#next] !== true) this.#next = (this.#next + 1) % this.#chores.length
    const index = this.#next
    this.#next = (index + 1) % this.#chores.length
    if (this.#chores[index]!.runSlice(nowMs)) return
    this.#isDue[index] = false
    this.#dueCount -= 1
  }
}
