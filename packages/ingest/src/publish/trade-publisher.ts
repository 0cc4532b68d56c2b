// Publishes trades and liquidations to the trade log: duplicates are dropped, a gap is published before the trade that follows
// it, CVD is updated, and the event is encoded once for all clients. The hot path: no promise, no closure, no log line.

import assert from 'node:assert/strict'
import type { TradeLogWriter, TradeRecord } from '@tradelane/shared/lanes/trade-log'
import type { LiquidationEvent, TradeEvent, UpstreamGap } from '@tradelane/shared/market/market-events'
import { type Instrument, Kind, type SubscribedKind, type WallUs } from '@tradelane/shared/market/nouns'
import type { Clock } from '@tradelane/shared/thread/clock'
import type { Counters } from '@tradelane/shared/thread/counters'
import { Hop, type HopHistograms } from '@tradelane/shared/trace/hop-histograms'
import { encodeUpstreamGap, packUpstreamGap } from '@tradelane/shared/wire/encode-gap'
import { encodeLiquidation, encodeTrade, packLiquidation, packTrade } from '@tradelane/shared/wire/encode-trade'
import type { InstrumentWire } from '@tradelane/shared/wire/instrument-wire'
import { LIQUIDATION_LATE_US_MAX, TRADE_IDS_KEPT } from '../limits.js'
import type { CvdTotals } from './cvd-totals.js'
import type { LargeTradeLog } from './large-trade-log.js'
import { LiquidationKeys } from './liquidation-keys.js'
import { TradeIds } from './trade-ids.js'

export interface TradePublisherOptions {
  readonly log: TradeLogWriter
  readonly wires: readonly InstrumentWire[]
  readonly clock: Clock
  readonly counters: Counters
  readonly hops: HopHistograms
  readonly cvd: CvdTotals
  readonly largeTrades: LargeTradeLog
  /** Id of the log's sequence. */
  readonly stream: string
  /** By instrument id: whether its venue's ids are consecutive integers. */
  readonly hasContiguousIds: readonly boolean[]
}

/** What is known of one instrument's trades and liquidations. */
interface Flow {
  readonly ids: TradeIds
  readonly liquidations: LiquidationKeys
  lastId: string | null
  /** `lastId` where ids are contiguous; NaN before the first. */
  lastNumber: number
  lastVenueUs: WallUs | null
  /** Trades may have been missed since the last one. Where ids are contiguous, the next one's id proves it or not. */
  areTradesUncertain: boolean
  /** Liquidations may have been missed. They have no id: nothing will prove the contrary. */
  areLiquidationsUncertain: boolean
  /** Since when; null where that is unknown. */
  liquidationsSinceUs: WallUs | null
}

export class TradePublisher {
  readonly #options: TradePublisherOptions
  readonly #flows: Flow[] = []
  readonly #record = {} as TradeRecord

  constructor(options: TradePublisherOptions) {
    this.#options = options
    for (const { instrument } of options.wires) this.#flows[instrument.id] = newFlow()
  }

