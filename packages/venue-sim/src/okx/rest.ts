// The REST side of OKX v5: instruments, the order book, the time. Each path allows 40 requests in two seconds. Refusals are a
// code in the body, most of them with HTTP 200.
import type { Clock } from '../clock.js'
import { RateWindow } from '../connection/rate-window.js'
import type { RestAnswer, RestHandler, RestSource } from '../dialect.js'
import { decimalText, type InstrumentSpec, priceText } from '../market/instrument-spec.js'
import type { ListingState } from '../market/listing-state.js'
import { withoutTrailingZeros } from './decimals.js'
import { contractValue, instTypeOf } from './products.js'

const REQUESTS_PER_WINDOW_MAX = 40
const WINDOW_US = 2_000_000
const LEVELS_MAX = 400
const INST_TYPES = ['SPOT', 'MARGIN', 'SWAP', 'FUTURES', 'OPTION']

export function okxRest(source: RestSource, clock: Clock): RestHandler {
  const requests = new Map(Object.keys(ANSWERS).map(path => [path, new RateWindow(WINDOW_US, REQUESTS_PER_WINDOW_MAX)]))
  return (path, query) => {
    const answer = ANSWERS[path]
    if (!answer) return undefined
    if (!requests.get(path)!.take(clock.nowUs())) return refusal('50011', 'Too Many Requests', 429)
    return answer({ source, clock, query })
  }
}

interface RestRequest {
  readonly source: RestSource
  readonly clock: Clock
  readonly query: URLSearchParams
}

const ANSWERS: Readonly<Record<string, (request: RestRequest) => RestAnswer>> = {
  '/api/v5/public/instruments': instruments,
  '/api/v5/market/books': books,
  '/api/v5/public/time': ({ clock }) => good(`{"ts":"${clock.wallMs(clock.nowUs())}"}`),
}

function instruments({ source, query }: RestRequest): RestAnswer {
  const instType = query.get('instType')
  if (!instType) return refusal('50014', 'Parameter instType can not be empty.', 400)
  if (!INST_TYPES.includes(instType)) return refusal('51000', 'Parameter instType error', 400)
  const recorded = source.recordedInstruments?.(instType)
  if (recorded) return { status: 200, body: recorded, headers: {} }
  const wanted = query.get('instId')
  const specs = source
    .listed()
    .filter(spec => instTypeOf(spec.symbol) === instType && (!wanted || spec.symbol === wanted))
  if (wanted && specs.length === 0) return unknownInstrument()
  return good(specs.map(spec => JSON.stringify(instrumentEntry(spec, source.stateOf?.(spec.symbol)))).join(','))
}

function books({ source, query }: RestRequest): RestAnswer {
  const levelCount = Number(query.get('sz') ?? 1)
  if (!(levelCount >= 1 && levelCount <= LEVELS_MAX)) return refusal('51000', 'Parameter sz error', 400)
  const body = source.book(query.get('instId') ?? '', levelCount)
  if (body === undefined) return unknownInstrument()
  // A recorded answer is complete already.
  return body.startsWith('{"code"') ? { status: 200, body, headers: {} } : good(body)
}

function instrumentEntry(spec: InstrumentSpec, state: ListingState | undefined): object {
  const instType = instTypeOf(spec.symbol)
  const isSwap = instType === 'SWAP'
  const step = withoutTrailingZeros(decimalText(1, spec.amountDecimals))
  return {
    alias: '',
    baseCcy: isSwap ? '' : spec.base,
    category: '1',
    ctMult: isSwap ? '1' : '',
    ctType: isSwap ? 'linear' : '',
    // The value of a contract is not known before it trades.
    ctVal: isSwap && state !== 'pending' ? contractValue(spec.base) : '',
    ctValCcy: isSwap ? spec.base : '',
    expTime: '',
    instFamily: isSwap ? `${spec.base}-${spec.quote}` : '',
    instId: spec.symbol,
    instType,
    lever: '10',
    listTime: '1611916828000',
    lotSz: step,
    maxLmtSz: '100000000',
    maxMktSz: '10000',
    minSz: step,
    optType: '',
    quoteCcy: isSwap ? '' : spec.quote,
    ruleType: 'normal',
    settleCcy: isSwap ? spec.quote : '',
    state: (state && STATES[state]) ?? 'live',
    stk: '',
    tickSz: withoutTrailingZeros(priceText(spec, 1)),
    uly: isSwap ? `${spec.base}-${spec.quote}` : '',
  }
}

const STATES: Readonly<Partial<Record<ListingState, string>>> = { pending: 'preopen', halted: 'suspend' }

function unknownInstrument(): RestAnswer {
  return refusal('51001', "Instrument ID, Instrument ID code, or Spread ID doesn't exist.", 200)
}

/** `items` without the brackets around them. */
function good(items: string): RestAnswer {
  return { status: 200, body: `{"code":"0","msg":"","data":[${items}]}`, headers: {} }
}

function refusal(code: string, message: string, status: number): RestAnswer {
  return { status, body: JSON.stringify({ code, msg: message, data: [] }), headers: {} }
}
