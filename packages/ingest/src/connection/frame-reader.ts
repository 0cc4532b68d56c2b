// Reads the frames that come all the time, whole text messages, without making anything for each: no stream, no list of chunks,
// no object. Whatever else comes (fragments, control frames, binary, what breaks the protocol) is left to the WebSocket library, frame by
// frame and in order, so that its rules hold. Reads what the library would read: the tests compare them.

import assert from 'node:assert/strict'
import { FRAME_BYTES_MAX, READ_BYTES } from '../limits.js'

export interface FrameReaderEvents {
  /** A message; its bytes are valid until this returns. */
  onText(message: Buffer): void
  /** For the library: whole frames, or the beginning of one that breaks the protocol. A copy. */
  onOther(bytes: Buffer): void
}

const FINAL = 0x80
const MASKED = 0x80
const RESERVED = 0x70
const Opcode = { continuation: 0, text: 1, binary: 2, close: 8, pong: 10 } as const
const FINAL_TEXT = FINAL | Opcode.text
/** A length up to 125 is in the second byte; this says that it follows in two bytes, a larger value in eight. */
const LENGTH_16 = 126
const HEADER_BYTES_MAX = 10
/** The library ends the connection: it is given all that came. */
const REFUSED = -1
/** Messages up to this length are copied to one place, where each length has a view that is made once. */
const COPIED_BYTES_MAX = 4_096
/** Up to this length a byte at a time is quicker than a call. */
const LOOPED_BYTES_MAX = 512
/** A larger buffer is not kept for the next frame that comes in parts. */
const KEPT_BYTES_MAX = 256 * 1024

/**
 * Of all sockets of this thread, like the place: bytes that were read are used before others are. Both are in one memory, so that
 * what is copied from one to the other needs no view.
 */
const space = Buffer.allocUnsafeSlow(READ_BYTES + COPIED_BYTES_MAX)
export const READ_BUFFER = space.subarray(0, READ_BYTES)
const copied = space.subarray(READ_BYTES)
const views: (Buffer | undefined)[] = new Array(COPIED_BYTES_MAX + 1).fill(undefined)

export class FrameReader {
  readonly #events: FrameReaderEvents
  /** The beginning of a frame whose rest has yet to come. */
  #partial: Buffer = Buffer.allocUnsafeSlow(1_024)
  #partialBytes = 0
  #isFragmented = false
  /** Of the message that comes in fragments. */
  #fragmentBytes = 0
  /** The library closes or has closed: nothing that follows is read. */
  #isOver = false

  constructor(events: FrameReaderEvents) {
    this.#events = events
  }

  /** What follows is ignored. */
  stop(): void {
    this.#isOver = true
  }

  /** The first bytes of `chunk`, which the caller uses again afterwards. */
  read(chunk: Buffer, byteCount: number): void {
    assert(byteCount <= chunk.length, 'a read is not longer than its buffer')
    if (this.#isOver) return
    let at = this.#partialBytes > 0 ? this.#completePartial(chunk, byteCount) : 0
    while (at < byteCount && !this.#isOver) {
      const size = this.#sizeOf(chunk, at, byteCount)
      if (size === REFUSED) this.#refuse(chunk, at, byteCount)
      else if (size === 0 || at + size > byteCount) {
        this.#append(chunk, at, byteCount)
        return
      } else this.#frame(chunk, at, size)
      at += size
    }
  }

  /** Returns how many bytes of the chunk it took. */
  #completePartial(chunk: Buffer, byteCount: number): number {
    for (let at = 0; ; ) {
      const size = this.#sizeOf(this.#partial, 0, this.#partialBytes)
      if (size === REFUSED) {
        this.#append(chunk, at, byteCount)
        this.#refuse(this.#partial, 0, this.#partialBytes)
        return byteCount
      }
      if (size > 0 && this.#partialBytes === size) {
        this.#partialBytes = 0
        const frame = this.#partial
        if (frame.length > KEPT_BYTES_MAX) this.#partial = Buffer.allocUnsafeSlow(1_024)
        this.#frame(frame, 0, size)
        return at
      }
      if (at === byteCount) return at
      // Where the length is not known yet: one byte more of the header.
      const wantedBytes = size === 0 ? 1 : size - this.#partialBytes
      const end = Math.min(byteCount, at + wantedBytes)
      this.#append(chunk, at, end, size)
      at = end
    }
  }

