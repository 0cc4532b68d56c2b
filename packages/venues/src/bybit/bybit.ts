// Bybit v5. The venue's rules are documented at bybit-exchange.github.io/docs/v5; those that surprise are named where they apply.

import type { Venue } from '../venue.js'
import { bybitLinear } from './bybit-linear.js'

export const bybit: Venue = {
  id: 'bybit',
  l2ThrottleDefaultMs: 100,
  products: [bybitLinear],
}
