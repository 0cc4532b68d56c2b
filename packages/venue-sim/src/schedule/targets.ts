// Which instrument of which market an event concerns.
import assert from 'node:assert/strict'
import type { Market } from '../dialect.js'
import { weightOf } from '../market/many-instruments.js'
import type { Random } from '../market/random.js'

/** One instrument of one market. */
export interface Target {
  readonly market: Market
  readonly instrument: number
}

export function targetsOf(markets: readonly Market[]): Target[] {
  return markets.flatMap(market =>
    Array.from({ length: market.instrumentCount }, (_, instrument): Target => ({ market, instrument })),
  )
}

const DRAW_COUNT = 2 ** 32

/** Targets by chance, each as often as its weight. */
export class WeightedTargets {
  readonly #targets: readonly Target[]
  /** The sum of the weights up to each target; empty where all are equal. */
  readonly #sums: readonly number[]

  constructor(targets: readonly Target[]) {
    assert(targets.length > 0, 'there is a target to pick')
    this.#targets = targets
    const weights = targets.map(({ market, instrument }) => weightOf(instrument, market.instrumentCount))
    this.#sums = weights.every(weight => weight === 1) ? [] : sumsOf(weights)
  }

  /** Equal targets take the draw as it is, so that a seed keeps its market. */
  pickBy(draw: number): Target {
    const sums = this.#sums
    if (sums.length === 0) return this.#targets[draw % this.#targets.length]!
    return this.#firstAbove((draw / DRAW_COUNT) * sums.at(-1)!)
  }

  pick(random: Random): Target {
    return this.#sums.length === 0 ? this.#targets[random.below(this.#targets.length)]! : this.pickBy(random.bits())
  }

  #firstAbove(wanted: number): Target {
    let [low, high] = [0, this.#sums.length - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#sums[middle]! > wanted) high = middle
      else low = middle + 1
    }
    return this.#targets[low]!
  }
}

function sumsOf(weights: readonly number[]): number[] {
  const sums: number[] = []
  for (const weight of weights) sums.push((sums.at(-1) ?? 0) + weight)
  return sums
}

/** All targets in turn, so that each soon has an event of a rare kind. */
export class RoundRobin {
  readonly #targets: readonly Target[]
  #index = -1

  constructor(targets: readonly Target[]) {
    this.#targets = targets
  }

  get count(): number {
    return this.#targets.length
  }

  next(): Target {
    assert(this.#targets.length > 0, 'an event has a target')
    this.#index = (this.#index + 1) % this.#targets.length
    return this.#targets[this.#index]!
  }
}

/** The books that carry the scenario's rate of deltas: those of subscribed markets, or all while no book is subscribed. */
export class ForegroundBooks {
  readonly #all: readonly Target[]
  #targets: readonly Target[]
  #weighted: WeightedTargets
  #set: ReadonlySet<Target>

  constructor(all: readonly Target[]) {
    this.#all = all
    this.#targets = all
    this.#weighted = new WeightedTargets(all)
    this.#set = new Set(all)
  }

  get targets(): readonly Target[] {
    return this.#targets
  }

  pick(random: Random): Target {
    return this.#weighted.pick(random)
  }

  has(target: Target): boolean {
    return this.#set.has(target)
  }

  /** Looks for new subscriptions. A market that was subscribed once stays: its books change while clients are cut off. */
  refresh(): void {
    const targets = this.#all.filter(({ market }) => wereBooksSubscribed(market))
    if (targets.length === 0) return
    assert(this.#set.size === this.#all.length || targets.length >= this.#set.size, 'a subscribed market stays')
    if (targets.length === this.#targets.length) return
    this.#targets = targets
    this.#weighted = new WeightedTargets(targets)
    this.#set = new Set(targets)
  }
}

function wereBooksSubscribed({ topics }: Market): boolean {
  for (const topic of topics.all()) if (topic.feed === 'book' && topic.wasSubscribed) return true
  return false
}
