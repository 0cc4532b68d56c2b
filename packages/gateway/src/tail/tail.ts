// Explains a gateway's late trades: makes a breakdown of each of the worst while the threads' activities are still in their
// rings, and answers `GET /tail`.

import assert from 'node:assert/strict'
import type { Instrument, MonotonicUs, ProductLabel } from '@tradelane/shared/market/nouns'
import type { GatewayStart } from '@tradelane/shared/thread/thread-messages'
import { ActivityRingReader } from '@tradelane/shared/trace/activity-ring'
import { readHops } from '@tradelane/shared/trace/hop-histograms'
import { ACTIVITIES_COMPLETE_MS, LATE_SHOWN, TAIL_REPORT_MS_MIN } from '../limits.js'
import { breakdownOf, type TracedThread } from './hop-breakdown.js'
import { HopStamps } from './hop-stamps.js'
import type { LateTrade } from './late-trades.js'
import { formatTail, type LateTradeReport, type TailReport } from './tail-report.js'

export class Tail {
  readonly stamps: HopStamps
  readonly #start: GatewayStart
  readonly #nowUs: () => MonotonicUs
  readonly #products: ReadonlyMap<number, ProductLabel>
  readonly #instruments: ReadonlyMap<number, Instrument>
  readonly #ingest: TracedThread
  readonly #gateway: TracedThread
  #report: TailReport
  #json = ''
  #text = ''
  #reportedMs = Number.NEGATIVE_INFINITY

  constructor(start: GatewayStart, nowUs: () => MonotonicUs) {
    const { traces, threadIndex, ingestThread, role } = start
    this.#start = start
    this.#nowUs = nowUs
    this.stamps = new HopStamps(traces, threadIndex, nowUs)
    this.#products = new Map(start.products.map(product => [product.index, product]))
    this.#instruments = new Map(start.instruments.map(instrument => [instrument.id, instrument]))
    this.#ingest = { role: 'ingest', activities: new ActivityRingReader(traces, ingestThread) }
    this.#gateway = { role, activities: new ActivityRingReader(traces, threadIndex) }
    this.#report = this.#newReport()
  }

  /** From a timer. */
  tick(nowMs: number): void {
    const beforeUs = (nowMs - ACTIVITIES_COMPLETE_MS) * 1_000
    const { late, lateArrivals } = this.stamps
    // One a tick: a breakdown walks through rings, and trades wait for this thread.
    const trade = late.withoutBreakdown(beforeUs) ?? lateArrivals.withoutBreakdown(beforeUs)
    if (trade !== undefined) trade.breakdown = breakdownOf(trade.stampsUs, this.#ingest, this.#gateway)
    this.stamps.tick(nowMs)
  }

  json(): string {
    this.#refresh()
    this.#json ||= `${JSON.stringify(this.#report)}\n`
    return this.#json
  }

  text(): string {
    this.#refresh()
    this.#text ||= formatTail(this.#report)
    return this.#text
  }

  /** At most once a second: a report takes the thread of the trades about a millisecond. */
  #refresh(): void {
    const nowMs = this.#nowUs() / 1_000
    assert(nowMs >= this.#reportedMs, 'monotonic time never goes back')
    if (nowMs - this.#reportedMs < TAIL_REPORT_MS_MIN) return
    this.#reportedMs = nowMs
    this.#report = this.#newReport()
    this.#json = ''
    this.#text = ''
  }

  #newReport(): TailReport {
    const { late, lateArrivals } = this.stamps
    return {
      thread: this.#start.role,
      hops: readHops(this.#start.traces),
      worst: late.worst(LATE_SHOWN).map(this.#reportOf),
      worstArrivals: lateArrivals.worst(LATE_SHOWN).map(this.#reportOf),
    }
  }

  readonly #reportOf = (trade: LateTrade): LateTradeReport => ({
    seq: trade.sequence,
    received: new Date(trade.receivedUs / 1_000).toISOString(),
    venue: new Date(trade.venueUs / 1_000).toISOString(),
    product: this.#products.get(trade.product)?.id ?? '',
    symbol: this.#instruments.get(trade.instrument)?.symbol ?? '',
    lateUs: Math.round(trade.lateUs),
    clients: trade.clientCount,
    account: trade.breakdown ?? [],
  })
}