  readonly publishTrade = (trade: TradeEvent): void => {
    const { log, wires, counters, cvd, largeTrades } = this.#options
    const { instrument } = trade
    const flow = this.#flows[instrument.id]
    const wire = wires[instrument.id]
    if (flow === undefined || wire === undefined) return
    if (!flow.ids.add(trade.id)) {
      // The last trade before the disconnect came again: nothing was missed since.
      if (flow.areTradesUncertain && trade.id === flow.lastId) flow.areTradesUncertain = false
      counters.add('tradesDuplicate')
      return
    }
    this.#advance(flow, trade)
    const sequence = log.nextSequence
    this.#fill(Kind.trade, instrument, trade.receivedUs, trade.venueUs)
    if (!log.append(this.#record, encodeTrade(trade, wire, sequence), packTrade(trade, wire, sequence))) {
      counters.add('tradesTooLarge')
      return
    }
    log.ring()
    this.#countHops()
    counters.add('tradesPublished')
    cvd.add(trade)
    largeTrades.look(trade)
  }

  readonly publishLiquidation = (liquidation: LiquidationEvent): void => {
    const { log, wires, counters } = this.#options
    const wire = wires[liquidation.instrument.id]
    const flow = this.#flows[liquidation.instrument.id]
    if (wire === undefined || flow === undefined) return
    if (!flow.liquidations.add(liquidation)) {
      counters.add('tradesDuplicate')
      return
    }
    // Its subscription works, whether acknowledged or not: the gap ends before it.
    if (flow.areLiquidationsUncertain) this.#publishLiquidationGap(flow, liquidation.instrument, liquidation.receivedUs)
    const sequence = log.nextSequence
    this.#fill(Kind.liquidation, liquidation.instrument, liquidation.receivedUs, liquidation.venueUs)
    const json = encodeLiquidation(liquidation, wire, sequence)
    if (!log.append(this.#record, json, packLiquidation(liquidation, wire, sequence))) {
      counters.add('tradesTooLarge')
      return
    }
    log.ring()
    this.#countHops()
    counters.add('liquidationsPublished')
  }

  /** Of the record that was just published. */
  #countHops(): void {
    const { hops, log } = this.#options
    const { kind, receivedUs, venueUs, readUs } = this.#record
    // A venue may publish a liquidation long after its time.
    if (kind === Kind.trade) hops.count(Hop.arrival, receivedUs - venueUs)
    hops.count(Hop.decode, log.loggedUs - readUs)
  }

  /**
   * The connection that carried these kinds of the instrument was lost: until proven otherwise, some were missed. `heardUs`:
   * when it last brought anything, or null where that is unknown.
   */
  markUncertain(instrument: Instrument, kinds: ReadonlySet<SubscribedKind>, heardUs: WallUs | null): void {
    const flow = this.#flows[instrument.id]
    if (flow === undefined) return
    if (kinds.has(Kind.trade)) flow.areTradesUncertain = true
    if (!kinds.has(Kind.liquidation) || flow.areLiquidationsUncertain) return
    flow.areLiquidationsUncertain = true
    flow.liquidationsSinceUs = heardUs === null ? null : ((heardUs - LIQUIDATION_LATE_US_MAX) as WallUs)
  }

  /**
   * All of these kinds are subscribed again. The gap that no id will prove is published now: of trades whose ids are not
   * contiguous, and of liquidations. Contiguous ids prove what became of the trades only with the next one. Liquidations do not
   * wait for it, because it may come much later, or by another connection. The gap of liquidations counts no trade, so that it
   * and the gap of trades that may follow add up to what is missing.
   */
  resume(instrument: Instrument, kinds: ReadonlySet<SubscribedKind>): void {
    const flow = this.#flows[instrument.id]
    if (flow === undefined) return
    const nowUs = this.#options.clock.wallUs()
    const areLiquidationsBack = kinds.has(Kind.liquidation) && flow.areLiquidationsUncertain
    if (kinds.has(Kind.trade) && flow.areTradesUncertain && !this.#willIdsProve(flow, instrument)) {
      // One record covers both.
      const fromUs = areLiquidationsBack ? earlier(flow.lastVenueUs, flow.liquidationsSinceUs) : flow.lastVenueUs
      flow.areTradesUncertain = false
      if (areLiquidationsBack) flow.areLiquidationsUncertain = false
      this.#publishGap({ instrument, lastId: flow.lastId, firstId: null, fromUs, toUs: nowUs, missed: null })
    } else if (areLiquidationsBack) this.#publishLiquidationGap(flow, instrument, nowUs)
  }

  #willIdsProve(flow: Flow, instrument: Instrument): boolean {
    return this.#options.hasContiguousIds[instrument.id] === true && flow.lastId !== null
  }

  /** Another connection brings this instrument's liquidations from here on. */
  onConnectionChanged(instrument: Instrument): void {
    this.#flows[instrument.id]?.liquidations.onConnectionChanged()
  }

