// The products of this package's tests: one whose venue pings us and whose trade ids are contiguous, one that requires
// pings and whose ids prove nothing, one that requires pings only after silence.

import { productById } from '@tradelane/venues/registry'
import type { Product } from '@tradelane/venues/venue'

export const binanceFutures = named('binance-futures')
export const bybitLinear = named('bybit-linear')
export const okxSwap = named('okx-swap')

function named(id: string): Product {
  const product = productById(id)
  if (product === undefined) throw new Error(`no venue has the product ${id}`)
  return product
}
