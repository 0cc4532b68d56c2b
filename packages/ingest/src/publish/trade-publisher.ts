// Publishes trades and liquidations to the trade log: drops duplicates, has a gap published before the trade that follows it,
// updates CVD, and encodes each event once for all clients. Hot path, ingest thread: no promise, no closure, and no log line but
// that of a large trade.

import assert from 'node:assert/strict'
import type { TradeRecord } from '@tradelane/shared/lanes/trade-log'
import type { LiquidationEvent, TradeEvent, TradeSink, UnreadKind } from '@tradelane/shared/market/market-events'
import {
  type Instrument,
  Kind,
  type MonotonicUs,
  type SubscribedKind,
  type WallUs,
} from '@tradelane/shared/market/nouns'
import { Hop, type HopHistograms } from '@tradelane/shared/trace/hop-histograms'
import { isZeroDecimal } from '@tradelane/shared/wire/decimal'
import { encodeLiquidation, packLiquidation, packTrade, writeTrade } from '@tradelane/shared/wire/encode-trade'
import type { TradeIdRule } from '@tradelane/venues/venue'
import { GapPublisher, type GapPublisherOptions } from './gap-publisher.js'
import type { LargeTradeLog } from './large-trade-log.js'
import { LiquidationProgress } from './liquidation-progress.js'
import { TradeProgress } from './trade-progress.js'
import { VenueTime } from './venue-time.js'

export interface TradePublisherOptions extends GapPublisherOptions {
  readonly hops: HopHistograms
  readonly largeTrades: LargeTradeLog
  /** By instrument id. */
  readonly tradeIdRules: readonly TradeIdRule[]
}

export class TradePublisher implements TradeSink {
  readonly #options: TradePublisherOptions
  readonly #gaps: GapPublisher
  readonly #progress: Progress[] = []
  /** By product. */
  readonly #venueTimes: VenueTime[] = []
  readonly #record = {} as TradeRecord

  constructor(options: TradePublisherOptions) {
    this.#options = options
    this.#gaps = new GapPublisher(options)
    for (const { instrument } of options.wires) {
      const trades = new TradeProgress(options.tradeIdRules[instrument.id] ?? 'opaque')
      const venueTime = this.#venueTimes[instrument.product] ?? new VenueTime()
      this.#venueTimes[instrument.product] = venueTime
      this.#progress[instrument.id] = { trades, liquidations: new LiquidationProgress(), venueTime }
    }
  }

  publishTrade(trade: TradeEvent): void {
    const { log, wires, clock, counters, cvd, largeTrades } = this.#options
    const { instrument } = trade
    const progress = this.#progress[instrument.id]
    const wire = wires[instrument.id]
    if (progress === undefined || wire === undefined) return
    const { trades } = progress
    if (!trades.add(trade)) {
      counters.add('tradesDuplicate')
      return
    }
    progress.venueTime.heard(trade.venueUs, trade.receivedUs)
    const missing = trades.missingBefore(trade)
    if (missing !== undefined) this.#publishTradeGap(trades, trade, missing.firstId, missing.count)
    if (isZeroDecimal(trade.amount)) {
      // Nothing was traded. Its id counts, or the next trade would look like the first after a gap.
      trades.passed(trade)
      counters.add('tradesOfNothing')
      return
    }
    const sequence = log.nextSequence
    const receivedUs = clock.toWallUs(trade.receivedUs)
    const json = writeTrade(trade, wire, sequence, receivedUs)
    this.#fill(Kind.trade, instrument, trade, receivedUs)
    if (!this.#append(json, packTrade(trade, wire, sequence, receivedUs))) {
      counters.add('tradesTooLarge')
      trades.lost()
      this.resume(instrument, TRADES_ALONE)
      return
    }
    trades.passed(trade)
    this.#countHops()
    counters.add('tradesPublished')
    cvd.add(trade)
    largeTrades.add(trade)
  }

