// The REST side of Binance: a weight for each request, depth and instruments, refusals by code. The products differ in paths,
// weights and the entries of their instrument lists.
import assert from 'node:assert/strict'
import type { Clock } from '../clock.js'
import type { RestAnswer, RestHandler, RestSource } from '../dialect.js'
import { decimalText, type InstrumentSpec, priceText } from '../market/instrument-spec.js'

const MINUTE_US = 60_000_000
const BAN_US = 120_000_000
// After so many refused requests within the minute the address is banned.
const REFUSALS_BEFORE_BAN = 50

export interface RestRules {
  /** The beginning of every path: `/fapi/v1`. */
  readonly root: string
  readonly weightPerMinuteMax: number
  readonly exchangeInfoWeight: number
  readonly depthLimitDefault: number
  readonly hasOpenInterest: boolean
  /** Of the limit that a client asks for; undefined for one that is refused. */
  depthWeight(limit: number): number | undefined
  depthRefusal(limit: string): string
  instrumentEntry(spec: InstrumentSpec, status: string): object
  /** What the product calls an instrument that is listed and does not trade yet. */
  readonly pendingStatus: string
}

type Answer = (query: URLSearchParams) => RestAnswer

interface RestPath {
  weight(query: URLSearchParams): number
  readonly answer: Answer
}

export function binanceRest(rules: RestRules, source: RestSource, clock: Clock): RestHandler {
  const budget = new WeightBudget(rules.weightPerMinuteMax, clock)
  const paths = pathsOf(rules, source, clock)
  return (path, query) => {
    const found = paths.get(path)
    if (!found) return undefined
    const refused = budget.spend(found.weight(query))
    const answer = refused ?? found.answer(query)
    return { ...answer, headers: { 'x-mbx-used-weight-1m': String(budget.used), ...answer.headers } }
  }
}

function pathsOf(rules: RestRules, source: RestSource, clock: Clock): ReadonlyMap<string, RestPath> {
  const nowMs = (): number => clock.wallMs(clock.nowUs())
  const paths = new Map<string, RestPath>()
  const add = (name: string, weight: RestPath['weight'], answer: Answer): unknown =>
    paths.set(`${rules.root}/${name}`, { weight, answer })
  add(
    'ping',
    () => 1,
    () => good('{}'),
  )
  add(
    'time',
    () => 1,
    () => good(`{"serverTime":${nowMs()}}`),
  )
  add(
    'exchangeInfo',
    () => rules.exchangeInfoWeight,
    () => good(source.recordedInstruments?.() ?? exchangeInfo(rules, source, nowMs())),
  )
  add(
    'depth',
    query => rules.depthWeight(limitOf(rules, query)) ?? 1,
    query => ofSymbol(query, symbol => depth(rules, source, symbol, query)),
  )
  if (rules.hasOpenInterest) {
    add(
      'openInterest',
      () => 1,
      query => ofSymbol(query, symbol => known(source.openInterest(symbol))),
    )
  }
  return paths
}

function ofSymbol(query: URLSearchParams, answer: (symbol: string) => RestAnswer): RestAnswer {
  const symbol = query.get('symbol')
  if (symbol) return answer(symbol)
  return refusal(-1102, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed.")
}

function depth(rules: RestRules, source: RestSource, symbol: string, query: URLSearchParams): RestAnswer {
  const limit = limitOf(rules, query)
  if (rules.depthWeight(limit) === undefined) return refusal(-4021, rules.depthRefusal(query.get('limit') ?? ''))
  return known(source.book(symbol, limit))
}

function limitOf({ depthLimitDefault }: RestRules, query: URLSearchParams): number {
  const limit = query.get('limit')
  return limit === null ? depthLimitDefault : Number(limit)
}

function exchangeInfo(rules: RestRules, source: RestSource, ms: number): string {
  const limit = rules.weightPerMinuteMax
  const rateLimits = [{ rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit }]
  const statuses = { trading: 'TRADING', 'cancel-only': 'CANCEL_ONLY', pending: rules.pendingStatus, halted: 'HALT' }
  const symbols = source.listed().map(spec => {
    const state = source.stateOf?.(spec.symbol) ?? 'trading'
    assert(state !== 'delisted', 'what is delisted is not on the list')
    return rules.instrumentEntry(spec, statuses[state])
  })
  return JSON.stringify({ timezone: 'UTC', serverTime: ms, rateLimits, exchangeFilters: [], symbols })
}

/** Steps and bounds of prices and quantities; `styled` writes a decimal as the product does. */
export function filtersOf(spec: InstrumentSpec, styled = (text: string): string => text): object[] {
  const step = styled(decimalText(1, spec.amountDecimals))
  const tick = styled(priceText(spec, 1))
  const maxPrice = styled(priceText(spec, spec.startTicks * 20))
  return [
    { filterType: 'PRICE_FILTER', minPrice: tick, maxPrice, tickSize: tick },
    { filterType: 'LOT_SIZE', minQty: step, maxQty: styled('10000'), stepSize: step },
  ]
}

function known(body: string | undefined): RestAnswer {
  return body === undefined ? refusal(-1121, 'Invalid symbol.') : good(body)
}

function good(body: string): RestAnswer {
  return { status: 200, body, headers: {} }
}

function refusal(code: number, message: string): RestAnswer {
  return { status: 400, body: JSON.stringify({ code, msg: message }), headers: {} }
}

/** What a minute allows, what each answer reports as used, and the refusals of a client that spends more. */
class WeightBudget {
  used = 0
  readonly #weightPerMinuteMax: number
  readonly #clock: Clock
  /** The minute begins with its first request. */
  #minuteStartUs = Number.NEGATIVE_INFINITY
  #refusals = 0
  #bannedUntilUs = 0

  constructor(weightPerMinuteMax: number, clock: Clock) {
    this.#weightPerMinuteMax = weightPerMinuteMax
    this.#clock = clock
  }

  /** Counts a request; returns the refusal when there is one. */
  spend(weight: number): RestAnswer | undefined {
    assert(weight > 0, 'every request has a weight')
    const nowUs = this.#clock.nowUs()
    if (nowUs - this.#minuteStartUs >= MINUTE_US) {
      this.#minuteStartUs = nowUs
      this.used = 0
      this.#refusals = 0
    }
    if (nowUs < this.#bannedUntilUs) {
      const untilMs = this.#clock.wallMs(this.#bannedUntilUs)
      return tooMany(418, `Way too many requests; IP banned until ${untilMs}.`, this.#bannedUntilUs - nowUs)
    }
    this.used += weight
    if (this.used <= this.#weightPerMinuteMax) return undefined
    this.#refusals += 1
    if (this.#refusals > REFUSALS_BEFORE_BAN) this.#bannedUntilUs = nowUs + BAN_US
    const message = `Too many requests; current limit is ${this.#weightPerMinuteMax} request weight per minute.`
    return tooMany(429, message, this.#minuteStartUs + MINUTE_US - nowUs)
  }
}

function tooMany(status: number, message: string, retryUs: number): RestAnswer {
  const headers = { 'retry-after': String(Math.ceil(retryUs / 1e6)) }
  return { status, body: JSON.stringify({ code: -1003, msg: message }), headers }
}
