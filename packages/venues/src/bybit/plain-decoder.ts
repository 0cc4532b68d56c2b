// Decodes the usual form of Bybit's trades and tops by their bytes, see `../plain-events.ts`. The order of keys differs between
// products and topics: none is expected.

import type { TradeEvent } from '@tradelane/shared/market/market-events'
import type { Instrument, WallUs } from '@tradelane/shared/market/nouns'
import { DOUBLE } from '@tradelane/shared/thread/clock'
import { ID_CHARS_MAX } from '@tradelane/shared/wire/decimal'
import { beginFrame, instrumentOf, isPassed, PlainEvents, PlainSide } from '../plain-events.js'
import { PlainJson, ValueType } from '../plain-json.js'
import type { SymbolIndex } from '../venue.js'
import type { TopUpdate } from './top-merge.js'

const DATA = Buffer.from('data')
const TYPE = Buffer.from('type')
const SENT = Buffer.from('ts')
const MATCHED = Buffer.from('cts')
const SNAPSHOT = Buffer.from('snapshot')
const DELTA = Buffer.from('delta')
const SEQUENCE = Buffer.from('seq')
const BLOCK = Buffer.from('BT')
const BUY = Buffer.from('Buy')
const SELL = Buffer.from('Sell')
const Key = { S: 0x53, T: 0x54, a: 0x61, b: 0x62, i: 0x69, p: 0x70, s: 0x73, u: 0x75, v: 0x76 } as const
const LEVEL_FIELDS = 2
const NONE = -1

export class PlainDecoder {
  readonly #instruments: SymbolIndex
  readonly #json = new PlainJson()
  readonly #bid = new PlainSide()
  readonly #ask = new PlainSide()
  #sequence = DOUBLE
  #lastId = DOUBLE
  #instrument: Instrument | undefined
  readonly trades = new PlainEvents<TradeEvent>(this.#json, (json, frame, into) => this.#readTrade(json, frame, into))

  constructor(instruments: SymbolIndex) {
    this.#instruments = instruments
  }

  /** False: it is not of the usual form, and `into` may hold anything. */
  readTop(frame: Buffer, into: TopUpdate): boolean {
    const json = this.#json
    if (!beginFrame(json, frame)) return false
    let type = NONE
    let sentUs = NONE
    let matchedUs = NONE
    let hasData = false
    while (json.next()) {
      if (json.isKey(DATA)) {
        if (hasData || !json.isObject || !this.#readBook(frame) || !json.leaveToObject()) return false
        hasData = true
      } else if (json.type >= ValueType.object) return false
      else if (json.isKey(TYPE)) type = json.isText(SNAPSHOT) ? 1 : json.isText(DELTA) ? 0 : NONE
      else if (json.isKey(SENT)) sentUs = json.readTimeUs() ? json.number : NONE
      else if (json.isKey(MATCHED)) matchedUs = json.readTimeUs() ? json.number : NONE
    }
    // Time 0 is that of a symbol that is closed.
    if (!json.isWhole || !hasData || type === NONE || sentUs === NONE) return false
    if (this.#instrument === undefined || this.#lastId === NONE || this.#sequence === NONE) return false
    into.instrument = this.#instrument
    into.venueUs = (matchedUs === NONE ? sentUs : matchedUs) as WallUs
    into.isSnapshot = type === 1
    into.lastId = this.#lastId
    into.sequence = this.#sequence
    const bid = this.#bid
    into.hasBids = bid.isPresent
    into.bidPrice = bid.price
    into.bidAmount = bid.amount
    const ask = this.#ask
    into.hasAsks = ask.isPresent
    into.askPrice = ask.price
    into.askAmount = ask.amount
    return true
  }

  #readBook(frame: Buffer): boolean {
    const json = this.#json
    this.#instrument = undefined
    this.#lastId = NONE
    this.#sequence = NONE
    let hasBids = false
    let hasAsks = false
    while (json.next()) {
      switch (json.key) {
        case Key.s:
          this.#instrument = instrumentOf(json, frame, this.#instruments)
          if (this.#instrument === undefined) return false
          break
        case Key.b:
          hasBids = this.#bid.read(json, LEVEL_FIELDS)
          if (!hasBids) return false
          break
        case Key.a:
          hasAsks = this.#ask.read(json, LEVEL_FIELDS)
          if (!hasAsks) return false
          break
        case Key.u:
          if (!json.readNumber()) return false
          this.#lastId = json.number
          break
        default:
          if (!json.isKey(SEQUENCE)) {
            if (!isPassed(json)) return false
          } else if (!json.readNumber()) return false
          else this.#sequence = json.number
      }
    }
    return json.isComplete && hasBids && hasAsks
  }

  #readTrade(json: PlainJson, frame: Buffer, into: TradeEvent): boolean {
    /** What was read, a bit each. */
    let found = 0
    into.isMarket = true
    while (json.next()) {
      switch (json.key) {
        case Key.s: {
          const instrument = instrumentOf(json, frame, this.#instruments)
          if (instrument === undefined) return false
          into.instrument = instrument
          found |= 1
          break
        }
        case Key.T:
          if (!json.readTimeUs()) return false
          into.venueUs = json.number as WallUs
          found |= 2
          break
        case Key.i:
          if (json.type !== ValueType.text || json.end === json.start || json.end - json.start > ID_CHARS_MAX)
            return false
          into.id = json.text()
          found |= 4
          break
        case Key.p:
          if (!json.isDecimal()) return false
          into.price = json.decimal()
          found |= 8
          break
        case Key.v:
          if (!json.isDecimal()) return false
          into.amount = json.decimal()
          found |= 16
          break
        case Key.S: {
          const isBuy = json.isText(BUY)
          if (!isBuy && !json.isText(SELL)) return false
          into.side = isBuy ? 'Buy' : 'Sell'
          found |= 32
          break
        }
        default:
          if (json.isKey(BLOCK)) into.isMarket = json.type !== ValueType.true
          if (!isPassed(json)) return false
      }
    }
    into.amountBase = into.amount
    return json.isComplete && found === 63
  }
}
