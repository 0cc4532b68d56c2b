// What a venue's list says of its instruments, and that a market does nothing where it does not trade.
import assert from 'node:assert/strict'
import type { Market } from '../dialect.js'
import type { ListingState } from './listing-state.js'

/** A market whose instruments come and go. */
export interface ListedMarket extends Market {
  stateOf(symbol: string): ListingState
  /** False for an unknown symbol. */
  setState(symbol: string, state: ListingState): boolean
}

/** All are trading at first. */
export function listedMarket(market: Market): ListedMarket {
  const symbols = market.listed().map(({ symbol }) => symbol)
  const states = new Map<string, ListingState>()
  const stateOf = (symbol: string): ListingState => states.get(symbol) ?? 'trading'
  const trades = (instrument: number): boolean => {
    const symbol = symbols[instrument]
    assert(symbol !== undefined, 'the instruments of a market come first in its list')
    const state = stateOf(symbol)
    return state === 'trading' || state === 'cancel-only'
  }
  const isListed = (symbol: string): boolean => stateOf(symbol) !== 'delisted'
  return {
    topics: market.topics,
    instrumentCount: market.instrumentCount,
    hasTickers: market.hasTickers,
    hasLiquidations: market.hasLiquidations,
    trade: (instrument, count, atUs) => trades(instrument) && market.trade(instrument, count, atUs),
    quote: (instrument, atUs) => trades(instrument) && market.quote(instrument, atUs),
    delta: (instrument, atUs) => trades(instrument) && market.delta(instrument, atUs),
    liquidation: (instrument, atUs) => trades(instrument) && market.liquidation(instrument, atUs),
    ticker: (instrument, atUs) => trades(instrument) && market.ticker(instrument, atUs),
    repeat: atUs => market.repeat(atUs),
    listed: () => market.listed().filter(({ symbol }) => isListed(symbol)),
    book: (symbol, levelCountMax) => (isListed(symbol) ? market.book(symbol, levelCountMax) : undefined),
    openInterest: symbol => (isListed(symbol) ? market.openInterest(symbol) : undefined),
    stateOf,
    setState: (symbol, state) => {
      if (!symbols.includes(symbol)) return false
      states.set(symbol, state)
      return true
    },
  }
}