  /** `size`: of the whole frame, where it is known. */
  #append(chunk: Buffer, start: number, end: number, size = 0): void {
    const byteCount = this.#partialBytes + end - start
    if (byteCount > this.#partial.length) {
      const larger = Buffer.allocUnsafeSlow(
        Math.max(byteCount, Math.min(size, 2 * byteCount), 2 * this.#partial.length),
      )
      this.#partial.copy(larger, 0, 0, this.#partialBytes)
      this.#partial = larger
    }
    chunk.copy(this.#partial, this.#partialBytes, start, end)
    this.#partialBytes = byteCount
    assert(this.#partialBytes <= 2 * (FRAME_BYTES_MAX + HEADER_BYTES_MAX), 'a frame is bounded')
  }

  /** Bytes of the frame with its header; 0 where its header is not complete. */
  #sizeOf(bytes: Buffer, at: number, end: number): number {
    if (end - at < 2) return 0
    const first = bytes[at]!
    const second = bytes[at + 1]!
    if (!this.#isAllowed(first, second)) return REFUSED
    if (second < LENGTH_16) return 2 + second
    if (second === LENGTH_16) return end - at < 4 ? 0 : 4 + bytes[at + 2]! * 256 + bytes[at + 3]!
    if (end - at < HEADER_BYTES_MAX) return 0
    const length = bytes.readUInt32BE(at + 2) * 2 ** 32 + bytes.readUInt32BE(at + 6)
    return length > FRAME_BYTES_MAX ? REFUSED : HEADER_BYTES_MAX + length
  }

  #isAllowed(first: number, second: number): boolean {
    if ((second & MASKED) !== 0 || (first & RESERVED) !== 0) return false
    const opcode = first & 0x0f
    if (opcode >= Opcode.close) return opcode <= Opcode.pong && (first & FINAL) !== 0 && second < LENGTH_16
    return opcode === Opcode.continuation ? this.#isFragmented : opcode <= Opcode.binary && !this.#isFragmented
  }

  #frame(bytes: Buffer, at: number, size: number): void {
    const first = bytes[at]!
    if (first === FINAL_TEXT) {
      const second = bytes[at + 1]!
      const headerBytes = second < LENGTH_16 ? 2 : second === LENGTH_16 ? 4 : HEADER_BYTES_MAX
      this.#events.onText(viewOf(bytes, at + headerBytes, at + size))
      return
    }
    const opcode = first & 0x0f
    if (opcode <= Opcode.binary) this.#countFragment(first, size)
    if (opcode === Opcode.close) this.#isOver = true
    this.#events.onOther(Buffer.from(bytes.subarray(at, at + size)))
  }

  /** The library refuses a message that is too long, but says so later. */
  #countFragment(first: number, size: number): void {
    const headerBytes = size < LENGTH_16 + 2 ? 2 : size < 65_536 + 4 ? 4 : HEADER_BYTES_MAX
    this.#fragmentBytes = (this.#isFragmented ? this.#fragmentBytes : 0) + size - headerBytes
    this.#isFragmented = (first & FINAL) === 0
    if (this.#fragmentBytes > FRAME_BYTES_MAX) this.#isOver = true
  }

  #refuse(bytes: Buffer, start: number, end: number): void {
    assert(!this.#isOver, 'what breaks the protocol ends it')
    this.#isOver = true
    this.#events.onOther(Buffer.from(bytes.subarray(start, end)))
  }
}

function viewOf(bytes: Buffer, start: number, end: number): Buffer {
  const length = end - start
  if (length > COPIED_BYTES_MAX) return bytes.subarray(start, end)
  // Otherwise `copy` would make the view that this avoids.
  if (length > LOOPED_BYTES_MAX && bytes === READ_BUFFER) space.copyWithin(READ_BYTES, start, end)
  else for (let index = 0; index < length; index += 1) copied[index] = bytes[start + index]!
  views[length] ??= copied.subarray(0, length)
  return views[length]
}
