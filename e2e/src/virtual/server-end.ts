// The venue's end of a virtual connection: the parts of a `ws` socket and of the stream below it that the simulator uses.

import { EventEmitter } from 'node:events'
import { WebSocket } from 'ws'

export interface ServerEndEvents {
  onBytes(bytes: Buffer): void
  onPing(payload: Buffer): void
  onClose(code: number, reason: string): void
  /** Without a Close frame. */
  onCut(): void
}

export class ServerEnd {
  readonly socket: ServerSocket
  readonly stream: ServerStream
  /** Sent and not yet read by ingest. */
  unreadBytes = 0
  onLeave: () => void = () => {}
  readonly #events: ServerEndEvents

  constructor(events: ServerEndEvents) {
    this.#events = events
    this.socket = new ServerSocket(this)
    this.stream = new ServerStream(this)
  }

  get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN
  }

  /** The venue learns that the connection ended. */
  close(): void {
    if (!this.isOpen) return
    this.socket.readyState = WebSocket.CLOSED
    this.socket.emit('close')
    this.onLeave()
  }

  pong(payload: Buffer): void {
    if (this.isOpen) this.socket.emit('pong', payload)
  }

  write(bytes: Buffer): void {
    if (this.isOpen) this.#events.onBytes(bytes)
  }

  ping(payload: string): void {
    if (this.isOpen) this.#events.onPing(Buffer.from(payload))
  }

  closeInOrder(code: number, reason: string): void {
    if (!this.isOpen) return
    this.#events.onClose(code, reason)
    this.close()
  }

  cut(): void {
    if (this.isOpen) this.#events.onCut()
  }
}

class ServerSocket extends EventEmitter {
  readyState: number = WebSocket.OPEN
  readonly #end: ServerEnd

  constructor(end: ServerEnd) {
    super()
    this.#end = end
  }

  ping(payload: string): void {
    this.#end.ping(payload)
  }

  close(code: number, reason: string): void {
    this.#end.closeInOrder(code, reason)
  }

  terminate(): void {
    this.#end.cut()
  }
}

class ServerStream {
  readonly #end: ServerEnd

  constructor(end: ServerEnd) {
    this.#end = end
  }

  get writable(): boolean {
    return this.#end.isOpen
  }

  get writableLength(): number {
    return this.#end.unreadBytes
  }

  write(bytes: Buffer, onWritten?: () => void): void {
    this.#end.write(bytes)
    onWritten?.()
  }
}
