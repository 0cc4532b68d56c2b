// Trades and liquidations on their way into the trade log: duplicates are dropped, what was missed upstream is announced
// before the trade that follows it, CVD moves on, and the event is encoded once for all clients. The hot path: no promise, no
// closure, no log line.

import type { Clock } from '@tradelane/shared/clock'
import type { Counters } from '@tradelane/shared/counters'
import type { LiquidationEvent, TradeEvent, UpstreamGap } from '@tradelane/shared/market-events'
import { type Instrument, Kind, type WallUs } from '@tradelane/shared/nouns'
import type { TradeLogWriter, TradeRecord } from '@tradelane/shared/trade-log'
import { encodeUpstreamGap, packUpstreamGap } from '@tradelane/shared/wire/encode-gap'
import { encodeLiquidation, encodeTrade, packLiquidation, packTrade } from '@tradelane/shared/wire/encode-trade'
import type { InstrumentWire } from '@tradelane/shared/wire/instrument-wire'
import type { CvdTotals } from './cvd-totals.js'
import { TradeIds } from './trade-ids.js'

export interface TradePublisherOptions {
  readonly log: TradeLogWriter
  readonly wires: readonly InstrumentWire[]
  readonly clock: Clock
  readonly counters: Counters
  readonly cvd: CvdTotals
  readonly stream: string
  /** By instrument id: whether its venue's ids are consecutive integers. */
  readonly hasContiguousIds: readonly boolean[]
}

interface Flow {
  readonly ids: TradeIds
  lastId: string | null
  /** `lastId` where ids are contiguous; NaN before the first. */
  lastNumber: number
  lastVenueUs: WallUs | null
  /** Trades may have been missed since the last one; the next one's id tells, where ids are contiguous. */
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
    counters.add('tradesPublished')
    cvd.add(trade)
  }

  publishLiquidation(liquidation: LiquidationEvent): void {
    const { log, wires, counters } = this.#options
    const wire = wires[liquidation.instrument.id]
    if (wire === undefined) return
    const sequence = log.nextSequence
    this.#fill(Kind.liquidation, liquidation.instrument, liquidation.receivedUs, liquidation.venueUs)
    const json = encodeLiquidation(liquidation, wire, sequence)
    if (!log.append(this.#record, json, packLiquidation(liquidation, wire, sequence))) {
      counters.add('tradesTooLarge')
      return
    }
    log.ring()
    counters.add('liquidationsPublished')
  }

  /** The connection that carried these trades was lost: until proven otherwise, some were missed. */
  doubt(instrument: Instrument): void {
    const flow = this.#flows[instrument.id]
    if (flow !== undefined) flow.isInDoubt = true
  }

  /** The connection is back. Ids that are not contiguous will prove nothing, so the hole is told now. */
  resume(instrument: Instrument): void {
    const flow = this.#flows[instrument.id]
    if (flow === undefined || !flow.isInDoubt) return
    if (this.#options.hasContiguousIds[instrument.id] && flow.lastId !== null) return
    flow.isInDoubt = false
    this.#announce(instrument, {
      instrument,
      lastId: flow.lastId,
      firstId: null,
      fromUs: flow.lastVenueUs,
      toUs: this.#options.clock.wallUs(),
      missed: null,
    })
  }

  /** Contiguous ids show every hole, after a reconnection or not. */
  #advance(flow: Flow, trade: TradeEvent): void {
    const { instrument } = trade
    if (this.#options.hasContiguousIds[instrument.id]) {
      const number = Number(trade.id)
      const first = number - (trade.idCount ?? 1) + 1
      const missed = first - flow.lastNumber - 1
      // An older one that came late: the hole behind it was told, or never was one.
      if (missed < 0) return
      flow.lastNumber = number
      flow.isInDoubt = false
      if (missed > 0) {
        const { lastId, lastVenueUs: fromUs } = flow
        this.#announce(instrument, { instrument, lastId, firstId: String(first), fromUs, toUs: trade.venueUs, missed })
      }
    }
    flow.lastId = trade.id
    flow.lastVenueUs = trade.venueUs
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

  #fill(kind: Kind, instrument: Instrument, receivedUs: number, venueUs: number): void {
    const record = this.#record
    record.kind = kind
    record.instrument = instrument.id
    record.product = instrument.product
    record.flags = 0
    record.receivedUs = receivedUs
    record.venueUs = venueUs
  }
}

function newFlow(): Flow {
  return { ids: new TradeIds(), lastId: null, lastNumber: Number.NaN, lastVenueUs: null, isInDoubt: false }
}
