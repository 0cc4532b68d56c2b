// Tick and lot steps as Binance spot lists them; every decimal is written with eight places. Prices only set the scene.

import type { InstrumentSpec, SpecTable } from '../market/instrument-spec.js'
import { Ladder } from '../market/ladder.js'

export const PRODUCT = 'binance-spot'

const PLACES = 8

/** Price, price decimals, tick in units of the last decimal, amount decimals. */
export const SPEC_TABLE: SpecTable = {
  BTC: [86_720.41, 2, 1, 5],
  ETH: [2_951.12, 2, 1, 4],
  SOL: [137.41, 2, 1, 3],
  XRP: [2.1852, 4, 1, 1],
  DOGE: [0.15211, 5, 1, 0],
  BNB: [861.27, 2, 1, 3],
  ADA: [0.4411, 4, 1, 1],
  LINK: [13.27, 3, 1, 2],
}

export function spotLadder(spec: InstrumentSpec): Ladder {
  return new Ladder(spec, withAllPlaces('0'), withAllPlaces)
}

export function withAllPlaces(text: string): string {
  const [whole = '0', fraction = ''] = text.split('.')
  return `${whole}.${fraction.padEnd(PLACES, '0')}`
}
