// The instruments that the simulated venues list: tick and lot steps, decimals and a start price, per product.
import assert from 'node:assert/strict'

export interface InstrumentPair {
  readonly base: string
  readonly quote: string
}

export interface InstrumentSpec {
  readonly symbol: string
  readonly base: string
  readonly quote: string
  /** Price = ticks × tickStep ÷ 10^priceDecimals. */
  readonly tickStep: number
  readonly priceDecimals: number
  readonly amountDecimals: number
  /** In ticks. */
  readonly startTicks: number
}

/** Per base: price, price decimals, tick in units of the last decimal, amount decimals. */
export type SpecTable = Readonly<Record<string, readonly [number, number, number, number]>>

const FALLBACK = [10, 4, 10, 1] as const

export function instrumentSpec(pair: InstrumentPair, table: SpecTable): InstrumentSpec {
  const base = pair.base.toUpperCase()
  const quote = pair.quote.toUpperCase()
  const [price, priceDecimals, tickStep, amountDecimals] = table[base] ?? FALLBACK
  return {
    symbol: base + quote,
    base,
    quote,
    tickStep,
    priceDecimals,
    amountDecimals,
    startTicks: Math.round((price * 10 ** priceDecimals) / tickStep),
  }
}

const QUOTES = ['USDT', 'USDC', 'FDUSD', 'BUSD', 'TUSD', 'USD', 'BTC', 'ETH', 'BNB', 'EUR', 'TRY', 'BRL', 'RUB']

/** The pair of a symbol without a separator between base and quote. */
export function splitSymbol(symbol: string): InstrumentPair {
  const quote = QUOTES.find(candidate => symbol.endsWith(candidate)) ?? ''
  return { base: symbol.slice(0, symbol.length - quote.length), quote }
}

/** What the venue lists: the configured instruments, then the rest of its table. */
export function listedSpecs(
  traded: readonly InstrumentSpec[],
  table: SpecTable,
  specOf: (pair: InstrumentPair, table: SpecTable) => InstrumentSpec = instrumentSpec,
): InstrumentSpec[] {
  const symbols = new Set(traded.map(spec => spec.symbol))
  const others = Object.keys(table)
    .map(base => specOf({ base, quote: 'USDT' }, table))
    .filter(spec => !symbols.has(spec.symbol))
  return [...traded, ...others]
}

export function priceText(spec: InstrumentSpec, ticks: number): string {
  return decimalText(ticks * spec.tickStep, spec.priceDecimals)
}

/** An integer as decimal text with that many places. */
export function decimalText(value: number, decimals: number): string {
  assert(Number.isSafeInteger(value) && value >= 0, 'a decimal is made of a whole number')
  if (decimals === 0) return String(value)
  const digits = String(value).padStart(decimals + 1, '0')
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
}
