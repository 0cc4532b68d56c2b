// The socket protocol of Binance USDⓈ-M: streams in the path or by SUBSCRIBE, one acknowledgement per request, silence for
// streams of the other route or of no name, server ping frames with a deadline for the pong, ten messages a second at most.
import type { Connection } from '../connection.js'
import type { Protocol, ProtocolContext } from '../dialect.js'
import { asciiJson } from '../text-frame.js'
import type { Topics } from '../topics.js'
import { isDelivered } from './streams.js'

const PING_MS = 180_000
const PONG_DEADLINE_MS = 600_000
// However fast the timers are made to run, a busy machine still has time to answer.
const SCALED_PING_MS_MIN = 40
const SCALED_PONG_DEADLINE_MS_MIN = 250
const LIFE_MS = 86_400_000
const MESSAGES_PER_SECOND_MAX = 10
const STREAM_COUNT_MAX = 1_024
const PATH = /^\/(?:(public|market)\/)?(ws|stream)(\/.*)?$/

interface Session {
  readonly route: string
  windowStartUs: number
  messageCount: number
}

interface Request {
  readonly method?: unknown
  readonly params?: unknown
  readonly id?: unknown
}

export class BinanceFuturesProtocol implements Protocol {
  readonly #topics: Topics
  readonly #context: ProtocolContext
  readonly #sessions = new WeakMap<Connection, Session>()

  constructor(topics: Topics, context: ProtocolContext) {
    this.#topics = topics
    this.#context = context
  }

  serves(path: string): boolean {
    return PATH.test(path)
  }

  open(connection: Connection, path: string, query: URLSearchParams): void {
    const [, route = 'public', form, rest = ''] = PATH.exec(path) ?? []
    connection.isCombined = form === 'stream'
    this.#sessions.set(connection, { route, windowStartUs: 0, messageCount: 0 })
    const names = form === 'ws' ? rest.split('/') : (query.get('streams') ?? '').split('/')
    this.#subscribe(
      connection,
      names.filter(name => name !== ''),
    )
    this.#keepAlive(connection)
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
    const route = this.#sessions.get(connection)?.route ?? 'public'
    for (const name of names) {
      const topic = this.#topics.find(name)
      if (topic && isDelivered(topic.streamClass, route)) {
        const isNew = !connection.topics.has(topic)
        connection.subscribe(topic)
        if (isNew) topic.greet?.(connection)
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
    const { timeScale, clock } = this.#context
    const { socket } = connection
    let lastPongUs = clock.nowUs()
    let sentPing = ''
    const pongDeadlineUs = Math.max(PONG_DEADLINE_MS / timeScale, SCALED_PONG_DEADLINE_MS_MIN) * 1e3
    socket.on('pong', payload => {
      // An unsolicited pong is allowed, but counts as a message and keeps nothing alive.
      if (payload.toString('latin1') === sentPing) lastPongUs = clock.nowUs()
      else this.#isWithinRate(connection)
    })
    socket.on('ping', () => this.#isWithinRate(connection))
    const pings = setInterval(
      () => {
        if (clock.nowUs() - lastPongUs > pongDeadlineUs) {
          connection.cut()
          return
        }
        sentPing = String(clock.wallMs(clock.nowUs()))
        socket.ping(sentPing)
      },
      Math.max(PING_MS / timeScale, SCALED_PING_MS_MIN),
    )
    const life = setTimeout(() => socket.close(1008, 'disconnected'), LIFE_MS / timeScale)
    socket.on('close', () => {
      clearInterval(pings)
      clearTimeout(life)
    })
  }

  #isWithinRate(connection: Connection): boolean {
    const session = this.#sessions.get(connection)
    if (!session) return false
    const nowUs = this.#context.clock.nowUs()
    if (nowUs - session.windowStartUs >= 1e6) {
      session.windowStartUs = nowUs
      session.messageCount = 0
    }
    session.messageCount += 1
    if (session.messageCount <= MESSAGES_PER_SECOND_MAX) return true
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
