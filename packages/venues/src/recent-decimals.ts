// Texts of decimals that came shortly before: best prices and many amounts come again and again, and then no text is made.

import type { Decimal } from '@tradelane/shared/market/nouns'

const RECENT_COUNT = 1_024
/** Of this thread; the place of each is given by its hash. */
const recent: Decimal[] = new Array<Decimal>(RECENT_COUNT).fill('' as Decimal)

/** `frame[start, end)` is a decimal. */
export function recentDecimal(frame: Buffer, start: number, end: number): Decimal {
  const place = hashOf(frame, start, end) & (RECENT_COUNT - 1)
  const text = recent[place]!
  if (isSpelled(text, frame, start, end)) return text
  const made = frame.toString('latin1', start, end) as Decimal
  recent[place] = made
  return made
}

/** FNV-1a. */
function hashOf(frame: Buffer, start: number, end: number): number {
  let hash = 0x811c9dc5
  for (let at = start; at < end; at += 1) hash = Math.imul(hash ^ frame[at]!, 0x01000193)
  return hash ^ (hash >>> 15)
}

function isSpelled(text: string, frame: Buffer, start: number, end: number): boolean {
  if (end - start !== text.length) return false
  for (let index = 0; index < text.length; index += 1) {
    if (frame[start + index] !== text.charCodeAt(index)) return false
  }
  return true
}
