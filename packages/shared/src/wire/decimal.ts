// Exact arithmetic on decimal text. Prices and sizes stay the venue's own characters from socket to client; what must be
// computed from them (contract sizes, half of a two-sided open interest, the order of levels) is computed here without
// floating-point numbers. Used by decoders in ingest and L2 workers, and by the encoders.

import type { Decimal } from '../market/nouns.js'

/** Widest integer part. The largest price on any venue has 12 digits; twice that is enough for the supply of any coin. */
const DECIMAL_INTEGER_DIGITS_MAX = 24
/** Most fraction digits: one wei has 18. */
const DECIMAL_FRACTION_DIGITS_MAX = 18
export const DECIMAL_CHARS_MAX = DECIMAL_INTEGER_DIGITS_MAX + 1 + DECIMAL_FRACTION_DIGITS_MAX
export const ID_CHARS_MAX = 64

const ZERO = 0x30
const NINE = 0x39
const POINT = 0x2e
const QUOTE = 0x22
const BACKSLASH = 0x5c
/** Products of up to this many digits are exact in a double. */
const EXACT_DIGITS_MAX = 15

/** True for 1 to 24 digits, and optionally a point and 1 to 18 digits. No sign, no exponent, no bare point. */
export function isDecimal(text: unknown): text is Decimal {
  if (typeof text !== 'string') return false
  const chars = text.length
  if (chars === 0 || chars > DECIMAL_CHARS_MAX) return false
  let point = -1
  for (let offset = 0; offset < chars; offset += 1) {
    const code = text.charCodeAt(offset)
    if (code >= ZERO && code <= NINE) continue
    if (code !== POINT || point !== -1) return false
    point = offset
  }
  if (point === -1) return chars <= DECIMAL_INTEGER_DIGITS_MAX
  const fractionDigits = chars - point - 1
  return (
    point >= 1 &&
    point <= DECIMAL_INTEGER_DIGITS_MAX &&
    fractionDigits >= 1 &&
    fractionDigits <= DECIMAL_FRACTION_DIGITS_MAX
  )
}

/** True for 1 to 64 printable ASCII characters that need no escape in JSON: what the wire accepts as an id. */
export function isWireId(text: unknown): text is string {
  if (typeof text !== 'string') return false
  const chars = text.length
  if (chars === 0 || chars > ID_CHARS_MAX) return false
  for (let offset = 0; offset < chars; offset += 1) {
    const code = text.charCodeAt(offset)
    if (code < 0x20 || code > 0x7e || code === QUOTE || code === BACKSLASH) return false
  }
  return true
}

/** The text as a JSON number literal of the same value: `007.50` is `7.50`. */
export function numberLiteral(text: Decimal): string {
  if (text.charCodeAt(0) !== ZERO || text.length === 1 || text.charCodeAt(1) === POINT) return text
  return text.slice(leadingZeroCount(text))
}

export function isZeroDecimal(text: string): boolean {
  for (let offset = 0; offset < text.length; offset += 1) {
    const code = text.charCodeAt(offset)
    if (code !== ZERO && code !== POINT) return false
  }
  return true
}

/** Negative, zero or positive, as `left` is less than, equal to or greater than `right`; `1.50` equals `1.5`. */
export function compareDecimals(left: string, right: string): number {
  if (left === right) return 0
  const leftStart = leadingZeroCount(left)
  const rightStart = leadingZeroCount(right)
  const leftPoint = pointOffset(left)
  const rightPoint = pointOffset(right)
  const widthDifference = leftPoint - leftStart - (rightPoint - rightStart)
  if (widthDifference !== 0) return widthDifference
  for (let rank = 0; rank < leftPoint - leftStart; rank += 1) {
    const difference = left.charCodeAt(leftStart + rank) - right.charCodeAt(rightStart + rank)
    if (difference !== 0) return difference
  }
  const fractionDigits = Math.max(left.length - leftPoint, right.length - rightPoint)
  for (let rank = 1; rank < fractionDigits; rank += 1) {
    const difference = digitAt(left, leftPoint + rank) - digitAt(right, rightPoint + rank)
    if (difference !== 0) return difference
  }
  return 0
}

/** The exact product, without trailing zeros after the point. A factor of `1` keeps the other text as it is. */
export function multiplyDecimals(left: Decimal, right: Decimal): Decimal {
  if (right === '1') return left
  if (left === '1') return right
  const leftPoint = pointOffset(left)
  const rightPoint = pointOffset(right)
  const leftDigits = withoutPoint(left, leftPoint)
  const rightDigits = withoutPoint(right, rightPoint)
  const fractionDigits = leftDigits.length - leftPoint + (rightDigits.length - rightPoint)
  const product =
    leftDigits.length + rightDigits.length <= EXACT_DIGITS_MAX
      ? String(Number(leftDigits) * Number(rightDigits))
      : String(BigInt(leftDigits) * BigInt(rightDigits))
  return scaled(product, fractionDigits)
}

/** The exact half: one side of a two-sided figure. */
export function halveDecimal(text: Decimal): Decimal {
  return multiplyDecimals(text, HALF)
}

const HALF = '0.5' as Decimal

function scaled(digits: string, fractionDigits: number): Decimal {
  if (fractionDigits === 0) return digits as Decimal
  const padded = digits.length > fractionDigits ? digits : digits.padStart(fractionDigits + 1, '0')
  const point = padded.length - fractionDigits
  let end = padded.length
  while (end > point && padded.charCodeAt(end - 1) === ZERO) end -= 1
  const integer = padded.slice(0, point)
  return (end === point ? integer : `${integer}.${padded.slice(point, end)}`) as Decimal
}

/** Zeros before the last integer digit. */
function leadingZeroCount(text: string): number {
  let count = 0
  while (text.charCodeAt(count) === ZERO && count + 1 < text.length && text.charCodeAt(count + 1) !== POINT) count += 1
  return count
}

/** Offset of the point, or the length where there is none. */
function pointOffset(text: string): number {
  const offset = text.indexOf('.')
  return offset === -1 ? text.length : offset
}

function withoutPoint(text: string, point: number): string {
  return point === text.length ? text : text.slice(0, point) + text.slice(point + 1)
}

function digitAt(text: string, offset: number): number {
  return offset < text.length ? text.charCodeAt(offset) : ZERO
}
