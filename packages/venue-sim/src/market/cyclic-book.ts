// A book for rates that are too high to draw each change: some changes are drawn once and replayed, forwards and then
// backwards, without end. Each position of the cycle has its delta, its book and its digest, all known beforehand.
import assert from 'node:assert/strict'
import type { Ladder } from './ladder.js'
import { MarketBook } from './market-book.js'
import type { Random } from './random.js'

const STEP_COUNT = 128
/** Deltas until the book is again what it was. */
export const CYCLE_LENGTH = 2 * STEP_COUNT

/** The kind of book that a market's load requires. */
export function createBook(isCyclic: boolean, ladder: Ladder, random: Random, quoteRandom: Random): MarketBook {
  return isCyclic ? new CyclicBook(ladder, random, quoteRandom) : new MarketBook(ladder, random, quoteRandom)
}

interface Step {
  /** Slots in the order in which they change, and their lots after it. */
  readonly slots: Int32Array
  readonly lots: Int32Array
  readonly middle: number
  readonly digest: string
}

export class CyclicBook extends MarketBook {
  /** Step i leads to position i. */
  readonly #steps: readonly Step[]
  #position = 0

  constructor(ladder: Ladder, random: Random, quoteRandom: Random) {
    super(ladder, random, quoteRandom)
    super.clearTouched()
    const forwards: Step[] = []
    const backwards: Step[] = []
    for (let index = 0; index < STEP_COUNT; index += 1) {
      const before = { amounts: this.amounts.slice(), middle: this.middle, digest: super.digest() }
      super.change()
      const slots = this.touched.slice(0, this.touchedCount)
      forwards.push(stepOf(slots, this.amounts, this.middle, super.digest()))
      backwards.push(stepOf(slots.toReversed(), before.amounts, before.middle, before.digest))
      super.clearTouched()
    }
    const steps = [...forwards, ...backwards.toReversed()]
    // The last step backwards leads to where the first one started.
    this.#steps = [steps.at(-1)!, ...steps.slice(0, -1)]
    this.#position = STEP_COUNT
    assert(this.#steps.length === CYCLE_LENGTH, 'the cycle has a step for each position')
  }

  override get cyclePosition(): number {
    return this.#position
  }

  override change(): void {
    assert(this.touchedCount === 0, 'a cyclic book has one step per delta')
    this.#position = (this.#position + 1) % CYCLE_LENGTH
    const { slots, lots, middle } = this.#steps[this.#position]!
    this.middle = middle
    for (let index = 0; index < slots.length; index += 1) this.amounts[slots[index]!] = lots[index]!
    this.touched.set(slots)
    this.touchedCount = slots.length
  }

  /** Does nothing: what a quote changes between two deltas would not be part of the cycle. */
  override changeTop(): void {
    // Quotes show the top as the last delta left it.
  }

  override clearTouched(): void {
    this.touchedCount = 0
  }

  override digest(): string {
    return this.#steps[this.#position]!.digest
  }
}

function stepOf(slots: Int32Array, amounts: Int32Array, middle: number, digest: string): Step {
  return { slots, lots: slots.map(slot => amounts[slot]!), middle, digest }
}
