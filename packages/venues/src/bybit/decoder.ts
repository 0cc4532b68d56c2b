// Decodes trades, tops, liquidations and open interest of Bybit into reused events. One per durable connection, in ingest. It
// merges what the venue sends in parts: the two sides of `orderbook.1` (old captures have deltas) and `tickers`.

import {
  type LiquidationEvent,
  type MarketSink,
  newTradeEvent,
  type TradeEvent,
  type UnreadKind,
} from '@tradelane/shared/market/market-events'
import { Kind, type MonotonicUs } from '@tradelane/shared/market/nouns'
import { isDecimal, isWireId } from '@tradelane/shared/wire/decimal'
import { FrameClass } from '../frame-class.js'
import { asArray, asObject, epochMsToUs, type JsonObject, parseObject } from '../json-fields.js'
import type { FrameDecoder, SymbolIndex } from '../venue.js'
import { PlainDecoder } from './plain-decoder.js'
import { TickerMerge } from './ticker-merge.js'
import { newTopUpdate, TopMerge } from './top-merge.js'

export class BybitDecoder implements FrameDecoder {
  wasParsed = false
  readonly #instruments: SymbolIndex
  readonly #sink: MarketSink
  readonly #tops: TopMerge
  readonly #tickers: TickerMerge
  readonly #plain: PlainDecoder
  readonly #update = newTopUpdate()
  readonly #trade = newBybitTrade()
  readonly #liquidation = {} as LiquidationEvent

  constructor(instruments: SymbolIndex, sink: MarketSink) {
    this.#instruments = instruments
    this.#sink = sink
    this.#plain = new PlainDecoder(instruments)
    this.#tops = new TopMerge(instruments, sink.states)
    this.#tickers = new TickerMerge(instruments, sink.states)
  }

  decode(frame: Buffer, frameClass: FrameClass, receivedUs: MonotonicUs): number {
    this.wasParsed = false
    if (frameClass === FrameClass.trade && this.#publishTrades(frame, receivedUs)) return 0
    if (frameClass === FrameClass.top && this.#plain.readTop(frame, this.#update)) {
      this.#tops.merge(this.#update, receivedUs)
      return 0
    }
    this.wasParsed = frameClass === FrameClass.trade || frameClass === FrameClass.top
    return this.#parse(frame, frameClass, receivedUs)
  }

  #parse(frame: Buffer, frameClass: FrameClass, receivedUs: MonotonicUs): number {
    const message = parseObject(frame)
    if (message === undefined) return 1
    switch (frameClass) {
      case FrameClass.trade:
        return this.#decodeEach(message, receivedUs, Kind.trade, this.#decodeTrade)
      case FrameClass.liquidation:
        return this.#decodeEach(message, receivedUs, Kind.liquidation, this.#decodeLiquidation)
      case FrameClass.top:
        return this.#tops.decode(message, receivedUs) ? 0 : 1
      case FrameClass.openInterest:
        return this.#tickers.decode(message, receivedUs) ? 0 : 1
      default:
        return 1
    }
  }

  onConnected(_atUs: MonotonicUs, isSeamless: boolean): void {
    if (isSeamless) return
    this.#tops.reset()
    this.#tickers.reset()
  }

  /** False: they are not of the usual form, and none was published. */
  #publishTrades(frame: Buffer, receivedUs: MonotonicUs): boolean {
    const { trades } = this.#plain
    const trade = this.#trade
    const count = trades.read(frame, trade)
    for (let index = 0; index < count; index += 1) {
      if (count > 1) trades.readAgain(frame, index, trade)
      trade.receivedUs = receivedUs
      this.#sink.trades.publishTrade(trade)
    }
    return count > 0
  }

  /** A malformed event does not affect the others of its frame. */
  #decodeEach(
    message: JsonObject,
    receivedUs: MonotonicUs,
    kind: UnreadKind,
    decodeOne: (event: JsonObject, receivedUs: MonotonicUs) => boolean,
  ): number {
    const events = asArray(message['data']) ?? formerLiquidation(message['data'])
    if (events === undefined) return 1
    let malformedCount = 0
    for (const value of events) {
      const event = asObject(value)
      if (event !== undefined && decodeOne(event, receivedUs)) continue
      malformedCount += 1
      this.#sink.missed(kind, undefined)
    }
    return malformedCount
  }

  readonly #decodeTrade = (event: JsonObject, receivedUs: MonotonicUs): boolean => {
    const { s: symbol, S: side, v: amount, p: price, i: id, BT: isBlockTrade } = event
    const instrument = typeof symbol === 'string' ? this.#instruments.of(symbol) : undefined
    const venueUs = epochMsToUs(event['T'])
    if (instrument === undefined || venueUs === undefined || !isWireId(id)) return false
    if (!isDecimal(amount) || !isDecimal(price) || (side !== 'Buy' && side !== 'Sell')) return false
    const trade = this.#trade
    trade.instrument = instrument
    trade.venueUs = venueUs
    trade.receivedUs = receivedUs
    trade.id = id
    trade.price = price
    trade.amount = amount
    trade.amountBase = amount
    trade.side = side
    trade.isMarket = isBlockTrade !== true
    this.#sink.trades.publishTrade(trade)
    return true
  }

  /** `S` is the side of the liquidated position, the opposite of the order's. */
  readonly #decodeLiquidation = (event: JsonObject, receivedUs: MonotonicUs): boolean => {
    const { s: symbol, S: side, v: quantity, p: price } = event
    const instrument = typeof symbol === 'string' ? this.#instruments.of(symbol) : undefined
    const venueUs = epochMsToUs(event['T'])
    if (instrument === undefined || venueUs === undefined) return false
    if (!isDecimal(quantity) || !isDecimal(price) || (side !== 'Buy' && side !== 'Sell')) return false
    const liquidation = this.#liquidation
    liquidation.instrument = instrument
    liquidation.venueUs = venueUs
    liquidation.receivedUs = receivedUs
    liquidation.legacySide = side
    liquidation.orderSide = side === 'Buy' ? 'Sell' : 'Buy'
    liquidation.positionSide = side === 'Buy' ? 'long' : 'short'
    liquidation.price = price
    liquidation.priceAverage = null
    liquidation.quantity = quantity
    liquidation.quantityBase = quantity
    this.#sink.trades.publishLiquidation(liquidation)
    return true
  }
}

/** Its ids are no numbers: none covers others. */
function newBybitTrade(): TradeEvent {
  const { idCount, ...trade } = newTradeEvent()
  return trade
}

/** The former topic `liquidation` had one event per frame, with long field names; `allLiquidation` replaced it. */
function formerLiquidation(value: unknown): readonly JsonObject[] | undefined {
  const event = asObject(value)
  if (event === undefined) return undefined
  const { updatedTime: T, symbol: s, side: S, size: v, price: p } = event
  return [{ T, s, S, v, p }]
}
