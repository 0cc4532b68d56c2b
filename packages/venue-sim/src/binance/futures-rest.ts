// The REST side of Binance USDⓈ-M: figures, and what its instrument list tells.
import type { InstrumentSpec } from '../market/instrument-spec.js'
import { filtersOf, type RestRules } from './rest.js'

const DEPTH_WEIGHTS: Readonly<Record<number, number>> = { 5: 2, 10: 2, 20: 2, 50: 2, 100: 5, 500: 10, 1000: 20 }

export const FUTURES_REST: RestRules = {
  root: '/fapi/v1',
  weightPerMinuteMax: 2_400,
  exchangeInfoWeight: 1,
  depthLimitDefault: 500,
  hasOpenInterest: true,
  depthWeight: limit => DEPTH_WEIGHTS[limit],
  depthRefusal: limit => `${limit} is not valid depth limit (should be 5, 10, 20, 50, 100, 500, 1000).`,
  instrumentEntry,
}

function instrumentEntry(spec: InstrumentSpec): object {
  return {
    symbol: spec.symbol,
    pair: spec.symbol,
    contractType: 'PERPETUAL',
    status: 'TRADING',
    baseAsset: spec.base,
    quoteAsset: spec.quote,
    marginAsset: spec.quote,
    pricePrecision: spec.priceDecimals,
    quantityPrecision: spec.amountDecimals,
    filters: filtersOf(spec),
  }
}
