// Turns the decimal text of a level into the key that a book sorts by, and checks it: a text that is not a plain decimal never
// enters a book, and so never reaches the wire. Called for every level of every L2 frame, in the L2 worker thread.

import { DECIMAL_CHARS_MAX } from '@tradelane/shared/wire/decimal'

/**
 * The number of a decimal text, or NaN when it is not a plain decimal or when it could collide with another price.
 * Digits and scale are exact doubles, so the one division rounds like `Number(text)`: equal texts, and texts that differ
 * in trailing zeros only, give equal keys, and different prices different ones.
 */
export function priceKey(text: string): number {
  const charCount = text.length
  if (charCount > DECIMAL_CHARS_MAX) return Number.NaN
  let digits = 0
  let digitCount = 0
  let point = -1
  for (let at = 0; at < charCount; at += 1) {
    const code = text.charCodeAt(at)
    if (code >= DIGIT_0 && code <= DIGIT_9) {
      digits = digits * 10 + (code - DIGIT_0)
      digitCount += 1
    } else if (code === POINT && point < 0 && at > 0) point = at
    else return Number.NaN
  }
  if (digitCount === 0 || point === charCount - 1) return Number.NaN
  const scale = point < 0 ? 0 : charCount - 1 - point
  if (digits <= EXACT_DIGITS_MAX && scale <= EXACT_SCALE_MAX) return digits / (POWERS_OF_TEN[scale] as number)
  return point < 0 || !text.endsWith('0') ? Number.NaN : priceKey(withoutLastZero(text))
}

/** 0 when the amount is zero (the level is deleted), 1 when it is positive, -1 when it is not a plain decimal. */
export function amountSign(text: string): -1 | 0 | 1 {
  const charCount = text.length
  if (charCount > DECIMAL_CHARS_MAX) return -1
  let digitCount = 0
  let point = -1
  let sign: 0 | 1 = 0
  for (let at = 0; at < charCount; at += 1) {
    const code = text.charCodeAt(at)
    if (code >= DIGIT_0 && code <= DIGIT_9) {
      if (code !== DIGIT_0) sign = 1
      digitCount += 1
    } else if (code === POINT && point < 0 && at > 0) point = at
    else return -1
  }
  return digitCount === 0 || point === charCount - 1 ? -1 : sign
}

const DIGIT_0 = 0x30
const DIGIT_9 = 0x39
const POINT = 0x2e
/** Two decimals of at most 15 digits never round to one double; above it they could. */
const EXACT_DIGITS_MAX = 999_999_999_999_999
/** The last power of ten that is an exact double. */
const EXACT_SCALE_MAX = 22
const POWERS_OF_TEN: readonly number[] = Array.from({ length: EXACT_SCALE_MAX + 1 }, (_, exponent) => 10 ** exponent)

function withoutLastZero(text: string): string {
  const shorter = text.slice(0, -1)
  return shorter.endsWith('.') ? shorter.slice(0, -1) : shorter
}
