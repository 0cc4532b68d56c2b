// Binance. Its rules are documented at developers.binance.com; surprising ones are noted where they apply.

import type { Venue } from '../venue.js'
import { binanceFutures, futuresTradesSetting } from './binance-futures.js'
import { binanceSpot } from './binance-spot.js'

export const binance: Venue = {
  id: 'binance',
  l2ThrottleDefaultMs: 100,
  settings: [futuresTradesSetting],
  products: [binanceSpot, binanceFutures],
}
