// The REST side of Binance spot: figures, and what its instrument list tells.
import type { InstrumentSpec } from '../market/instrument-spec.js'
import type { RestRules } from './rest.js'
import { filtersOf } from './rest.js'
import { withAllPlaces } from './spot-specs.js'

/** Most levels a side, and the weight of asking for so many. */
const DEPTH_WEIGHTS = [
  [100, 5],
  [500, 25],
  [1_000, 50],
  [5_000, 250],
] as const

export const SPOT_REST: RestRules = {
  root: '/api/v3',
  weightPerMinuteMax: 6_000,
  exchangeInfoWeight: 20,
  depthLimitDefault: 100,
  hasOpenInterest: false,
  depthWeight: limit => DEPTH_WEIGHTS.find(([levelCount]) => limit >= 1 && limit <= levelCount)?.[1],
  depthRefusal: limit => `${limit} is not valid depth limit (should be 1 to 5000).`,
  instrumentEntry,
}

function instrumentEntry(spec: InstrumentSpec): object {
  return {
    symbol: spec.symbol,
    status: 'TRADING',
    baseAsset: spec.base,
    baseAssetPrecision: 8,
    quoteAsset: spec.quote,
    quotePrecision: 8,
    quoteAssetPrecision: 8,
    isSpotTradingAllowed: true,
    filters: filtersOf(spec, withAllPlaces),
    permissions: ['SPOT'],
    permissionSets: [],
  }
}
