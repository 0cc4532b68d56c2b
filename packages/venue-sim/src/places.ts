// Where events happen: the instruments of all markets, and whose turn it is for the rare kinds.
import type { Market } from './dialect.js'

/** One instrument of one market. */
export interface Place {
  readonly market: Market
  readonly instrument: number
}

/** Every place in turn, so that each sees an event of a rare kind soon. */
export class Turns {
  readonly #places: readonly Place[]
  #index = -1

  constructor(places: readonly Place[]) {
    this.#places = places
  }

  get count(): number {
    return this.#places.length
  }

  take(): Place {
    this.#index = (this.#index + 1) % this.#places.length
    return this.#places[this.#index]!
  }
}

export function placesOf(markets: readonly Market[]): Place[] {
  return markets.flatMap(market =>
    Array.from({ length: market.instrumentCount }, (_, instrument): Place => ({ market, instrument })),
  )
}
