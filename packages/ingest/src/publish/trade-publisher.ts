// Trades and liquidations on their way into the trade log: duplicates are dropped, what was missed upstream is announced
// before the trade that follows it, CVD moves on, and the event is encoded once for all clients. The hot path: no promise, no
// closure, no log line.

import type { TradeLogWriter, TradeRecord } from '@tradelane/shared/lanes/trade-log'
import type { LiquidationEvent, TradeEvent, UpstreamGap } from '@tradelane/shared/market/market-events'
import {
  type Instrument,
  Kind,
  type MonotonicUs,
  type SubscribedKind,
  type WallUs,
} from '@tradelane/shared/market/nouns'
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
  readonly stream: string
  /** By instrument id: whether its venue's ids are consecutive integers. */
  readonly hasContiguousIds: readonly boolean[]
}

interface Flow {
  readonly ids: TradeIds
  readonly liquidations: LiquidationKeys
  lastId: string | null
  /** `lastId` where ids are contiguous; NaN before the first. */
  lastNumber: number
  lastVenueUs: WallUs | null
  /** Trades may have been missed since the last one. Where ids are contiguous the next one's id tells. */
  isInDoubt: boolean
  /** Liquidations may have been missed. They have no id: nothing will ever prove the contrary. */
  areLiquidationsInDoubt: boolean
  /** Since when; null where nobody knows. */
  liquidationsSinceUs: MonotonicUs | null
}

interface EventTimes {
  readonly venueUs: WallUs
  readonly receivedUs: MonotonicUs
}

export class TradePublisher {
  readonly #options: TradePublisherOptions
  readonly #flows: Flow[] = []
  readonly #record = {} as TradeRecord

  constructor(options: TradePublisherOptions) {
    this.#options = options
    for (const wire of options.wires) {
      this.#flows[wire.instrument.id] = newFlow()
    }
  }

  readonly publishTrade = (trade: TradeEvent): void => {
    const { log, wires, clock, counters, cvd, largeTrades } = this.#options
    const { instrument } = trade
    const flow = this.#flows[instrument.id]
    const wire = wires[instrument.id]
    if (flow === undefined || wire === undefined) return
    if (!flow.ids.add(trade.id)) {
      // Seen before the doubt: nothing was missed in between.
      if (flow.isInDoubt && trade.id === flow.lastId) flow.isInDoubt = false
      counters.add('tradesDuplicate')
      return
    }
    this.#advance(flow, trade)
    const sequence = log.nextSequence
    const receivedUs = clock.toWallUs(trade.receivedUs)
    this.#fill(Kind.trade, instrument, trade, receivedUs)
    const json = encodeTrade(trade, wire, sequence, receivedUs)
    if (!log.append(this.#record, json, packTrade(trade, wire, sequence, receivedUs))) {
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
    const { log, wires, clock, counters } = this.#options
    const wire = wires[liquidation.instrument.id]
    const flow = this.#flows[liquidation.instrument.id]
    if (wire === undefined || flow === undefined) return
    if (!flow.liquidations.add(liquidation)) {
      counters.add('tradesDuplicate')
      return
    }
    // Its subscription works, whether acknowledged or not: the hole ends before it.
    if (flow.areLiquidationsInDoubt) this.#tellLiquidationHole(flow, liquidation.instrument, liquidation.receivedUs)
    const sequence = log.nextSequence
    const receivedUs = clock.toWallUs(liquidation.receivedUs)
    this.#fill(Kind.liquidation, liquidation.instrument, liquidation, receivedUs)
    const json = encodeLiquidation(liquidation, wire, sequence, receivedUs)
    if (!log.append(this.#record, json, packLiquidation(liquidation, wire, sequence, receivedUs))) {
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
    // The venue's time of a liquidation may be long before it tells of it.
    if (kind === Kind.trade) hops.count(Hop.arrival, receivedUs - venueUs)
    hops.count(Hop.decode, log.loggedUs - readUs)
  }

  /**
   * The connection that carried these kinds of the instrument was lost: until proven otherwise, some were missed. `heardUs`:
   * when it last brought anything, or null where nobody knows.
   */
  markUncertain(instrument: Instrument, kinds: ReadonlySet<SubscribedKind>, heardUs: MonotonicUs | null): void {
    const flow = this.#flows[instrument.id]
    if (flow === undefined) return
    if (kinds.has(Kind.trade)) flow.isInDoubt = true
    if (!kinds.has(Kind.liquidation) || flow.areLiquidationsInDoubt) return
    flow.areLiquidationsInDoubt = true
    flow.liquidationsSinceUs = heardUs === null ? null : ((heardUs - LIQUIDATION_LATE_US_MAX) as MonotonicUs)
  }

  /**
   * All of these kinds is subscribed again. What no id will prove is told now: trades whose ids are not contiguous, and
   * liquidations. Contiguous ids prove what became of the trades only with the next one. Liquidations do not wait for it, for
   * it may be long in coming, or come by another connection; the record that tells them counts no trade, so that it and the
   * one that may follow add up to what is missing.
   */
  resume(instrument: Instrument, kinds: ReadonlySet<SubscribedKind>): void {
    const flow = this.#flows[instrument.id]
    if (flow === undefined) return
    const { clock } = this.#options
    const nowUs = clock.monotonicUs()
    const areLiquidationsBack = kinds.has(Kind.liquidation) && flow.areLiquidationsInDoubt
    if (kinds.has(Kind.trade) && flow.isInDoubt && !this.#willIdsTell(flow, instrument)) {
      // Says the same of both, so one record is enough.
      const fromUs = areLiquidationsBack ? earlier(flow.lastVenueUs, this.#liquidationsSince(flow)) : flow.lastVenueUs
      flow.isInDoubt = false
      if (areLiquidationsBack) flow.areLiquidationsInDoubt = false
      this.#announce({
        instrument,
        lastId: flow.lastId,
        firstId: null,
        fromUs,
        toUs: clock.toWallUs(nowUs),
        missed: null,
      })
    } else if (areLiquidationsBack) this.#tellLiquidationHole(flow, instrument, nowUs)
  }

  #willIdsTell(flow: Flow, instrument: Instrument): boolean {
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
    } else if (flow.isInDoubt) this.#tellHole(flow, instrument, trade.id, trade.venueUs, null)
    flow.isInDoubt = false
    flow.lastId = trade.id
    flow.lastVenueUs = trade.venueUs
  }

  /** Contiguous ids show every hole, after a reconnection or not. False for an older trade that came late. */
  #advanceNumber(flow: Flow, trade: TradeEvent): boolean {
    const number = Number(trade.id)
    const first = number - (trade.idCount ?? 1) + 1
    const { lastNumber } = flow
    if (number <= lastNumber) {
      // The hole behind it was told, or never was one.
      if (number > lastNumber - TRADE_IDS_KEPT) return false
      // Far behind: the venue counts anew, or the last id was a lie. What lies between cannot be counted.
      this.#tellHole(flow, trade.instrument, String(first), trade.venueUs, null)
    } else if (first > lastNumber + 1) {
      this.#tellHole(flow, trade.instrument, String(first), trade.venueUs, first - lastNumber - 1)
    } else if (flow.isInDoubt && flow.lastId === null) {
      // A predecessor's trades, of which this thread knows no id.
      this.#tellHole(flow, trade.instrument, String(first), trade.venueUs, null)
    }
    flow.lastNumber = number
    return true
  }

