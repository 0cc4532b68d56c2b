import { binanceFuturesSamples } from './binance-futures-samples.js'
import { binanceSpotSamples } from './binance-spot-samples.js'
import { bybitLinearSamples, bybitSpotSamples } from './bybit-samples.js'
import { okxSpotSamples, okxSwapSamples } from './okx-samples.js'
import type { ProductSamples } from './product-samples.js'

/** Of every product, in any order. */
export const ALL_SAMPLES: readonly ProductSamples[] = [
  binanceSpotSamples,
  binanceFuturesSamples,
  bybitSpotSamples,
  bybitLinearSamples,
  okxSpotSamples,
  okxSwapSamples,
]
