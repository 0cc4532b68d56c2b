// Explains the late trades that the gateways post: makes a breakdown of each while the threads' activities are still in their
// rings. Its report is `/tail`.

import assert from 'node:assert/strict'
import type { Instrument, ProductLabel } from '@tradelane/shared/market/nouns'
import type { AdminStart, LateTradePost } from '@tradelane/shared/thread/thread-messages'
import { ActivityRingReader } from '@tradelane/shared/trace/activity-ring'
import { readHops } from '@tradelane/shared/trace/hop-histograms'
import { lateTradesOf } from '@tradelane/shared/trace/late-trades'
import { ACTIVITIES_COMPLETE_MS, LATE_SHOWN } from '../limits.js'
import { type ExplainedTrade, ExplainedTrades } from './explained-trades.js'
import { breakdownOf, type TracedThread } from './hop-breakdown.js'
import type { LateTradeReport, TailReport } from './tail-report.js'

type TailStart = Pick<AdminStart, 'traces' | 'products' | 'instruments' | 'threads' | 'ingestThread' | 'gatewayThreads'>

interface TracedGateway {
  readonly thread: TracedThread
  readonly worst: ExplainedTrades
  readonly worstArrivals: ExplainedTrades
}

export class Tail {
  readonly #traces: SharedArrayBuffer
  readonly #products: ReadonlyMap<number, ProductLabel>
  readonly #instruments: ReadonlyMap<number, Instrument>
  readonly #ingest: TracedThread
  /** By thread. */
  readonly #gateways: ReadonlyMap<number, TracedGateway>

  constructor({ traces, products, instruments, threads, ingestThread, gatewayThreads }: TailStart) {
    this.#traces = traces
    this.#products = new Map(products.map(product => [product.index, product]))
    this.#instruments = new Map(instruments.map(instrument => [instrument.id, instrument]))
    this.#ingest = { role: 'ingest', activities: new ActivityRingReader(traces, ingestThread) }
    this.#gateways = new Map(
      gatewayThreads.map(index => {
        const role = threads.find(thread => thread.index === index)?.role ?? ''
        const thread = { role, activities: new ActivityRingReader(traces, index) }
        return [index, { thread, worst: new ExplainedTrades(), worstArrivals: new ExplainedTrades() }]
      }),
    )
  }

  accept(thread: number, { worst, worstArrivals }: LateTradePost): void {
    const gateway = this.#gateways.get(thread)
    assert(gateway !== undefined, 'late trades come from a gateway')
    for (const trade of lateTradesOf(worst)) gateway.worst.add(trade)
    for (const trade of lateTradesOf(worstArrivals)) gateway.worstArrivals.add(trade)
  }

  /** Explains every trade that is ready: its hops' threads have recorded what they did. */
  explainReady(nowMs: number): void {
    for (const { thread, worst, worstArrivals } of this.#gateways.values()) {
      for (const trades of [worst, worstArrivals]) {
        trades.rotate(nowMs)
        let trade = trades.nextToExplain()
        while (trade !== undefined && readyMs(trade) <= nowMs) {
          trade.breakdown = breakdownOf(trade.stampsUs, this.#ingest, thread)
          trade = trades.nextToExplain()
        }
      }
    }
  }

  /** Until the next trade is ready, or Infinity. */
  msToNext(nowMs: number): number {
    let msToNext = Number.POSITIVE_INFINITY
    for (const { worst, worstArrivals } of this.#gateways.values()) {
      for (const trades of [worst, worstArrivals]) {
        const trade = trades.nextToExplain()
        if (trade !== undefined) msToNext = Math.min(msToNext, Math.max(0, readyMs(trade) - nowMs))
      }
    }
    return msToNext
  }

  report(): TailReport {
    const gateways = [...this.#gateways.values()].map(({ thread, worst, worstArrivals }) => ({
      thread: thread.role,
      worst: worst.worst(LATE_SHOWN).map(this.#reportOf),
      worstArrivals: worstArrivals.worst(LATE_SHOWN).map(this.#reportOf),
    }))
    return { hops: readHops(this.#traces), gateways }
  }

  readonly #reportOf = (trade: ExplainedTrade): LateTradeReport => ({
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

function readyMs(trade: ExplainedTrade): number {
  return trade.stampsUs[4] / 1_000 + ACTIVITIES_COMPLETE_MS
}
