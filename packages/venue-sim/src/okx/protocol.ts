// The socket protocol of OKX v5: JSON requests with an answer for each arg, text pings, a socket that is closed after 30 s
// without data in either direction, and a notice a minute before the venue closes a connection for an upgrade.
import type { Connection } from '../connection/connection.js'
import { asciiJson } from '../connection/frames.js'
import { RateWindow } from '../connection/rate-window.js'
import { SilenceLimit } from '../connection/silence-limit.js'
import type { TopicDirectory } from '../connection/topics.js'
import type { Protocol, ProtocolContext } from '../dialect.js'
import { feedOf, LIQUIDATIONS, topicName } from './products.js'

const PATH = /^\/ws\/v5\/(public|business)$/
const REQUEST_BYTES_MAX = 65_536
const OPERATIONS_PER_HOUR_MAX = 480
const HOUR_MS = 3_600_000
const IDLE_MS = 30_000
const IDLE_MS_MIN = 250
/** The venue states no lifetime of a connection; here an upgrade ends each after this time. */
const UPGRADE_MS = 86_400_000
const NOTICE_MS = 60_000
const NOTICE_MS_MIN = 250
const TOO_LONG = 1009
const SERVICE_RESTART = 1012
const IDLE_CLOSE = 4004
/** Channels of the /business socket, and those for users with a higher fee tier. */
const BUSINESS_CHANNEL = /^(trades-all|(mark-price-|index-)?candle\w+)$/
const TIERED_CHANNEL = /^books(50)?-l2-tbt$/

interface Session {
  readonly isBusiness: boolean
  /** Of an hour; a request with many args counts once. */
  readonly operations: RateWindow
  readonly silence: SilenceLimit
}

interface Request {
  readonly id?: unknown
  readonly op?: unknown
  readonly args?: unknown
}

type Arg = Readonly<Record<string, unknown>>

export class OkxProtocol implements Protocol {
  readonly #topics: TopicDirectory
  readonly #context: ProtocolContext
  readonly #sessions = new WeakMap<Connection, Session>()

  constructor(topics: TopicDirectory, context: ProtocolContext) {
    this.#topics = topics
    this.#context = context
  }

  serves(path: string): boolean {
    return PATH.test(path)
  }

  open(connection: Connection, path: string): void {
    const { clock, timeScale } = this.#context
    const nowUs = clock.nowUs()
    const session: Session = {
      isBusiness: PATH.exec(path)?.[1] === 'business',
      operations: new RateWindow((HOUR_MS * 1e3) / timeScale, OPERATIONS_PER_HOUR_MAX, nowUs),
      silence: new SilenceLimit(clock, Math.max(IDLE_MS / timeScale, IDLE_MS_MIN)),
    }
    this.#sessions.set(connection, session)
    this.#closeWhenIdle(connection, session)
    this.#closeForUpgrade(connection)
  }

  receive(connection: Connection, text: string): void {
    const session = this.#sessions.get(connection)
    if (!session) return
    session.silence.heard()
    if (text === 'ping') {
      connection.sendText('pong')
      return
    }
    if (text.length > REQUEST_BYTES_MAX) {
      connection.socket.close(TOO_LONG, 'Request too long')
      return
    }
    const request = parseRequest(text)
    if (!request || !Array.isArray(request.args) || request.args.length === 0) {
      this.#refuse(connection, request?.id, '60012', `Invalid request: ${text}`)
      return
    }
    if (request.op !== 'subscribe' && request.op !== 'unsubscribe') {
      this.#refuse(connection, request.id, '60019', `Invalid op: ${String(request.op)}`)
      return
    }
    if (!session.operations.take(this.#context.clock.nowUs())) {
      this.#refuse(connection, request.id, '60014', 'Requests too frequent. Please try again later.')
      return
    }
    for (const arg of request.args) this.#handle(connection, session, request, request.op, arg)
  }

  /** Handles one arg, which has an answer of its own. */
  #handle(
    connection: Connection,
    session: Session,
    request: Request,
    op: 'subscribe' | 'unsubscribe',
    arg: unknown,
  ): void {
    if (!isArg(arg)) {
      this.#refuse(connection, request.id, '60013', 'Invalid args')
      return
    }
    const { channel } = arg
    const refusal = refusalOf(channel, session.isBusiness)
    const topic = refusal ? undefined : this.#topics.find(topicName(channel, subjectOf(arg)))
    if (!topic) {
      const [code, message] = refusal ?? unknownChannel(arg)
      this.#refuse(connection, request.id, code, message)
      return
    }
    connection.sendText(`{${idField(request.id)}"event":"${op}","arg":${asciiJson(arg)},"connId":"${connection.id}"}`)
    if (op === 'unsubscribe') {
      connection.unsubscribe(topic)
      return
    }
    // A repeated subscription starts again, with a snapshot.
    connection.subscribe(topic)
    topic.onSubscribe?.(connection)
  }

