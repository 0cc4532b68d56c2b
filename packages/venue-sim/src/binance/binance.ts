// The Binance dialects of the simulator, spot and USDⓈ-M, each with a host of its own, and the reader of their captured
// frames.
import type { CapturedFrame, CapturedTopic, Dialect } from '../dialect.js'
import { instrumentSpec, splitSymbol } from '../market/instrument-spec.js'
import { BINANCE_FUTURES } from './futures.js'
import { BinanceMarket } from './market.js'
import { type BinanceProduct, streamRule } from './product.js'
import { BinanceProtocol } from './protocol.js'
import { binanceRest } from './rest.js'
import { BINANCE_SPOT } from './spot.js'

export const binanceSpot: Dialect = binanceDialect(BINANCE_SPOT)
export const binanceFutures: Dialect = binanceDialect(BINANCE_FUTURES)

function binanceDialect(product: BinanceProduct): Dialect {
  return {
    product: product.name,
    createMarket: context => new BinanceMarket(product, context),
    createProtocol: (topics, context) => new BinanceProtocol(product.protocol, topics, context),
    createRest: (source, clock) => binanceRest(product.rest, source, clock),
    readCapture: raw => readCapture(product, raw),
    captureSpec: symbol => ({ ...instrumentSpec(splitSymbol(symbol), product.table), symbol }),
  }
}

const COMBINED = /^\{"stream":"([^"]+)","data":(.*)\}\s*$/s

function readCapture(product: BinanceProduct, raw: string): CapturedFrame | undefined {
  const [, stream, text] = COMBINED.exec(raw) ?? []
  if (!stream || !text) return undefined
  const [symbol = ''] = stream.split('@')
  const { feed, route } = streamRule(product, stream)
  const isDelta = feed === 'book'
  const names = isDelta ? product.depthSuffixes.map(suffix => `${symbol}@${suffix}`) : [stream]
  const topics = names.map((name): CapturedTopic => ({ name, feed, route, text }))
  // The REST snapshot of a capture is from its first seconds: a late subscriber gets every delta from the start.
  return { topics, chain: isDelta ? 'change' : 'none', symbol: symbol.toUpperCase() }
}