  /** Of trades, before the one that follows it. */
  #tellHole(flow: Flow, instrument: Instrument, firstId: string, toUs: WallUs, missed: number | null): void {
    this.#announce({ instrument, lastId: flow.lastId, firstId, fromUs: flow.lastVenueUs, toUs, missed })
  }

  #tellLiquidationHole(flow: Flow, instrument: Instrument, untilUs: MonotonicUs): void {
    const { lastId } = flow
    flow.areLiquidationsInDoubt = false
    const fromUs = this.#liquidationsSince(flow)
    const toUs = this.#options.clock.toWallUs(untilUs)
    this.#announce({ instrument, lastId, firstId: null, fromUs, toUs, missed: 0 })
  }

  #liquidationsSince(flow: Flow): WallUs | null {
    return flow.liquidationsSinceUs === null ? null : this.#options.clock.toWallUs(flow.liquidationsSinceUs)
  }

  #announce(gap: UpstreamGap): void {
    const { log, wires, counters, cvd, stream, clock } = this.#options
    const { instrument } = gap
    const wire = wires[instrument.id]
    if (wire === undefined) return
    const sequence = log.nextSequence
    const nowUs = clock.monotonicUs()
    const nowWallUs = clock.toWallUs(nowUs)
    this.#fill(Kind.gap, instrument, { receivedUs: nowUs, venueUs: gap.toUs ?? nowWallUs }, nowWallUs)
    const json = encodeUpstreamGap(gap, wire, sequence, stream)
    log.append(this.#record, json, packUpstreamGap(gap, wire, sequence, stream))
    log.ring()
    counters.add('upstreamGaps')
    if (gap.missed !== 0) cvd.markIncomplete(instrument)
  }

  #fill(kind: Kind, instrument: Instrument, times: EventTimes, receivedUs: WallUs): void {
    const record = this.#record
    record.kind = kind
    record.instrument = instrument.id
    record.product = instrument.product
    record.receivedUs = receivedUs
    record.venueUs = times.venueUs
    record.readUs = times.receivedUs
  }
}

function newFlow(): Flow {
  return {
    ids: new TradeIds(),
    liquidations: new LiquidationKeys(),
    lastId: null,
    lastNumber: Number.NaN,
    lastVenueUs: null,
    isInDoubt: false,
    areLiquidationsInDoubt: false,
    liquidationsSinceUs: null,
  }
}

/** Null stands for an unknown time, which may be any. */
function earlier(first: WallUs | null, second: WallUs | null): WallUs | null {
  if (first === null || second === null) return null
  return first < second ? first : second
}