  #advance(flow: Flow, trade: TradeEvent): void {
    const { instrument } = trade
    if (this.#options.hasContiguousIds[instrument.id]) {
      if (!this.#advanceNumber(flow, trade)) return
    } else if (flow.areTradesUncertain) this.#publishTradeGap(flow, instrument, trade.id, trade.venueUs, null)
    flow.areTradesUncertain = false
    flow.lastId = trade.id
    flow.lastVenueUs = trade.venueUs
  }

  /** Contiguous ids prove every gap, after a reconnection or not. False for an older trade that came late. */
  #advanceNumber(flow: Flow, trade: TradeEvent): boolean {
    const number = Number(trade.id)
    const idCount = trade.idCount ?? 1
    assert(idCount >= 1, 'a trade stands for at least its own id')
    const first = number - idCount + 1
    const { lastNumber } = flow
    if (number <= lastNumber) {
      // That gap was already published, or never existed.
      if (number > lastNumber - TRADE_IDS_KEPT) return false
      // Far behind: the venue restarted its ids, or the last id was wrong. What is between cannot be counted.
      this.#publishTradeGap(flow, trade.instrument, String(first), trade.venueUs, null)
    } else if (first > lastNumber + 1) {
      this.#publishTradeGap(flow, trade.instrument, String(first), trade.venueUs, first - lastNumber - 1)
    } else if (flow.areTradesUncertain && flow.lastId === null) {
      // A predecessor's trades, of which this thread knows no id.
      this.#publishTradeGap(flow, trade.instrument, String(first), trade.venueUs, null)
    }
    flow.lastNumber = number
    return true
  }

  /** Before the trade that follows it. */
  #publishTradeGap(flow: Flow, instrument: Instrument, firstId: string, toUs: WallUs, missed: number | null): void {
    this.#publishGap({ instrument, lastId: flow.lastId, firstId, fromUs: flow.lastVenueUs, toUs, missed })
  }

  #publishLiquidationGap(flow: Flow, instrument: Instrument, toUs: WallUs): void {
    const { lastId, liquidationsSinceUs: fromUs } = flow
    assert(flow.areLiquidationsUncertain, 'a gap of liquidations is published once')
    flow.areLiquidationsUncertain = false
    this.#publishGap({ instrument, lastId, firstId: null, fromUs, toUs, missed: 0 })
  }

  #publishGap(gap: UpstreamGap): void {
    const { log, wires, counters, cvd, stream, clock } = this.#options
    const { instrument, missed } = gap
    const wire = wires[instrument.id]
    if (wire === undefined) return
    assert(missed === null || missed >= 0, 'a gap counts no fewer than 0 trades')
    const sequence = log.nextSequence
    const nowUs = clock.wallUs()
    this.#fill(Kind.gap, instrument, nowUs, gap.toUs ?? nowUs)
    const json = encodeUpstreamGap(gap, wire, sequence, stream)
    log.append(this.#record, json, packUpstreamGap(gap, wire, sequence, stream))
    log.ring()
    counters.add('upstreamGaps')
    if (missed !== 0) cvd.markIncomplete(instrument)
  }

  #fill(kind: Kind, instrument: Instrument, receivedUs: WallUs, venueUs: WallUs): void {
    const record = this.#record
    record.kind = kind
    record.instrument = instrument.id
    record.product = instrument.product
    record.flags = 0
    record.receivedUs = receivedUs
    record.venueUs = venueUs
    record.readUs = this.#options.clock.toMonotonicUs(receivedUs)
  }
}

function newFlow(): Flow {
  return {
    ids: new TradeIds(),
    liquidations: new LiquidationKeys(),
    lastId: null,
    lastNumber: Number.NaN,
    lastVenueUs: null,
    areTradesUncertain: false,
    areLiquidationsUncertain: false,
    liquidationsSinceUs: null,
  }
}

/** Null is an unknown time, which may be any. */
function earlier(first: WallUs | null, second: WallUs | null): WallUs | null {
  if (first === null || second === null) return null
  return first < second ? first : second
}
