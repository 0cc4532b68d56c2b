// A trade publisher over a real log, and a short form of what it published. Used by this package's tests.

import { TradeLogWriter } from '@tradelane/shared/lanes/trade-log'
import type { CumulativeVolumeDelta, LiquidationEvent, TradeEvent } from '@tradelane/shared/market/market-events'
import {
  type Decimal,
  type Instrument,
  Kind,
  type MonotonicUs,
  type SubscribedKind,
  type WallUs,
} from '@tradelane/shared/market/nouns'
import { wireTable } from '@tradelane/shared/wire/instrument-wire'
import { isoUs } from '@tradelane/shared/wire/timestamps'
import type { TradeIdRule } from '@tradelane/venues/venue'
import { CvdTotals } from '../publish/cvd-totals.js'
import { LargeTradeLog } from '../publish/large-trade-log.js'
import { TradePublisher } from '../publish/trade-publisher.js'
import { DELAY_DIFFERENCE_US_MAX } from '../publish/venue-time.js'
import { RecordedLog } from './recorded-log.js'
import { BTC, INSTRUMENTS, type LoggedRecord, STREAM, TestLanes } from './test-lanes.js'

export const TRADES: ReadonlySet<SubscribedKind> = new Set([Kind.trade])
export const LIQUIDATIONS: ReadonlySet<SubscribedKind> = new Set([Kind.liquidation])
export const BOTH: ReadonlySet<SubscribedKind> = new Set([Kind.trade, Kind.liquidation])
/** When the lost connection last delivered anything. */
export const HEARD_US = 3_000_000 as MonotonicUs

/** In quote currency; a trade of the fixture has the value 201. */
export const LARGE_TRADE_VALUE = 200

/** From the monotonic clock to the venue's, by its trades. */
const VENUE_OFFSET_US = 1_790_000_000_000_000 - 500_000

const RULES: readonly TradeIdRule[] = ['contiguous', 'contiguous', 'opaque', 'opaque']

/** The ids of the first two instruments are contiguous, those of the others opaque, where the test states nothing else. */
export class PublisherFixture {
  readonly lanes: TestLanes
  readonly log = new RecordedLog()
  readonly publisher: TradePublisher
  readonly totals: CumulativeVolumeDelta[] = []

  constructor(lanes = new TestLanes(), { tradeIdRules = RULES, instruments = INSTRUMENTS } = {}) {
    this.lanes = lanes
    this.publisher = new TradePublisher({
      log: new TradeLogWriter(lanes.tradeLog, [lanes.gateway]),
      wires: wireTable(instruments),
      clock: lanes.clock,
      counters: lanes.counters,
      hops: lanes.hops,
      cvd: new CvdTotals(lanes.clock, { publishCvd: total => this.totals.push({ ...total }) }),
      largeTrades: new LargeTradeLog(this.log, LARGE_TRADE_VALUE, () => performance.now()),
      stream: STREAM,
      tradeIdRules,
    })
  }

  trade(id: number | string, instrument: Instrument = BTC, change: Partial<TradeEvent> = {}): this {
    this.publisher.publishTrade({ ...tradeOf(id, instrument), ...change })
    return this
  }

  liquidation(price: number | string, instrument: Instrument = BTC, quantity: Decimal = LIQUIDATION.quantity): this {
    this.publisher.publishLiquidation({ ...LIQUIDATION, instrument, price: String(price) as Decimal, quantity })
    return this
  }

  /** The connection that carries these kinds is lost. */
  lose(kinds: ReadonlySet<SubscribedKind>, instrument: Instrument = BTC, heardUs: MonotonicUs | null = HEARD_US): this {
    this.publisher.markUncertain(instrument, kinds, heardUs)
    return this
  }

  /** These kinds are subscribed again. */
  back(kinds: ReadonlySet<SubscribedKind>, instrument: Instrument = BTC): this {
    this.publisher.resume(instrument, kinds)
    return this
  }

  /** The stamp of a moment by the venue's clock. */
  stampOf(venueUs: WallUs): MonotonicUs {
    return (venueUs - VENUE_OFFSET_US) as MonotonicUs
  }

  /** A stamp as gaps show it: by the clock of the venue, which is months behind that of this machine. */
  isoOf(us: MonotonicUs): string {
    return isoUs((us + VENUE_OFFSET_US) as WallUs)
  }

  /** The same as the end of a gap. */
  untilIsoOf(us: MonotonicUs): string {
    return this.isoOf((us + DELAY_DIFFERENCE_US_MAX) as MonotonicUs)
  }

  /** `7` for a trade, `missed 3: 1 > 5` for a gap, `liq 100` for a liquidation. */
  published(): string[] {
    return this.lanes.takeRecords().map(brief)
  }
}

export function tradeOf(id: number | string, instrument: Instrument): TradeEvent {
  const receivedUs = (500_000 + 1_000 * (Number(id) || 0)) as MonotonicUs
  return {
    instrument,
    venueUs: (receivedUs + VENUE_OFFSET_US) as WallUs,
    receivedUs,
    id: String(id),
    price: '100.5' as Decimal,
    amount: '2' as Decimal,
    amountBase: '2' as Decimal,
    side: 'Buy',
    isMarket: true,
  }
}

export const LIQUIDATION: LiquidationEvent = {
  instrument: BTC,
  venueUs: 1_790_000_000_000_000 as WallUs,
  receivedUs: 4_000_000 as MonotonicUs,
  legacySide: 'Sell',
  orderSide: 'Sell',
  positionSide: 'long',
  price: '100' as Decimal,
  priceAverage: '101' as Decimal,
  quantity: '3' as Decimal,
  quantityBase: '3' as Decimal,
}

export function brief({ kind, json }: LoggedRecord): string {
  if (kind === Kind.gap) return `missed ${json.missed}: ${json.last_id} > ${json.first_id}`
  return kind === Kind.liquidation ? `liq ${json.data.price}` : json.data.id
}
