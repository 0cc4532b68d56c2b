// The REST side of Binance USDⓈ-M: depth, open interest and instruments, with the request weight that every answer reports
// and the refusals that follow when a client spends more than its minute allows.
import type { Clock } from '../clock.js'
import type { RestAnswer, RestHandler, RestSource } from '../dialect.js'
import { decimalText, type InstrumentSpec, priceText } from '../market/instrument-spec.js'

const WEIGHT_PER_MINUTE_MAX = 2_400
const MINUTE_US = 60_000_000
const BAN_US = 120_000_000
// So many refused requests within the minute, and the address is banned.
const REFUSALS_BEFORE_BAN = 50
const DEPTH_WEIGHTS: Readonly<Record<string, number>> = { 5: 2, 10: 2, 20: 2, 50: 2, 100: 5, 500: 10, 1000: 20 }
const DEPTH_LIMIT_DEFAULT = '500'

export function binanceFuturesRest(source: RestSource, clock: Clock): RestHandler {
  const budget = new WeightBudget(clock)
  return (path, query) => {
    const weight = weightOf(path, query)
    if (weight === undefined) return undefined
    const refused = budget.spend(weight)
    const headers: Record<string, string> = { 'x-mbx-used-weight-1m': String(budget.used) }
    if (refused) return { ...refused, headers: { ...headers, ...refused.headers } }
    return { ...answer(source, clock, path, query), headers }
  }
}

class WeightBudget {
  used = 0
  readonly #clock: Clock
  #minute = -1
  #refusals = 0
  #bannedUntilUs = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  spend(weight: number): RestAnswer | undefined {
    const nowUs = this.#clock.nowUs()
    const minute = Math.floor(nowUs / MINUTE_US)
    if (minute !== this.#minute) {
      this.#minute = minute
      this.used = 0
      this.#refusals = 0
    }
    if (nowUs < this.#bannedUntilUs) {
      const untilMs = this.#clock.wallMs(this.#bannedUntilUs)
      return refusal(418, -1003, `Way too many requests; IP banned until ${untilMs}.`, this.#bannedUntilUs - nowUs)
    }
    this.used += weight
    if (this.used <= WEIGHT_PER_MINUTE_MAX) return undefined
    this.#refusals += 1
    if (this.#refusals > REFUSALS_BEFORE_BAN) this.#bannedUntilUs = nowUs + BAN_US
    const message = `Too many requests; current limit is ${WEIGHT_PER_MINUTE_MAX} request weight per minute.`
    return refusal(429, -1003, message, (minute + 1) * MINUTE_US - nowUs)
  }
}

function weightOf(path: string, query: URLSearchParams): number | undefined {
  switch (path) {
    case '/fapi/v1/depth':
      return DEPTH_WEIGHTS[query.get('limit') ?? DEPTH_LIMIT_DEFAULT] ?? 1
    case '/fapi/v1/openInterest':
    case '/fapi/v1/exchangeInfo':
    case '/fapi/v1/ping':
    case '/fapi/v1/time':
      return 1
    default:
      return undefined
  }
}

function answer(source: RestSource, clock: Clock, path: string, query: URLSearchParams): RestAnswer {
  const ms = clock.wallMs(clock.nowUs())
  switch (path) {
    case '/fapi/v1/ping':
      return good('{}')
    case '/fapi/v1/time':
      return good(`{"serverTime":${ms}}`)
    case '/fapi/v1/exchangeInfo':
      return good(source.recordedInstruments?.() ?? exchangeInfo(source.listed(), ms))
    default:
      return symbolAnswer(source, path, query)
  }
}

function symbolAnswer(source: RestSource, path: string, query: URLSearchParams): RestAnswer {
  const symbol = query.get('symbol')
  if (!symbol) {
    return refusal(400, -1102, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed.")
  }
  const limit = query.get('limit') ?? DEPTH_LIMIT_DEFAULT
  const isDepth = path === '/fapi/v1/depth'
  if (isDepth && DEPTH_WEIGHTS[limit] === undefined) {
    return refusal(400, -4021, `${limit} is not valid depth limit (should be 5, 10, 20, 50, 100, 500, 1000).`)
  }
  const body = isDepth ? source.book(symbol, Number(limit)) : source.openInterest(symbol)
  return body === undefined ? refusal(400, -1121, 'Invalid symbol.') : good(body)
}

function exchangeInfo(specs: readonly InstrumentSpec[], ms: number): string {
  const rateLimits = [
    { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: WEIGHT_PER_MINUTE_MAX },
  ]
  const symbols = specs.map(spec => ({
    symbol: spec.symbol,
    pair: spec.symbol,
    contractType: 'PERPETUAL',
    status: 'TRADING',
    baseAsset: spec.base,
    quoteAsset: spec.quote,
    marginAsset: spec.quote,
    pricePrecision: spec.priceDecimals,
    quantityPrecision: spec.amountDecimals,
    filters: [
      {
        filterType: 'PRICE_FILTER',
        minPrice: priceText(spec, 1),
        maxPrice: priceText(spec, spec.startTicks * 20),
        tickSize: priceText(spec, 1),
      },
      {
        filterType: 'LOT_SIZE',
        minQty: decimalText(1, spec.amountDecimals),
        maxQty: '10000',
        stepSize: decimalText(1, spec.amountDecimals),
      },
    ],
  }))
  return JSON.stringify({ timezone: 'UTC', serverTime: ms, rateLimits, exchangeFilters: [], symbols })
}

function good(body: string): RestAnswer {
  return { status: 200, body, headers: {} }
}

function refusal(status: number, code: number, message: string, retryUs?: number): RestAnswer {
  const headers = retryUs === undefined ? {} : { 'retry-after': String(Math.ceil(retryUs / 1e6)) }
  return { status, body: JSON.stringify({ code, msg: message }), headers }
}
