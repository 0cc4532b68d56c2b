// What the byte decoders of all venues share: frames whose member `data` is a list of events, levels, and members that are not
// read. Whatever is unusual, missing or wrong is left to the venue's strict parser, which then says what the frame means: what is
// accepted here, it would read the same way.

import type { Decimal, Instrument } from '@tradelane/shared/market/nouns'
import { type PlainJson, ValueType } from './plain-json.js'
import type { SymbolIndex } from './venue.js'

const OPEN = 0x7b
const DATA = Buffer.from('data')
/** More are left to the strict parser. */
const EVENTS_MAX = 256

/** At the beginning of the object that the frame is. */
export function beginFrame(json: PlainJson, frame: Buffer): boolean {
  json.begin(frame, 1)
  return frame[0] === OPEN
}

/** Of a value that is not read: whether it is read the same way by others, and over. */
export function isPassed(json: PlainJson): boolean {
  if (json.isList) return false
  if (!json.isObject) return true
  while (json.next()) if (json.type >= ValueType.object) return false
  return json.leaveToObject()
}

export function instrumentOf(json: PlainJson, frame: Buffer, instruments: SymbolIndex): Instrument | undefined {
  return json.type === ValueType.text ? instruments.at(frame, json.start, json.end) : undefined
}

/** Reads the members of one event up to its end. False where anything is unusual. */
export type ReadEvent<Event> = (json: PlainJson, frame: Buffer, into: Event) => boolean

/**
 * The events of a frame's `data`, all of which are read before the first is used: where one of them is unusual, the strict parser
 * gets the whole frame.
 */
export class PlainEvents<Event> {
  readonly #json: PlainJson
  readonly #readEvent: ReadEvent<Event>
  /** Behind the opening brace of each. */
  readonly #starts = new Int32Array(EVENTS_MAX)

  constructor(json: PlainJson, readEvent: ReadEvent<Event>) {
    this.#json = json
    this.#readEvent = readEvent
  }

  /** Returns how many there are, and leaves `into` with the last; 0: it is not of the usual form, and `into` may hold anything. */
  read(frame: Buffer, into: Event): number {
    const json = this.#json
    if (!beginFrame(json, frame)) return 0
    let count = 0
    while (json.next()) {
      if (!json.isKey(DATA)) {
        if (!isPassed(json)) return 0
      } else if (count > 0 || !json.isList) return 0
      else {
        count = this.#readList(frame, into)
        if (count === 0) return 0
      }
    }
    return json.isWhole ? count : 0
  }

  /** One of those that were counted. */
  readAgain(frame: Buffer, index: number, into: Event): boolean {
    this.#json.begin(frame, this.#starts[index]!)
    return this.#readEvent(this.#json, frame, into)
  }

  #readList(frame: Buffer, into: Event): number {
    const json = this.#json
    let count = 0
    while (json.nextValue()) {
      if (!json.isObject || count === EVENTS_MAX) return 0
      this.#starts[count] = json.start + 1
      if (!this.#readEvent(json, frame, into) || !json.leaveToList()) return 0
      count += 1
    }
    return json.leaveToObject() ? count : 0
  }
}

/** The best level of one side of a book, which has one level or none; one without an amount is as good as none. */
export class PlainSide {
  /** Whether a level was sent. */
  isPresent = false
  price: Decimal | null = null
  amount: Decimal | null = null

  reset(): void {
    this.isPresent = false
    this.price = null
    this.amount = null
  }

  /** Of a value that should be a list of levels. False where it is unusual. */
  read(json: PlainJson, fieldCount: number): boolean {
    this.reset()
    if (!json.isList) return false
    while (json.nextValue()) {
      if (this.isPresent || !json.isList || !this.#readLevel(json, fieldCount)) return false
    }
    return json.leaveToObject()
  }

  #readLevel(json: PlainJson, fieldCount: number): boolean {
    if (!json.nextValue() || !json.isDecimal()) return false
    this.price = json.decimal()
    if (!json.nextValue() || !json.isDecimal()) return false
    this.amount = json.decimal()
    if (json.isZero()) {
      this.price = null
      this.amount = null
    }
    this.isPresent = true
    let count = 2
    for (; json.nextValue(); count += 1) if (json.type >= ValueType.object) return false
    return count >= fieldCount && json.leaveToList()
  }
}
