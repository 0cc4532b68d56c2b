// Reads the frames of a WebSocket server out of chunks of any size without keeping their payloads: only those of control frames,
// which are short.

const CONTROL_BYTES_MAX = 125

export const Opcode = { continuation: 0x0, text: 0x1, binary: 0x2, close: 0x8, ping: 0x9, pong: 0xa } as const

export class FrameReader {
  /** `payload` is empty but for control frames, and only valid during the call. */
  readonly #onFrame: (opcode: number, payload: Buffer) => void
  readonly #head = Buffer.alloc(10)
  #headLength = 0
  #opcode = 0
  #payloadLeft = 0
  readonly #control = Buffer.alloc(CONTROL_BYTES_MAX)
  #controlLength = 0

  constructor(onFrame: (opcode: number, payload: Buffer) => void) {
    this.#onFrame = onFrame
  }

  /** Reads `chunk` from `offset` to `end`. */
  read(chunk: Buffer, offset: number, end: number): void {
    let at = offset
    while (at < end) {
      if (this.#payloadLeft > 0) {
        const taken = Math.min(this.#payloadLeft, end - at)
        if (this.#opcode >= Opcode.close) {
          this.#controlLength += chunk.copy(this.#control, this.#controlLength, at, at + taken)
        }
        this.#payloadLeft -= taken
        at += taken
        if (this.#payloadLeft === 0) this.#onFrameEnd()
        continue
      }
      this.#head[this.#headLength] = chunk[at] as number
      this.#headLength += 1
      at += 1
      if (this.#headLength >= 2 && this.#headLength === headBytes(this.#head)) this.#onHeadEnd()
    }
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
    this.#onFrame(this.#opcode, this.#control.subarray(0, this.#controlLength))
  }
}

/** Length of the head of an unmasked frame whose first two bytes are known. */
function headBytes(head: Buffer): number {
  const short = (head[1] as number) & 0x7f
  return short === 127 ? 10 : short === 126 ? 4 : 2
}
