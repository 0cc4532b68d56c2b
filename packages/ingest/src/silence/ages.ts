// How long each subject of the silence watch has been silent, and how long it may be: its longest interval of the last half hour
// or more is its expectation. A subject is one kind of one instrument, or a connection as a whole. Pure: the caller provides the
// time. What is done per event is constant, small and allocates nothing.
//
// The longest of n intervals estimates their 1 - 1/n quantile, whatever their distribution; n is at least 256 once a generation is
// complete, and grows to thousands for busy subjects. An alarm at `factor` times the longest has, for a memory of length M that
// holds n separate arrivals and a tail that falls off exponentially (as that of arrivals in clusters does, too), an expected
//
//   (86,400 s / M) * factor! / n^(factor - 1)   false alarms a day and subject
//
// because the longest is distributed as tau * (ln n + G), G standard Gumbel, and E[exp(-factor * G)] = factor!. With M = 1,800 s
// that is 7e-5 for factor 4 and n = 256, the worst case; 2e-7 for an arrival a second. Factor 3, which needs the siblings' proof
// beside it, has 4e-3 and 9e-5, before that proof is asked for.

import { DOUBLE_ZERO } from '@tradelane/shared/thread/clock'

/** Intervals that a generation has at least. */
export const GENERATION_COUNT_MIN = 256
/** A generation lasts at least this long. The memory is the current one and the one before. */
export const GENERATION_US_MIN = 1_800_000_000
/** Arrivals closer than this are one: a burst teaches nothing about silence. */
export const SEPARATION_US = 200_000
/** With fewer separate arrivals nothing is expected. */
export const LEARNED_COUNT_MIN = 24
/** With n arrivals the longest interval counts 1 + this / n times: few have not shown the longest yet. */
const PRIOR_COUNT = 64

export class Ages {
  /** NaN: not heard since the last restart. */
  readonly #heardUs: number[] = []
  readonly #countedUs: number[] = []
  /** Separate arrivals since the start. */
  readonly #counts: number[] = []
  readonly #longestUs: number[] = []
  readonly #longestBeforeUs: number[] = []
  readonly #generationUs: number[] = []
  readonly #generationCounts: number[] = []
  /** `#counts` when the memory began. */
  readonly #firstCounts: number[] = []

  /** The number of a new subject; they count up from 0. */
  add(): number {
    const subject = this.#heardUs.length
    this.#heardUs.push(Number.NaN)
    this.#countedUs.push(Number.NEGATIVE_INFINITY)
    this.#generationUs.push(Number.NEGATIVE_INFINITY)
    this.#longestUs.push(DOUBLE_ZERO)
    this.#longestBeforeUs.push(DOUBLE_ZERO)
    for (const numbers of [this.#counts, this.#generationCounts, this.#firstCounts]) numbers.push(0)
    return subject
  }

  heard(subject: number, us: number): void {
    const intervalUs = us - this.#heardUs[subject]!
    // Of the same chunk of bytes, or held while another connection was in use.
    if (intervalUs <= 0) return
    this.#heardUs[subject] = us
    if (intervalUs > this.#longestUs[subject]!) this.#longestUs[subject] = intervalUs
    if (us - this.#countedUs[subject]! < SEPARATION_US) return
    this.#countedUs[subject] = us
    this.#counts[subject]! += 1
  }

  heardUs(subject: number): number {
    return this.#heardUs[subject]!
  }

  /** Separate arrivals since the start. */
  count(subject: number): number {
    return this.#counts[subject]!
  }

  longestUs(subject: number): number {
    return Math.max(this.#longestUs[subject]!, this.#longestBeforeUs[subject]!)
  }

  isLearned(subject: number): boolean {
    return this.#memoryCount(subject) >= LEARNED_COUNT_MIN
  }

  /** What a quantity of which the largest so far was `most` may be, `factor` times over. */
  allowance(subject: number, most: number, factor: number): number {
    return factor * most * (1 + PRIOR_COUNT / Math.max(1, this.#memoryCount(subject)))
  }

  /** The interval up to the next arrival is not one of the venue's: it is not learned. */
  restart(subject: number): void {
    if (Number.isNaN(this.#heardUs[subject]!)) return
    // The next arrival ends no interval: where connections come and go, arrivals alone teach nothing.
    this.#firstCounts[subject]! += 1
    this.#heardUs[subject] = Number.NaN
  }

  /** True when the memory moved on, so that what is kept beside it has to as well. */
  moveOn(subject: number, nowUs: number): boolean {
    if (this.#generationUs[subject] === Number.NEGATIVE_INFINITY) this.#generationUs[subject] = nowUs
    const count = this.#counts[subject]! - this.#generationCounts[subject]!
    if (count < GENERATION_COUNT_MIN || nowUs - this.#generationUs[subject]! < GENERATION_US_MIN) return false
    this.#longestBeforeUs[subject] = this.#longestUs[subject]!
    this.#longestUs[subject] = 0
    this.#generationUs[subject] = nowUs
    this.#firstCounts[subject] = this.#generationCounts[subject]!
    this.#generationCounts[subject] = this.#counts[subject]!
    return true
  }

  /** The longest interval of this generation, to be restored by `relearn`. */
  newestLongestUs(subject: number): number {
    return this.#longestUs[subject]!
  }

  /** A silence was a fault: of it, only `genuineUs` counts as an interval. */
  relearn(subject: number, longestUs: number, genuineUs: number): void {
    this.#longestUs[subject] = Math.max(longestUs, genuineUs)
  }

  #memoryCount(subject: number): number {
    return this.#counts[subject]! - this.#firstCounts[subject]!
  }
}
