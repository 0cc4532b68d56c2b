// A WebSocket client that only drains its connection: it reads into one buffer, skips payloads and answers pings, so that
// hundreds of them cost the machine as little as clients can.

import { connect, type Socket } from 'node:net'

export interface DrainClientEvents {
  onOpen?(client: DrainClient): void
  /** Once: ended by the other side, refused, or broken. */
  onClosed?(reason: string): void
}

const READ_BYTES = 64 * 1024
const HEAD_BYTES_MAX = 16 * 1024
const CONTROL_BYTES_MAX = 125
const OPCODE_TEXT = 0x1
const OPCODE_CLOSE = 0x8
const OPCODE_PING = 0x9
const OPCODE_PONG = 0xa

/** All clients of a process share it: each read is handled before the next one. */
const readBuffer = Buffer.alloc(READ_BYTES)

export class DrainClient {
  readonly #socket: Socket
  readonly #events: DrainClientEvents
  #upgradeResponse: string | null = ''
  readonly #head = Buffer.alloc(10)
  #headLength = 0
  #opcode = 0
  #payloadLeft = 0
  readonly #control = Buffer.alloc(CONTROL_BYTES_MAX)
  #controlLength = 0
  #isClosed = false

  constructor(url: string, events: DrainClientEvents = {}) {
    this.#events = events
    const { hostname, port, pathname, search, host } = new URL(url)
    const callback = (byteCount: number): boolean => {
      this.#read(readBuffer, byteCount)
      return true
    }
    this.#socket = connect({
      host: hostname,
      port: Number(port),
      noDelay: true,
      onread: { buffer: readBuffer, callback },
    })
    this.#socket.on('connect', () => this.#socket.write(upgradeRequest(host, pathname + search)))
    this.#socket.on('error', error => this.#end(error.message))
    this.#socket.on('close', () => this.#end('closed by the server'))
  }

  sendText(text: string): void {
    this.#send(OPCODE_TEXT, Buffer.from(text))
  }

  #read(chunk: Buffer, byteCount: number): void {
    let offset = this.#upgradeResponse === null ? 0 : this.#readUpgrade(chunk, byteCount)
    while (offset < byteCount) {
      if (this.#payloadLeft > 0) {
        const taken = Math.min(this.#payloadLeft, byteCount - offset)
        if (this.#opcode >= OPCODE_CLOSE) {
          this.#controlLength += chunk.copy(this.#control, this.#controlLength, offset, offset + taken)
        }
        this.#payloadLeft -= taken
        offset += taken
        if (this.#payloadLeft === 0) this.#onFrameEnd()
        continue
      }
      this.#head[this.#headLength] = chunk[offset] as number
      this.#headLength += 1
      offset += 1
      if (this.#headLength >= 2 && this.#headLength === headBytes(this.#head)) this.#onHeadEnd()
    }
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

  #onHeadEnd(): void {
    const head = this.#head
    const short = (head[1] as number) & 0x7f
    this.#opcode = (head[0] as number) & 0xf
    this.#payloadLeft = short === 127 ? Number(head.readBigUInt64BE(2)) : short === 126 ? head.readUInt16BE(2) : short
    this.#headLength = 0
    this.#controlLength = 0
    if (this.#payloadLeft === 0) this.#onFrameEnd()
  }

  #onFrameEnd(): void {
    if (this.#opcode === OPCODE_PING) this.#send(OPCODE_PONG, this.#control.subarray(0, this.#controlLength))
    else if (this.#opcode === OPCODE_CLOSE) this.#socket.end()
  }

  /** A client must mask its frames; this mask is zero, so the payload stays as it is. */
  #send(opcode: number, payload: Buffer): void {
    const isShort = payload.length < 126
    const frame = Buffer.alloc((isShort ? 6 : 8) + payload.length)
    frame[0] = 0x80 | opcode
    frame[1] = 0x80 | (isShort ? payload.length : 126)
    if (!isShort) frame.writeUInt16BE(payload.length, 2)
    payload.copy(frame, frame.length - payload.length)
    if (this.#socket.writable) this.#socket.write(frame)
  }

  #end(reason: string): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#socket.destroy()
    this.#events.onClosed?.(reason)
  }
}

/** Length of the head of an unmasked frame whose first two bytes are known. */
function headBytes(head: Buffer): number {
  const short = (head[1] as number) & 0x7f
  return short === 127 ? 10 : short === 126 ? 4 : 2
}

function upgradeRequest(host: string, path: string): string {
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: ${host}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Key: dHJhZGVsYW5lIGJlbmNoIQ==',
    'Sec-WebSocket-Version: 13',
  ]
  return `${lines.join('\r\n')}\r\n\r\n`
}
