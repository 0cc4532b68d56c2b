// The socket protocol of Binance: streams in the path or by SUBSCRIBE, one acknowledgement per request, silence for unknown
// streams and those of another route, server pings with a deadline for the pong, few messages a second. The products differ
// in paths, routes and figures, and in whether they announce the end of a connection's life.
import type { Connection } from '../connection/connection.js'
import { asciiJson } from '../connection/frames.js'
import { RateWindow } from '../connection/rate-window.js'
import { SilenceLimit } from '../connection/silence-limit.js'
import type { TopicDirectory } from '../connection/topics.js'
import type { Protocol, ProtocolContext } from '../dialect.js'

// However fast the timers run, a busy machine has time to answer.
const SCALED_PING_MS_MIN = 40
const SCALED_PONG_DEADLINE_MS_MIN = 250
const SCALED_NOTICE_MS_MIN = 250
const LIFE_MS = 86_400_000
const STREAM_COUNT_MAX = 1_024
const SECOND_US = 1_000_000

export interface ProtocolRules {
  /** Named groups: `form` (`ws` or `stream`), `names` (streams in the path), `route` where the product has routes. */
  readonly path: RegExp
  readonly pingMs: number
  readonly pongDeadlineMs: number
  readonly messagesPerSecondMax: number
  /** Times in µs, by `timeUnit` in the query. */
  readonly offersMicroseconds: boolean
  /** How long before the end of a connection's life the venue announces it; undefined where it does not. */
  readonly shutdownNoticeMs: number | undefined
  isDelivered(streamRoute: string, route: string | undefined): boolean
}

interface Session {
  readonly route: string | undefined
  readonly messages: RateWindow
}

interface Request {
  readonly method?: unknown
  readonly params?: unknown
  readonly id?: unknown
}

export class BinanceProtocol implements Protocol {
  readonly #rules: ProtocolRules
  readonly #topics: TopicDirectory
  readonly #context: ProtocolContext
  readonly #sessions = new WeakMap<Connection, Session>()

  constructor(rules: ProtocolRules, topics: TopicDirectory, context: ProtocolContext) {
    this.#rules = rules
    this.#topics = topics
    this.#context = context
  }

  serves(path: string): boolean {
    return this.#rules.path.test(path)
  }

