// Decodes trades, tops, liquidations and open interest of OKX into reused events. One per durable connection, in ingest. Numbers
// are texts on this venue. Swap sizes are contracts: the wire keeps them or has base currency, as the settings say. A size times
// a contract value can have more digits than a `Decimal` may have: such an event is malformed.

import {
  type LiquidationEvent,
  type MarketSink,
  newOpenInterestEvent,
  newTopEvent,
  newTradeEvent,
} from '@tradelane/shared/market/market-events'
import { type Decimal, type Instrument, Kind, type MonotonicUs } from '@tradelane/shared/market/nouns'
import { isDecimal, isZeroDecimal } from '@tradelane/shared/wire/decimal'
import { FrameClass } from '../frame-class.js'
import { asArray, asObject, epochMsToUs, isId, type JsonObject, parseObject } from '../json-fields.js'
import type { FrameDecoder, Sizes, SymbolIndex } from '../venue.js'
import { LEVEL_FIELDS } from './depth.js'
import { LiquidationHistory } from './liquidation-history.js'
import { PlainDecoder } from './plain-decoder.js'

const TRADE_ID = /^\d{1,15}$/

export class OkxDecoder implements FrameDecoder {
  wasParsed = false
  readonly #instruments: SymbolIndex
  readonly #sink: MarketSink
  readonly #sizes: Sizes
  readonly #history: LiquidationHistory
  readonly #plain: PlainDecoder
  readonly #trade = newTradeEvent()
  readonly #top = newTopEvent()
  readonly #liquidation = {} as LiquidationEvent
  readonly #openInterest = newOpenInterestEvent()

  constructor(instruments: SymbolIndex, sink: MarketSink, sizes: Sizes) {
    this.#instruments = instruments
    this.#sink = sink
    this.#sizes = sizes
    this.#plain = new PlainDecoder(instruments, sizes)
    this.#history = new LiquidationHistory(liquidation => sink.trades.publishLiquidation(liquidation))
  }

  decode(frame: Buffer, frameClass: FrameClass, receivedUs: MonotonicUs): number {
    this.wasParsed = false
    if (frameClass === FrameClass.trade && this.#publishTrades(frame, receivedUs)) return 0
    if (frameClass === FrameClass.top && this.#plain.readTop(frame, this.#top)) {
      this.#top.receivedUs = receivedUs
      this.#sink.states.publishTop(this.#top)
      return 0
    }
    this.wasParsed = frameClass === FrameClass.trade || frameClass === FrameClass.top
    return this.#parse(frame, frameClass, receivedUs)
  }

  onConnected(atUs: MonotonicUs): void {
    this.#history.onConnected(atUs)
  }

  release(): void {
    this.#history.release()
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
      this.#history.onTrade(trade.venueUs, receivedUs)
    }
    return count > 0
  }

  #parse(frame: Buffer, frameClass: FrameClass, receivedUs: MonotonicUs): number {
    const message = parseObject(frame)
    const events = asArray(message?.['data'])
    if (message === undefined || events === undefined) return 1
    let malformedCount = 0
    for (const value of events) {
      const event = asObject(value)
      if (frameClass === FrameClass.liquidation) malformedCount += this.#decodeLiquidations(event, receivedUs)
      else if (event === undefined || !this.#decodeOne(event, frameClass, message, receivedUs)) malformedCount += 1
    }
    if (frameClass === FrameClass.liquidation) this.#history.endFrame()
    return malformedCount
  }

