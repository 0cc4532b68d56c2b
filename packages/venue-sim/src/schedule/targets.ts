// Which instrument of which market an event concerns.
import assert from 'node:assert/strict'
import type { Market } from '../dialect.js'

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
  #set: ReadonlySet<Target>

  constructor(all: readonly Target[]) {
    this.#all = all
    this.#targets = all
    this.#set = new Set(all)
  }

  get targets(): readonly Target[] {
    return this.#targets
  }

  has(target: Target): boolean {
    return this.#set.has(target)
  }

  /** Looks for new subscriptions. A market that was subscribed once stays: its books change while clients are cut off. */
  refresh(): void {
    const targets = this.#all.filter(({ market }) => wereBooksSubscribed(market))
    if (targets.length === 0) return
    assert(this.#set.size === this.#all.length || targets.length >= this.#set.size, 'a subscribed market stays')
    this.#targets = targets
    this.#set = new Set(targets)
  }
}

function wereBooksSubscribed({ topics }: Market): boolean {
  for (const topic of topics.all()) if (topic.feed === 'book' && topic.wasSubscribed) return true
  return false
}
