// Reads one JSON text forward, key by key, without building a tree: venue frames come by the thousand and most of their
// fields are of no use. It is strict about structure (a broken text stays broken and answers nothing more) and about types:
// a value of another type than asked for is skipped and read as null. Bytes are read as Latin-1, so that an offset in the
// text is the offset in the frame; texts beyond ASCII are never used. Runs wherever frames are decoded; one per decoder.

import type { Decimal } from '@tradelane/shared/nouns'
import { DECIMAL_FRACTION_DIGITS_MAX, DECIMAL_INTEGER_DIGITS_MAX } from '@tradelane/shared/wire/decimal'

export class JsonReader {
  /** The key that `nextKey` found; empty where it is too long or escaped to be one of ours. */
  key = ''
  /** The characters between the quotes, after `readRange` said true: `frame[rangeStart, rangeEnd)`. */
  rangeStart = 0
  rangeEnd = 0
  #frame: Buffer = NO_BYTES
  #text = ''
  #offset = 0
  /** Nothing was read yet of the object or array just entered. */
  #isFirst = false
  #isBroken = false
  readonly #keys = new Array<string>(KEY_SLOTS).fill('')

  open(frame: Buffer): void {
    this.#frame = frame
    this.#text = frame.toString('latin1')
    this.#offset = 0
    this.#isFirst = false
    this.#isBroken = false
  }

  get frame(): Buffer {
    return this.#frame
  }

  get isBroken(): boolean {
    return this.#isBroken
  }

  /** True when everything was read and the text was whole. */
  finish(): boolean {
    this.#skipSpace()
    return !this.#isBroken && this.#offset === this.#text.length
  }

  enterObject(): boolean {
    return this.#enter(OPEN_BRACE)
  }

  enterArray(): boolean {
    return this.#enter(OPEN_BRACKET)
  }

