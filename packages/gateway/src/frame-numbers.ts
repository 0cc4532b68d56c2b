// The running number `n` of the frames of a client that acknowledges by message (`?ack=1`), from 1. A frame is encoded once for
// all clients; here its number is put in front of its first key, in a copy that all clients of this thread reuse.

import assert from 'node:assert/strict'

/** The most by which a number lengthens a frame: `"n":`, 16 digits, a comma. */
export const FRAME_NUMBER_BYTES_MAX = 21

export class FrameNumbers {
  readonly #isPacked: boolean
  #last = 0

  constructor(isPacked: boolean) {
    this.#isPacked = isPacked
  }

  /** Of the newest frame; 0 before the first. */
  get last(): number {
    return this.#last
  }

  /** The frame with the next number. Valid until the next call, of any client. */
  number(frame: Uint8Array): Uint8Array {
    this.#last += 1
    return this.#isPacked ? numberPacked(frame, this.#last) : numberJson(frame, this.#last)
  }
}

// These too are valid until the next call.

const JSON_HEAD = Buffer.from('{"n":')
const BRACE = 0x7b
const COMMA = 0x2c
const DIGIT_ZERO = 0x30

export function numberJson(frame: Uint8Array, number: number): Uint8Array {
  if (frame[0] !== BRACE) assert.fail('a JSON frame is an object')
  const digitsEnd = JSON_HEAD.length + digitCount(number)
  const length = digitsEnd + frame.length
  const bytes = jsonCopy.room(length)
  // The comma takes the place of its brace.
  bytes.set(frame, digitsEnd)
  bytes[digitsEnd] = COMMA
  for (let index = digitsEnd - 1, rest = number; index >= JSON_HEAD.length; index -= 1) {
    bytes[index] = DIGIT_ZERO + (rest % 10)
    rest = Math.floor(rest / 10)
  }
  return jsonCopy.view(length)
}

function digitCount(number: number): number {
  let count = 1
  for (let limit = 10; number >= limit; limit *= 10) count += 1
  return count
}

// MessagePack.
const FIXMAP = 0x80
const FIXMAP_ENTRIES_MAX = 15
const MAP16 = 0xde
const MAP16_ENTRIES_MAX = 0xffff
const FIXSTR_1 = 0xa1
const KEY_N = 0x6e

export function numberPacked(frame: Uint8Array, number: number): Uint8Array {
  const isShort = (frame[0]! & 0xf0) === FIXMAP
  if (!isShort && frame[0] !== MAP16) assert.fail('a MessagePack frame is a map')
  const entryCount = 1 + (isShort ? frame[0]! & FIXMAP_ENTRIES_MAX : (frame[1]! << 8) | frame[2]!)
  if (entryCount > MAP16_ENTRIES_MAX) assert.fail('a MessagePack frame has room for another key')
  const oldHeadBytes = isShort ? 1 : 3
  const newHeadBytes = entryCount <= FIXMAP_ENTRIES_MAX ? 1 : 3
  const entriesStart = newHeadBytes + 2 + integerBytes(number)
  const length = entriesStart - oldHeadBytes + frame.length
  const bytes = packedCopy.room(length)
  // The old head of the map lands where the number goes.
  bytes.set(frame, entriesStart - oldHeadBytes)
  if (newHeadBytes === 1) bytes[0] = FIXMAP | entryCount
  else {
    bytes[0] = MAP16
    bytes[1] = entryCount >>> 8
    bytes[2] = entryCount
  }
  bytes[newHeadBytes] = FIXSTR_1
  bytes[newHeadBytes + 1] = KEY_N
  writeInteger(bytes, newHeadBytes + 2, number)
  return packedCopy.view(length)
}

function integerBytes(number: number): number {
  if (number < 0x80) return 1
  if (number <= 0xff) return 2
  if (number <= 0xffff) return 3
  return number <= 0xffff_ffff ? 5 : 9
}

/** Positive fixint, uint 8, 16, 32 or 64: the shortest that is exact. */
function writeInteger(bytes: Uint8Array, offset: number, number: number): void {
  const size = integerBytes(number)
  if (size > 1) bytes[offset] = size === 2 ? 0xcc : size === 3 ? 0xcd : size === 5 ? 0xce : 0xcf
  for (let index = offset + size - 1, rest = number; index >= offset + (size > 1 ? 1 : 0); index -= 1) {
    bytes[index] = rest % 0x100
    rest = Math.floor(rest / 0x100)
  }
}

/** Room for every trade; a longer view is not worth keeping. */
const KEPT_VIEW_BYTES_MAX = 2_048
const FIRST_BYTES = 32 * 1024

/** Grows to the longest frame. Sockets copy what they send, so one is enough for all clients. */
class FrameCopy {
  readonly #head: Uint8Array
  #bytes = new Uint8Array(0)
  /** By length: trades have few lengths, and none allocates a view. */
  #views: (Uint8Array | undefined)[] = []

  constructor(head: Uint8Array) {
    this.#head = head
    this.#grow(FIRST_BYTES)
  }

  room(length: number): Uint8Array {
    if (length > this.#bytes.length) this.#grow(2 * length)
    return this.#bytes
  }

  view(length: number): Uint8Array {
    if (length > KEPT_VIEW_BYTES_MAX) return this.#bytes.subarray(0, length)
    this.#views[length] ??= this.#bytes.subarray(0, length)
    return this.#views[length]
  }

  #grow(length: number): void {
    this.#bytes = new Uint8Array(length)
    this.#bytes.set(this.#head)
    this.#views = new Array<Uint8Array | undefined>(KEPT_VIEW_BYTES_MAX + 1)
  }
}

const jsonCopy = new FrameCopy(JSON_HEAD)
const packedCopy = new FrameCopy(new Uint8Array(0))
