// Binance. The venue's rules are documented at developers.binance.com; those that surprise are named where they apply.

import type { Venue } from '../venue.js'
import { binanceFutures } from './binance-futures.js'
import { binanceSpot } from './binance-spot.js'

export const binance: Venue = {
  id: 'binance',
  l2ThrottleDefaultMs: 100,
  products: [binanceSpot, binanceFutures],
}
