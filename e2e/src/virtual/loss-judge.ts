// Judges that every trade and liquidation that the venues published was delivered exactly once and in order, or is covered by a
// gap frame at its place. For a client that receives the whole trade log; others are compared with it by sequence.

import type { JudgedMarket } from './judged-markets.js'
import { liquidationKey, type TrueLiquidation } from './market-truth.js'
import type { Verdict } from './verdict.js'

export interface TradeFrame {
  readonly id: string
  readonly price: number
  readonly amount: number
  readonly side: string
}

export interface LiquidationFrame {
  readonly time: string
  readonly price: number
  readonly quantity: number
  readonly order_side: string
}

export interface UpstreamGapFrame {
  readonly missed: number | null
  readonly from_time: string | null
  readonly to_time: string | null
}

interface Gap {
  readonly missed: number | null
  readonly fromMs: number
  readonly toMs: number
}

class Flow {
  /** Index of the next expected event in the venue's list; negative before the first. */
  nextTrade = -1
  nextLiquidation = -1
  lastTradeId = 0
  /** Gap frames since the last trade. */
  tradeGaps: Gap[] = []
  /**
   * Gap frames since the last liquidation that is newer than them: after a gap, the history of a new subscription brings some of
   * what was missed, in any order.
   */
  liquidationGaps: Gap[] = []
  /** Missing and covered by a gap frame: a history after a subscription may still bring them, once. */
  readonly coveredLiquidations = new Set<string>()
}

export class LossJudge {
  readonly #verdict: Verdict
  readonly #flows = new Map<JudgedMarket, Flow>()

  constructor(verdict: Verdict) {
    this.#verdict = verdict
  }

  trade(market: JudgedMarket, frame: TradeFrame): void {
    const flow = this.#flowOf(market)
    const { trades, tradeIndexes } = market.truth
    const index = tradeIndexes.get(frame.id)
    const trade = index === undefined ? undefined : trades[index]
    this.#verdict.tradesJudged += 1
    if (index === undefined || trade === undefined) {
      this.#verdict.report(`${market.name}: trade ${frame.id} was never published`)
      return
    }
    if (trade.price !== frame.price || trade.amount !== frame.amount || trade.side !== frame.side) {
      this.#verdict.report(`${market.name}: trade ${frame.id} has other values than the venue's`)
    }
    if (index < flow.nextTrade) {
      this.#verdict.report(`${market.name}: trade ${frame.id} came twice or out of order`)
      return
    }
    const first = flow.nextTrade < 0 ? index : flow.nextTrade
    this.#missedTrades(market, flow, first, index, Number(frame.id))
    flow.nextTrade = index + 1
    flow.lastTradeId = Number(frame.id)
    flow.tradeGaps = []
  }

  liquidation(market: JudgedMarket, frame: LiquidationFrame): void {
    const flow = this.#flowOf(market)
    const { liquidations } = market.truth
    const key = liquidationKey(Date.parse(frame.time), frame.price, frame.quantity, frame.order_side)
    const index = indexFrom(liquidations, Math.max(0, flow.nextLiquidation), key)
    this.#verdict.liquidationsJudged += 1
    if (index < 0 && flow.coveredLiquidations.delete(key)) return
    if (index < 0) {
      this.#verdict.report(`${market.name}: liquidation ${key} was never published, or came twice or out of order`)
      return
    }
    const first = flow.nextLiquidation < 0 ? index : flow.nextLiquidation
    this.#missedLiquidations(market, flow, first, index)
    flow.nextLiquidation = index + 1
    const venueMs = Date.parse(frame.time)
    flow.liquidationGaps = flow.liquidationGaps.filter(gap => gap.toMs >= venueMs)
  }

  gap(market: JudgedMarket, frame: UpstreamGapFrame): void {
    const flow = this.#flowOf(market)
    const gap: Gap = {
      missed: frame.missed,
      fromMs: frame.from_time === null ? Number.NEGATIVE_INFINITY : Math.floor(Date.parse(frame.from_time)),
      toMs: frame.to_time === null ? Number.POSITIVE_INFINITY : Math.ceil(Date.parse(frame.to_time)),
    }
    flow.tradeGaps.push(gap)
    flow.liquidationGaps.push(gap)
  }

  /** At the end of the run. */
  finish(markets: readonly JudgedMarket[]): void {
    for (const market of markets) {
      const flow = this.#flowOf(market)
      const { trades, liquidations } = market.truth
      if (flow.nextTrade < 0) this.#verdict.report(`${market.name}: no trade ever came`)
      else if (flow.nextTrade < trades.length) {
        this.#verdict.report(`${market.name}: trade ${trades[flow.nextTrade]?.id} and all behind it never came`)
      }
      const first = Math.max(0, flow.nextLiquidation)
      if (flow.nextLiquidation >= 0) this.#missedLiquidations(market, flow, first, liquidations.length)
    }
  }

  #missedTrades(market: JudgedMarket, flow: Flow, from: number, to: number, id: number): void {
    const missing = market.truth.trades.slice(from, to)
    const gaps = flow.tradeGaps
    const counted = gaps.reduce((sum, { missed }) => sum + (missed ?? 0), 0)
    this.#verdict.announced += missing.length
    if (market.hasContiguousIds && !gaps.some(({ missed }) => missed === null)) {
      // A venue may fold several ids into one trade: then the ids missed outnumber the trades.
      const idsBetween = flow.lastTradeId === 0 ? 0 : id - flow.lastTradeId - 1
      if (counted >= missing.length && counted <= Math.max(missing.length, idsBetween)) return
      this.#verdict.report(
        `${market.name}: ${missing.length} trades are missing before ${id}, ${counted} were announced`,
      )
      return
    }
    for (const trade of missing) {
      if (gaps.some(gap => gap.missed !== 0 && spans(gap, trade.venueMs))) continue
      this.#verdict.report(`${market.name}: trade ${trade.id} is missing, and no gap frame covers it`)
    }
  }

  #missedLiquidations(market: JudgedMarket, flow: Flow, from: number, to: number): void {
    this.#verdict.announced += to - from
    for (const { key, venueMs } of market.truth.liquidations.slice(from, to)) {
      flow.coveredLiquidations.add(key)
      if (flow.liquidationGaps.some(gap => spans(gap, venueMs))) continue
      this.#verdict.report(`${market.name}: liquidation ${key} is missing, and no gap frame covers it`)
    }
  }

  #flowOf(market: JudgedMarket): Flow {
    let flow = this.#flows.get(market)
    if (flow === undefined) {
      flow = new Flow()
      this.#flows.set(market, flow)
    }
    return flow
  }
}

function indexFrom(liquidations: readonly TrueLiquidation[], from: number, key: string): number {
  for (let index = from; index < liquidations.length; index += 1) if (liquidations[index]?.key === key) return index
  return -1
}

function spans({ fromMs, toMs }: Gap, venueMs: number): boolean {
  return venueMs >= fromMs && venueMs <= toMs
}
