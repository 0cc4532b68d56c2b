// Reads plain JSON in place, for the frames that come all the time: no string, no object is made. Accepts only what `JSON.parse`
// would read the same way: no white space, no escape, plain ASCII, whole numbers that a double holds. Anything else is left to
// the strict parser. An object or a list is entered with its value; at its end, `leaveToObject` or `leaveToList` returns to what
// it is in.

import type { Decimal } from '@tradelane/shared/market/nouns'
import { DOUBLE } from '@tradelane/shared/thread/clock'
import { recentDecimal } from './recent-decimals.js'

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const BACKSLASH = 0x5c
const OPEN = 0x7b
const CLOSE = 0x7d
const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d
const SPACE = 0x20
const TILDE = 0x7e
const ZERO = 0x30
const NINE = 0x39
const POINT = 0x2e
/** As in `json-fields.ts`: later microseconds are not exact in a double. */
const EPOCH_MS_MAX = 9_007_199_254_740
/** So many are a safe integer, whatever they are. */
const DIGITS_MAX = 15
const TRUE = Buffer.from('true')
const FALSE = Buffer.from('false')
const NULL = Buffer.from('null')

export const ValueType = { text: 1, number: 2, true: 3, false: 4, null: 5, object: 6, list: 7 } as const
export type ValueType = (typeof ValueType)[keyof typeof ValueType]

export class PlainJson {
  /** The character of a key of one; 0 for a longer one. */
  key = 0
  type: ValueType = ValueType.null
  /** Of the value, without quotes; of an object or a list, its beginning. */
  start = 0
  end = 0
  /** What was read last as a number. */
  number = DOUBLE
  /** The end of the object or the list was reached. */
  isComplete = false
  #frame: Buffer = EMPTY
  #keyStart = 0
  #keyEnd = 0
  #at = 0
  /** Nothing of the object or the list was read. */
  #isFirst = false

  /** `at`: behind the opening brace of an object. */
  begin(frame: Buffer, at: number): void {
    this.#frame = frame
    this.#at = at
    this.#isFirst = true
    this.isComplete = false
  }

  /** The next member of an object. False at its end, and at anything unusual. */
  next(): boolean {
    if (this.#isOver(CLOSE)) return false
    const frame = this.#frame
    const keyEnd = this.#textEnd(this.#at)
    if (keyEnd < 0 || frame[keyEnd + 1] !== COLON) return false
    this.#keyStart = this.#at + 1
    this.#keyEnd = keyEnd
    this.key = keyEnd - this.#keyStart === 1 ? frame[this.#keyStart]! : 0
    return this.#take(keyEnd + 2, CLOSE)
  }

  /** The next value of a list. False at its end, and at anything unusual. */
  nextValue(): boolean {
    return !this.#isOver(CLOSE_LIST) && this.#take(this.#at, CLOSE_LIST)
  }

  /** From what was complete to the object that it is in. False where that is unusual. */
  leaveToObject(): boolean {
    return this.isComplete && this.#follow(this.#at, CLOSE)
  }

  /** The same for a list. */
  leaveToList(): boolean {
    return this.isComplete && this.#follow(this.#at, CLOSE_LIST)
  }

  /** Behind the last byte that was read. */
  get at(): number {
    return this.#at
  }

  /** The object with which the frame began is complete, and nothing follows. */
  get isWhole(): boolean {
    return this.isComplete && this.#at === this.#frame.length
  }

  get isObject(): boolean {
    return this.type === ValueType.object
  }

  get isList(): boolean {
    return this.type === ValueType.list
  }

  isKey(name: Buffer): boolean {
    return this.#isSame(this.#keyStart, this.#keyEnd, name)
  }

  isText(text: Buffer): boolean {
    return this.type === ValueType.text && this.#isSame(this.start, this.end, text)
  }

  /** Whether the value is a whole number, which is in `number` then: a result that is a double would be an object each time. */
  readNumber(): boolean {
    if (this.type !== ValueType.number) return false
    this.#readDigits()
    return true
  }

  /** The same of a number or a text of digits. */
  readDigits(): boolean {
    if (this.type === ValueType.number) return this.readNumber()
    return this.readTextOfDigits()
  }

  readTextOfDigits(): boolean {
    const { start, end } = this
    if (this.type !== ValueType.text || end === start || end - start > DIGITS_MAX) return false
    for (let at = start; at < end; at += 1) {
      const code = this.#frame[at]!
      if (code < ZERO || code > NINE) return false
    }
    this.#readDigits()
    return true
  }

  /** Epoch milliseconds, a number or a text, which are in `number` as microseconds then. 0 means no time. */
  readTimeUs(): boolean {
    if (!this.readDigits() || this.number === 0 || this.number > EPOCH_MS_MAX) return false
    this.number *= 1_000
    return true
  }

  /** Of a text or a number, as it is written. */
  text(): string {
    return this.#frame.toString('latin1', this.start, this.end)
  }

  /** Of a value that is a decimal. */
  decimal(): Decimal {
    return recentDecimal(this.#frame, this.start, this.end)
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

  #readDigits(): void {
    let value = 0
    for (let at = this.start; at < this.end; at += 1) value = value * 10 + (this.#frame[at]! - ZERO)
    this.number = value
  }

  /** Nothing is left of the object or the list. */
  #isOver(close: number): boolean {
    if (this.isComplete) return true
    const isFirst = this.#isFirst
    this.#isFirst = false
    if (!isFirst || this.#frame[this.#at] !== close) return false
    this.#at += 1
    this.isComplete = true
    return true
  }

  /** The value at this offset, and what follows it. False where it is unusual. */
  #take(at: number, close: number): boolean {
    const code = this.#frame[at]!
    if (code === OPEN || code === OPEN_LIST) {
      this.type = code === OPEN ? ValueType.object : ValueType.list
      this.start = at
      this.#at = at + 1
      this.#isFirst = true
      return true
    }
    const end = this.#value(at, code)
    return end >= 0 && this.#follow(end, close)
  }

  /** The comma or the closing one that follows a value. */
  #follow(at: number, close: number): boolean {
    const code = this.#frame[at]
    this.#at = at + 1
    this.isComplete = code === close
    return code === COMMA || code === close
  }

  /** Returns the offset behind the value; -1 where it is unusual. */
  #value(at: number, code: number): number {
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
