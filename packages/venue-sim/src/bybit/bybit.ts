// Bybit v5 as the simulator speaks it: spot and linear, whose paths name the product, and how their captured frames are read.
import type { CapturedFrame, CapturedTopic, Dialect } from '../dialect.js'
import { instrumentSpec, splitSymbol } from '../market/instrument-spec.js'
import { BybitMarket } from './market.js'
import { BybitProtocol } from './protocol.js'
import { bybitRest } from './rest.js'
import { BYBIT_LINEAR, BYBIT_SPOT, type BybitProduct } from './specs.js'
import { feedOf } from './topic-names.js'

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
  const topic = (topicName: string, text: string): CapturedTopic => ({
    name: topicName,
    feed: feedOf(topicName),
    route: '',
    text,
  })
  const topics = [topic(name, raw)]
  if (name.startsWith('orderbook.50.')) {
    // Old captures hold 50 levels only; who asks for 200 gets those under the name it asked for.
    const deep = name.replace('.50.', '.200.')
    topics.push(topic(deep, raw.replace(`"${name}"`, `"${deep}"`)))
  }
  const isChained = name.startsWith('orderbook.') || name.startsWith('tickers.')
  const isComplete = TYPE.exec(raw)?.[1] === 'snapshot'
  return {
    topics,
    chain: isChained ? (isComplete ? 'complete' : 'change') : 'none',
    symbol: name.split('.').at(-1) ?? '',
  }
}
