// Publishes newest-wins state to the state board: best bid and ask, open interest, cumulative volume delta. L1 and CVD are
// published at most once per interval and instrument, and the last state always goes out (trailing edge): otherwise CVD would
// double every trade, and clients would get every change of L1.

import assert from 'node:assert/strict'

import type { BoardWriter, CellHeader } from '@tradelane/shared/lanes/board'
import type { CumulativeVolumeDelta, OpenInterestEvent, TopEvent } from '@tradelane/shared/market/market-events'
import { CellStatus, type Instrument, Kind, StatusReason } from '@tradelane/shared/market/nouns'
import type { Counters } from '@tradelane/shared/thread/counters'
import type { Timer, Timers } from '@tradelane/shared/thread/timers'
import {
  encodeCumulativeVolumeDelta,
  encodeOpenInterest,
  encodeTop,
  packCumulativeVolumeDelta,
  packOpenInterest,
  packTop,
} from '@tradelane/shared/wire/encode-state'
import type { InstrumentWire } from '@tradelane/shared/wire/instrument-wire'

export interface StatePublisherOptions {
  readonly board: BoardWriter
  readonly wires: readonly InstrumentWire[]
  readonly counters: Counters
  readonly throttleMs: number
  readonly nowMs: () => number
  readonly timers: Timers
}

/** A throttled cell and its newest state. */
interface Slot<Event> {
  readonly cell: number
  readonly wire: InstrumentWire
  event: Event
  /** The newest state is not published yet. */
  isPending: boolean
  publishedMs: number
}

type AnySlot = TopSlot | CvdSlot
type TopSlot = Slot<TopEvent> & { readonly kind: typeof Kind.orderBookL1 }
type CvdSlot = Slot<CumulativeVolumeDelta> & { readonly kind: typeof Kind.cumulativeVolumeDelta }

export class StatePublisher {
  readonly #options: StatePublisherOptions
  readonly #tops: (TopSlot | undefined)[] = []
  readonly #cvds: (CvdSlot | undefined)[] = []
  readonly #slots: AnySlot[] = []
  readonly #header: CellHeader
  #timer: Timer | undefined
  /** When `#timer` fires. */
  #flushMs = Number.POSITIVE_INFINITY

  constructor(options: StatePublisherOptions) {
    this.#options = options
    this.#header = {
      status: CellStatus.live,
      reason: StatusReason.none,
      sinceUs: 0,
      receivedUs: 0,
      venueUs: 0,
      sequence: 0,
    }
    for (const wire of options.wires) this.#makeSlots(wire)
  }

  readonly publishTop = (top: TopEvent): void => {
    const slot = this.#tops[top.instrument.id]
    if (slot === undefined) return
    // Copied: the decoder refills its event for the next frame.
    Object.assign(slot.event, top)
    this.#changed(slot)
  }

  publishCvd(total: CumulativeVolumeDelta): void {
    const slot = this.#cvds[total.instrument.id]
    if (slot === undefined) return
    slot.event = total
    this.#changed(slot)
  }

  /** At once: open interest is rare. */
  readonly publishOpenInterest = (event: OpenInterestEvent): void => {
    const { board, wires } = this.#options
    const wire = wires[event.instrument.id]
    const cell = board.find(Kind.openInterest, event.instrument.id)
    if (wire === undefined || cell < 0) return
    this.#write(cell, event, 0, encodeOpenInterest(event, wire), packOpenInterest(event, wire))
    board.ring()
  }

  close(): void {
    this.#options.timers.clear(this.#timer)
  }

  #makeSlots(wire: InstrumentWire): void {
    const { board } = this.#options
    const { id } = wire.instrument
    const common = { wire, isPending: false, publishedMs: Number.NEGATIVE_INFINITY }
    const topCell = board.find(Kind.orderBookL1, id)
    if (topCell >= 0) {
      const slot: TopSlot = { ...common, cell: topCell, kind: Kind.orderBookL1, event: {} as TopEvent }
      this.#tops[id] = slot
      this.#slots.push(slot)
    }
    const cvdCell = board.find(Kind.cumulativeVolumeDelta, id)
    if (cvdCell >= 0) {
      const event = {} as CumulativeVolumeDelta
      const slot: CvdSlot = { ...common, cell: cvdCell, kind: Kind.cumulativeVolumeDelta, event }
      this.#cvds[id] = slot
      this.#slots.push(slot)
    }
  }

  #changed(slot: AnySlot): void {
    const nowMs = this.#options.nowMs()
    const waitMs = slot.publishedMs + this.#options.throttleMs - nowMs
    if (waitMs <= 0) {
      this.#publish(slot, nowMs)
      this.#options.board.ring()
      return
    }
    slot.isPending = true
    this.#flushAt(nowMs + waitMs, waitMs)
  }

  /** At the earliest of the requested times. */
  #flushAt(atMs: number, waitMs: number): void {
    if (this.#timer !== undefined) {
      if (this.#flushMs <= atMs) return
      this.#options.timers.clear(this.#timer)
    }
    this.#flushMs = atMs
    this.#timer = this.#options.timers.setTimeout(this.#flush, Math.ceil(waitMs))
  }

  /** Publishes the slots whose interval is over, and waits for the next. */
  readonly #flush = (): void => {
    this.#timer = undefined
    const nowMs = this.#options.nowMs()
    let waitMs = Number.POSITIVE_INFINITY
    for (const slot of this.#slots) {
      if (!slot.isPending) continue
      const slotWaitMs = slot.publishedMs + this.#options.throttleMs - nowMs
      if (slotWaitMs <= 0) this.#publish(slot, nowMs)
      else waitMs = Math.min(waitMs, slotWaitMs)
    }
    this.#options.board.ring()
    if (waitMs !== Number.POSITIVE_INFINITY) this.#flushAt(nowMs + waitMs, waitMs)
  }

  #publish(slot: AnySlot, nowMs: number): void {
    assert(slot.publishedMs + this.#options.throttleMs <= nowMs, 'a cell is published once per interval')
    slot.isPending = false
    slot.publishedMs = nowMs
    const { cell, wire } = slot
    if (slot.kind === Kind.orderBookL1) {
      const { event } = slot
      this.#write(cell, event, event.sequence, encodeTop(event, wire), packTop(event, wire))
    } else {
      const { event } = slot
      this.#write(cell, event, 0, encodeCumulativeVolumeDelta(event, wire), packCumulativeVolumeDelta(event, wire))
    }
  }

  #write(
    cell: number,
    event: { readonly instrument: Instrument; readonly receivedUs: number; readonly venueUs: number },
    sequence: number,
    json: string,
    msgpack: Uint8Array,
  ): void {
    const header = this.#header
    header.receivedUs = event.receivedUs
    header.venueUs = event.venueUs
    header.sequence = sequence
    if (this.#options.board.publish(cell, header, json, msgpack)) this.#options.counters.add('statesPublished')
    else this.#options.counters.add('tradesTooLarge')
  }
}
