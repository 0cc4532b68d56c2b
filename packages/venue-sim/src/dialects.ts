// The products that the simulator serves. A new venue is a folder and its lines here.
import { binanceFutures, binanceSpot } from './binance/binance.js'
import { bybitLinear, bybitSpot } from './bybit/bybit.js'
import type { Dialect } from './dialect.js'
import { okxSpot, okxSwap } from './okx/okx.js'

export const DIALECTS: readonly Dialect[] = [binanceSpot, binanceFutures, bybitSpot, bybitLinear, okxSpot, okxSwap]
