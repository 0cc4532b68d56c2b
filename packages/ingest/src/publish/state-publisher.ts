// Publishes newest-wins state to the state board: best bid and ask, open interest, cumulative volume delta. L1 and CVD are
// throttled per instrument, and the last state always goes out (trailing edge): CVD would otherwise double every trade, and L1
// changes more often than any client can use. Ingest thread.

import assert from 'node:assert/strict'
import { type BoardWriter, type CellHeader, newCellHeader } from '@tradelane/shared/lanes/board'
import {
  type CumulativeVolumeDelta,
  copyTop,
  newTopEvent,
  type OpenInterestEvent,
  type StateSink,
  type TopEvent,
} from '@tradelane/shared/market/market-events'
import { CellStatus, Kind, type MonotonicUs, type WallUs } from '@tradelane/shared/market/nouns'
import { type Clock, DOUBLE } from '@tradelane/shared/thread/clock'
import type { Counters } from '@tradelane/shared/thread/counters'
import type { ThreadCell } from '@tradelane/shared/thread/parking'
import type { IngestStart } from '@tradelane/shared/thread/thread-messages'
import type { Timer, Timers } from '@tradelane/shared/thread/timers'
import {
  encodeOpenInterest,
  packCumulativeVolumeDelta,
  packOpenInterest,
  packTop,
  writeCumulativeVolumeDelta,
  writeTop,
} from '@tradelane/shared/wire/encode-state'
import type { InstrumentWire } from '@tradelane/shared/wire/instrument-wire'
import { RENUMBERED_MS, STATE_GRID_MS } from '../limits.js'
import type { CvdSink } from './cvd-totals.js'
import { StateOrder } from './state-order.js'

interface StatePublisherOptions {
  readonly start: Pick<IngestStart, 'l1ThrottleMs'>
  readonly board: BoardWriter
  /** Their clients say whether MessagePack is wanted. */
  readonly gateways: readonly ThreadCell[]
  readonly wires: readonly InstrumentWire[]
  readonly clock: Clock
  readonly counters: Counters
  readonly nowMs: () => number
  readonly timers: Timers
}

/** A throttled cell and its newest state, which `isPending` while it is not published. */
interface Slot<Event> {
  readonly cell: number
  readonly wire: InstrumentWire
  event: Event
  isPending: boolean
  publishedMs: number
}

type AnySlot = TopSlot | CvdSlot
type TopSlot = Slot<TopEvent> & { readonly kind: typeof Kind.orderBookL1; readonly order: StateOrder<TopEvent> }
type CvdSlot = Slot<CumulativeVolumeDelta> & { readonly kind: typeof Kind.cumulativeVolumeDelta }

