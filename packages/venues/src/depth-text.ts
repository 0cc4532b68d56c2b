// Reads a depth frame without parsing its levels as JSON, which are nine tenths of it: a scanner that accepts only
// `[["price","amount"],…]` reads them, and `JSON.parse` the rest. A frame that has anything else in its levels, or has them
// elsewhere, is parsed as a whole, so that both ways always give the same result.

import { randomInt } from 'node:crypto'
import { asObject, type JsonObject, LEVELS_MAX } from './json-fields.js'

/** Replaces the levels in the rest of a frame. No venue can guess it, so it marks where the levels were. */
const BIDS_MARK = -randomInt(1e12, 1e14)
const ASKS_MARK = BIDS_MARK - 1

interface LevelKeys {
  readonly bids: string
  readonly asks: string
  /** Fields per level; the first two are price and amount. */
  readonly fieldCount: number
}

export class DepthText {
  readonly #bidsHead: string
  readonly #asksHead: string
  readonly #fieldCount: number
  #text = ''
  /** Where the scanner stopped. */
  #at = 0

  constructor({ bids, asks, fieldCount }: LevelKeys) {
    this.#bidsHead = `"${bids}":[`
    this.#asksHead = `"${asks}":[`
    this.#fieldCount = fieldCount
  }

  /** The frame with marks in place of its levels, which are appended to the lists. Undefined: parse it as a whole. */
  read(frame: Buffer, bids: string[], asks: string[]): JsonObject | undefined {
    // Levels are ASCII, and no text of the rest is used.
    this.#text = frame.toString('latin1')
    const text = this.#text
    const bidsAt = text.indexOf(this.#bidsHead)
    const asksAt = text.indexOf(this.#asksHead)
    if (bidsAt < 0 || asksAt < 0) return undefined
    const bidsStart = bidsAt + this.#bidsHead.length
    const asksStart = asksAt + this.#asksHead.length
    const areBidsFirst = bidsAt < asksAt
    if (!this.#scan(areBidsFirst ? bidsStart : asksStart, areBidsFirst ? bids : asks)) return undefined
    const firstEnd = this.#at
    if (firstEnd > (areBidsFirst ? asksAt : bidsAt)) return undefined
    if (!this.#scan(areBidsFirst ? asksStart : bidsStart, areBidsFirst ? asks : bids)) return undefined
    const head = text.slice(0, (areBidsFirst ? bidsStart : asksStart) - 1)
    const between = text.slice(firstEnd, (areBidsFirst ? asksStart : bidsStart) - 1)
    const [first, second] = areBidsFirst ? [BIDS_MARK, ASKS_MARK] : [ASKS_MARK, BIDS_MARK]
    try {
      return asObject(JSON.parse(`${head}${first}${between}${second}${text.slice(this.#at)}`))
    } catch {
      return undefined
    }
  }

  /** From after the opening bracket to after the closing one. */
  #scan(start: number, into: string[]): boolean {
    const text = this.#text
    let at = start
    if (text.charCodeAt(at) === CLOSE) {
      this.#at = at + 1
      return true
    }
    for (let left = LEVELS_MAX; left > 0; left -= 1) {
      if (text.charCodeAt(at) !== OPEN) return false
      at += 1
      for (let field = 0; field < this.#fieldCount; field += 1) {
        if (field > 0) {
          if (text.charCodeAt(at) !== COMMA) return false
          at += 1
        }
        const end = decimalEnd(text, at)
        if (end < 0) return false
        if (field < 2) into.push(text.slice(at + 1, end - 1))
        at = end
      }
      if (text.charCodeAt(at) !== CLOSE) return false
      at += 1
      const code = text.charCodeAt(at)
      at += 1
      if (code === CLOSE) {
        this.#at = at
        return true
      }
      if (code !== COMMA) return false
    }
    return false
  }
}

export function hasMarks(bids: unknown, asks: unknown): boolean {
  return bids === BIDS_MARK && asks === ASKS_MARK
}

/** The offset after the closing quote of a decimal that opens at `start`; -1 for anything else, and for long texts. */
function decimalEnd(text: string, start: number): number {
  if (text.charCodeAt(start) !== QUOTE) return -1
  const first = start + 1
  let at = first
  let point = -1
  for (;;) {
    const code = text.charCodeAt(at)
    if (code >= ZERO && code <= NINE) at += 1
    else if (code === POINT && point < 0 && at > first) {
      point = at
      at += 1
    } else if (code === QUOTE) break
    else return -1
  }
  const length = at - first
  if (length === 0 || length > TEXT_CHARS_MAX || point === at - 1) return -1
  return at + 1
}

const OPEN = 0x5b
const CLOSE = 0x5d
const COMMA = 0x2c
const QUOTE = 0x22
const POINT = 0x2e
const ZERO = 0x30
const NINE = 0x39
/** A longer slice would keep the text of the whole frame in memory for as long as the level is kept. */
const TEXT_CHARS_MAX = 12
