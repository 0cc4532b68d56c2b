// Bybit v5 linear as the simulator speaks it: its parts together, and how its captured frames are read.
import type { CapturedFrame, CapturedTopic, Dialect } from '../dialect.js'
import { type InstrumentSpec, instrumentSpec } from '../market/instrument-spec.js'
import { BybitLinearMarket } from './market.js'
import { BybitLinearProtocol } from './protocol.js'
import { bybitLinearRest } from './rest.js'
import { PRODUCT, SPEC_TABLE } from './specs.js'
import { feedOf } from './topic-names.js'

export const bybitLinear: Dialect = {
  product: PRODUCT,
  createMarket: context => new BybitLinearMarket(context),
  createProtocol: (topics, context) => new BybitLinearProtocol(topics, context),
  createRest: bybitLinearRest,
  readCapture,
  captureSpec,
}

const TOPIC = /^\{"topic":"([^"]+)"/
const TYPE = /"type":"(snapshot|delta)"/

function readCapture(raw: string): CapturedFrame | undefined {
  const name = TOPIC.exec(raw)?.[1]
  if (!name) return undefined
  const topic = (topicName: string, text: string): CapturedTopic => ({
    name: topicName,
    feed: feedOf(topicName),
    streamClass: '',
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

function captureSpec(symbol: string): InstrumentSpec {
  return instrumentSpec({ base: symbol.replace(/USDT$/, ''), quote: 'USDT' }, SPEC_TABLE)
}
