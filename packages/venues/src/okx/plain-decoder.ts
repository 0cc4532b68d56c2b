// Decodes the usual form of OKX's trades and of `bbo-tbt` by their bytes, see `../plain-events.ts`.

import type { TopEvent, TradeEvent } from '@tradelane/shared/market/market-events'
import type { Instrument, WallUs } from '@tradelane/shared/market/nouns'
import { isDecimal } from '@tradelane/shared/wire/decimal'
import { beginFrame, instrumentOf, isPassed, PlainEvents, PlainSide } from '../plain-events.js'
import { PlainJson, ValueType } from '../plain-json.js'
import type { Sizes, SymbolIndex } from '../venue.js'
import { LEVEL_FIELDS } from './depth.js'

const ARG = Buffer.from('arg')
const DATA = Buffer.from('data')
const SYMBOL = Buffer.from('instId')
const ID = Buffer.from('tradeId')
const PRICE = Buffer.from('px')
const AMOUNT = Buffer.from('sz')
const SIDE = Buffer.from('side')
const TIME = Buffer.from('ts')
const COUNT = Buffer.from('count')
const BUY = Buffer.from('buy')
const SELL = Buffer.from('sell')
const BIDS = Buffer.from('bids')
const ASKS = Buffer.from('asks')
const SEQUENCE = Buffer.from('seqId')

export class PlainDecoder {
  readonly #instruments: SymbolIndex
  readonly #sizes: Sizes
  readonly #json = new PlainJson()
  readonly #bid = new PlainSide()
  readonly #ask = new PlainSide()
  readonly trades = new PlainEvents<TradeEvent>(this.#json, (json, frame, into) => this.#readTrade(json, frame, into))

  constructor(instruments: SymbolIndex, sizes: Sizes) {
    this.#instruments = instruments
    this.#sizes = sizes
  }

  /** False: it is not of the usual form, and `into` may hold anything. */
  readTop(frame: Buffer, into: TopEvent): boolean {
    const json = this.#json
    if (!beginFrame(json, frame)) return false
    let instrument: Instrument | undefined
    let hasData = false
    while (json.next()) {
      if (json.isKey(ARG)) {
        if (instrument !== undefined) return false
        instrument = this.#readArg(frame)
        if (instrument === undefined) return false
      } else if (json.isKey(DATA)) {
        if (hasData || !this.#readOnlyTop(into)) return false
        hasData = true
      } else if (!isPassed(json)) return false
    }
    if (!json.isWhole || instrument === undefined || !hasData) return false
    into.instrument = instrument
    const bid = this.#bid
    into.bidPrice = bid.price
    into.bidAmount = bid.amount === null ? null : this.#sizes.onWire(instrument, bid.amount)
    const ask = this.#ask
    into.askPrice = ask.price
    into.askAmount = ask.amount === null ? null : this.#sizes.onWire(instrument, ask.amount)
    if (into.bidAmount !== null && !isDecimal(into.bidAmount)) return false
    return into.askAmount === null || isDecimal(into.askAmount)
  }

  #readArg(frame: Buffer): Instrument | undefined {
    const json = this.#json
    if (!json.isObject) return undefined
    let instrument: Instrument | undefined
    while (json.next()) {
      if (json.isKey(SYMBOL)) {
        instrument = instrumentOf(json, frame, this.#instruments)
        if (instrument === undefined) return undefined
      } else if (json.type >= ValueType.object) return undefined
    }
    return json.leaveToObject() ? instrument : undefined
  }

  /** A list of one. */
  #readOnlyTop(into: TopEvent): boolean {
    const json = this.#json
    if (!json.isList || !json.nextValue() || !json.isObject) return false
    let hasTime = false
    let hasBids = false
    let hasAsks = false
    into.sequence = 0
    while (json.next()) {
      if (json.isKey(BIDS)) {
        hasBids = this.#bid.read(json, LEVEL_FIELDS)
        if (!hasBids) return false
      } else if (json.isKey(ASKS)) {
        hasAsks = this.#ask.read(json, LEVEL_FIELDS)
        if (!hasAsks) return false
      } else if (json.isKey(TIME)) {
        if (!json.readTimeUs()) return false
        into.venueUs = json.number as WallUs
        hasTime = true
      } else if (json.isKey(SEQUENCE)) {
        if (!json.readNumber()) return false
        into.sequence = json.number
      } else if (!isPassed(json)) return false
    }
    return hasTime && hasBids && hasAsks && json.leaveToList() && json.isComplete && json.leaveToObject()
  }

  #readTrade(json: PlainJson, frame: Buffer, into: TradeEvent): boolean {
    /** What was read, a bit each. */
    let found = 0
    let number = 0
    let count = 1
    while (json.next()) {
      if (json.isKey(SYMBOL)) {
        const instrument = instrumentOf(json, frame, this.#instruments)
        if (instrument === undefined) return false
        into.instrument = instrument
        found |= 1
      } else if (json.isKey(ID)) {
        if (!json.readTextOfDigits()) return false
        number = json.number
        into.id = json.text()
        found |= 2
      } else if (json.isKey(PRICE)) {
        if (!json.isDecimal()) return false
        into.price = json.decimal()
        found |= 4
      } else if (json.isKey(AMOUNT)) {
        if (!json.isDecimal()) return false
        into.amount = json.decimal()
        found |= 8
      } else if (json.isKey(SIDE)) {
        const isBuy = json.isText(BUY)
        if (!isBuy && !json.isText(SELL)) return false
        into.side = isBuy ? 'Buy' : 'Sell'
        found |= 16
      } else if (json.isKey(TIME)) {
        if (!json.readTimeUs()) return false
        into.venueUs = json.number as WallUs
        found |= 32
      } else if (json.isKey(COUNT)) {
        if (!json.readTextOfDigits()) return false
        count = json.number
      } else if (!isPassed(json)) return false
    }
    if (!json.isComplete || found !== 63) return false
    // As the strict parser: never more than there are ids.
    into.idCount = count <= number ? Math.max(1, count) : 1
    into.isMarket = true
    const { instrument, amount } = into
    into.amountBase = this.#sizes.inBase(instrument, amount)
    into.amount = this.#sizes.onWire(instrument, amount)
    return isDecimal(into.amountBase)
  }
}
