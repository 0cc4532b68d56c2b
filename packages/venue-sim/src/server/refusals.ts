// What a test makes a host refuse, for a while: handshakes and REST by status, REST also by a code of the venue in its body,
// requests on sockets by the text that the venue uses.

import type { Clock } from '../clock.js'

const REFUSABLE = ['handshake', 'rest', 'request'] as const
type Refusable = (typeof REFUSABLE)[number]

const OK = 200
const CODE = /^-?\d{1,6}$/
const STATUS_MIN = 300
const STATUS_MAX = 599

export interface HttpRefusal {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

interface Refused extends HttpRefusal {
  readonly untilUs: number
}

export class Refusals {
  readonly #clock: Clock
  /** By `prefix what`. */
  readonly #refused = new Map<string, Refused>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** By the parameters of `POST /control/refuse`. Returns what is wrong with them, if anything is. */
  set(prefix: string, query: URLSearchParams): string | undefined {
    const what = query.get('what') ?? ''
    if (!(REFUSABLE as readonly string[]).includes(what)) {
      return `invalid what "${what}"; expected one of ${REFUSABLE.join(', ')}`
    }
    const status = Number(query.get('status'))
    const code = query.get('code')
    // A venue may answer with success, and with a code that says otherwise.
    const isWithCode = what === 'rest' && code !== null && status === OK
    if (!isWithCode && (!Number.isInteger(status) || status < STATUS_MIN || status > STATUS_MAX)) {
      return `invalid status "${query.get('status')}"; expected ${STATUS_MIN} to ${STATUS_MAX}`
    }
    if (code !== null && !CODE.test(code)) return `invalid code "${code}"; expected a whole number`
    const seconds = Number(query.get('seconds'))
    if (!(seconds >= 0)) return `invalid seconds "${query.get('seconds')}"; expected a number from 0`
    const retryAfter = query.get('retry_after')
    const headers: Record<string, string> = retryAfter === null ? {} : { 'retry-after': retryAfter }
    const body = code === null ? '<html></html>' : bodyOf(prefix, code)
    this.#refused.set(`${prefix} ${what}`, { status, headers, body, untilUs: this.#clock.nowUs() + seconds * 1e6 })
    return undefined
  }

  of(prefix: string, what: Exclude<Refusable, 'request'>): HttpRefusal | undefined {
    return this.#find(prefix, what)
  }

  /** The answer to a request on a socket, in the shape of its venue; undefined where it is served, or is no request. */
  ofRequest(prefix: string, text: string): string | undefined {
    const refused = this.#find(prefix, 'request')
    return refused === undefined ? undefined : refusalText(text, refused.status)
  }

  #find(prefix: string, what: Refusable): Refused | undefined {
    const refused = this.#refused.get(`${prefix} ${what}`)
    return refused !== undefined && this.#clock.nowUs() < refused.untilUs ? refused : undefined
  }
}

interface VenueRequest {
  readonly id?: unknown
  readonly req_id?: unknown
  readonly method?: unknown
  readonly op?: unknown
  readonly args?: readonly unknown[]
}

/** As its venue writes it. */
function bodyOf(prefix: string, code: string): string {
  if (prefix.startsWith('binance')) return `{"code":${code},"msg":"refused"}`
  if (prefix.startsWith('bybit')) return `{"retCode":${code},"retMsg":"refused","result":{},"retExtInfo":{},"time":0}`
  return `{"code":"${code}","msg":"refused","data":[]}`
}

interface RequestRefusal {
  readonly binance: readonly [code: number, text: string]
  readonly okx: readonly [code: string, text: string]
  readonly bybit: string
}

const TOO_OFTEN: RequestRefusal = {
  binance: [-1003, 'Too many requests.'],
  okx: ['60014', 'Requests too frequent'],
  bybit: 'error:too many requests',
}
const FAULT: RequestRefusal = {
  binance: [-1001, 'Internal error; unable to process your request. Please try again.'],
  okx: ['63999', 'Internal system error'],
  bybit: 'error:internal error',
}
/** Without a reason that is known. */
const NOT_ACCEPTED: RequestRefusal = {
  binance: [2, 'Invalid request'],
  okx: ['60012', 'Invalid request'],
  bybit: 'error:invalid op',
}

function refusalText(text: string, status: number): string | undefined {
  let request: VenueRequest
  try {
    request = JSON.parse(text) as VenueRequest
  } catch {
    return undefined
  }
  const { id, req_id, method, op, args } = request
  const refusal = status >= 500 ? FAULT : status === 400 ? NOT_ACCEPTED : TOO_OFTEN
  if (method !== undefined) {
    const [code, msg] = refusal.binance
    return JSON.stringify({ error: { code, msg }, id })
  }
  if (op !== 'subscribe' && op !== 'unsubscribe') return undefined
  if (typeof args?.[0] === 'object') {
    const [code, msg] = refusal.okx
    return JSON.stringify({ id, event: 'error', code, msg, connId: 'a4d3ae55' })
  }
  return JSON.stringify({ success: false, ret_msg: refusal.bybit, conn_id: 'c', req_id, op })
}
