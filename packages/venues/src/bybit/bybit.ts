// Bybit v5. Its rules are documented at bybit-exchange.github.io/docs/v5; surprising ones are noted where they apply.

import { Kind } from '@tradelane/shared/market/nouns'
import type { Venue } from '../venue.js'
import { bybitProduct } from './bybit-product.js'

export const bybitSpot = bybitProduct({
  category: 'spot',
  exchange: 'BybitSpot',
  marketType: 'Spot',
  kinds: [Kind.trade, Kind.orderBookL1, Kind.orderBookL2],
  defaultKinds: [Kind.trade, Kind.orderBookL1],
})

const bybitLinear = bybitProduct({
  category: 'linear',
  exchange: 'BybitPerpetualsUsd',
  marketType: 'Perpetual',
  kinds: [Kind.trade, Kind.liquidation, Kind.orderBookL1, Kind.openInterest, Kind.orderBookL2],
  defaultKinds: [Kind.trade, Kind.liquidation, Kind.orderBookL1, Kind.openInterest, Kind.orderBookL2],
})

export const bybit: Venue = { id: 'bybit', l2ThrottleDefaultMs: 100, settings: [], products: [bybitSpot, bybitLinear] }
