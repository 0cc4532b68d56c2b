// Lists of instruments that a venue answers late, or not at all: an order of the tests.

const LIST_PATHS = new Set([
  '/api/v3/exchangeInfo',
  '/fapi/v1/exchangeInfo',
  '/v5/market/instruments-info',
  '/api/v5/public/instruments',
])

export interface ListFault {
  readonly delayMs: number
  /** 200: the list itself. */
  readonly status: number
}

const NONE: ListFault = { delayMs: 0, status: 200 }
const DELAY_MS_MAX = 600_000

export class ListFaults {
  /** By path prefix of the port. */
  readonly #faults = new Map<string, ListFault>()

  set(prefix: string, fault: ListFault): void {
    this.#faults.set(prefix, fault)
  }

  of(prefix: string, path: string): ListFault {
    return LIST_PATHS.has(path) ? (this.#faults.get(prefix) ?? NONE) : NONE
  }
}

/** The fault that a test orders, or why it cannot be. */
export function readListFault(query: URLSearchParams): ListFault | string {
  const [delay, code] = [query.get('delay_ms') ?? '0', query.get('status') ?? '200']
  const [delayMs, status] = [Number(delay), Number(code)]
  if (!(delayMs >= 0 && delayMs <= DELAY_MS_MAX)) return `invalid delay_ms "${delay}"; expected 0..${DELAY_MS_MAX}`
  if (!(Number.isInteger(status) && status >= 200 && status <= 599))
    return `invalid status "${code}"; expected 200..599`
  return { delayMs, status }
}
