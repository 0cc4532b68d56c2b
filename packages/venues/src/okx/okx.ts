// OKX v5. Spot and swap share hosts, sockets and the exchange name on the wire. Its rules are documented at okx.com/docs-v5;
// surprising ones are noted where they apply.

import { Kind } from '@tradelane/shared/market/nouns'
import type { Venue } from '../venue.js'
import { okxProduct } from './okx-product.js'

export const okxSpot = okxProduct({
  id: 'okx-spot',
  marketType: 'Spot',
  instType: 'SPOT',
  symbolOf: (base, quote) => `${base}-${quote}`.toUpperCase(),
  kinds: [Kind.trade, Kind.orderBookL1, Kind.orderBookL2],
  defaultKinds: [Kind.trade, Kind.orderBookL1],
})

export const okxSwap = okxProduct({
  id: 'okx-swap',
  marketType: 'Perpetual',
  instType: 'SWAP',
  symbolOf: (base, quote) => `${base}-${quote}-SWAP`.toUpperCase(),
  kinds: [Kind.trade, Kind.liquidation, Kind.orderBookL1, Kind.openInterest, Kind.orderBookL2],
  defaultKinds: [Kind.trade, Kind.liquidation, Kind.orderBookL1, Kind.openInterest, Kind.orderBookL2],
})

export const okx: Venue = { id: 'okx', l2ThrottleDefaultMs: 150, settings: [], products: [okxSpot, okxSwap] }
