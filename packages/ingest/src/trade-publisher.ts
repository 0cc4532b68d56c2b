// Trades and liquidations on their way into the trade log: duplicates are dropped, what was missed upstream is announced
// before the trade that follows it, CVD moves on, and the event is encoded once for all clients. The hot path: no promise, no
// closure, no log line.

import type { Clock } from '@tradelane/shared/clock'
import type { Counters } from '@tradelane/shared/counters'
import { Hop, type HopHistograms } from '@tradelane/shared/hop-histograms'
import type { LiquidationEvent, TradeEvent, UpstreamGap } from '@tradelane/shared/market-events'
import { type Instrument, Kind, type WallUs } from '@tradelane/shared/nouns'
import type { TradeLogWriter, TradeRecord } from '@tradelane/shared/trade-log'
import { encodeUpstreamGap, packUpstreamGap } from '@tradelane/shared/wire/encode-gap'
import { encodeLiquidation, encodeTrade, packLiquidation, packTrade } from '@tradelane/shared/wire/encode-trade'
import type { InstrumentWire } from '@tradelane/shared/wire/instrument-wire'
import type { CvdTotals } from './cvd-totals.js'
import { TRADE_IDS_KEPT } from './limits.js'
import { LiquidationKeys } from './liquidation-keys.js'
import { TradeIds } from './trade-ids.js'

export interface TradePublisherOptions {
  readonly log: TradeLogWriter
  readonly wires: readonly InstrumentWire[]
  readonly clock: Clock
  readonly counters: Counters
  readonly hops: HopHistograms
  readonly cvd: CvdTotals
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

  publishTrade(trade: TradeEvent): void {
    const { log, wires, counters, cvd } = this.#options
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
    this.#fill(Kind.trade, instrument, trade.receivedUs, trade.venueUs)
    if (!log.append(this.#record, encodeTrade(trade, wire, sequence), packTrade(trade, wire, sequence))) {
      counters.add('tradesTooLarge')
      return
    }
    log.ring()
    this.#countHops()
    counters.add('tradesPublished')
    cvd.add(trade)
  }

  publishLiquidation(liquidation: LiquidationEvent): void {
    const { log, wires, counters } = this.#options
    const wire = wires[liquidation.instrument.id]
    const flow = this.#flows[liquidation.instrument.id]
    if (wire === undefined || flow === undefined) return
    if (!flow.liquidations.add(liquidation)) {
      counters.add('tradesDuplicate')
      return
    }
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
    // The venue's time of a liquidation may be long before it tells of it.
    if (kind === Kind.trade) hops.count(Hop.arrival, receivedUs - venueUs)
    hops.count(Hop.decode, log.loggedUs - readUs)
  }

  /** The connection that carried these trades was lost: until proven otherwise, some were missed. */
  doubt(instrument: Instrument): void {
    const flow = this.#flows[instrument.id]
    if (flow !== undefined) flow.isInDoubt = true
  }

  /** All is subscribed again. Ids that are not contiguous will prove nothing, so the hole is told now. */
  resume(instrument: Instrument): void {
    const flow = this.#flows[instrument.id]
    if (flow === undefined || !flow.isInDoubt) return
    if (this.#options.hasContiguousIds[instrument.id] && flow.lastId !== null) return
    flow.isInDoubt = false
    this.#tellHole(flow, instrument, null, this.#options.clock.wallUs(), null)
  }

  /** Another connection brings this instrument's liquidations from here on. */
  turnOverLiquidations(instrument: Instrument): void {
    this.#flows[instrument.id]?.liquidations.turnOver()
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

  #tellHole(flow: Flow, instrument: Instrument, firstId: string | null, toUs: WallUs, missed: number | null): void {
    this.#announce(instrument, { instrument, lastId: flow.lastId, firstId, fromUs: flow.lastVenueUs, toUs, missed })
  }

  #announce(instrument: Instrument, gap: UpstreamGap): void {
    const { log, wires, counters, cvd, stream, clock } = this.#options
    const wire = wires[instrument.id]
    if (wire === undefined) return
    const sequence = log.nextSequence
    const nowUs = clock.wallUs()
    this.#fill(Kind.gap, instrument, nowUs, gap.toUs ?? nowUs)
    const json = encodeUpstreamGap(gap, wire, sequence, stream)
    log.append(this.#record, json, packUpstreamGap(gap, wire, sequence, stream))
    log.ring()
    counters.add('upstreamGaps')
    cvd.markIncomplete(instrument)
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
    isInDoubt: false,
  }
}
