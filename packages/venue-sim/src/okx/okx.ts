// The OKX v5 dialects of the simulator, spot and swap, and the reader of their captured frames. Both products share one
// prefix and one protocol. Captures name the venue only, so each product takes the frames of its instruments.
import type { CapturedFrame, Dialect } from '../dialect.js'
import { OkxMarket } from './market.js'
import { feedOf, LIQUIDATIONS, OKX_SPOT, OKX_SWAP, type OkxProduct, okxSpec, pairOf, topicName } from './products.js'
import { OkxProtocol } from './protocol.js'
import { okxRest } from './rest.js'

export const okxSpot: Dialect = okxDialect(OKX_SPOT)
export const okxSwap: Dialect = okxDialect(OKX_SWAP)

function okxDialect(product: OkxProduct): Dialect {
  return {
    product: product.name,
    prefix: 'okx',
    captureVenue: 'okx',
    createMarket: context => new OkxMarket(product, context),
    createProtocol: (topics, context) => new OkxProtocol(topics, context),
    createRest: okxRest,
    readCapture: raw => readCapture(product, raw),
    takesCapturedAnswer: url => isOwnAnswer(product, url),
    captureSpec: symbol => okxSpec(product, pairOf(product, symbol) ?? { base: symbol, quote: '' }),
  }
}

const CHANNEL = /^\{"arg":\{"channel":"([^"]+)"/
const SYMBOL = /"instId":"([^"]+)"/
/** Needs a login today; its frames are the same as those of `books`. */
const TICK_BY_TICK = 'books-l2-tbt'

function readCapture(product: OkxProduct, raw: string): CapturedFrame | undefined {
  const recorded = CHANNEL.exec(raw)?.[1]
  const symbol = SYMBOL.exec(raw)?.[1]
  if (recorded === undefined || symbol === undefined || !pairOf(product, symbol)) return undefined
  const channel = recorded === TICK_BY_TICK ? 'books' : recorded
  const feed = feedOf(channel)
  if (!feed) return undefined
  return {
    topics: [
      {
        name: topicName(channel, channel === LIQUIDATIONS ? product.instType : symbol),
        feed,
        route: '',
        text: raw.replace(`"channel":"${recorded}"`, `"channel":"${channel}"`),
      },
    ],
    chain: channel !== 'books' ? 'none' : raw.includes('"action":"snapshot"') ? 'complete' : 'change',
    symbol,
  }
}

function isOwnAnswer(product: OkxProduct, url: URL): boolean {
  const instType = url.searchParams.get('instType')
  if (instType !== null) return instType === product.instType
  return pairOf(product, url.searchParams.get('instId') ?? '') !== undefined
}
