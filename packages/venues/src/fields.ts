// Readers of the field types that all venues share. Each answers null or -1 for a value that is not what it should be; the
// decoder then counts the event as malformed.

import type { Instrument, Side, WallUs } from '@tradelane/shared/nouns'
import type { JsonReader } from './json-reader.js'
import type { SymbolIndex } from './venue.js'

export function readInstrument(reader: JsonReader, instruments: SymbolIndex): Instrument | undefined {
  return reader.readRange() ? instruments.at(reader.frame, reader.rangeStart, reader.rangeEnd) : undefined
}

/** Milliseconds as a JSON number, to microseconds; -1 for what is no time of this and the next two centuries. */
export function readTimeUs(reader: JsonReader): WallUs {
  const ms = reader.readInteger()
  return (ms > 0 && ms <= TIME_MS_MAX ? ms * 1_000 : -1) as WallUs
}

export const NO_TIME = -1 as WallUs

export function readSide(reader: JsonReader): Side | null {
  return reader.readOneOf(SIDES)
}

/** Reads `[[price, amount], …]` into flat pairs. False when anything in it is not two decimals. */
export function readLevels(reader: JsonReader, into: string[]): boolean {
  let count = 0
  if (!reader.enterArray()) return false
  let isSound = true
  while (reader.nextItem()) {
    if (isSound && reader.enterArray()) {
      isSound = readLevel(reader, into, count)
      count += 2
    } else {
      if (isSound) isSound = false
      else reader.skipValue()
    }
  }
  if (into.length !== count) into.length = count
  return isSound && !reader.isBroken
}

/** Further fields of a level are a venue's own: order counts and the like. */
function readLevel(reader: JsonReader, into: string[], at: number): boolean {
  if (!reader.nextItem()) return false
  const price = reader.readDecimal()
  if (!reader.nextItem()) return false
  const amount = reader.readDecimal()
  while (reader.nextItem()) reader.skipValue()
  if (price === null || amount === null) return false
  into[at] = price
  into[at + 1] = amount
  return true
}

const SIDES: readonly Side[] = ['Buy', 'Sell']
/** Its microseconds are still exact in a double: the year 2255. */
const TIME_MS_MAX = Math.floor(Number.MAX_SAFE_INTEGER / 1_000)
