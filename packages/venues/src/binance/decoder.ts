// Decodes trades, tops and liquidations of Binance, spot and USDⓈ-M, into reused events. One per durable connection, in ingest.
// Since June 2026 some futures streams mix USDⓈ-M (`st` 1) and COIN-M (`st` 2) events; the latter are ignored.

import {
  type LiquidationEvent,
  type MarketSink,
  newTopEvent,
  newTradeEvent,
  type StateSink,
  type TradeSink,
} from '@tradelane/shared/market/market-events'
import type { Decimal, Instrument, MonotonicUs, WallUs } from '@tradelane/shared/market/nouns'
import { isDecimal, isZeroDecimal } from '@tradelane/shared/wire/decimal'
import { FrameClass } from '../frame-class.js'
import { asObject, epochMsToUs, isId, type JsonObject, parseObject } from '../json-fields.js'
import type { FrameDecoder, SymbolIndex } from '../venue.js'
import { PlainDecoder } from './plain-decoder.js'

const COIN_MARGINED = 2
/** Executions in the raw `@trade` stream of USDⓈ-M that were not on an order book; some are ten percent off the market. */
const OFF_BOOK: ReadonlySet<unknown> = new Set(['INSURANCE_FUND', 'ADL', 'NA'])

export class BinanceDecoder implements FrameDecoder {
  wasParsed = false
  readonly #instruments: SymbolIndex
  readonly #trades: TradeSink
  readonly #states: StateSink
  readonly #plain: PlainDecoder
  readonly #trade = newTradeEvent()
  readonly #top = newTopEvent()
  readonly #liquidation = {} as LiquidationEvent

  constructor(instruments: SymbolIndex, sink: MarketSink) {
    this.#instruments = instruments
    this.#plain = new PlainDecoder(instruments)
    this.#trades = sink.trades
    this.#states = sink.states
  }

  decode(frame: Buffer, frameClass: FrameClass, receivedUs: MonotonicUs): number {
    this.wasParsed = false
    switch (frameClass) {
      case FrameClass.trade:
        if (!this.#plain.readTrade(frame, this.#trade)) break
        this.#publishTrade(receivedUs)
        return 0
      case FrameClass.top:
        if (!this.#plain.readTop(frame, this.#top)) break
        this.#top.receivedUs = receivedUs
        this.#states.publishTop(this.#top)
        return 0
    }
    this.wasParsed = frameClass === FrameClass.trade || frameClass === FrameClass.top
    return this.#parse(frame, frameClass, receivedUs)
  }

  /** Of any form. */
  #parse(frame: Buffer, frameClass: FrameClass, receivedUs: MonotonicUs): number {
    const message = parseObject(frame)
    const event = asObject(message?.['data']) ?? message
    if (event === undefined) return 1
    if (event['st'] === COIN_MARGINED) return 0
    switch (frameClass) {
      case FrameClass.trade:
        return this.#decodeTrade(event, receivedUs)
      case FrameClass.top:
        return this.#decodeTop(event, receivedUs)
      case FrameClass.liquidation:
        return this.#decodeLiquidation(event, receivedUs)
      default:
        return 1
    }
  }

  onConnected(): void {
    // Nothing is merged on this venue.
  }

  #decodeTrade(event: JsonObject, receivedUs: MonotonicUs): number {
    const isAggregate = event['e'] === 'aggTrade'
    const id = isAggregate ? event['a'] : event['t']
    const { p: price, q: amount, m: isBuyerMaker, X: origin } = event
    const instrument = this.#instrumentOf(event)
    const venueUs = epochMsToUs(event['T'])
    if (!isAggregate && event['e'] !== 'trade') return 1
    if (instrument === undefined || venueUs === undefined || !isId(id)) return 1
    if (!isDecimal(price) || !isDecimal(amount) || typeof isBuyerMaker !== 'boolean') return 1
    if (OFF_BOOK.has(origin)) return 0
    const trade = this.#trade
    trade.instrument = instrument
    trade.venueUs = venueUs
    trade.id = String(id)
    trade.price = price
    trade.amount = amount
    trade.side = isBuyerMaker ? 'Sell' : 'Buy'
    trade.isMarket = origin === undefined || origin === 'MARKET'
    this.#publishTrade(receivedUs)
    return 0
  }

  #publishTrade(receivedUs: MonotonicUs): void {
    const trade = this.#trade
    trade.receivedUs = receivedUs
    trade.idCount = 1
    trade.amountBase = trade.amount
    this.#trades.publishTrade(trade)
  }

  #decodeTop(event: JsonObject, receivedUs: MonotonicUs): number {
    const { u: sequence, b: bidPrice, B: bidAmount, a: askPrice, A: askAmount } = event
    const instrument = this.#instrumentOf(event)
    if (instrument === undefined || !isId(sequence)) return 1
    // Spot sends no time here.
    const time = event['T'] ?? event['E']
    const venueUs = time === undefined ? (Number.NaN as WallUs) : epochMsToUs(time)
    if (venueUs === undefined) return 1
    if (!isDecimal(bidPrice) || !isDecimal(bidAmount) || !isDecimal(askPrice) || !isDecimal(askAmount)) return 1
    const top = this.#top
    top.instrument = instrument
    top.venueUs = venueUs
    top.receivedUs = receivedUs
    top.sequence = sequence
    // An empty side is sent as zeros.
    const hasBid = !isZeroDecimal(bidAmount)
    const hasAsk = !isZeroDecimal(askAmount)
    top.bidPrice = hasBid ? bidPrice : null
    top.bidAmount = hasBid ? bidAmount : null
    top.askPrice = hasAsk ? askPrice : null
    top.askAmount = hasAsk ? askAmount : null
    this.#states.publishTop(top)
    return 0
  }

  /** The venue sends at most one order per symbol and second, the largest: volume is a lower bound. Only filled ones count. */
  #decodeLiquidation(event: JsonObject, receivedUs: MonotonicUs): number {
    const order = asObject(event['o'])
    if (order === undefined) return 1
    const { S: side, p: price, ap: priceAverage, z: quantity, X: status } = order
    const instrument = this.#instrumentOf(order)
    const venueUs = epochMsToUs(order['T'])
    if (instrument === undefined || venueUs === undefined || (side !== 'SELL' && side !== 'BUY')) return 1
    if (!isDecimal(price) || !isDecimal(quantity) || typeof status !== 'string') return 1
    if (status !== 'FILLED') return 0
    this.#fillLiquidation(instrument, side === 'SELL', price, quantity)
    const liquidation = this.#liquidation
    liquidation.venueUs = venueUs
    liquidation.receivedUs = receivedUs
    liquidation.priceAverage = isDecimal(priceAverage) ? priceAverage : null
    this.#trades.publishLiquidation(liquidation)
    return 0
  }

  /** `S` is the side of the liquidation order: a sell closes a long position. */
  #fillLiquidation(instrument: Instrument, isSell: boolean, price: Decimal, quantity: Decimal): void {
    const liquidation = this.#liquidation
    liquidation.instrument = instrument
    liquidation.orderSide = isSell ? 'Sell' : 'Buy'
    liquidation.legacySide = liquidation.orderSide
    liquidation.positionSide = isSell ? 'long' : 'short'
    liquidation.price = price
    liquidation.quantity = quantity
    liquidation.quantityBase = quantity
  }

  #instrumentOf(event: JsonObject): Instrument | undefined {
    const symbol = event['s']
    return typeof symbol === 'string' ? this.#instruments.of(symbol) : undefined
  }
}
