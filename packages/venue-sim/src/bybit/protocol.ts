// The socket protocol of Bybit v5: JSON requests with one answer each, batches that succeed or fail as a whole, JSON pings,
// and a snapshot that may overtake the answer to its subscription.
import type { Connection } from '../connection/connection.js'
import { asciiJson } from '../connection/frames.js'
import { SilenceLimit } from '../connection/silence-limit.js'
import type { Topic, TopicDirectory } from '../connection/topics.js'
import type { Protocol, ProtocolContext } from '../dialect.js'
import { Random } from '../market/random.js'
import type { BybitProduct } from './products.js'

const ARGS_CHARACTERS_MAX = 21_000
const IDLE_MS = 600_000
/** The last random source of its product; those below belong to instruments. */
const LAST_RANDOM_SOURCE = 999

interface Request {
  readonly op?: unknown
  readonly args?: unknown
  readonly req_id?: unknown
}

export class BybitProtocol implements Protocol {
  readonly #product: BybitProduct
  readonly #topics: TopicDirectory
  readonly #context: ProtocolContext
  readonly #random: Random
  readonly #silences = new WeakMap<Connection, SilenceLimit>()

  constructor(product: BybitProduct, topics: TopicDirectory, context: ProtocolContext) {
    this.#product = product
    this.#topics = topics
    this.#context = context
    this.#random = new Random(context.seed, product.firstRandomSource + LAST_RANDOM_SOURCE)
  }

  serves(path: string): boolean {
    return path === `/v5/public/${this.#product.category}`
  }

  open(connection: Connection): void {
    const { clock, timers, timeScale } = this.#context
    const idleMs = IDLE_MS / timeScale
    const silence = new SilenceLimit(clock, idleMs)
    this.#silences.set(connection, silence)
    // The venue cuts a connection without pings and topics after about ten minutes.
    const idle = timers.setInterval(() => {
      if (silence.isExceeded() && connection.topics.size === 0) connection.cut()
    }, idleMs / 4)
    connection.socket.on('close', () => timers.clear(idle))
  }

  receive(connection: Connection, text: string): void {
    this.#silences.get(connection)?.heard()
    let request: Request
    try {
      request = JSON.parse(text)
      if (typeof request !== 'object' || request === null) throw new SyntaxError('not an object')
    } catch (error) {
      this.#answer(connection, {}, false, `Failed to decode incoming data:${(error as Error).message}`)
      return
    }
    switch (request.op) {
      case 'ping':
        this.#answer(connection, this.#product.alwaysHasRequestId ? request : { op: request.op }, true, 'pong')
        return
      case 'subscribe':
        this.#subscribe(connection, request)
        return
      case 'unsubscribe':
        this.#unsubscribe(connection, request)
        return
      default:
        this.#answer(connection, request, false, 'error:invalid op')
        return
    }
  }

  #subscribe(connection: Connection, request: Request): void {
    const names = namesOf(request)
    if (!names) {
      this.#answer(connection, request, false, 'Failed to decode incoming data:args')
      return
    }
    const { argsPerRequestMax, ackMessage } = this.#product
    if (names.length > argsPerRequestMax) {
      this.#answer(connection, request, false, `args size >${argsPerRequestMax}`)
      return
    }
    let characters = names.join('').length
    for (const topic of connection.topics) characters += topic.name.length
    if (characters > ARGS_CHARACTERS_MAX) {
      this.#answer(connection, request, false, `args size >${ARGS_CHARACTERS_MAX}`)
      return
    }
    const topics: Topic[] = []
    let repeated: string | undefined
    for (const name of names) {
      const topic = this.#topics.find(name)
      if (!topic) {
        this.#answer(connection, request, false, `error:handler not found,topic:${name}`)
        return
      }
      if (connection.topics.has(topic) || topics.includes(topic)) repeated = name
      else topics.push(topic)
    }
    for (const topic of topics) connection.subscribe(topic)
    const isSnapshotFirst = this.#random.below(2) === 0
    if (isSnapshotFirst) for (const topic of topics) topic.onSubscribe?.(connection)
    if (repeated) this.#answer(connection, request, false, `error:already subscribed,topic:${repeated}`)
    else this.#answer(connection, request, true, ackMessage)
    if (!isSnapshotFirst) for (const topic of topics) topic.onSubscribe?.(connection)
  }

  #unsubscribe(connection: Connection, request: Request): void {
    const names = namesOf(request)
    if (!names) {
      this.#answer(connection, request, false, 'Failed to decode incoming data:args')
      return
    }
    for (const name of names) {
      const topic = this.#topics.find(name)
      if (!topic) {
        this.#answer(connection, request, false, `error:handler not found,topic:${name}`)
        return
      }
    }
    for (const name of names) connection.unsubscribe(this.#topics.find(name)!)
    this.#answer(connection, request, true, '')
  }

  #answer(connection: Connection, request: Request, isSuccess: boolean, message: string): void {
    const sentId = typeof request.req_id === 'string' ? request.req_id : undefined
    const id = sentId ?? (this.#product.alwaysHasRequestId ? '' : undefined)
    const requestId = id === undefined ? '' : `"req_id":${asciiJson(id)},`
    const operation = typeof request.op === 'string' ? request.op : ''
    connection.sendText(
      `{"success":${isSuccess},"ret_msg":${asciiJson(message)},"conn_id":"${connection.id}",${requestId}"op":${asciiJson(operation)}}`,
    )
  }
}

function namesOf({ args }: Request): string[] | undefined {
  return Array.isArray(args) && args.every(name => typeof name === 'string') ? args : undefined
}