  /** Goes to the next key of the entered object; its value must be read or skipped. False at the end. */
  nextKey(): boolean {
    if (!this.#next(CLOSE_BRACE)) return false
    if (this.#skipSpace() !== QUOTE) return this.#fail()
    const start = this.#offset + 1
    const end = this.#stringEnd(start)
    if (end === -1) return this.#fail()
    this.key = this.#keyOf(start, end)
    this.#offset = end + 1
    if (this.#skipSpace() !== COLON) return this.#fail()
    this.#offset += 1
    return true
  }

  /** Goes to the next value of the entered array; it must be read or skipped. False at the end. */
  nextItem(): boolean {
    return this.#next(CLOSE_BRACKET)
  }

  /** A string without escapes; see `rangeStart`. */
  readRange(): boolean {
    if (this.#skipSpace() !== QUOTE) return this.#refuse()
    const start = this.#offset + 1
    const end = this.#stringEnd(start)
    if (end === -1) return this.#fail()
    this.rangeStart = start
    this.rangeEnd = end
    this.#offset = end + 1
    return !this.#isEscaped
  }

  /** A string without escapes, of at most `charsMax`. */
  readText(charsMax: number): string | null {
    if (!this.readRange() || this.rangeEnd - this.rangeStart > charsMax) return null
    return this.#slice(this.rangeStart, this.rangeEnd)
  }

  /** A string that is one of these; the answer is the member of the list. */
  readOneOf<Text extends string>(texts: readonly Text[]): Text | null {
    if (!this.readRange()) return null
    const chars = this.rangeEnd - this.rangeStart
    for (const text of texts) if (text.length === chars && this.#text.startsWith(text, this.rangeStart)) return text
    return null
  }

  /** A string that `isDecimal`. */
  readDecimal(): Decimal | null {
    if (this.#skipSpace() !== QUOTE) return this.#refuseNull()
    const text = this.#text
    const start = this.#offset + 1
    let offset = start
    let code = text.charCodeAt(offset)
    while (code >= ZERO && code <= NINE) code = text.charCodeAt((offset += 1))
    const integerDigits = offset - start
    let isDecimal = integerDigits > 0 && integerDigits <= DECIMAL_INTEGER_DIGITS_MAX
    if (code === POINT) {
      const fractionStart = offset + 1
      do code = text.charCodeAt((offset += 1))
      while (code >= ZERO && code <= NINE)
      const fractionDigits = offset - fractionStart
      isDecimal = isDecimal && fractionDigits > 0 && fractionDigits <= DECIMAL_FRACTION_DIGITS_MAX
    }
    if (code !== QUOTE) return this.#refuseNull()
    this.#offset = offset + 1
    return isDecimal ? (this.#slice(start, offset) as Decimal) : null
  }

  /** A whole number from 0 to 2^53 - 1, written with digits only; -1 otherwise. */
  readInteger(): number {
    this.#skipSpace()
    const text = this.#text
    const start = this.#offset
    let offset = start
    let value = 0
    let code = text.charCodeAt(offset)
    while (code >= ZERO && code <= NINE) {
      value = value * 10 + (code - ZERO)
      code = text.charCodeAt((offset += 1))
    }
    if (offset === start || offset - start > INTEGER_DIGITS_MAX || isScalarChar(code)) {
      this.skipValue()
      return -1
    }
    this.#offset = offset
    return value <= Number.MAX_SAFE_INTEGER ? value : -1
  }

  /** A whole number from 0 to 2^53 - 1, as the text it is. */
  readIntegerText(): string | null {
    this.#skipSpace()
    const start = this.#offset
    return this.readInteger() === -1 ? null : this.#slice(start, this.#offset)
  }

  readBoolean(): boolean | null {
    const code = this.#skipSpace()
    const literal = code === LOWER_T ? 'true' : 'false'
    if (
      !this.#text.startsWith(literal, this.#offset) ||
      isScalarChar(this.#text.charCodeAt(this.#offset + literal.length))
    ) {
      return this.#refuseNull()
    }
    this.#offset += literal.length
    return code === LOWER_T
  }

  skipValue(): void {
    this.#skip(0)
  }

  #skip(depth: number): void {
    const code = this.#skipSpace()
    if (depth > DEPTH_MAX) this.#fail()
    else if (code === QUOTE) this.#skipString()
    else if (code === OPEN_BRACE) {
      this.#enter(OPEN_BRACE)
      while (this.nextKey()) this.#skip(depth + 1)
    } else if (code === OPEN_BRACKET) {
      this.#enter(OPEN_BRACKET)
      while (this.nextItem()) this.#skip(depth + 1)
    } else this.#skipScalar()
  }

  #skipString(): void {
    const end = this.#stringEnd(this.#offset + 1)
    if (end === -1) this.#fail()
    else this.#offset = end + 1
  }

  #skipScalar(): void {
    const start = this.#offset
    let offset = start
    while (isScalarChar(this.#text.charCodeAt(offset))) offset += 1
    if (SCALAR.test(this.#text.slice(start, Math.min(offset, start + SCALAR_CHARS_MAX)))) this.#offset = offset
    else this.#fail()
  }

  #enter(opening: number): boolean {
    if (this.#skipSpace() !== opening) return this.#refuse()
    this.#offset += 1
    this.#isFirst = true
    return true
  }

  #next(closing: number): boolean {
    const code = this.#skipSpace()
    if (code === closing) {
      this.#offset += 1
      this.#isFirst = false
      return false
    }
    if (this.#isFirst) this.#isFirst = false
    else if (code === COMMA) this.#offset += 1
    else return this.#fail()
    return !this.#isBroken
  }

  /** The character that stands next; NaN at the end of the text. */
  #skipSpace(): number {
    let code = this.#text.charCodeAt(this.#offset)
    while (code === SPACE || code === LINE_FEED || code === CARRIAGE_RETURN || code === TAB) {
      this.#offset += 1
      code = this.#text.charCodeAt(this.#offset)
    }
    return code
  }

  #isEscaped = false

  /** Offset of the closing quote, or -1. */
  #stringEnd(start: number): number {
    const text = this.#text
    this.#isEscaped = false
    for (let offset = start; offset < text.length; offset += 1) {
      const code = text.charCodeAt(offset)
      if (code === QUOTE) return offset
      if (code < SPACE) return -1
      if (code !== BACKSLASH) continue
      this.#isEscaped = true
      offset += 1
    }
    return -1
  }

  /** The same few keys come for ever: each is made once. */
  #keyOf(start: number, end: number): string {
    const chars = end - start
    if (chars === 0 || chars > KEY_CHARS_MAX || this.#isEscaped) return ''
    const slot = (this.#text.charCodeAt(start) * 7 + this.#text.charCodeAt(end - 1) * 31 + chars) & (KEY_SLOTS - 1)
    const known = this.#keys[slot]
    if (known?.length === chars && this.#text.startsWith(known, start)) return known
    const key = this.#slice(start, end)
    this.#keys[slot] = key
    return key
  }

  /** A text that does not keep the frame alive, as a long slice of the frame's text would. */
  #slice(start: number, end: number): string {
    return end - start < SLICED_CHARS_MIN ? this.#text.slice(start, end) : this.#frame.toString('latin1', start, end)
  }

  /** Another type than asked for. */
  #refuse(): false {
    this.skipValue()
    return false
  }

  #refuseNull(): null {
    this.skipValue()
    return null
  }

  #fail(): false {
    this.#isBroken = true
    this.#offset = this.#text.length
    return false
  }
}

const NO_BYTES = Buffer.alloc(0)
const TAB = 0x09
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const SPACE = 0x20
const QUOTE = 0x22
const COMMA = 0x2c
const POINT = 0x2e
const ZERO = 0x30
const NINE = 0x39
const COLON = 0x3a
const OPEN_BRACKET = 0x5b
const BACKSLASH = 0x5c
const CLOSE_BRACKET = 0x5d
const LOWER_T = 0x74
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

const KEY_SLOTS = 256
const KEY_CHARS_MAX = 32
/** Nesting that no venue comes near, and no stack minds. */
const DEPTH_MAX = 64
/** 2^53 has 16 digits. */
const INTEGER_DIGITS_MAX = 16
/** Longest number or literal that is skipped rather than refused. */
const SCALAR_CHARS_MAX = 400
const SCALAR = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?)$/
/** From this length on, V8 makes a slice that points into its parent. */
const SLICED_CHARS_MIN = 13

/** Whether a number or literal goes on here; false for NaN, the end of the text. */
function isScalarChar(code: number): boolean {
  return (
    code > SPACE && code !== COMMA && code !== CLOSE_BRACKET && code !== CLOSE_BRACE && code !== COLON && code !== QUOTE
  )
}