  publishLiquidation(liquidation: LiquidationEvent): void {
    const { log, wires, clock, counters } = this.#options
    const { instrument } = liquidation
    const wire = wires[instrument.id]
    const progress = this.#progress[instrument.id]
    if (wire === undefined || progress === undefined) return
    const { liquidations } = progress
    if (!liquidations.keys.add(liquidation)) {
      counters.add('liquidationsDuplicate')
      return
    }
    // Its subscription works, whether acknowledged or not: the gap ends before it.
    if (liquidations.isUncertain) this.#publishLiquidationGap(progress, instrument, liquidation.receivedUs)
    if (isZeroDecimal(liquidation.quantity)) {
      counters.add('liquidationsOfNothing')
      return
    }
    const sequence = log.nextSequence
    const receivedUs = clock.toWallUs(liquidation.receivedUs)
    const json = encodeLiquidation(liquidation, wire, sequence, receivedUs)
    this.#fill(Kind.liquidation, instrument, liquidation, receivedUs)
    if (!this.#append(json, packLiquidation(liquidation, wire, sequence, receivedUs))) {
      counters.add('liquidationsTooLarge')
      liquidations.markUncertain(liquidation.receivedUs)
      this.#publishLiquidationGap(progress, instrument, liquidation.receivedUs)
      return
    }
    this.#countHops()
    counters.add('liquidationsPublished')
  }

  /**
   * The connection that carried these kinds of the instrument was lost: until proven otherwise, some were missed. `heardUs`:
   * when it last delivered anything, null where that is not known.
   */
  markUncertain(instrument: Instrument, kinds: ReadonlySet<SubscribedKind>, heardUs: MonotonicUs | null): void {
    const progress = this.#progress[instrument.id]
    if (progress === undefined) return
    assert(heardUs === null || heardUs <= this.#options.clock.monotonicUs(), 'nothing was heard in the future')
    if (kinds.has(Kind.trade)) progress.trades.isUncertain = true
    if (kinds.has(Kind.liquidation)) progress.liquidations.markUncertain(heardUs)
  }

  /**
   * These kinds are subscribed again. What no id will prove is published now: gaps of trades whose ids are not contiguous, and
   * of liquidations. Contiguous ids prove with the next trade what was missed. Liquidations do not wait for that trade, which
   * may come late or on another connection; their gap counts no trade, so that both gaps add up to what is missing.
   */
  resume(instrument: Instrument, kinds: ReadonlySet<SubscribedKind>): void {
    const progress = this.#progress[instrument.id]
    if (progress === undefined) return
    const { clock } = this.#options
    const nowUs = clock.monotonicUs()
    const { trades, liquidations } = progress
    const areLiquidationsBack = kinds.has(Kind.liquidation) && liquidations.isUncertain
    if (kinds.has(Kind.trade) && trades.isUncertain && !trades.willProve) {
      // One record covers both kinds.
      const { lastId, lastVenueUs } = trades
      const fromUs = areLiquidationsBack ? earlier(lastVenueUs, this.#uncertainSince(progress)) : lastVenueUs
      trades.isUncertain = false
      if (areLiquidationsBack) liquidations.isUncertain = false
      const toUs = this.#untilVenueUs(progress, nowUs)
      this.#gaps.publish({ instrument, lastId, firstId: null, fromUs, toUs, missed: null })
    } else if (areLiquidationsBack) this.#publishLiquidationGap(progress, instrument, nowUs)
  }

  /** An event of this kind came and cannot be read. False where ids will show that it is missing. */
  missed(instrument: Instrument, kind: UnreadKind, receivedUs: MonotonicUs): boolean {
    const progress = this.#progress[instrument.id]
    if (progress === undefined) return false
    if (kind === Kind.liquidation) progress.liquidations.markUncertain(sentAfterUs(progress, receivedUs))
    else if (progress.trades.willProve) return false
    else progress.trades.isUncertain = true
    return true
  }

  /** Another connection carries this instrument's liquidations from now on. */
  onConnectionChanged(instrument: Instrument): void {
    this.#progress[instrument.id]?.liquidations.keys.onConnectionChanged()
  }

  /** Another connection carries this instrument's trades from now on, and did so beside the one before. */
  onOverlap(instrument: Instrument): void {
    this.#progress[instrument.id]?.trades.overlap(this.#options.clock.monotonicUs())
  }

  #publishTradeGap(trades: TradeProgress, next: TradeEvent, firstId: string, missed: number | null): void {
    const { lastId, lastVenueUs: fromUs } = trades
    this.#gaps.publish({ instrument: next.instrument, lastId, firstId, fromUs, toUs: next.venueUs, missed })
  }

  #publishLiquidationGap(progress: Progress, instrument: Instrument, untilUs: MonotonicUs): void {
    const { trades, liquidations } = progress
    assert(liquidations.isUncertain, 'a gap of liquidations is published once')
    liquidations.isUncertain = false
    const fromUs = this.#uncertainSince(progress)
    const toUs = this.#untilVenueUs(progress, untilUs)
    this.#gaps.publish({ instrument, lastId: trades.lastId, firstId: null, fromUs, toUs, missed: 0 })
  }

