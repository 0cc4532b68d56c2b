// A WebSocket client that counts its frames and answers pings. It never copies a frame nor makes text of it: a crowd that did
// would take more of the processors than the gateway that is judged.

import { connect, type Socket } from 'node:net'
import { headOf } from './raw-client.js'
import { frameOf, handshakeRequest, Opcode } from './raw-frames.js'

export interface CountingClientOptions {
  /** The address that it connects from. */
  readonly from: string
  /** Otherwise it reads only the answer to its handshake. */
  readonly isReading: boolean
  readonly onOpen: () => void
  readonly onFrame: () => void
}

/** What was read is used up before the next read of any client: one buffer serves all of a thread. */
const buffer = Buffer.alloc(64 * 1024)

export class CountingClient {
  readonly #options: CountingClientOptions
  readonly #socket: Socket
  #isOpen = false
  /** The beginning of what is not complete: of the answer to the handshake, of a head or of a ping. */
  #rest: Buffer | undefined
  /** Of a data frame, still to come. */
  #bytesLeft = 0

  constructor(port: number, options: CountingClientOptions) {
    this.#options = options
    const callback = (byteCount: number): boolean => this.#read(buffer.subarray(0, byteCount))
    const { from: localAddress } = options
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true, onread: { buffer, callback }, localAddress })
    this.#socket.on('connect', () => this.#socket.write(handshakeRequest()))
    this.#socket.on('error', () => {})
  }

  /** False: stop reading. */
  #read(chunk: Buffer): boolean {
    const passed = Math.min(this.#bytesLeft, chunk.length)
    if (passed > 0) {
      this.#bytesLeft -= passed
      if (this.#bytesLeft > 0) return true
      this.#options.onFrame()
    }
    let bytes = chunk.subarray(passed)
    if (this.#rest !== undefined) bytes = Buffer.concat([this.#rest, bytes])
    const used = this.#isOpen ? this.#readFrames(bytes, 0) : this.#readUpgrade(bytes)
    this.#rest = used < bytes.length ? Buffer.from(bytes.subarray(used)) : undefined
    return this.#options.isReading || !this.#isOpen
  }

  /** How many bytes are done with. */
  #readUpgrade(bytes: Buffer): number {
    const end = bytes.indexOf('\r\n\r\n')
    if (end === -1) return 0
    this.#isOpen = true
    this.#options.onOpen()
    return this.#options.isReading ? this.#readFrames(bytes, end + 4) : bytes.length
  }

  #readFrames(bytes: Buffer, start: number): number {
    const pongs: Buffer[] = []
    let offset = start
    for (let head = headOf(bytes, offset); head !== undefined; head = headOf(bytes, offset)) {
      const end = offset + head.bytes + head.payloadBytes
      if (head.opcode >= Opcode.close) {
        if (end > bytes.length) break
        if (head.opcode === Opcode.ping) pongs.push(frameOf(Opcode.pong, bytes.subarray(offset + head.bytes, end)))
        else if (head.opcode === Opcode.close) this.#socket.end()
      } else if (end <= bytes.length) this.#options.onFrame()
      else this.#bytesLeft = end - bytes.length
      offset = Math.min(end, bytes.length)
    }
    if (pongs.length > 0 && this.#socket.writable) this.#socket.write(Buffer.concat(pongs))
    return offset
  }
}
