// Decodes the usual form of Binance's trades and tops by their bytes, without making an object of the frame. Whatever is unusual,
// missing or wrong is left to the strict parser of `decoder.ts`, which then says what the frame means: what is accepted here, it
// would read the same way.

import type { TopEvent, TradeEvent } from '@tradelane/shared/market/market-events'
import type { Decimal, Instrument, WallUs } from '@tradelane/shared/market/nouns'
import { hasBytesAt } from '../frame-bytes.js'
import { instrumentOf } from '../plain-events.js'
import { PlainJson, ValueType } from '../plain-json.js'
import type { SymbolIndex } from '../venue.js'

const STREAM_START = Buffer.from('{"stream":"')
const DATA_START = Buffer.from('","data":{')
const QUOTE = 0x22
const STREAM_BYTES_MAX = 80
const NONE = -1
const AGGREGATE = Buffer.from('aggTrade')
const SINGLE = Buffer.from('trade')
const MARKET = Buffer.from('MARKET')
const KIND_OF_MARGIN = Buffer.from('st')
const USD_MARGINED = 1
const Key = { A: 0x41, B: 0x42, E: 0x45, T: 0x54, X: 0x58, a: 0x61, b: 0x62, e: 0x65 } as const
const Lower = { m: 0x6d, p: 0x70, q: 0x71, s: 0x73, t: 0x74, u: 0x75 } as const

export class PlainDecoder {
  readonly #instruments: SymbolIndex
  readonly #members = new PlainJson()

  constructor(instruments: SymbolIndex) {
    this.#instruments = instruments
  }

  /** False: it is not of the usual form, and `into` may hold anything. */
  readTrade(frame: Buffer, into: TradeEvent): boolean {
    const members = this.#members
    if (!this.#begin(frame)) return false
    let instrument: Instrument | undefined
    let price: Decimal | undefined
    let amount: Decimal | undefined
    let venueUs = NONE
    /** The key of the id: `a` of an aggregate trade, `t` of a single one. */
    let idKey = NONE
    let aggregateId: string | undefined
    let singleId: string | undefined
    let maker: ValueType = ValueType.null
    while (members.next()) {
      const { type } = members
      if (type >= ValueType.object) return false
      switch (members.key) {
        case Key.e:
          idKey = members.isText(AGGREGATE) ? Key.a : members.isText(SINGLE) ? Lower.t : NONE
          break
        case Lower.s:
          instrument = instrumentOf(members, frame, this.#instruments)
          break
        case Key.a:
          aggregateId = type === ValueType.number ? members.text() : undefined
          break
        case Lower.t:
          singleId = type === ValueType.number ? members.text() : undefined
          break
        case Lower.p:
          price = members.isDecimal() ? members.decimal() : undefined
          break
        case Lower.q:
          amount = members.isDecimal() ? members.decimal() : undefined
          break
        case Key.T:
          venueUs = members.readTimeUs() ? members.number : NONE
          break
        case Lower.m:
          maker = type
          break
        case Key.X:
          if (!members.isText(MARKET)) return false
          break
        default:
          if (!this.#isUsual()) return false
      }
    }
    const id = idKey === Key.a ? aggregateId : idKey === NONE ? undefined : singleId
    const isBuyerMaker = maker === ValueType.true
    if (!this.#isWhole() || instrument === undefined || venueUs === NONE || id === undefined) return false
    if (price === undefined || amount === undefined || (!isBuyerMaker && maker !== ValueType.false)) return false
    into.instrument = instrument
    into.venueUs = venueUs as WallUs
    into.id = id
    into.price = price
    into.amount = amount
    into.side = isBuyerMaker ? 'Sell' : 'Buy'
    into.isMarket = true
    return true
  }

  /** False: it is not of the usual form, and `into` may hold anything. */
  readTop(frame: Buffer, into: TopEvent): boolean {
    const members = this.#members
    if (!this.#begin(frame)) return false
    let instrument: Instrument | undefined
    let sequence = NONE
    let engineUs = NONE
    let sentUs = NONE
    let bidPrice: Decimal | undefined
    let bidAmount: Decimal | undefined
    let askPrice: Decimal | undefined
    let askAmount: Decimal | undefined
    let hasBid = false
    let hasAsk = false
    while (members.next()) {
      if (members.type >= ValueType.object) return false
      switch (members.key) {
        case Lower.u:
          if (!members.readNumber()) return false
          sequence = members.number
          break
        case Lower.s:
          instrument = instrumentOf(members, frame, this.#instruments)
          break
        case Key.b:
          bidPrice = members.isDecimal() ? members.decimal() : undefined
          break
        case Key.B:
          bidAmount = members.isDecimal() ? members.decimal() : undefined
          hasBid = !members.isZero()
          break
        case Key.a:
          askPrice = members.isDecimal() ? members.decimal() : undefined
          break
        case Key.A:
          askAmount = members.isDecimal() ? members.decimal() : undefined
          hasAsk = !members.isZero()
          break
        case Key.T:
          if (!members.readTimeUs()) return false
          engineUs = members.number
          break
        case Key.E:
          if (!members.readTimeUs()) return false
          sentUs = members.number
          break
        default:
          if (!this.#isUsual()) return false
      }
    }
    if (!this.#isWhole() || instrument === undefined || sequence === NONE) return false
    if (bidPrice === undefined || bidAmount === undefined) return false
    if (askPrice === undefined || askAmount === undefined) return false
    if (engineUs === NONE) engineUs = sentUs
    into.instrument = instrument
    // Spot sends no time here.
    into.venueUs = (engineUs === NONE ? Number.NaN : engineUs) as WallUs
    into.sequence = sequence
    // An empty side is sent as zeros.
    into.bidPrice = hasBid ? bidPrice : null
    into.bidAmount = hasBid ? bidAmount : null
    into.askPrice = hasAsk ? askPrice : null
    into.askAmount = hasAsk ? askAmount : null
    return true
  }

  #begin(frame: Buffer): boolean {
    if (!hasBytesAt(frame, 0, STREAM_START)) return false
    let at = STREAM_START.length
    for (const end = at + STREAM_BYTES_MAX; at < end && frame[at] !== QUOTE; at += 1)
      if (!isPlain(frame[at]!)) return false
    if (!hasBytesAt(frame, at, DATA_START)) return false
    this.#members.begin(frame, at + DATA_START.length)
    return true
  }

  /** Both objects end with the frame. */
  #isWhole(): boolean {
    return this.#members.leaveToObject() && this.#members.isWhole
  }

  /** Of a member that is not read: it does not say that the event is of another market. */
  #isUsual(): boolean {
    const members = this.#members
    if (members.key !== 0 || !members.isKey(KIND_OF_MARGIN)) return true
    return members.readNumber() && members.number === USD_MARGINED
  }
}

/** In the name of a stream. */
function isPlain(code: number): boolean {
  return code > 0x20 && code < 0x7f && code !== 0x5c
}