  #uncertainSince(progress: Progress): WallUs | null {
    const { sinceUs } = progress.liquidations
    return sinceUs === null ? null : (progress.venueTime.earliestAt(sinceUs) ?? this.#options.clock.toWallUs(sinceUs))
  }

  /** By the venue's clock, like the times of events; by this machine's before the product's first trade. */
  #untilVenueUs({ venueTime }: Progress, atUs: MonotonicUs): WallUs {
    return venueTime.latestAt(atUs) ?? this.#options.clock.toWallUs(atUs)
  }

  /** Appends `#record` and wakes the readers. False when it is too large. */
  #append(json: string | Uint8Array, msgpack: Uint8Array): boolean {
    const { log } = this.#options
    const sequence = log.nextSequence
    if (!log.append(this.#record, json, msgpack)) return false
    assert(log.nextSequence === sequence + 1, 'a record takes exactly one sequence')
    log.ring()
    return true
  }

  /** `receivedUs`: the stamp of `times` as wall time. */
  #fill(kind: Kind, instrument: Instrument, times: Stamps, receivedUs: WallUs): void {
    const record = this.#record
    record.kind = kind
    record.instrument = instrument.id
    record.product = instrument.product
    record.receivedUs = receivedUs
    record.venueUs = times.venueUs
    record.readUs = times.receivedUs
  }

  /** Of the record that was just published. */
  #countHops(): void {
    const { hops, log } = this.#options
    const { kind, product, receivedUs, venueUs, readUs } = this.#record
    // A venue may send a liquidation long after its time.
    if (kind === Kind.trade) hops.count(product, Hop.arrival, receivedUs - venueUs)
    hops.count(product, Hop.decode, log.loggedUs - readUs)
  }
}

type Stamps = Pick<TradeEvent, 'venueUs' | 'receivedUs'>

/** How far an instrument is published, and whether that is complete. */
interface Progress {
  readonly trades: TradeProgress
  readonly liquidations: LiquidationProgress
  /** Of the instrument's product. */
  readonly venueTime: VenueTime
}

const TRADES_ALONE: ReadonlySet<SubscribedKind> = new Set([Kind.trade])

/**
 * What came at `receivedUs` was sent after this: the connection may have stood still in between. The last trade came before it, on
 * the same connection.
 */
function sentAfterUs({ trades, venueTime }: Progress, receivedUs: MonotonicUs): MonotonicUs {
  const lastUs = trades.lastVenueUs === null ? undefined : venueTime.stampOf(trades.lastVenueUs)
  return lastUs === undefined || lastUs > receivedUs ? receivedUs : lastUs
}

/** Null, an unknown time, where one of them is unknown. */
function earlier(first: WallUs | null, second: WallUs | null): WallUs | null {
  if (first === null || second === null) return null
  return first < second ? first : second
}
