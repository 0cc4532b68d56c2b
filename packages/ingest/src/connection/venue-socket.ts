// One WebSocket towards a venue: stamps the bytes when the operating system hands them over, before anything looks at them,
// and keeps a flood from taking a whole turn of the event loop. Knows nothing of any protocol above frames.

import type { Socket } from 'node:net'
import type { MonotonicUs } from '@tradelane/shared/market/nouns'
import type { Clock } from '@tradelane/shared/thread/clock'
import { Activity, type ActivityRing } from '@tradelane/shared/trace/activity-ring'
import WebSocket from 'ws'
import { FRAME_BYTES_MAX, HANDSHAKE_MS_MAX, MESSAGES_PER_TURN_MAX } from '../limits.js'

export interface VenueSocketEvents {
  onOpen(): void
  /** `frame` is private to the receiver. */
  onText(frame: Buffer, receivedUs: MonotonicUs): void
  onBinary(): void
  /** The venue's ping; it is answered already. */
  onPing(): void
  /** All messages of one chunk of bytes were delivered. */
  onChunkEnd(): void
  /** Once, whatever happened; nothing comes after it. */
  onClosed(detail: string): void
}

/** Why a socket does not read at the moment. */
export const PauseCause = { turn: 1, ringFull: 2 } as const
export type PauseCause = (typeof PauseCause)[keyof typeof PauseCause]

export class VenueSocket {
  readonly #socket: WebSocket
  readonly #clock: Clock
  readonly #activities: ActivityRing
  readonly #events: VenueSocketEvents
  readonly #isPausable: boolean
  /** When the chunk in hand was read. */
  #receivedUs: MonotonicUs
  #chunkMessages = 0
  #messageCount = 0
  #pauseCauses = 0
  #detail = ''
  #isClosed = false

  /** `isPausable`: false for trades, which nothing may hold up. */
  constructor(
    url: string,
    options: { isPausable: boolean; clock: Clock; activities: ActivityRing; events: VenueSocketEvents },
  ) {
    this.#clock = options.clock
    this.#activities = options.activities
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
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(text)
  }

  pause(cause: PauseCause): void {
    if (this.#pauseCauses === 0) this.#socket.pause()
    this.#pauseCauses |= cause
  }

  resume(cause: PauseCause): void {
    if (this.#pauseCauses === 0) return
    this.#pauseCauses &= ~cause
    if (this.#pauseCauses === 0) this.#socket.resume()
  }

  /** Ends it without waiting for the venue. */
  terminate(detail: string): void {
    if (this.#detail === '') this.#detail = detail
    this.#socket.terminate()
  }

  #listen(): void {
    const socket = this.#socket
    let raw: Socket | undefined
    socket.once('upgrade', response => {
      raw = response.socket
    })
    socket.once('open', () => {
      // Not earlier: a listener makes the socket flow, and what came with the handshake would be given to it alone. Before the
      // library's own listener, which decodes at once.
      raw?.prependListener('data', this.#stamp)
      raw?.on('data', this.#chunkEnd)
      // While it is connecting the library takes no pause.
      if (this.#pauseCauses !== 0) socket.pause()
      this.#events.onOpen()
    })
    socket.on('message', this.#message)
    socket.on('ping', () => this.#events.onPing())
    socket.on('error', error => {
      if (this.#detail === '') this.#detail = error.message
      // The library would say goodbye and wait for the venue's.
      socket.terminate()
    })
    socket.once('unexpected-response', (_request, response) => {
      this.#detail = `the venue answered HTTP ${response.statusCode}`
      response.resume()
      socket.terminate()
    })
    socket.once('close', (code, reason) => {
      if (this.#isClosed) return
      this.#isClosed = true
      this.#events.onClosed(this.#detail || `closed with ${code} ${reason.toString()}`.trim())
    })
  }

  readonly #stamp = (): void => {
    this.#receivedUs = this.#clock.monotonicUs()
    this.#chunkMessages = 0
  }

  readonly #chunkEnd = (): void => {
    this.#events.onChunkEnd()
    const activity = this.#isPausable ? Activity.otherRead : Activity.tradeRead
    this.#activities.note(activity, this.#receivedUs, this.#clock.monotonicUs(), this.#chunkMessages)
  }

  readonly #message = (message: Buffer, isBinary: boolean): void => {
    this.#chunkMessages += 1
    if (isBinary) this.#events.onBinary()
    else this.#events.onText(message, this.#receivedUs)
    if (!this.#isPausable) return
    this.#messageCount += 1
    if (this.#messageCount === 1) setImmediate(this.#nextTurn)
    if (this.#messageCount === MESSAGES_PER_TURN_MAX) this.pause(PauseCause.turn)
  }

  readonly #nextTurn = (): void => {
    this.#messageCount = 0
    this.resume(PauseCause.turn)
  }
}
