// One WebSocket to a venue: stamps the bytes when the operating system hands them over, before anything looks at them, and keeps
// a flood from taking a whole turn of the event loop. Knows no protocol above frames.

import assert from 'node:assert/strict'
import type { Socket as TcpSocket } from 'node:net'
import type { MonotonicUs } from '@tradelane/shared/market/nouns'
import type { Clock } from '@tradelane/shared/thread/clock'
import type { Counters } from '@tradelane/shared/thread/counters'
import type { Timers } from '@tradelane/shared/thread/timers'
import { Activity, type ActivityRing } from '@tradelane/shared/trace/activity-ring'
import WebSocket from 'ws'
import { retryAfterMsOf } from '../host/refusal.js'
import { FRAME_BYTES_MAX, HANDSHAKE_MS_MAX, MESSAGES_PER_TURN_MAX } from '../limits.js'
import type { HandshakeRefusal, Socket, SocketEvents, SocketOptions } from './socket.js'

/** Why a socket does not read at the moment. */
const PauseCause = { turn: 1, ringFull: 2 } as const
type PauseCause = (typeof PauseCause)[keyof typeof PauseCause]

export interface VenueSocketOptions extends SocketOptions {
  readonly clock: Clock
  readonly timers: Timers
  readonly activities: ActivityRing
  readonly counters: Counters
}

export class VenueSocket implements Socket {
  readonly #socket: WebSocket
  readonly #clock: Clock
  readonly #timers: Timers
  readonly #activities: ActivityRing
  readonly #counters: Counters
  readonly #events: SocketEvents
  readonly #isPausable: boolean
  /** When the current chunk was read. */
  #receivedUs: MonotonicUs
  #chunkMessages = 0
  #messageCount = 0
  #pauseCauses = 0
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
    this.#receivedUs = options.clock.monotonicUs()
    this.#socket = new WebSocket(url, {
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
    if (this.#pauseCauses === 0 && this.#isOpen) this.#socket.resume()
  }

  /** In any other state there is nothing to pause, and after a handshake that failed the library throws. */
  get #isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN
  }

  #listen(): void {
    const socket = this.#socket
    let raw: TcpSocket | undefined
    socket.once('upgrade', response => {
      raw = response.socket
    })
    socket.once('open', () => {
      // Not earlier: a listener makes the socket flow, and bytes that came with the handshake would go to that listener only.
      // Before the library's own listener, which decodes at once.
      raw?.prependListener('data', this.#stamp)
      raw?.on('data', this.#chunkEnd)
      // The library ignores a pause while it is connecting.
      if (this.#pauseCauses !== 0) socket.pause()
      this.#events.onOpen()
    })
    socket.on('message', this.#message)
    socket.on('ping', () => this.#events.onPing())
    socket.on('pong', () => this.#events.onPong())
    socket.on('error', error => {
      if (this.#detail === '') this.#detail = error.message
      // The library would send a close frame and wait for the venue's.
      socket.terminate()
    })
    socket.once('unexpected-response', (_request, response) => {
      const { statusCode: status = 0, headers } = response
      this.#detail = `the venue answered HTTP ${status}`
      const retryAfterMs = retryAfterMsOf({ get: name => headers[name]?.toString() ?? null })
      this.#refusal = { status, retryAfterMs }
      response.resume()
      socket.terminate()
    })
    socket.once('close', (code, reason) => {
      if (this.#isClosed) return
      this.#isClosed = true
      this.#events.onClosed(this.#detail || `closed with ${code} ${reason.toString()}`.trim(), this.#refusal)
    })
  }

  readonly #stamp = (): void => {
    this.#receivedUs = this.#clock.monotonicUs()
    this.#chunkMessages = 0
  }

  readonly #chunkEnd = (): void => {
    this.#events.onChunkEnd?.()
    const activity = this.#isPausable ? Activity.otherRead : Activity.tradeRead
    this.#activities.note(activity, this.#receivedUs, this.#clock.monotonicUs(), this.#chunkMessages)
  }

  readonly #message = (message: Buffer, isBinary: boolean): void => {
    this.#chunkMessages += 1
    if (isBinary) this.#events.onBinary()
    else this.#events.onText(message, this.#receivedUs)
    if (!this.#isPausable) return
    this.#messageCount += 1
    if (this.#messageCount === 1) this.#timers.setImmediate(this.#nextTurn)
    if (this.#messageCount !== MESSAGES_PER_TURN_MAX) return
    this.#counters.add('socketTurnsFull')
    this.#pauseFor(PauseCause.turn)
  }

  readonly #nextTurn = (): void => {
    this.#messageCount = 0
    this.#resumeFrom(PauseCause.turn)
  }
}
