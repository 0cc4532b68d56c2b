// All connections and requests from ingest to the simulated venues: opens virtual sockets, answers REST, applies the faults and
// refusals of hosts. Keeps the times of connection attempts, which hosts limit, and of what was refused.

import type { OpenSocket } from '@tradelane/ingest/connection/socket'
import type { BodyReader, Fetch, FetchOptions, FetchResponse } from '@tradelane/ingest/rest/fetch'
import type { RestAnswer } from '@tradelane/venue-sim/dialect'
import { Refusals } from '@tradelane/venue-sim/server/refusals'
import type { RunJournal } from './run-journal.js'
import type { SeededRandom } from './seeded-random.js'
import { VenueConnection } from './venue-connection.js'
import type { VirtualTime } from './virtual-time.js'
import type { VirtualVenues } from './virtual-venues.js'

export interface VenueNetworkOptions {
  readonly time: VirtualTime
  readonly wallMs: (us: number) => number
  readonly random: SeededRandom
  readonly journal: RunJournal
  readonly venues: VirtualVenues
  readonly onEnded: (connection: VenueConnection) => void
  readonly onFinding: (what: string) => void
}

/** The faults of one host, and what it has seen. */
export class HostState {
  refusesUntilUs = 0
  restFailsUntilUs = 0
  restIsSlowUntilUs = 0
  /** By the `retry-after` of an answer that ingest received. */
  stopsRestUntilUs = 0
  /** Connection attempts. */
  readonly attemptsUs: number[] = []
}

const REST_US_MIN = 20_000
const REST_US_MAX = 150_000
const SLOW_REST_US_MAX = 14_000_000

export class VenueNetwork {
  readonly connections = new Set<VenueConnection>()
  restCount = 0
  /** Requests by path, without the query. */
  readonly requests = new Map<string, number>()
  /** Answers other than 200, by status. */
  readonly refusals = new Map<number, number>()
  /** What venues were ordered to refuse, and when they did: by `prefix what`. */
  readonly ordered: Refusals
  readonly refusedUs = new Map<string, number[]>()
  readonly #options: VenueNetworkOptions
  /** By the first segment of their URLs. */
  readonly hosts = new Map<string, HostState>()
  #connectionCount = 0
  #frameCount = 0

  constructor(options: VenueNetworkOptions) {
    this.#options = options
    this.ordered = new Refusals({ nowUs: options.time.nowUs, wallMs: options.wallMs })
  }

  /** Frames that ingest received. */
  get frameCount(): number {
    let count = this.#frameCount
    for (const connection of this.connections) count += connection.frameCount
    return count
  }

  host(name: string): HostState {
    let host = this.hosts.get(name)
    if (host === undefined) {
      host = new HostState()
      this.hosts.set(name, host)
    }
    return host
  }

  readonly openSocket: OpenSocket = (url, socketOptions) => {
    const { time, random, journal, venues, onEnded } = this.#options
    const place = venues.locate(url)
    if (place === undefined) throw new Error(`no venue serves ${url}`)
    const host = this.host(place.site.prefix)
    host.attemptsUs.push(time.nowUs())
    this.#connectionCount += 1
    const id = `c${this.#connectionCount}`
    journal.note(time.nowUs(), id, url)
    const connection = new VenueConnection(
      {
        id,
        place,
        time,
        random,
        journal,
        outbox: venues.outbox,
        refusal: () => {
          if (time.nowUs() < host.refusesUntilUs) return { status: 503, headers: {} }
          return this.#noted(place.site.prefix, 'handshake', this.ordered.of(place.site.prefix, 'handshake'))
        },
        refusalOfRequest: text =>
          this.#noted(place.site.prefix, 'request', this.ordered.ofRequest(place.site.prefix, text)),
        onEnded: ended => {
          this.connections.delete(ended)
          this.#frameCount += ended.frameCount
          onEnded(ended)
        },
      },
      socketOptions,
    )
    this.connections.add(connection)
    return connection
  }

  readonly fetch: Fetch = (url, options) => {
    const { time, random, venues, onFinding } = this.#options
    time.settleNow()
    const place = venues.locate(url)
    if (place === undefined) return Promise.reject(new Error(`no venue serves ${url}`))
    this.requests.set(place.path, (this.requests.get(place.path) ?? 0) + 1)
    const host = this.host(place.site.prefix)
    if (time.nowUs() < host.stopsRestUntilUs) onFinding(`${url} was requested although the venue set a stop`)
    const isSlow = time.nowUs() < host.restIsSlowUntilUs
    const us = random.between(REST_US_MIN, isSlow ? SLOW_REST_US_MAX : REST_US_MAX)
    return this.#answerIn(us, host, options, () => {
      const refusal = this.#noted(place.site.prefix, 'rest', this.ordered.of(place.site.prefix, 'rest'))
      if (refusal !== undefined) return refusal
      if (time.nowUs() < host.restFailsUntilUs) return { status: 502, body: 'bad gateway', headers: {} }
      return place.site.rest(place.path, place.query) ?? { status: 404, body: '{}', headers: {} }
    })
  }

  /** The refusal, if there is one. */
  #noted<Refusal>(prefix: string, what: string, refusal: Refusal | undefined): Refusal | undefined {
    if (refusal === undefined) return undefined
    const key = `${prefix} ${what}`
    const timesUs = this.refusedUs.get(key) ?? []
    this.refusedUs.set(key, timesUs)
    timesUs.push(this.#options.time.nowUs())
    return refusal
  }

  /** The venue makes its answer after half of `us`. */
  #answerIn(us: number, host: HostState, { signal }: FetchOptions, answer: () => RestAnswer): Promise<FetchResponse> {
    const { time, journal } = this.#options
    this.restCount += 1
    const id = `r${this.restCount}`
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      time.after(Math.floor(us / 2), () => {
        const { status, body, headers } = answer()
        journal.note(time.nowUs(), `${id} ${status}`, body)
        if (status !== 200) this.refusals.set(status, (this.refusals.get(status) ?? 0) + 1)
        time.settleAfter(Math.ceil(us / 2), () => {
          if (signal.aborted) return
          const stopUs = Number(headers['retry-after'] ?? 0) * 1e6
          if (stopUs > 0) host.stopsRestUntilUs = Math.max(host.stopsRestUntilUs, time.nowUs() + stopUs)
          resolve(responseOf(status, body, headers))
        })
      })
    })
  }
}

function responseOf(status: number, body: string, headers: Readonly<Record<string, string>>): FetchResponse {
  return {
    status,
    ok: status >= 200 && status < 300,
    headers: { get: name => headers[name] ?? null },
    body: { getReader: () => readerOnce(Buffer.from(body)) },
  }
}

function readerOnce(bytes: Uint8Array): BodyReader {
  let left: Uint8Array | undefined = bytes
  return {
    read: async () => {
      const value = left
      left = undefined
      return { done: value === undefined, value }
    },
    cancel: async () => {},
  }
}
