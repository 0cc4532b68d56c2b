// The siblings of a subject: the other kinds of its instrument, which come on other connections. How far they went on without it,
// and how far they ever did. Pure: the caller provides the time.

import { Kind, type SubscribedKind } from '@tradelane/shared/market/nouns'
import type { Ages } from './ages.js'

export interface Sibling {
  /** In `Ages`. */
  readonly id: number
  readonly kind: SubscribedKind | null
  readonly siblings: Siblings
}

/** Between two looks: how exactly it is known since when they go on. */
const LOOK_US = 1_000_000

export class Siblings {
  readonly #ages: Ages
  readonly #all: Sibling[] = []
  /** Their arrivals when the subject was last seen to have advanced, and those of trades alone. */
  #countThen = 0
  #tradeCountThen = 0
  /** Most arrivals between two of the subject, in this generation and in the one before. */
  #most = 0
  #mostBefore = 0
  /** They go on without it since then; NaN while they do not. */
  #aloneSinceUs = Number.NaN
  /** The longest that they did, in this generation and in the one before. */
  #aloneMostUs = 0
  #aloneMostBeforeUs = 0

  constructor(ages: Ages) {
    this.#ages = ages
  }

  get all(): readonly Sibling[] {
    return this.#all
  }

  add(sibling: Sibling): void {
    this.#all.push(sibling)
  }

  /** The subject is a sibling of none any more. */
  leave(subject: Sibling): void {
    for (const { siblings } of this.#all.splice(0)) siblings.#all.splice(siblings.#all.indexOf(subject), 1)
  }

  /** Arrivals without the subject. */
  get count(): number {
    return this.#sum() - this.#countThen
  }

  get tradeCount(): number {
    return this.#tradeSum() - this.#tradeCountThen
  }

  /** Most arrivals that there ever were without it, as far as is remembered. */
  get most(): number {
    return Math.max(this.#most, this.#mostBefore)
  }

  /** The longest that they ever went on without it. */
  get aloneMostUs(): number {
    return LOOK_US + Math.max(this.#aloneMostUs, this.#aloneMostBeforeUs)
  }

  /** How long they go on without it; NaN while they do not. */
  aloneUs(nowUs: number): number {
    return nowUs - this.#aloneSinceUs
  }

  /** The same, but not while they were quiet before, or are now, as with a halted instrument. 0 while they do not. */
  movingAloneUs(): number {
    if (Number.isNaN(this.#aloneSinceUs)) return 0
    const heardUs = this.#all.map(({ id }) => this.#ages.heardUs(id)).filter(us => !Number.isNaN(us))
    return Math.max(...heardUs) - this.#aloneSinceUs + LOOK_US
  }

  /** The subject has not advanced. */
  look(nowUs: number): void {
    if (Number.isNaN(this.#aloneSinceUs) && this.count > 0) this.#aloneSinceUs = nowUs
  }

  /** The subject has advanced: they are compared with it from here on. */
  meet(): void {
    this.#countThen = this.#sum()
    this.#tradeCountThen = this.#tradeSum()
    this.#aloneSinceUs = Number.NaN
  }

  learnCount(): void {
    this.#most = Math.max(this.#most, this.count)
  }

  learnAlone(untilUs: number): void {
    const aloneUs = this.aloneUs(untilUs)
    if (aloneUs > this.#aloneMostUs) this.#aloneMostUs = aloneUs
  }

  /** That they went on for so long, silence or not, is the market's. */
  learnAloneFor(us: number, nowUs: number): void {
    this.learnAlone(Math.min(nowUs, this.#aloneSinceUs + us))
  }

  /** A generation of `Ages` is over. */
  moveOn(): void {
    this.#mostBefore = this.#most
    this.#most = 0
    this.#aloneMostBeforeUs = this.#aloneMostUs
    this.#aloneMostUs = 0
  }

  #sum(): number {
    let count = 0
    for (const { id } of this.#all) count += this.#ages.count(id)
    return count
  }

  #tradeSum(): number {
    const trades = this.#all.find(({ kind }) => kind === Kind.trade)
    return trades === undefined ? 0 : this.#ages.count(trades.id)
  }
}