export class StatePublisher implements StateSink, CvdSink {
  readonly #options: StatePublisherOptions
  readonly #throttleMs: number
  readonly #tops: (TopSlot | undefined)[] = []
  readonly #cvds: (CvdSlot | undefined)[] = []
  readonly #slots: AnySlot[] = []
  readonly #openInterests: (StateOrder<OpenInterestEvent> | undefined)[] = []
  readonly #header: CellHeader = {
    ...newCellHeader(),
    status: CellStatus.live,
    receivedUs: DOUBLE,
    venueUs: DOUBLE,
    sequence: DOUBLE,
  }
  /** Some client wants MessagePack: what most clients do not want is not made. */
  #isPacking = false
  #timer: Timer | undefined
  /** When `#timer` fires. */
  #flushMs = Number.POSITIVE_INFINITY
  /** Runs while events are refused as old. */
  #orderTimer: Timer | undefined

  constructor(options: StatePublisherOptions) {
    this.#options = options
    this.#throttleMs = options.start.l1ThrottleMs
    for (const wire of options.wires) this.#makeSlots(wire)
  }

  publishTop(top: TopEvent): void {
    const slot = this.#tops[top.instrument.id]
    if (slot === undefined) return
    // Without a number there is no order.
    if (top.sequence > 0 && !slot.order.take(top)) {
      this.#refused(slot.order)
      return
    }
    this.#showTop(slot, top)
  }

  publishCvd(total: CumulativeVolumeDelta): void {
    const slot = this.#cvds[total.instrument.id]
    if (slot === undefined) return
    slot.event = total
    this.#changed(slot)
  }

  /** At once: open interest is rare. */
  publishOpenInterest(event: OpenInterestEvent): void {
    const { id } = event.instrument
    if (this.#options.wires[id] === undefined || this.#options.board.find(Kind.openInterest, id) < 0) return
    this.#openInterests[id] ??= new StateOrder('time', this.#options.nowMs)
    const order = this.#openInterests[id]
    if (order.take(event)) this.#showOpenInterest(event)
    else this.#refused(order)
  }

  #showTop(slot: TopSlot, top: TopEvent): void {
    // Copied: the decoder refills its event for the next frame.
    copyTop(top, slot.event)
    this.#changed(slot)
  }

  #showOpenInterest(event: OpenInterestEvent): void {
    const { board, wires, clock } = this.#options
    const wire = wires[event.instrument.id]
    const cell = board.find(Kind.openInterest, event.instrument.id)
    assert(wire !== undefined && cell >= 0, 'open interest is shown where it has a cell')
    const receivedUs = clock.toWallUs(event.receivedUs)
    const header = this.#headerOf(event, event.venueUs, 0)
    this.#write(cell, header, encodeOpenInterest(event, wire, receivedUs), packOpenInterest(event, wire, receivedUs))
    board.ring()
  }

  /** Call it several times a second: the first client that wants MessagePack gets what was published without. */
  checkPacking(): void {
    const wasPacking = this.#isPacking
    this.#isPacking = false
    for (const gateway of this.#options.gateways) if (gateway.msgpackClients() > 0) this.#isPacking = true
    if (!this.#isPacking || wasPacking) return
    for (const slot of this.#slots)
      if (slot.publishedMs !== Number.NEGATIVE_INFINITY) this.#publish(slot, slot.publishedMs)
    this.#options.board.ring()
  }

  close(): void {
    this.#options.timers.clear(this.#timer)
    this.#options.timers.clear(this.#orderTimer)
  }

  #refused(order: StateOrder<TopEvent> | StateOrder<OpenInterestEvent>): void {
    this.#options.counters.add('statesOutdated')
    if (order.isInDoubt) this.#orderTimer ??= this.#options.timers.setTimeout(this.#judgeOrders, RENUMBERED_MS)
  }

  /** Publishes what a venue that restarted its numbering has sent last: the next may come much later. */
  readonly #judgeOrders = (): void => {
    this.#orderTimer = undefined
    const nowMs = this.#options.nowMs()
    let isAnyInDoubt = false
    for (const slot of this.#tops) {
      const top = slot?.order.takeRenumbered(nowMs)
      if (top !== undefined) this.publishTop(top)
      isAnyInDoubt ||= slot?.order.isInDoubt ?? false
    }
    for (const order of this.#openInterests) {
      const event = order?.takeRenumbered(nowMs)
      if (event !== undefined) this.publishOpenInterest(event)
      isAnyInDoubt ||= order?.isInDoubt ?? false
    }
    if (isAnyInDoubt) this.#orderTimer = this.#options.timers.setTimeout(this.#judgeOrders, RENUMBERED_CHECK_MS)
  }

  #makeSlots(wire: InstrumentWire): void {
    const { board } = this.#options
    const { id } = wire.instrument
    assert(this.#tops[id] === undefined && this.#cvds[id] === undefined, 'an instrument gets its slots once')
    const common = { wire, isPending: false, publishedMs: Number.NEGATIVE_INFINITY }
    const topCell = board.find(Kind.orderBookL1, id)
    if (topCell >= 0) {
      const slot: TopSlot = {
        ...common,
        cell: topCell,
        kind: Kind.orderBookL1,
        event: newTopEvent(),
        order: new StateOrder('sequence', this.#options.nowMs),
      }
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
    if (slot.isPending) return
    const nowMs = this.#options.nowMs()
    assert(nowMs >= slot.publishedMs, 'a monotonic clock does not go back')
    const dueMs = this.#dueMs(slot)
    if (dueMs <= nowMs) {
      this.#publish(slot, nowMs)
      this.#options.board.ring()
      return
    }
    slot.isPending = true
    this.#flushAt(dueMs, dueMs - nowMs)
  }

  /** When its next event may be published: with those of others, so that a client is sent one write for all of them. */
  #dueMs(slot: AnySlot): number {
    return Math.ceil((slot.publishedMs + this.#throttleMs) / STATE_GRID_MS) * STATE_GRID_MS
  }

  /** Keeps the earlier of this moment and the one that the timer waits for. */
  #flushAt(atMs: number, waitMs: number): void {
    assert(waitMs > 0, 'what may go out now does not wait')
    if (this.#timer !== undefined) {
      if (this.#flushMs <= atMs) return
      this.#options.timers.clear(this.#timer)
    }
    this.#flushMs = atMs
    this.#timer = this.#options.timers.setTimeout(this.#flush, Math.ceil(waitMs))
  }

  /** Publishes what has waited long enough; the rest keeps waiting. */
  readonly #flush = (): void => {
    assert(this.#timer !== undefined, 'one flush is scheduled at a time')
    this.#timer = undefined
    const nowMs = this.#options.nowMs()
    let waitMs = Number.POSITIVE_INFINITY
    for (const slot of this.#slots) {
      if (!slot.isPending) continue
      const dueMs = this.#dueMs(slot)
      // As if it were in time, or each delay of the timer would be added to all later ones.
      if (dueMs <= nowMs) this.#publish(slot, Math.max(dueMs, nowMs - STATE_GRID_MS))
      else waitMs = Math.min(waitMs, dueMs - nowMs)
    }
    this.#options.board.ring()
    if (waitMs !== Number.POSITIVE_INFINITY) this.#flushAt(nowMs + waitMs, waitMs)
  }

  #publish(slot: AnySlot, nowMs: number): void {
    slot.isPending = false
    slot.publishedMs = nowMs
    const { cell, wire } = slot
    const isPacking = this.#isPacking
    const receivedUs = this.#options.clock.toWallUs(slot.event.receivedUs)
    if (slot.kind === Kind.orderBookL1) {
      const { event } = slot
      const venueUs = Number.isNaN(event.venueUs) ? receivedUs : event.venueUs
      const header = this.#headerOf(event, venueUs, event.sequence)
      this.#write(cell, header, writeTop(event, wire, receivedUs), isPacking ? packTop(event, wire, receivedUs) : null)
    } else {
      const { event } = slot
      const header = this.#headerOf(event, event.venueUs, 0)
      const json = writeCumulativeVolumeDelta(event, wire, receivedUs)
      this.#write(cell, header, json, isPacking ? packCumulativeVolumeDelta(event, wire, receivedUs) : null)
    }
  }

  #headerOf(event: { readonly receivedUs: MonotonicUs }, venueUs: WallUs, sequence: number): CellHeader {
    const header = this.#header
    header.receivedUs = event.receivedUs
    header.venueUs = venueUs
    header.sequence = sequence
    return header
  }

  #write(cell: number, header: CellHeader, json: string | Uint8Array, msgpack: Uint8Array | null): void {
    if (this.#options.board.publish(cell, header, json, msgpack)) this.#options.counters.add('statesPublished')
    else this.#options.counters.add('statesTooLarge')
  }
}

/** How often events that may be of a new count are looked at again. */
const RENUMBERED_CHECK_MS = 500
