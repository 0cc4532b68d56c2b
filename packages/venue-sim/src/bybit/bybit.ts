// The Bybit v5 dialects of the simulator, spot and linear, whose paths name the product, and the reader of their captured
// frames.
import type { CapturedFrame, CapturedTopic, Dialect } from '../dialect.js'
import { instrumentSpec, splitSymbol } from '../market/instrument-spec.js'
import { BybitMarket } from './market.js'
import { BYBIT_LINEAR, BYBIT_SPOT, type BybitProduct, feedOf } from './products.js'
import { BybitProtocol } from './protocol.js'
import { bybitRest } from './rest.js'

export const bybitLinear: Dialect = bybitDialect(BYBIT_LINEAR)
export const bybitSpot: Dialect = bybitDialect(BYBIT_SPOT)

function bybitDialect(product: BybitProduct): Dialect {
  return {
    product: product.name,
    createMarket: context => new BybitMarket(product, context),
    createProtocol: (topics, context) => new BybitProtocol(product, topics, context),
    createRest: (source, clock) => bybitRest(product, source, clock),
    readCapture,
    captureSpec: symbol => ({ ...instrumentSpec(splitSymbol(symbol), product.table), symbol }),
  }
}

const TOPIC = /^\{"topic":"([^"]+)"/
const TYPE = /"type":"(snapshot|delta)"/

function readCapture(raw: string): CapturedFrame | undefined {
  const name = TOPIC.exec(raw)?.[1]
  if (!name) return undefined
  const topics = [capturedTopic(name, raw)]
  if (name.startsWith('orderbook.50.')) {
    // Old captures have 50 levels only: a subscriber of 200 gets those, under the name that it subscribed.
    const deep = name.replace('.50.', '.200.')
    topics.push(capturedTopic(deep, raw.replace(`"${name}"`, `"${deep}"`)))
  }
  const isChained = name.startsWith('orderbook.') || name.startsWith('tickers.')
  const isComplete = TYPE.exec(raw)?.[1] === 'snapshot'
  return {
    topics,
    chain: isChained ? (isComplete ? 'complete' : 'change') : 'none',
    symbol: name.split('.').at(-1) ?? '',
  }
}

function capturedTopic(name: string, text: string): CapturedTopic {
  return { name, feed: feedOf(name), route: '', text }
}
