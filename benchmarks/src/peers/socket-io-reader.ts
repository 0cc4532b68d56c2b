// A client of socket.io over its WebSocket transport alone. The server emits `market` with one object, whose text is the frame.

import type { PeerReader, ReaderIo } from './peer-reader.js'

export const SOCKET_IO_EVENT = 'market'

/** Engine.IO's packet types, then Socket.IO's, as bytes of text. */
const ENGINE_OPEN = 0x30
const ENGINE_PING = 0x32
const ENGINE_MESSAGE = 0x34
const CONNECT = 0x30
const EVENT = 0x32
const PONG = '3'
const CONNECT_REQUEST = '40'
const HEAD = `42["${SOCKET_IO_EVENT}",`

export class SocketIoReader implements PeerReader {
  readonly #io: ReaderIo

  constructor(io: ReaderIo) {
    this.#io = io
  }

  open(): void {
    // The server speaks first.
  }

  read(message: Buffer): void {
    switch (message[0]) {
      case ENGINE_MESSAGE:
        if (message[1] === EVENT) this.#io.onFrame(message.subarray(HEAD.length, message.length - 1))
        else if (message[1] === CONNECT) this.#io.onReady()
        else this.#io.onFailure(message.toString('latin1', 0, 100))
        return
      case ENGINE_OPEN:
        this.#io.send(CONNECT_REQUEST)
        return
      case ENGINE_PING:
        this.#io.send(PONG)
        return
      default:
        this.#io.onFailure(message.toString('latin1', 0, 100))
    }
  }
}
