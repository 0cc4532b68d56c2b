// Binance as the simulator speaks it: spot and USDⓈ-M, each with a host of its own, and how their captured frames are read.
import type { CapturedFrame, CapturedTopic, Dialect } from '../dialect.js'
import { type InstrumentSpec, instrumentSpec, type SpecTable, splitSymbol } from '../market/instrument-spec.js'
import type { Feed } from '../topics.js'
import { BinanceFuturesMarket } from './futures-market.js'
import { FUTURES_REST } from './futures-rest.js'
import { PRODUCT as FUTURES, SPEC_TABLE as FUTURES_TABLE } from './futures-specs.js'
import { DEPTH_SUFFIXES as FUTURES_DEPTH_SUFFIXES, isDelivered, streamKind } from './futures-streams.js'
import { BinanceProtocol, type ProtocolRules } from './protocol.js'
import { binanceRest } from './rest.js'
import { BinanceSpotMarket } from './spot-market.js'
import { SPOT_REST } from './spot-rest.js'
import { PRODUCT as SPOT, SPEC_TABLE as SPOT_TABLE } from './spot-specs.js'
import { feedOf, DEPTH_SUFFIXES as SPOT_DEPTH_SUFFIXES } from './spot-streams.js'

const FUTURES_PROTOCOL: ProtocolRules = {
  path: /^\/(?:(?<route>public|market)\/)?(?<form>ws|stream)(?<names>\/.*)?$/,
  pingMs: 180_000,
  pongDeadlineMs: 600_000,
  messagesPerSecondMax: 10,
  offersMicroseconds: false,
  shutdownNoticeMs: undefined,
  // Without a route a socket gets the public class only.
  isDelivered: (streamClass, route = 'public') => isDelivered(streamClass, route),
}

const SPOT_PROTOCOL: ProtocolRules = {
  path: /^\/(?<form>ws|stream)(?<names>\/.*)?$/,
  pingMs: 20_000,
  pongDeadlineMs: 60_000,
  messagesPerSecondMax: 5,
  offersMicroseconds: true,
  // The venue promises no lead.
  shutdownNoticeMs: 60_000,
  isDelivered: () => true,
}

export const binanceSpot: Dialect = {
  product: SPOT,
  createMarket: context => new BinanceSpotMarket(context),
  createProtocol: (topics, context) => new BinanceProtocol(SPOT_PROTOCOL, topics, context),
  createRest: (source, clock) => binanceRest(SPOT_REST, source, clock),
  readCapture: raw => readCapture(raw, SPOT_DEPTH_SUFFIXES, name => [feedOf(name) ?? 'state', '']),
  captureSpec: symbol => captureSpec(symbol, SPOT_TABLE),
}

export const binanceFutures: Dialect = {
  product: FUTURES,
  createMarket: context => new BinanceFuturesMarket(context),
  createProtocol: (topics, context) => new BinanceProtocol(FUTURES_PROTOCOL, topics, context),
  createRest: (source, clock) => binanceRest(FUTURES_REST, source, clock),
  readCapture: raw => readCapture(raw, FUTURES_DEPTH_SUFFIXES, name => streamKind(name) ?? ['state', 'market']),
  captureSpec: symbol => captureSpec(symbol, FUTURES_TABLE),
}

const COMBINED = /^\{"stream":"([^"]+)","data":(.*)\}\s*$/s

function readCapture(
  raw: string,
  depthSuffixes: readonly string[],
  kindOf: (name: string) => readonly [Feed, streamClass: string],
): CapturedFrame | undefined {
  const [, stream, text] = COMBINED.exec(raw) ?? []
  if (!stream || !text) return undefined
  const [symbol = ''] = stream.split('@')
  const [feed, streamClass] = kindOf(stream)
  const isDelta = feed === 'book'
  const names = isDelta ? depthSuffixes.map(suffix => `${symbol}@${suffix}`) : [stream]
  const topics = names.map((name): CapturedTopic => ({ name, feed, streamClass, text }))
  // The REST snapshot of a capture belongs to its first seconds: a late subscriber gets every delta from the start.
  return { topics, chain: isDelta ? 'change' : 'none', symbol: symbol.toUpperCase() }
}

function captureSpec(symbol: string, table: SpecTable): InstrumentSpec {
  return { ...instrumentSpec(splitSymbol(symbol), table), symbol }
}
