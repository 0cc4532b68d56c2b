// OKX v5 as the simulator speaks it: spot and swap, two products with one protocol, and how captured frames of the venue are
// read. Both stand behind one prefix. Captures name the venue only, so each product takes the frames of its instruments.
import type { CapturedFrame, Dialect } from '../dialect.js'
import { feedOf, LIQUIDATIONS, topicName } from './channels.js'
import { OkxMarket } from './market.js'
import { OkxProtocol } from './protocol.js'
import { okxRest } from './rest.js'
import { OKX_SPOT, OKX_SWAP, type OkxProduct, okxSpec, pairOf } from './specs.js'

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
/** Needs a login today; its frames are those of `books`. */
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
