// The REST side of one Bybit product: instruments (of linear in pages) and the order book. Refusals are a retCode with HTTP
// 200.
import type { Clock } from '../clock.js'
import { RateWindow } from '../connection/rate-window.js'
import type { RestAnswer, RestHandler, RestSource } from '../dialect.js'
import { decimalText, type InstrumentSpec, priceText } from '../market/instrument-spec.js'
import type { BybitProduct } from './products.js'

const REQUESTS_PER_WINDOW_MAX = 600
const WINDOW_US = 5_000_000
const PAGE_MAX = 1_000
const PAGE_DEFAULT = 500
const LEVELS_MAX = 1_000
const LEVELS_DEFAULT = 25

export function bybitRest(product: BybitProduct, source: RestSource, clock: Clock): RestHandler {
  const requests = new RateWindow(WINDOW_US, REQUESTS_PER_WINDOW_MAX)
  return (path, query) => {
    const nowUs = clock.nowUs()
    if (!requests.take(nowUs)) return { status: 403, body: 'access too frequent', headers: {} }
    const ms = clock.wallMs(nowUs)
    switch (path) {
      case '/v5/market/instruments-info':
        return instruments(product, source, query, ms)
      case '/v5/market/orderbook':
        return orderBook(product, source, query, ms)
      case '/v5/market/time':
        return answer(0, 'OK', `{"timeSecond":"${Math.floor(ms / 1e3)}","timeNano":"${ms}000000"}`, ms)
      default:
        return undefined
    }
  }
}

function instruments(product: BybitProduct, source: RestSource, query: URLSearchParams, ms: number): RestAnswer {
  const { category } = product
  if (query.get('category') !== category) return answer(10001, 'params error: Category is invalid', '{}', ms)
  const recorded = source.recordedInstruments?.()
  if (recorded) return { status: 200, body: recorded, headers: {} }
  const wanted = query.get('symbol')
  const specs = source.listed().filter(spec => !wanted || spec.symbol === wanted)
  if (category === 'spot') {
    const list = JSON.stringify(specs.map(spec => spotEntry(spec, statusOf(source, spec))))
    return answer(0, 'OK', `{"category":"spot","list":${list}}`, ms)
  }
  const limit = Math.min(PAGE_MAX, Math.max(1, Number(query.get('limit')) || PAGE_DEFAULT))
  const first = Number(query.get('cursor')) || 0
  const next = first + limit < specs.length ? String(first + limit) : ''
  const list = specs.slice(first, first + limit).map(spec => linearEntry(spec, statusOf(source, spec)))
  return answer(0, 'OK', JSON.stringify({ category, list, nextPageCursor: next }), ms)
}

function orderBook(product: BybitProduct, source: RestSource, query: URLSearchParams, ms: number): RestAnswer {
  if (query.get('category') !== product.category) return answer(10001, 'params error: Category is invalid', '{}', ms)
  const limit = Number(query.get('limit') ?? LEVELS_DEFAULT)
  if (!(limit >= 1 && limit <= LEVELS_MAX)) return answer(10001, 'params error: limit is invalid', '{}', ms)
  const body = source.book(query.get('symbol') ?? '', limit)
  // A recorded answer is complete already.
  if (body?.startsWith('{"retCode"')) return { status: 200, body, headers: {} }
  return body === undefined ? answer(10001, 'params error: symbol invalid', '{}', ms) : answer(0, 'OK', body, ms)
}

function statusOf(source: RestSource, { symbol }: InstrumentSpec): string {
  switch (source.stateOf?.(symbol)) {
    case 'pending':
      return 'PreLaunch'
    case 'halted':
      return 'Closed'
    default:
      return 'Trading'
  }
}

function linearEntry(spec: InstrumentSpec, status: string): object {
  const step = decimalText(1, spec.amountDecimals)
  const most = (10_000).toFixed(spec.amountDecimals)
  return {
    symbol: spec.symbol,
    contractType: 'LinearPerpetual',
    status,
    baseCoin: spec.base,
    quoteCoin: spec.quote,
    launchTime: '1584230400000',
    deliveryTime: '0',
    deliveryFeeRate: '',
    priceScale: String(spec.priceDecimals),
    leverageFilter: { minLeverage: '1', maxLeverage: '100.00', leverageStep: '0.01' },
    priceFilter: {
      minPrice: priceText(spec, 1),
      maxPrice: priceText(spec, spec.startTicks * 20),
      tickSize: priceText(spec, 1),
    },
    lotSizeFilter: {
      maxOrderQty: most,
      minOrderQty: step,
      qtyStep: step,
      postOnlyMaxOrderQty: most,
      minNotionalValue: '5',
    },
    unifiedMarginTrade: true,
    fundingInterval: 480,
    settleCoin: spec.quote,
    isPreListing: false,
  }
}

function spotEntry(spec: InstrumentSpec, status: string): object {
  const step = decimalText(1, spec.amountDecimals)
  return {
    symbol: spec.symbol,
    baseCoin: spec.base,
    quoteCoin: spec.quote,
    innovation: '0',
    status,
    marginTrading: 'utaOnly',
    stTag: '0',
    lotSizeFilter: { basePrecision: step, quotePrecision: '0.0000001', minOrderQty: step, maxOrderQty: '230' },
    priceFilter: { tickSize: priceText(spec, 1) },
  }
}

function answer(code: number, message: string, result: string, ms: number): RestAnswer {
  const body = `{"retCode":${code},"retMsg":"${message}","result":${result},"retExtInfo":{},"time":${ms}}`
  return { status: 200, body, headers: {} }
}
