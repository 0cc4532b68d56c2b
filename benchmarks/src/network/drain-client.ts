// A WebSocket client that only drains its connection: it reads into one buffer, skips payloads and answers pings, so that
// hundreds of them cost the machine as little as clients can.

import { connect, type Socket } from 'node:net'
import { clientFrame, upgradeRequest } from './client-frames.js'
import { FrameReader, Opcode } from './frame-reader.js'

export interface DrainClientEvents {
  onOpen?(client: DrainClient): void
  /** Once: ended by the other side, refused, or broken. */
  onClosed?(reason: string): void
}

const READ_BYTES = 64 * 1024
const HEAD_BYTES_MAX = 16 * 1024

/** All clients of a process share it: each read is handled before the next one. */
const readBuffer = Buffer.alloc(READ_BYTES)

export class DrainClient {
  readonly #socket: Socket
  readonly #events: DrainClientEvents
  readonly #frames = new FrameReader((opcode, payload) => this.#onFrame(opcode, payload))
  #upgradeResponse: string | null = ''
  #isClosed = false

  constructor(url: string, events: DrainClientEvents = {}) {
    this.#events = events
    const { hostname, port, pathname, search, host } = new URL(url)
    const callback = (byteCount: number): boolean => {
      const offset = this.#upgradeResponse === null ? 0 : this.#readUpgrade(readBuffer, byteCount)
      this.#frames.read(readBuffer, offset, byteCount)
      return true
    }
    this.#socket = connect({
      host: hostname,
      port: Number(port),
      noDelay: true,
      onread: { buffer: readBuffer, callback },
    })
    this.#socket.on('connect', () => this.#socket.write(upgradeRequest({ host, path: pathname + search })))
    this.#socket.on('error', error => this.#end(error.message))
    this.#socket.on('close', () => this.#end('closed by the server'))
  }

  sendText(text: string): void {
    this.#send(Opcode.text, Buffer.from(text))
  }

  /** Returns the offset at which the frames begin. */
  #readUpgrade(chunk: Buffer, byteCount: number): number {
    const before = this.#upgradeResponse ?? ''
    const response = before + chunk.toString('latin1', 0, byteCount)
    const end = response.indexOf('\r\n\r\n')
    if (end === -1) {
      this.#upgradeResponse = response
      if (response.length > HEAD_BYTES_MAX) this.#end(`no end of the HTTP response within ${HEAD_BYTES_MAX} bytes`)
      return byteCount
    }
    if (!response.startsWith('HTTP/1.1 101')) {
      this.#end(`refused: ${response.slice(0, response.indexOf('\r\n'))}`)
      return byteCount
    }
    this.#upgradeResponse = null
    this.#events.onOpen?.(this)
    return end + 4 - before.length
  }

  #onFrame(opcode: number, payload: Buffer): void {
    if (opcode === Opcode.ping) this.#send(Opcode.pong, payload)
    else if (opcode === Opcode.close) this.#socket.end()
  }

  #send(opcode: number, payload: Buffer): void {
    if (this.#socket.writable) this.#socket.write(clientFrame(opcode, payload))
  }

  #end(reason: string): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#socket.destroy()
    this.#events.onClosed?.(reason)
  }
}
