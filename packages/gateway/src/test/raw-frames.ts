// Bytes that a client sends, and a connection that sends them as they are: what no WebSocket library would do.

import { connect, type Socket } from 'node:net'

export const Opcode = { continuation: 0x0, text: 0x1, binary: 0x2, close: 0x8, ping: 0x9, pong: 0xa } as const
export const MIB = 2 ** 20

/** Masked, as required of clients, with a mask that changes nothing. */
export function frameOf(opcode: number, payload: Uint8Array = Buffer.alloc(0), isLast = true): Buffer {
  const first = (isLast ? 0x80 : 0) | opcode
  const length = payload.length < 126 ? [payload.length] : [126, payload.length >> 8, payload.length & 0xff]
  return Buffer.concat([Buffer.from([first, 0x80 | length[0]!, ...length.slice(1), 0, 0, 0, 0]), payload])
}

/** As many as fit into a mebibyte. */
export function mebibyteOf(frame: Buffer): Buffer {
  return Buffer.alloc(Math.floor(MIB / frame.length) * frame.length, frame)
}

export function handshakeRequest(path = '/', headers: readonly string[] = []): string {
  const lines = [
    `GET ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Key: dHJhZGVsYW5lIHRlc3RzIQ==',
    'Sec-WebSocket-Version: 13',
    ...headers,
  ]
  return `${lines.join('\r\n')}\r\n\r\n`
}

export interface RawConnectionOptions {
  readonly host?: string
  readonly localAddress?: string
  /** It does not close its side when the other does. */
  readonly stays?: boolean
}

/** A TCP connection that keeps what it was sent. */
export class RawConnection {
  readonly socket: Socket
  readonly closed: Promise<void>
  isClosed = false
  #received: Buffer = Buffer.alloc(0)

  constructor(port: number, options: RawConnectionOptions = {}) {
    const { stays: allowHalfOpen = false, ...where } = options
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen, ...where })
    this.socket.on('error', () => {})
    this.socket.on('data', chunk => {
      this.#received = Buffer.concat([this.#received, chunk])
    })
    this.closed = new Promise(resolve => {
      this.socket.once('close', () => {
        this.isClosed = true
        resolve()
      })
    })
  }

  get received(): Buffer {
    return this.#received
  }

  /** `HTTP/1.1 …`, or nothing. */
  get statusLine(): string {
    return this.#received.toString('latin1').split('\r\n', 1)[0] ?? ''
  }

  /** What came after the answer to the handshake. */
  get frames(): Buffer {
    return this.#received.subarray(this.#received.indexOf('\r\n\r\n') + 4)
  }

  /** The code and the reason of the Close frame, where that is the last thing that came. */
  get closeReason(): string {
    const { frames } = this
    for (let start = Math.max(0, frames.length - 127); start < frames.length - 3; start += 1) {
      if (frames[start] !== (0x80 | Opcode.close) || start + 2 + frames[start + 1]! !== frames.length) continue
      return `${frames.readUInt16BE(start + 2)} ${frames.toString('utf8', start + 4)}`
    }
    return ''
  }

  async handshake(path = '/', headers: readonly string[] = []): Promise<this> {
    this.socket.write(handshakeRequest(path, headers))
    while (!this.isClosed && !this.#received.includes('\r\n\r\n')) {
      await new Promise(resolve => setTimeout(resolve, 1))
    }
    return this
  }
}