  #refuse(connection: Connection, id: unknown, code: string, message: string): void {
    connection.sendText(
      `{${idField(id)}"event":"error","code":"${code}","msg":${asciiJson(message)},"connId":"${connection.id}"}`,
    )
  }

  #closeWhenIdle(connection: Connection, session: Session): void {
    const { timers, timeScale } = this.#context
    let frameCount = connection.frameCount
    const timer = timers.setInterval(
      () => {
        if (connection.frameCount !== frameCount) session.silence.heard()
        frameCount = connection.frameCount
        if (!session.silence.isExceeded()) return
        connection.socket.close(IDLE_CLOSE, 'No data received in 30s')
        connection.leave()
      },
      Math.max(IDLE_MS / timeScale, IDLE_MS_MIN) / 10,
    )
    connection.socket.on('close', () => timers.clear(timer))
  }

  #closeForUpgrade(connection: Connection): void {
    const { timeScale, timers } = this.#context
    const noticeMs = Math.max(NOTICE_MS / timeScale, NOTICE_MS_MIN)
    let timer = timers.setTimeout(() => {
      const message = 'The connection will soon be closed for a service upgrade. Please reconnect.'
      connection.sendText(`{"event":"notice","code":"64008","msg":"${message}","connId":"${connection.id}"}`)
      timer = timers.setTimeout(() => connection.socket.close(SERVICE_RESTART, 'Service upgrade'), noticeMs)
    }, UPGRADE_MS / timeScale)
    connection.socket.on('close', () => timers.clear(timer))
  }
}

function parseRequest(text: string): Request | undefined {
  try {
    const request: unknown = JSON.parse(text)
    if (typeof request !== 'object' || request === null || Array.isArray(request)) return undefined
    const { id } = request as Request
    const isIdGood = id === undefined || (typeof id === 'string' && /^[a-zA-Z0-9]{1,32}$/.test(id))
    return isIdGood ? request : undefined
  } catch {
    return undefined
  }
}

function isArg(arg: unknown): arg is Arg & { readonly channel: string } {
  return typeof arg === 'object' && arg !== null && 'channel' in arg && typeof arg.channel === 'string'
}

function subjectOf(arg: Arg): string {
  return String(arg['channel'] === LIQUIDATIONS ? arg['instType'] : arg['instId'])
}

type Refusal = readonly [code: string, message: string]

/** Why the channel is refused on this socket, if it is. */
function refusalOf(channel: string, isBusiness: boolean): Refusal | undefined {
  if (isBusiness) {
    if (feedOf(channel) === undefined && !TIERED_CHANNEL.test(channel)) return undefined
    return [
      '64002',
      `This channel is not supported by "/business" URL. Please use "/private" URL(for private channels), or "/public" URL(for public channels).`,
    ]
  }
  if (BUSINESS_CHANNEL.test(channel)) {
    return ['64001', `This channel has been migrated to the '/business' URL. Please subscribe using the new URL.`]
  }
  if (TIERED_CHANNEL.test(channel))
    return ['64003', 'Your trading fee tier does not meet the requirement to access this channel.']
  return undefined
}

function unknownChannel(arg: Arg): Refusal {
  const words = Object.entries(arg).map(([name, value]) => `${name}:${String(value)}`)
  const advice = 'Please use the correct URL, channel and parameters referring to API document.'
  return ['60018', `Wrong URL or ${words.join(',')} doesn't exist. ${advice}`]
}

function idField(id: unknown): string {
  return typeof id === 'string' ? `"id":"${id}",` : ''
}
