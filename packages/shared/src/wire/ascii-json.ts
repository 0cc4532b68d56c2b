// ASCII text: lanes and the frames of clients hold one byte per character. Names of instruments may be of any script; their
// escapes mean the same to every reader, and they are encoded once. Events are built in place, as bytes: a string of many parts is
// made of objects, and is copied once more before a lane holds it.

import assert from 'node:assert/strict'

const ZERO = 0x30

export class AsciiText {
  #bytes: Buffer
  #length = 0
  /** By length, each made once. */
  #views: (Buffer | undefined)[] = []
  readonly #digits = new Uint8Array(16)

  constructor(capacity = 1_024) {
    this.#bytes = Buffer.allocUnsafeSlow(capacity)
  }

  clear(): this {
    this.#length = 0
    return this
  }

  byte(value: number): this {
    if (this.#length === this.#bytes.length) this.#grow(this.#length + 1)
    this.#bytes[this.#length] = value
    this.#length += 1
    return this
  }

  /** A byte per character: ASCII, or the bytes of a form that is no text. */
  text(part: string): this {
    const start = this.#length
    const end = start + part.length
    if (end > this.#bytes.length) this.#grow(end)
    const bytes = this.#bytes
    for (let index = 0; index < part.length; index += 1) bytes[start + index] = part.charCodeAt(index)
    this.#length = end
    return this
  }

  /** A whole number, at least 0. */
  integer(value: number): this {
    if (!(value >= 0 && value <= Number.MAX_SAFE_INTEGER)) assert.fail('a number in a text is whole and not negative')
    const digits = this.#digits
    let count = 0
    let left = value
    do {
      const tenth = Math.floor(left / 10)
      digits[count] = ZERO + (left - tenth * 10)
      count += 1
      left = tenth
    } while (left > 0)
    if (this.#length + count > this.#bytes.length) this.#grow(this.#length + count)
    while (count > 0) {
      count -= 1
      this.#bytes[this.#length] = digits[count]!
      this.#length += 1
    }
    return this
  }

  /** Valid until the text is built anew. */
  view(): Buffer {
    const length = this.#length
    this.#views[length] ??= this.#bytes.subarray(0, length)
    return this.#views[length]
  }

  toString(): string {
    return this.#bytes.toString('latin1', 0, this.#length)
  }

  #grow(length: number): void {
    const larger = Buffer.allocUnsafeSlow(2 * length)
    this.#bytes.copy(larger, 0, 0, this.#length)
    this.#bytes = larger
    this.#views = []
  }
}

export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
