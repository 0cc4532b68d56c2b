// The marks of one client that are not acknowledged yet, oldest first. A mark is a place in what the client was sent; an
// acknowledgement of it covers everything before it, older marks too. The objects are used again, so that a mark allocates nothing.

import assert from 'node:assert/strict'
import { DOUBLE_ZERO } from '@tradelane/shared/thread/clock'
import type { Mark } from './credit-window.js'
import { MARKS_MAX } from './limits.js'

export type NewMark = { -readonly [Field in keyof Mark]: Mark[Field] }

export class OpenMarks {
  /** As long as most marks that were ever open at once need, in powers of two: few objects, used again soon. */
  #ring: NewMark[] = Array.from({ length: MARKS_MIN }, newMark)
  #first = 0
  #count = 0

  get count(): number {
    return this.#count
  }

  get isFull(): boolean {
    return this.#count === MARKS_MAX
  }

  get oldest(): Mark | undefined {
    return this.#count === 0 ? undefined : this.#at(0)
  }

  /** A newer acknowledgement covers it. */
  forgetOldest(): void {
    assert(this.#count > 0, 'a mark that is forgotten is open')
    this.#drop(1)
  }

  /** What it covered is covered by the next one. */
  forgetNewest(): void {
    assert(this.#count > 0, 'a mark that is forgotten is open')
    this.#count -= 1
  }

  /** The next mark, to be filled in. */
  add(): NewMark {
    assert(!this.isFull, 'no more marks are open than the limit')
    if (this.#count === this.#ring.length) this.#grow()
    this.#count += 1
    return this.#at(this.#count - 1)
  }

  /** After it was filled in. */
  checkNewest(): void {
    assert(this.#count > 0, 'a mark that is checked is open')
    if (this.#count === 1) return
    const isNext = isInOrder(this.#at(this.#count - 2), this.#at(this.#count - 1))
    assert(isNext, 'marks are in order of id, time and bytes')
  }

  /** Takes this one and all older ones; undefined where it is not open. The result is valid until the next mark. */
  takeExactly(id: number): Mark | undefined {
    for (let rank = 0; rank < this.#count; rank += 1) if (this.#at(rank).id === id) return this.#take(rank)
    return undefined
  }

  /** Takes all up to this id and returns the newest of them; undefined where there is none. Valid until the next mark. */
  takeUpTo(id: number): Mark | undefined {
    let count = 0
    while (count < this.#count && this.#at(count).id <= id) count += 1
    return count === 0 ? undefined : this.#take(count - 1)
  }

  #take(rank: number): Mark {
    const mark = this.#at(rank)
    this.#drop(rank + 1)
    return mark
  }

  #drop(count: number): void {
    this.#first = (this.#first + count) & (this.#ring.length - 1)
    this.#count -= count
    assert(this.#count >= 0, 'a count of marks is never negative')
  }

  #at(rank: number): NewMark {
    return this.#ring[(this.#first + rank) & (this.#ring.length - 1)]!
  }

  #grow(): void {
    const inOrder = this.#ring.map((_, rank) => this.#at(rank))
    this.#ring = [...inOrder, ...inOrder.map(newMark)]
    this.#first = 0
    assert(this.#ring.length <= MARKS_MAX, 'no more marks are open than the limit')
  }
}

const MARKS_MIN = 8

function newMark(): NewMark {
  return {
    id: DOUBLE_ZERO,
    conflatable: DOUBLE_ZERO,
    total: DOUBLE_ZERO,
    atMs: DOUBLE_ZERO,
    isClean: false,
    inFlightBytes: DOUBLE_ZERO,
    frameBytes: DOUBLE_ZERO,
  }
}

/** Ids of pings wrap. */
function isInOrder(before: Mark, after: Mark): boolean {
  const isLater = ((after.id - before.id) | 0) > 0
  return isLater && after.atMs >= before.atMs && after.conflatable >= before.conflatable && after.total >= before.total
}
