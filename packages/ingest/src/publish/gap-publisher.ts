// Publishes gaps to the trade log: what was, or may have been, missed of the trades and liquidations of an instrument.

import assert from 'node:assert/strict'
import type { TradeLogWriter, TradeRecord } from '@tradelane/shared/lanes/trade-log'
import type { UpstreamGap } from '@tradelane/shared/market/market-events'
import { Kind } from '@tradelane/shared/market/nouns'
import type { Clock } from '@tradelane/shared/thread/clock'
import type { Counters } from '@tradelane/shared/thread/counters'
import { encodeUpstreamGap, packUpstreamGap } from '@tradelane/shared/wire/encode-gap'
import type { InstrumentWire } from '@tradelane/shared/wire/instrument-wire'
import type { CvdTotals } from './cvd-totals.js'
import { inOrder } from './gap-bounds.js'

export interface GapPublisherOptions {
  readonly log: TradeLogWriter
  /** By instrument id. */
  readonly wires: readonly InstrumentWire[]
  readonly clock: Clock
  readonly counters: Counters
  readonly cvd: CvdTotals
  readonly stream: string
}

export class GapPublisher {
  readonly #options: GapPublisherOptions
  readonly #record = {} as TradeRecord

  constructor(options: GapPublisherOptions) {
    this.#options = options
  }

  publish(found: UpstreamGap): void {
    const { wires, counters, cvd, log } = this.#options
    const { instrument, missed } = found
    const gap = { ...found, ...inOrder(found) }
    const wire = wires[instrument.id]
    if (wire === undefined) return
    assert(missed === null || missed >= 0, 'a gap misses no negative number of trades')
    this.#fill(gap)
    if (!this.#append(gap, wire)) {
      // The longest ids and names together may not fit; without the ids a gap always does.
      const isPublished = this.#append({ ...gap, lastId: null, firstId: null }, wire)
      assert(isPublished, 'a gap without ids fits a slot')
      counters.add('upstreamGapsTooLarge')
    }
    log.ring()
    counters.add('upstreamGaps')
    if (missed !== 0) cvd.markIncomplete(instrument)
    if (missed !== null) counters.add('upstreamTradesMissed', missed)
  }

  /** In the order of a trade's fields, so that records have one shape. */
  #fill({ instrument, toUs }: UpstreamGap): void {
    const { clock } = this.#options
    const nowUs = clock.monotonicUs()
    const nowWallUs = clock.toWallUs(nowUs)
    const record = this.#record
    record.kind = Kind.gap
    record.instrument = instrument.id
    record.product = instrument.product
    record.receivedUs = nowWallUs
    record.venueUs = toUs ?? nowWallUs
    record.readUs = nowUs
  }

  /** False when it is too large. */
  #append(gap: UpstreamGap, wire: InstrumentWire): boolean {
    const { log, stream } = this.#options
    const sequence = log.nextSequence
    const json = encodeUpstreamGap(gap, wire, sequence, stream)
    if (!log.append(this.#record, json, packUpstreamGap(gap, wire, sequence, stream))) return false
    assert(log.nextSequence === sequence + 1, 'a record takes exactly one sequence')
    return true
  }
}
