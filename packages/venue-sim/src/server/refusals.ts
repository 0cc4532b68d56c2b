// What a test makes a host refuse, for a while: handshakes and REST by status, requests on sockets by the text that the venue uses.

import type { Clock } from '../clock.js'

const REFUSABLE = ['handshake', 'rest', 'request'] as const
type Refusable = (typeof REFUSABLE)[number]

const STATUS_MIN = 300
const STATUS_MAX = 599

export interface HttpRefusal {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
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
    if (!Number.isInteger(status) || status < STATUS_MIN || status > STATUS_MAX) {
      return `invalid status "${query.get('status')}"; expected ${STATUS_MIN} to ${STATUS_MAX}`
    }
    const seconds = Number(query.get('seconds'))
    if (!(seconds >= 0)) return `invalid seconds "${query.get('seconds')}"; expected a number from 0`
    const retryAfter = query.get('retry_after')
    const headers: Record<string, string> = retryAfter === null ? {} : { 'retry-after': retryAfter }
    this.#refused.set(`${prefix} ${what}`, { status, headers, untilUs: this.#clock.nowUs() + seconds * 1e6 })
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

function refusalText(text: string, status: number): string | undefined {
  let request: VenueRequest
  try {
    request = JSON.parse(text) as VenueRequest
  } catch {
    return undefined
  }
  const { id, req_id, method, op, args } = request
  const isTooOften = status < 500
  if (method !== undefined) {
    const code = isTooOften ? -1003 : -1001
    const msg = isTooOften ? 'Too many requests.' : 'Internal error; unable to process your request. Please try again.'
    return JSON.stringify({ error: { code, msg }, id })
  }
  if (op !== 'subscribe' && op !== 'unsubscribe') return undefined
  if (typeof args?.[0] === 'object') {
    const code = isTooOften ? '60014' : '63999'
    const msg = isTooOften ? 'Requests too frequent' : 'Internal system error'
    return JSON.stringify({ id, event: 'error', code, msg, connId: 'a4d3ae55' })
  }
  const reason = isTooOften ? 'error:too many requests' : 'error:internal error'
  return JSON.stringify({ success: false, ret_msg: reason, conn_id: 'c', req_id, op })
}
