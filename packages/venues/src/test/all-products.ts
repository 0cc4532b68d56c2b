// Every product that this package knows, whether the registry offers it yet or not.

import { binanceSpot } from '../binance/binance-spot.js'
import { bybitSpot } from '../bybit/bybit.js'
import { okxSpot, okxSwap } from '../okx/okx.js'
import { PRODUCTS } from '../registry.js'
import type { Product } from '../venue.js'

export const ALL_PRODUCTS: readonly Product[] = [...new Set([...PRODUCTS, binanceSpot, bybitSpot, okxSpot, okxSwap])]

export function productOf(id: string): Product {
  const product = ALL_PRODUCTS.find(candidate => candidate.id === id)
  if (product === undefined) throw new Error(`no product ${id}`)
  return product
}
