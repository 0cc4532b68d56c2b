// Captures that one simulator and one gateway play together, and what a gateway can carry of each.

import type { Rebuilt, RebuiltCapture } from './capture-rebuild.js'

const IS_LONG = process.env['STRESS'] === 'long'
const SPEED = 10
/** Captures of minutes, where time is short: as fast as they are read. */
const SPEED_OF_LONG = IS_LONG ? SPEED : 'max'
const LONG_SECONDS = 120

const EXCHANGES: Readonly<Record<string, string>> = {
  'binance-futures': 'BinanceFuturesUsd',
  'binance-spot': 'BinanceSpot',
  'bybit-linear': 'BybitPerpetualsUsd',
  'bybit-spot': 'BybitSpot',
  'okx-spot': 'Okx',
  'okx-swap': 'Okx',
}

const QUOTES = ['USDT', 'BUSD', 'USDC', 'USD', 'BTC', 'ETH', 'BNB', 'TRY', 'RUB', 'EUR', 'BRL']

export interface Recorded {
  readonly name: string
  readonly file: string
  readonly rebuilt: RebuiltCapture
}

export interface CaptureGroup {
  readonly speed: number | 'max'
  readonly products: ReadonlySet<string>
  readonly captures: readonly Recorded[]
}

export interface Carried {
  readonly product: string
  readonly base: string
  readonly quote: string
  /** `<exchange> <market type> <base>-<quote>`, as on the wire. */
  readonly key: string
  readonly rebuilt: Rebuilt
}

/** What a capture has of the products that are carried. */
export function carriedOf({ symbols }: RebuiltCapture): readonly Carried[] {
  return [...symbols].flatMap(([name, rebuilt]) => {
    const [product = '', symbol = ''] = name.split(' ')
    const [base, quote, suffix] = product.startsWith('okx') ? symbol.split('-') : splitSymbol(symbol)
    // Futures and options of OKX are not among our products.
    if (base === undefined || quote === undefined || (suffix !== undefined && suffix !== 'SWAP')) return []
    const kind = /-(spot)$/.test(product) ? 'Spot' : 'Perpetual'
    const pair = `${base}-${quote}`.toLowerCase()
    const key = `${EXCHANGES[product]} ${kind} ${pair}`
    return [{ product, base: base.toLowerCase(), quote: quote.toLowerCase(), key, rebuilt }]
  })
}

function splitSymbol(symbol: string): readonly string[] {
  const quote = QUOTES.find(candidate => symbol.endsWith(candidate)) ?? ''
  return [symbol.slice(0, -quote.length), quote]
}

/** Of one group: captures of the same pace, and no product in two of them. */
export function groupsOf(captures: readonly Recorded[]): readonly CaptureGroup[] {
  const groups: CaptureGroup[] = []
  for (const capture of captures) {
    const speed = capture.rebuilt.seconds > LONG_SECONDS ? SPEED_OF_LONG : SPEED
    const products = carriedOf(capture.rebuilt).map(({ product }) => product)
    const at = groups.findIndex(group => group.speed === speed && products.every(id => !group.products.has(id)))
    const before: CaptureGroup = groups[at] ?? { speed, products: new Set(), captures: [] }
    const group: CaptureGroup = {
      speed,
      products: new Set([...before.products, ...products]),
      captures: [...before.captures, capture],
    }
    groups.splice(at === -1 ? groups.length : at, 1, group)
  }
  return groups
}
