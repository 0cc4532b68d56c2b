// Strict access to the parsed JSON of a venue: every field is checked before it is used.

import type { WallUs } from '@tradelane/shared/market/nouns'
import { isDecimal } from '@tradelane/shared/wire/decimal'

export type JsonObject = Readonly<Record<string, unknown>>

/** In the year 2255: later microseconds are not exact in a double. */
const EPOCH_MS_MAX = 9_007_199_254_740

/** Undefined for anything that is not a JSON object. */
export function parseObject(frame: Buffer): JsonObject | undefined {
  try {
    return asObject(JSON.parse(frame.toString('utf8')))
  } catch {
    return undefined
  }
}

/** A REST answer as an object. Throws a readable Error when it is something else, such as a proxy's page. */
export function parseAnswer(body: string, what: string): JsonObject {
  let answer: JsonObject | undefined
  try {
    answer = asObject(JSON.parse(body))
  } catch {
    // Reported below, with the beginning of the text.
  }
  if (answer === undefined) throw new Error(`${what}: invalid answer "${excerptOf(body)}"; expected a JSON object`)
  return answer
}

const EXCERPT_CHARS_MAX = 160

/** A venue's text for our own messages: shortened, and never an object, whose conversion to text could throw. */
export function excerptOf(value: unknown): string {
  const isPrimitive = value === null || (typeof value !== 'object' && typeof value !== 'function')
  return isPrimitive ? String(value).slice(0, EXCERPT_CHARS_MAX) : `an ${typeof value}`
}

export function asObject(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined
}

export function asArray(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? value : undefined
}

/** Epoch milliseconds, a number or decimal text, in microseconds. Undefined for anything else, and for 0, which means no time. */
export function epochMsToUs(value: unknown): WallUs | undefined {
  const ms = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value
  if (typeof ms !== 'number' || !Number.isSafeInteger(ms) || ms <= 0 || ms > EPOCH_MS_MAX) return undefined
  return (ms * 1_000) as WallUs
}

export function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

/** Most levels per side of a frame; no venue sends more than 5,000. */
export const LEVELS_MAX = 10_000

/**
 * Appends `[[price, amount, …], …]` to `into` as flat pairs. False when a level is malformed, or has fewer fields than the
 * venue sends: the missing one may be the price.
 */
export function readLevels(value: unknown, fieldCount: number, into: string[]): boolean {
  if (!Array.isArray(value) || value.length > LEVELS_MAX) return false
  for (const level of value) {
    if (!Array.isArray(level) || level.length < fieldCount) return false
    const price: unknown = level[0]
    const amount: unknown = level[1]
    if (!isDecimal(price) || !isDecimal(amount)) return false
    into.push(price, amount)
  }
  return true
}