  #decodeOne(event: JsonObject, frameClass: FrameClass, message: JsonObject, receivedUs: MonotonicUs): boolean {
    switch (frameClass) {
      case FrameClass.trade:
        return this.#decodeTrade(event, receivedUs)
      case FrameClass.top:
        return this.#decodeTop(event, asObject(message['arg'])?.['instId'], receivedUs)
      case FrameClass.openInterest:
        return this.#decodeOpenInterest(event, receivedUs)
      default:
        return false
    }
  }

  /** One event per taker order, price and source; `tradeId` is the last of the `count` ids that it covers. */
  #decodeTrade(event: JsonObject, receivedUs: MonotonicUs): boolean {
    const { tradeId: id, px: price, sz: amount, side, count } = event
    const instrument = this.#instrumentOf(event['instId'])
    const venueUs = epochMsToUs(event['ts'])
    if (instrument === undefined || venueUs === undefined || typeof id !== 'string' || !TRADE_ID.test(id)) return false
    if (!isDecimal(price) || !isDecimal(amount) || (side !== 'buy' && side !== 'sell')) return false
    const amountBase = this.#sizes.inBase(instrument, amount)
    if (!isDecimal(amountBase)) return false
    const trade = this.#trade
    trade.instrument = instrument
    trade.venueUs = venueUs
    trade.receivedUs = receivedUs
    trade.id = id
    trade.idCount = idCountOf(count, id)
    trade.price = price
    trade.amount = this.#sizes.onWire(instrument, amount)
    trade.amountBase = amountBase
    trade.side = side === 'buy' ? 'Buy' : 'Sell'
    trade.isMarket = true
    this.#sink.trades.publishTrade(trade)
    this.#history.onTrade(venueUs, receivedUs)
    return true
  }

  #decodeTop(event: JsonObject, symbol: unknown, receivedUs: MonotonicUs): boolean {
    const instrument = this.#instrumentOf(symbol)
    const venueUs = epochMsToUs(event['ts'])
    const bids = asArray(event['bids']) ?? tickerSide(event['bidPx'], event['bidSz'])
    const asks = asArray(event['asks']) ?? tickerSide(event['askPx'], event['askSz'])
    if (instrument === undefined || venueUs === undefined || bids === undefined || asks === undefined) return false
    const bid = levelOf(bids)
    const ask = levelOf(asks)
    if (bid === null || ask === null) return false
    const bidAmount = bid === undefined ? null : this.#sizes.onWire(instrument, bid.amount)
    const askAmount = ask === undefined ? null : this.#sizes.onWire(instrument, ask.amount)
    if (!isDecimalOrNull(bidAmount) || !isDecimalOrNull(askAmount)) return false
    const top = this.#top
    top.instrument = instrument
    top.venueUs = venueUs
    top.receivedUs = receivedUs
    top.sequence = isId(event['seqId']) ? event['seqId'] : 0
    top.bidPrice = bid?.price ?? null
    top.bidAmount = bidAmount
    top.askPrice = ask?.price ?? null
    top.askAmount = askAmount
    this.#sink.states.publishTop(top)
    return true
  }

  /** `side` is that of the order, and decides a position of mode `net`. Instruments that are not subscribed come along. */
  #decodeLiquidations(event: JsonObject | undefined, receivedUs: MonotonicUs): number {
    const symbol = event?.['instId']
    if (typeof symbol !== 'string') return this.#missed(undefined)
    const instrument = this.#instrumentOf(symbol)
    if (instrument === undefined) return 0
    const details = asArray(event?.['details'])
    if (details === undefined) return this.#missed(instrument)
    let malformedCount = 0
    for (const value of details) {
      if (!this.#decodeLiquidation(instrument, asObject(value), receivedUs)) malformedCount += this.#missed(instrument)
    }
    return malformedCount
  }

  /** One liquidation, or more. */
  #missed(instrument: Instrument | undefined): number {
    this.#sink.missed(Kind.liquidation, instrument)
    return 1
  }

  #decodeLiquidation(instrument: Instrument, detail: JsonObject | undefined, receivedUs: MonotonicUs): boolean {
    if (detail === undefined) return false
    const { side, posSide, bkPx: price, sz: quantity } = detail
    const venueUs = epochMsToUs(detail['ts'])
    if (venueUs === undefined || (side !== 'buy' && side !== 'sell')) return false
    if (!isDecimal(price) || !isDecimal(quantity)) return false
    const quantityBase = this.#sizes.inBase(instrument, quantity)
    if (!isDecimal(quantityBase)) return false
    const isLong = posSide === 'long' || (posSide !== 'short' && side === 'sell')
    const liquidation = this.#liquidation
    liquidation.instrument = instrument
    liquidation.venueUs = venueUs
    liquidation.receivedUs = receivedUs
    liquidation.orderSide = side === 'buy' ? 'Buy' : 'Sell'
    liquidation.legacySide = liquidation.orderSide
    liquidation.positionSide = isLong ? 'long' : 'short'
    liquidation.price = price
    liquidation.priceAverage = null
    liquidation.quantity = this.#sizes.onWire(instrument, quantity)
    liquidation.quantityBase = quantityBase
    this.#history.add(liquidation)
    return true
  }

  #decodeOpenInterest(event: JsonObject, receivedUs: MonotonicUs): boolean {
    const { oi: contracts, oiCcy: coin, oiUsd: usd } = event
    const instrument = this.#instrumentOf(event['instId'])
    const venueUs = epochMsToUs(event['ts'])
    if (instrument === undefined || venueUs === undefined || !isDecimal(contracts)) return false
    // Zero means "not known now".
    if (isZeroDecimal(contracts)) return true
    const contractsBase = this.#sizes.inBase(instrument, contracts)
    if (!isDecimal(contractsBase)) return false
    const openInterest = this.#openInterest
    openInterest.instrument = instrument
    openInterest.venueUs = venueUs
    openInterest.receivedUs = receivedUs
    openInterest.contracts = this.#sizes.onWire(instrument, contracts)
    openInterest.contractsBase = contractsBase
    openInterest.notional = isDecimal(usd) ? usd : isDecimal(coin) ? coin : null
    openInterest.notionalUsd = isDecimal(usd) ? usd : null
    openInterest.time = venueUs
    this.#sink.states.publishOpenInterest(openInterest)
    return true
  }

  #instrumentOf(symbol: unknown): Instrument | undefined {
    return typeof symbol === 'string' ? this.#instruments.of(symbol) : undefined
  }
}

/** 1 where it is not stated, or is more than there are ids: the gap before the trade would begin below 0. */
function idCountOf(count: unknown, id: string): number {
  const idCount = typeof count === 'string' && TRADE_ID.test(count) ? Number(count) : 1
  return idCount <= Number(id) ? Math.max(1, idCount) : 1
}

/** `tickers` has the best prices too, less often than `bbo-tbt` and in its own fields; an empty side is empty text. */
function tickerSide(price: unknown, amount: unknown): readonly unknown[] | undefined {
  if (price === undefined || amount === undefined) return undefined
  return price === '' && amount === '' ? [] : [[price, amount, '0', '0']]
}

function isDecimalOrNull(value: Decimal | null): boolean {
  return value === null || isDecimal(value)
}

/** Undefined: the side is empty, or there is nothing at its price. Null: malformed. */
function levelOf(levels: readonly unknown[]): { price: Decimal; amount: Decimal } | undefined | null {
  const level = levels[0]
  if (level === undefined) return undefined
  if (!Array.isArray(level) || level.length < LEVEL_FIELDS) return null
  const [price, amount]: unknown[] = level
  if (!isDecimal(price) || !isDecimal(amount)) return null
  return isZeroDecimal(amount) ? undefined : { price, amount }
}
