// One WebSocket to a venue: stamps the bytes when the operating system hands them over, before anything looks at them, and keeps
// a flood from taking a whole turn of the event loop. Knows no protocol above frames.
//
// Bytes are read into one buffer that all sockets of the thread use, past the stream of the socket: each read of a stream makes a buffer and a
// dozen objects. The library does the handshake, sends, closes, and takes the frames that `frame-reader.ts` leaves to it.

import assert from 'node:assert/strict'
import type { ClientRequest } from 'node:http'
import { connect as connectTcp, isIP, type TcpNetConnectOpts, type Socket as TcpSocket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import type { MonotonicUs } from '@tradelane/shared/market/nouns'
import { type Clock, DOUBLE, DOUBLE_ZERO } from '@tradelane/shared/thread/clock'
import type { Counters } from '@tradelane/shared/thread/counters'
import type { Timers } from '@tradelane/shared/thread/timers'
import { Activity, type ActivityRing } from '@tradelane/shared/trace/activity-ring'
import WebSocket, { type ClientOptions } from 'ws'
import { connectThrough, type ProxyConnect } from '../host/proxy-agent.js'
import { retryAfterMsOf } from '../host/refusal.js'
import type { VenueProxy } from '../host/venue-proxy.js'
import { FRAME_BYTES_MAX, HANDSHAKE_MS_MAX, MESSAGES_PER_TURN_MAX } from '../limits.js'
import { FrameReader, READ_BUFFER } from './frame-reader.js'
import type { HandshakeRefusal, Socket, SocketEvents, SocketOptions } from './socket.js'

/** Why a socket does not read at the moment. */
const PauseCause = { turn: 1, ringFull: 2 } as const
type PauseCause = (typeof PauseCause)[keyof typeof PauseCause]

/** Fewer messages are not counted turn by turn: that takes an object each time. */
const COUNTED_MESSAGES_MIN = 32
/** Messages before a pause of this length were of another turn. */
const TURN_US_MAX = 10_000

export interface VenueSocketOptions extends SocketOptions {
  readonly clock: Clock
  readonly timers: Timers
  readonly activities: ActivityRing
  readonly counters: Counters
  /** Null: the venue is reached directly. */
  readonly proxy: VenueProxy | null
}

export class VenueSocket implements Socket {
  readonly #socket: WebSocket
  readonly #clock: Clock
  readonly #timers: Timers
  readonly #activities: ActivityRing
  readonly #counters: Counters
  readonly #events: SocketEvents
  readonly #isPausable: boolean
  readonly #reader: FrameReader
  #raw: TcpSocket | undefined
  /** The handshake is over: what comes are frames. */
  #isReading = false
  readonly #tunnel: ProxyConnect | null
  /** Its own listener on the socket takes what is left to it. */
  #toLibrary = (bytes: Buffer): unknown => this.#raw?.emit('data', bytes)
  /** When the current chunk was read. */
  #receivedUs = DOUBLE as MonotonicUs
  #chunkMessages = 0
  /** Since when, at most. */
  #messageCount = 0
  #countedUs = DOUBLE_ZERO
  #pauseCauses = 0
  /** What came with the answer to the handshake, until it may be read. */
  #head: Buffer | null = null
  #detail = ''
  #refusal: HandshakeRefusal | undefined
  #isClosed = false

  constructor(url: string, options: VenueSocketOptions) {
    this.#clock = options.clock
    this.#timers = options.timers
    this.#activities = options.activities
    this.#counters = options.counters
    this.#events = options.events
    this.#isPausable = options.isPausable
    this.#tunnel = options.proxy === null ? null : connectThrough(options.proxy)
    this.#receivedUs = options.clock.monotonicUs()
    this.#reader = new FrameReader({
      onText: message => this.#message(message, false),
      onOther: bytes => this.#toLibrary(bytes),
    })
    this.#socket = new WebSocket(url, {
      ...(this.#tunnel === null ? this.#direct(url.startsWith('wss:')) : this.#through(this.#tunnel)),
      perMessageDeflate: false,
      skipUTF8Validation: true,
      maxPayload: FRAME_BYTES_MAX,
      handshakeTimeout: HANDSHAKE_MS_MAX,
    })
    this.#listen()
  }

  send(text: string): void {
    if (this.#isOpen) this.#socket.send(text)
  }

  ping(): void {
    if (this.#isOpen) this.#socket.ping()
  }

  pause(): void {
    this.#pauseFor(PauseCause.ringFull)
  }

  resume(): void {
    this.#resumeFrom(PauseCause.ringFull)
  }

  terminate(detail: string): void {
    if (this.#detail === '') this.#detail = detail
    this.#socket.terminate()
  }

  #pauseFor(cause: PauseCause): void {
    assert(this.#isPausable, 'a socket that carries trades is never paused')
    if (this.#pauseCauses === 0 && this.#isOpen) this.#socket.pause()
    this.#pauseCauses |= cause
  }

  #resumeFrom(cause: PauseCause): void {
    if (this.#pauseCauses === 0) return
    this.#pauseCauses &= ~cause
    if (this.#pauseCauses !== 0 || !this.#isOpen) return
    this.#readHead()
    if (this.#pauseCauses === 0) this.#socket.resume()
  }

  /** In any other state there is nothing to pause, and after a handshake that failed the library throws. */
  get #isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN
  }

  #listen(): void {
    const socket = this.#socket
    socket.once('open', () => {
      this.#head = this.#takeHead()
      this.#isReading = true
      if (this.#raw !== undefined && this.#tunnel !== null) this.#readStream(this.#raw)
      // The library ignores a pause while it is connecting.
      if (this.#pauseCauses !== 0) socket.pause()
      this.#events.onOpen()
      if (this.#pauseCauses === 0) this.#readHead()
    })
    socket.on('message', this.#message)
    socket.on('ping', () => this.#events.onPing())
    socket.on('pong', () => this.#events.onPong())
    socket.on('error', error => {
      if (this.#detail === '') this.#detail = error.message
      this.#reader.stop()
      // The library would send a close frame and wait for the venue's.
      socket.terminate()
    })
    socket.once('unexpected-response', (_request, response) => {
      const { statusCode: status = 0, headers } = response
      const proxyRefusal = this.#tunnel?.refusal() ?? null
      this.#detail = proxyRefusal ?? `the venue answered HTTP ${status}`
      const retryAfterMs = retryAfterMsOf({ get: name => headers[name]?.toString() ?? null })
      // What a proxy refuses is no refusal of the venue, which would hold for all that goes to its host.
      if (proxyRefusal === null) this.#refusal = { status, retryAfterMs }
      response.resume()
      socket.terminate()
    })
    socket.once('close', (code, reason) => {
      if (this.#isClosed) return
      this.#isClosed = true
      this.#tunnel?.close()
      this.#events.onClosed(this.#detail || `closed with ${code} ${reason.toString()}`.trim(), this.#refusal)
    })
  }

  #direct(isSecure: boolean): ClientOptions {
    const createConnection = (target: TcpNetConnectOpts & ConnectionOptions): TcpSocket => {
      const onread = { buffer: READ_BUFFER, callback: this.#onRead }
      // The path is that of the request; here it would name a local socket.
      const options = { ...target, path: undefined, onread }
      const servername = target.servername ?? (isIP(target.host ?? '') === 0 ? target.host : '')
      this.#raw = isSecure
        ? connectTls({ ...options, servername } as ConnectionOptions)
        : connectTcp(options as TcpNetConnectOpts)
      return this.#raw
    }
    return { createConnection: createConnection as ClientOptions['createConnection'] }
  }

  #through({ agent }: ProxyConnect): ClientOptions {
    const finishRequest = (request: ClientRequest): void => {
      request.once('socket', raw => {
        this.#raw = raw
      })
      request.end()
    }
    return { agent, finishRequest } as unknown as ClientOptions
  }

  /** The same for TLS inside the connection to a proxy, to which Node gives no buffer of ours. */
  #readStream(raw: TcpSocket): void {
    const ofLibrary = raw.listeners('data') as ((bytes: Buffer) => void)[]
    raw.removeAllListeners('data')
    this.#toLibrary = bytes => {
      for (const listener of ofLibrary) listener.call(raw, bytes)
    }
    raw.on('data', (bytes: Buffer) => this.#read(bytes, bytes.length))
  }

  /** What came with the answer to the handshake: the library has put it back into the stream. */
  #takeHead(): Buffer | null {
    const raw = this.#raw
    assert(raw !== undefined, 'what is open was connected')
    const listeners = raw.listeners('data') as ((bytes: Buffer) => void)[]
    raw.removeAllListeners('data')
    const head = raw.read() as Buffer | null
    for (const listener of listeners) raw.on('data', listener)
    return head
  }

  readonly #onRead = (byteCount: number, buffer: Uint8Array): boolean => {
    if (this.#isReading) {
      this.#read(buffer as Buffer, byteCount)
      return true
    }
    return this.#raw?.push(Buffer.from(buffer.subarray(0, byteCount))) ?? true
  }

  #readHead(): void {
    const head = this.#head
    this.#head = null
    if (head !== null) this.#read(head, head.length)
  }

  #read(buffer: Buffer, byteCount: number): void {
    this.#receivedUs = this.#clock.monotonicUs()
    this.#chunkMessages = 0
    this.#reader.read(buffer, byteCount)
    this.#events.onChunkEnd?.()
    const activity = this.#isPausable ? Activity.otherRead : Activity.tradeRead
    const activities = this.#activities
    activities.startUs = this.#receivedUs
    activities.endUs = this.#clock.monotonicUs()
    activities.noteSpan(activity, this.#chunkMessages)
  }

  readonly #message = (message: Buffer, isBinary: boolean): void => {
    this.#chunkMessages += 1
    if (isBinary) this.#events.onBinary()
    else this.#events.onText(message, this.#receivedUs)
    if (!this.#isPausable) return
    if (this.#messageCount < COUNTED_MESSAGES_MIN && this.#receivedUs - this.#countedUs > TURN_US_MAX) {
      this.#messageCount = 0
      this.#countedUs = this.#receivedUs
    }
    this.#messageCount += 1
    if (this.#messageCount === COUNTED_MESSAGES_MIN) this.#timers.setImmediate(this.#nextTurn)
    if (this.#messageCount !== MESSAGES_PER_TURN_MAX) return
    this.#counters.add('socketTurnsFull')
    this.#pauseFor(PauseCause.turn)
  }

  readonly #nextTurn = (): void => {
    this.#messageCount = 0
    this.#resumeFrom(PauseCause.turn)
  }
}
