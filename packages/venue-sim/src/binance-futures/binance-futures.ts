// Binance USDⓈ-M as the simulator speaks it: its parts together, and how its captured frames are read.
import type { CapturedFrame, CapturedTopic, Dialect } from '../dialect.js'
import { type InstrumentSpec, instrumentSpec } from '../market/instrument-spec.js'
import { BinanceFuturesMarket } from './market.js'
import { BinanceFuturesProtocol } from './protocol.js'
import { binanceFuturesRest } from './rest.js'
import { PRODUCT, SPEC_TABLE } from './specs.js'
import { DEPTH_SUFFIXES, streamKind } from './streams.js'

export const binanceFutures: Dialect = {
  product: PRODUCT,
  createMarket: context => new BinanceFuturesMarket(context),
  createProtocol: (topics, context) => new BinanceFuturesProtocol(topics, context),
  createRest: binanceFuturesRest,
  readCapture,
  captureSpec,
}

const COMBINED = /^\{"stream":"([^"]+)","data":(.*)\}\s*$/s

function readCapture(raw: string): CapturedFrame | undefined {
  const [, stream, text] = COMBINED.exec(raw) ?? []
  if (!stream || !text) return undefined
  const [symbol = ''] = stream.split('@')
  const kind = streamKind(stream)
  const [feed, streamClass] = kind ?? (['state', 'market'] as const)
  const isDelta = kind?.[0] === 'book'
  const names = isDelta ? DEPTH_SUFFIXES.map(suffix => `${symbol}@${suffix}`) : [stream]
  const topics = names.map((name): CapturedTopic => ({ name, feed, streamClass, text }))
  // The REST snapshot of a capture belongs to its first seconds: a late subscriber gets every delta from the start.
  return { topics, chain: isDelta ? 'change' : 'none', symbol: symbol.toUpperCase() }
}

function captureSpec(symbol: string): InstrumentSpec {
  return instrumentSpec({ base: symbol.replace(/USDT$/, ''), quote: 'USDT' }, SPEC_TABLE)
}
