// The products that the simulator speaks. A new one is a folder and a line here.
import { binanceFutures } from './binance-futures/binance-futures.js'
import { bybitLinear } from './bybit-linear/bybit-linear.js'
import type { Dialect } from './dialect.js'

export const DIALECTS: readonly Dialect[] = [binanceFutures, bybitLinear]

export function findDialect(product: string): Dialect | undefined {
  return DIALECTS.find(dialect => dialect.product === product)
}
