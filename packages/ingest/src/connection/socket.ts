// A WebSocket to a venue as its connection sees it. `VenueSocket` is the real one; the factory is handed in, so that a test can
// run everything above it with sockets of its own.

import type { MonotonicUs } from '@tradelane/shared/market/nouns'

/** A handshake that was answered by HTTP. */
export interface HandshakeRefusal {
  readonly status: number
  readonly retryAfterMs: number | null
}

/** No event comes before `OpenSocket` has returned. */
export interface SocketEvents {
  onOpen(): void
  /** The bytes of `frame` are valid until this returns. */
  onText(frame: Buffer, receivedUs: MonotonicUs): void
  onBinary(): void
  /** The venue's ping; it is answered already. */
  onPing(): void
  /** The venue answers a ping of ours. */
  onPong(): void
  /** All frames of one chunk of bytes were delivered. */
  onChunkEnd?(): void
  /** Once, whatever happened; nothing comes after it. `refusal`: the venue answered the handshake with another status. */
  onClosed(detail: string, refusal?: HandshakeRefusal): void
}

export interface SocketOptions {
  /** False for trades: nothing may delay them. */
  readonly isPausable: boolean
  readonly events: SocketEvents
}

export interface Socket {
  /** Does nothing unless the socket is open. */
  send(text: string): void
  /** A ping frame, without payload. Does nothing unless the socket is open. */
  ping(): void
  /** Stops reading; the venue's bytes wait in TCP. Also before it is open. */
  pause(): void
  resume(): void
  /** Ends it without waiting for the venue; `onClosed` follows, with this detail. */
  terminate(detail: string): void
}

export type OpenSocket = (url: string, options: SocketOptions) => Socket
