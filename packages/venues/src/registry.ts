// All venues. To add one, add a folder next to theirs and a line here.

import { binance } from './binance/binance.js'
import { bybit } from './bybit/bybit.js'
import { okx } from './okx/okx.js'
import type { Product, Venue } from './venue.js'

export const VENUES = { binance, bybit, okx } as const satisfies Record<string, Venue>

export const PRODUCTS: readonly Product[] = Object.values(VENUES).flatMap(venue => venue.products)

/** Of which at least one venue documents hosts of its own; the first is everywhere else. */
export const REGIONS: readonly [string, ...string[]] = [
  'global',
  ...new Set(PRODUCTS.flatMap(({ regionalEndpoints = {} }) => Object.keys(regionalEndpoints)).toSorted()),
]

export function productById(id: string): Product | undefined {
  return PRODUCTS.find(product => product.id === id)
}

export function venueOf(product: Product): Venue {
  const venue = Object.values(VENUES).find(candidate => candidate.products.includes(product))
  if (venue === undefined) throw new Error(`no venue has the product ${product.id}`)
  return venue
}
