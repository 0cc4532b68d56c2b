// The products that the simulator speaks. A new one is a folder and a line here.
import { binanceFutures } from './binance-futures/binance-futures.js'
import { bybitLinear } from './bybit-linear/bybit-linear.js'
import type { Dialect } from './dialect.js'
import { okxSpot, okxSwap } from './okx/okx.js'

export const DIALECTS: readonly Dialect[] = [binanceFutures, bybitLinear, okxSpot, okxSwap]

/** Empty for a venue that is not spoken; several where a capture tells the venue but not the product. */
export function dialectsOfCapture(venue: string): readonly Dialect[] {
  return DIALECTS.filter(dialect => dialect.product === venue || dialect.captureVenue === venue)
}