  open(connection: Connection, path: string, query: URLSearchParams): void {
    const { path: pattern, offersMicroseconds, messagesPerSecondMax } = this.#rules
    const { form, names = '', route } = pattern.exec(path)?.groups ?? {}
    connection.isCombined = form === 'stream'
    connection.isInMicroseconds = offersMicroseconds && /^microsecond$/i.test(query.get('timeUnit') ?? '')
    this.#sessions.set(connection, { route, messages: new RateWindow(SECOND_US, messagesPerSecondMax) })
    const wanted = form === 'ws' ? names.split('/') : (query.get('streams') ?? '').split('/')
    this.#subscribe(
      connection,
      wanted.filter(name => name !== ''),
    )
    this.#keepAlive(connection)
    this.#endOfLife(connection)
  }

  receive(connection: Connection, text: string): void {
    if (!this.#isWithinRate(connection)) return
    let request: Request
    try {
      request = JSON.parse(text)
    } catch (error) {
      connection.sendText(refusal(3, `Invalid JSON: ${(error as Error).message}`, null))
      return
    }
    if (typeof request !== 'object' || request === null || Array.isArray(request)) {
      connection.sendText(refusal(2, 'Invalid request: request must be an object', null))
      return
    }
    connection.sendText(this.#reply(connection, request))
  }

  #reply(connection: Connection, request: Request): string {
    const { method, params = [], id } = request
    if (!isRequestId(id)) return refusal(2, 'Invalid request: request ID must be an unsigned integer', null)
    if (method === 'LIST_SUBSCRIPTIONS') return answer(namesOf(connection), id)
    if (!Array.isArray(params)) return refusal(2, 'Invalid request: params must be an array', id)
    switch (method) {
      case 'SUBSCRIBE':
      case 'UNSUBSCRIBE':
        if (!params.every(name => typeof name === 'string')) {
          return refusal(1, 'Invalid value type: expected string', id)
        }
        if (method === 'UNSUBSCRIBE') {
          this.#unsubscribe(connection, params)
          return answer(null, id)
        }
        if (namesOf(connection).length + params.length > STREAM_COUNT_MAX) {
          return refusal(2, `Invalid request: more than ${STREAM_COUNT_MAX} streams`, id)
        }
        this.#subscribe(connection, params)
        return answer(null, id)
      case 'SET_PROPERTY':
      case 'GET_PROPERTY':
        if (params[0] !== 'combined') return refusal(0, `Unknown property: ${String(params[0])}`, id)
        if (method === 'GET_PROPERTY') return answer(connection.isCombined, id)
        if (typeof params[1] !== 'boolean') return refusal(1, 'Invalid value type: expected Boolean', id)
        connection.isCombined = params[1]
        return answer(null, id)
      default:
        return refusal(2, `Invalid request: unknown variant \`${String(method)}\``, id)
    }
  }

  #subscribe(connection: Connection, names: readonly string[]): void {
    const route = this.#sessions.get(connection)?.route
    for (const name of names) {
      const topic = this.#topics.find(name)
      if (topic && this.#rules.isDelivered(topic.route, route)) {
        const isNew = !connection.topics.has(topic)
        connection.subscribe(topic)
        if (isNew) topic.onSubscribe?.(connection)
      } else {
        connection.silentNames.add(name)
      }
    }
  }

  #unsubscribe(connection: Connection, names: readonly string[]): void {
    for (const name of names) {
      const topic = this.#topics.find(name)
      if (topic) connection.unsubscribe(topic)
      connection.silentNames.delete(name)
    }
  }

  #keepAlive(connection: Connection): void {
    const { timeScale, clock, timers } = this.#context
    const { pingMs, pongDeadlineMs } = this.#rules
    const { socket } = connection
    const limit = new SilenceLimit(clock, Math.max(pongDeadlineMs / timeScale, SCALED_PONG_DEADLINE_MS_MIN))
    // Those that wait for a pong. One that comes after the next ping was sent is an answer, too.
    const sentPings: string[] = []
    socket.on('pong', payload => {
      const index = sentPings.indexOf(payload.toString('latin1'))
      if (index === -1) {
        // An unsolicited pong is allowed, but counts as a message and keeps nothing alive.
        this.#isWithinRate(connection)
        return
      }
      sentPings.splice(0, index + 1)
      limit.heard()
    })
    socket.on('ping', () => this.#isWithinRate(connection))
    const pings = timers.setInterval(
      () => {
        if (limit.isExceeded()) {
          connection.cut()
          return
        }
        const ping = String(clock.wallMs(clock.nowUs()))
        sentPings.push(ping)
        socket.ping(ping)
      },
      Math.max(pingMs / timeScale, SCALED_PING_MS_MIN),
    )
    socket.on('close', () => timers.clear(pings))
  }

  #endOfLife(connection: Connection): void {
    const { timeScale, timers } = this.#context
    const { shutdownNoticeMs } = this.#rules
    const { socket } = connection
    const pending = [timers.setTimeout(() => socket.close(1008, 'disconnected'), LIFE_MS / timeScale)]
    if (shutdownNoticeMs !== undefined) {
      const noticeMs = Math.max(shutdownNoticeMs / timeScale, SCALED_NOTICE_MS_MIN)
      const afterMs = Math.max(0, LIFE_MS / timeScale - noticeMs)
      pending.push(timers.setTimeout(() => this.#announceShutdown(connection), afterMs))
    }
    socket.on('close', () => {
      for (const timer of pending) timers.clear(timer)
    })
  }

  #announceShutdown(connection: Connection): void {
    const { clock } = this.#context
    const event = `{"e":"serverShutdown","E":${clock.wallMs(clock.nowUs())}}`
    connection.sendText(connection.isCombined ? `{"stream":"!serverShutdown","data":${event}}` : event)
  }

  #isWithinRate(connection: Connection): boolean {
    const session = this.#sessions.get(connection)
    if (!session) return false
    if (session.messages.take(this.#context.clock.nowUs())) return true
    connection.socket.close(1008, 'Too many requests')
    connection.leave()
    return false
  }
}

function isRequestId(id: unknown): boolean {
  if (id === undefined || id === null || Number.isSafeInteger(id)) return true
  return typeof id === 'string' && /^\w{1,36}$/.test(id)
}

function namesOf(connection: Connection): string[] {
  return [...[...connection.topics].map(topic => topic.name), ...connection.silentNames]
}

function answer(result: unknown, id: unknown): string {
  return `{"result":${asciiJson(result)},"id":${asciiJson(id ?? null)}}`
}

function refusal(code: number, message: string, id: unknown): string {
  return `{"code":${code},"msg":${asciiJson(message)},"id":${asciiJson(id ?? null)}}`
}
