// Reads the members of a flat JSON object in place, for the frames that come all the time: no string, no object is made. Accepts
// only what `JSON.parse` would read the same way: no white space, no escape, no nesting, plain ASCII, whole numbers that a
// double holds. Anything else is left to the strict parser.

import type { Decimal } from '@tradelane/shared/market/nouns'

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const BACKSLASH = 0x5c
const CLOSE = 0x7d
const SPACE = 0x20
const TILDE = 0x7e
const ZERO = 0x30
const NINE = 0x39
const POINT = 0x2e
/** So many are a safe integer, whatever they are. */
const DIGITS_MAX = 15
const TRUE = Buffer.from('true')
const FALSE = Buffer.from('false')
const NULL = Buffer.from('null')

export const ValueType = { text: 1, number: 2, true: 3, false: 4, null: 5 } as const
export type ValueType = (typeof ValueType)[keyof typeof ValueType]

export class FlatMembers {
  /** The character of a key of one; 0 for a longer one. */
  key = 0
  type: ValueType = ValueType.null
  /** Of the value, without quotes. */
  start = 0
  end = 0
  /** The closing brace was reached; `end` is behind it. */
  isComplete = false
  #frame: Buffer = EMPTY
  #keyStart = 0
  #keyEnd = 0
  #at = 0

  /** `at`: behind the opening brace. */
  begin(frame: Buffer, at: number): void {
    this.#frame = frame
    this.#at = at
    this.isComplete = false
  }

  /** False at the end, and at anything unusual. */
  next(): boolean {
    const frame = this.#frame
    const keyEnd = this.#textEnd(this.#at)
    if (keyEnd < 0 || frame[keyEnd + 1] !== COLON) return false
    this.#keyStart = this.#at + 1
    this.#keyEnd = keyEnd
    this.key = keyEnd - this.#keyStart === 1 ? frame[this.#keyStart]! : 0
    const valueEnd = this.#value(keyEnd + 2)
    if (valueEnd < 0) return false
    const code = frame[valueEnd]
    this.#at = valueEnd + 1
    if (code === CLOSE) this.isComplete = true
    return code === COMMA || code === CLOSE
  }

  /** Where the object ends; its last member was read. */
  get at(): number {
    return this.#at
  }

  isKey(name: Buffer): boolean {
    return this.#isSame(this.#keyStart, this.#keyEnd, name)
  }

  isText(text: Buffer): boolean {
    return this.type === ValueType.text && this.#isSame(this.start, this.end, text)
  }

  /** Of a value that is a number. */
  number(): number {
    let value = 0
    for (let at = this.start; at < this.end; at += 1) value = value * 10 + (this.#frame[at]! - ZERO)
    return value
  }

  /** Of a text or a number, as it is written. */
  text(): string {
    return this.#frame.toString('latin1', this.start, this.end)
  }

  /** Of a value that is a decimal: best prices and many amounts come again and again, and then no text is made. */
  decimal(): Decimal {
    const slot = this.#hash() & (RECENT_COUNT - 1)
    const recent = recentDecimals[slot]!
    if (this.#isSpelled(recent)) return recent
    const made = this.text() as Decimal
    recentDecimals[slot] = made
    return made
  }

  /** Of a value that is a decimal. */
  isZero(): boolean {
    for (let at = this.start; at < this.end; at += 1) {
      const code = this.#frame[at]!
      if (code !== ZERO && code !== POINT) return false
    }
    return true
  }

  /** A text of digits with at most one point between them, and not too long to be a price or an amount. */
  isDecimal(): boolean {
    const { start, end } = this
    if (this.type !== ValueType.text || end - start > DECIMAL_BYTES_MAX) return false
    let point = -1
    for (let at = start; at < end; at += 1) {
      const code = this.#frame[at]!
      if (code >= ZERO && code <= NINE) continue
      if (code !== POINT || point >= 0) return false
      point = at
    }
    return point < 0 ? end > start : point > start && point < end - 1
  }

  /** FNV-1a. */
  #hash(): number {
    let hash = 0x811c9dc5
    for (let at = this.start; at < this.end; at += 1) hash = Math.imul(hash ^ this.#frame[at]!, 0x01000193)
    return hash ^ (hash >>> 15)
  }

  #isSpelled(text: string): boolean {
    const { start, end } = this
    if (end - start !== text.length) return false
    for (let index = 0; index < text.length; index += 1) {
      if (this.#frame[start + index] !== text.charCodeAt(index)) return false
    }
    return true
  }

  /** Returns the offset behind the value; -1 where it is unusual. */
  #value(at: number): number {
    const code = this.#frame[at]!
    if (code === QUOTE) {
      const end = this.#textEnd(at)
      this.type = ValueType.text
      this.start = at + 1
      this.end = end
      return end < 0 ? -1 : end + 1
    }
    this.start = at
    this.end = code >= ZERO && code <= NINE ? this.#numberEnd(at) : this.#wordEnd(at)
    return this.end
  }

  #numberEnd(start: number): number {
    const frame = this.#frame
    let at = start + 1
    while (frame[at]! >= ZERO && frame[at]! <= NINE) at += 1
    this.type = ValueType.number
    // A leading zero is no JSON.
    const isPlain = at - start <= DIGITS_MAX && (frame[start] !== ZERO || at === start + 1)
    return isPlain ? at : -1
  }

  #wordEnd(at: number): number {
    const isTrue = this.#isSame(at, at + TRUE.length, TRUE)
    if (isTrue || this.#isSame(at, at + NULL.length, NULL)) {
      this.type = isTrue ? ValueType.true : ValueType.null
      return at + TRUE.length
    }
    this.type = ValueType.false
    return this.#isSame(at, at + FALSE.length, FALSE) ? at + FALSE.length : -1
  }

  /** Of the closing quote; -1 where there is no plain text. */
  #textEnd(start: number): number {
    const frame = this.#frame
    if (frame[start] !== QUOTE) return -1
    let at = start + 1
    for (let code = frame[at]!; code !== QUOTE; code = frame[at]!) {
      // Negated: behind the end there is no code.
      if (!(code >= SPACE && code <= TILDE) || code === BACKSLASH) return -1
      at += 1
    }
    return at
  }

  #isSame(start: number, end: number, expected: Buffer): boolean {
    if (end - start !== expected.length) return false
    for (let index = 0; index < expected.length; index += 1) {
      if (this.#frame[start + index] !== expected[index]) return false
    }
    return true
  }
}

const EMPTY = Buffer.alloc(0)
/** Shorter than what `isDecimal` of the wire allows on either side of the point. */
const DECIMAL_BYTES_MAX = 18
const RECENT_COUNT = 1_024
/** Of this thread. */
const recentDecimals: Decimal[] = new Array<Decimal>(RECENT_COUNT).fill('' as Decimal)
