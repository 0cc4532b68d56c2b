// Tick and lot steps as Binance USDⓈ-M lists them. Prices only set the scene.
import type { SpecTable } from '../market/instrument-spec.js'

export const PRODUCT = 'binance-futures'

/** Price, price decimals, tick in units of the last decimal, amount decimals. */
export const SPEC_TABLE: SpecTable = {
  BTC: [86_723.4, 2, 10, 3],
  ETH: [2_951.35, 2, 1, 3],
  SOL: [137.42, 4, 100, 2],
  XRP: [2.1854, 4, 1, 1],
  DOGE: [0.15213, 5, 1, 0],
  BNB: [861.35, 3, 10, 2],
  ADA: [0.4412, 5, 10, 0],
  LINK: [13.271, 3, 1, 2],
}
