// What every measured client received of one lossless series (trades or liquidations of one instrument), kept compactly
// while the run lasts and joined with the journal afterwards: losses, doubles, order, changed values, and the latency from
// the scheduled send, which no slow moment of the server can hide.

import type { Latency } from './latency.js'

/** Sums over all measured clients. */
export interface LedgerTotals {
  received: number
  /** What the journal has between a client's first and last, both included. */
  expected: number
  /** Missing and not announced by a gap frame. */
  lost: number
  /** Missing, and a gap frame was in their place. */
  announced: number
  /** Gap frames that reported fewer missing than there are. */
  understated: number
  doubled: number
  disordered: number
  /** Received, and not in the journal. */
  unknown: number
  /** Received with another price, amount or side than the journal's. */
  altered: number
}

/** The values of one event, in journal and frame: compared as numbers, for the wire's spelling of numbers is free. */
export interface LedgerValues {
  readonly price: number
  /** NaN where the units may differ. */
  readonly amount: number
  readonly side: string
}

/** `process.hrtime` microseconds, the end excluded. */
export interface ScheduleWindow {
  readonly sinceUs: number
  readonly untilUs: number
}

/** A gap frame. */
export interface AnnouncedGap {
  /** How many are missing; null where it cannot say. */
  readonly missed: number | null
  /** Venue times of what may be missing, in epoch milliseconds; where absent, all that is missing in its place. */
  readonly span?: { readonly fromMs: number; readonly toMs: number }
}

export const ALWAYS: ScheduleWindow = { sinceUs: Number.NEGATIVE_INFINITY, untilUs: Number.POSITIVE_INFINITY }

export function isWithin({ sinceUs, untilUs }: ScheduleWindow, scheduledUs: number): boolean {
  return scheduledUs >= sinceUs && scheduledUs < untilUs
}

const NOT_IN_JOURNAL = -1

export class Ledger {
  /** Every id received gets a slot; clients note slots. */
  readonly #slots = new Map<string, number>()
  readonly #clients: Arrivals[] = []
  readonly #values = new Map<number, LedgerValues>()
  readonly #journalIndexes: number[] = []
  readonly #scheduledUs: number[] = []
  /** Of each event of the journal, where it was given one. */
  readonly #venueTimesMs: number[] = []
  #journalCount = 0
  #altered = 0

  receive(client: number, id: string, monotonicUs: number): void {
    let slot = this.#slots.get(id)
    if (slot === undefined) {
      slot = this.#journalIndexes.length
      // A text cut from a frame would keep the frame alive.
      this.#slots.set(Buffer.from(id, 'latin1').toString('latin1'), slot)
      this.#journalIndexes.push(NOT_IN_JOURNAL)
      this.#scheduledUs.push(0)
    }
    this.#arrivalsOf(client).add(slot, monotonicUs)
  }

  /** What is missing between this client's last event and its next, and within the frame's span, is announced. */
  announce(client: number, gap: AnnouncedGap): void {
    const arrivals = this.#arrivalsOf(client)
    arrivals.gaps.push({ rank: arrivals.count, gap })
  }

  noteValues(id: string, values: LedgerValues): void {
    const slot = this.#slots.get(id)
    if (slot !== undefined) this.#values.set(slot, values)
  }

  /** The journal's events, in its order. Returns true where some client received it. */
  meetJournal(id: string, scheduledUs: number, values: LedgerValues, venueTimeMs?: number): boolean {
    const slot = this.#slots.get(id)
    if (slot !== undefined && this.#journalIndexes[slot] !== NOT_IN_JOURNAL) return true
    const index = this.#journalCount
    this.#journalCount += 1
    if (venueTimeMs !== undefined) this.#venueTimesMs[index] = venueTimeMs
    if (slot === undefined) return false
    this.#journalIndexes[slot] = index
    this.#scheduledUs[slot] = scheduledUs
    const received = this.#values.get(slot)
    if (received !== undefined && !isSame(received, values)) this.#altered += 1
    return true
  }

  /** Once, after the whole journal was read. Only what was scheduled within the window counts as latency. */
  account(totals: LedgerTotals, latency: Latency, window: ScheduleWindow = ALWAYS): void {
    totals.altered += this.#altered
    for (const arrivals of this.#clients) {
      if (arrivals !== undefined) this.#accountClient(arrivals, totals, latency, window)
    }
  }

  #arrivalsOf(client: number): Arrivals {
    let arrivals = this.#clients[client]
    if (arrivals === undefined) {
      arrivals = new Arrivals()
      this.#clients[client] = arrivals
    }
    return arrivals
  }

  #accountClient(arrivals: Arrivals, totals: LedgerTotals, latency: Latency, window: ScheduleWindow): void {
    const seen = new Uint8Array(this.#journalIndexes.length)
    let first = Number.POSITIVE_INFINITY
    let last = -1
    let distinct = 0
    let announced = 0
    let gapRank = 0
    for (let rank = 0; rank < arrivals.count; rank += 1) {
      const slot = arrivals.slotAt(rank)
      const index = this.#journalIndexes[slot] ?? NOT_IN_JOURNAL
      totals.received += 1
      if (seen[slot] === 1) {
        totals.doubled += 1
        continue
      }
      seen[slot] = 1
      if (index === NOT_IN_JOURNAL) {
        totals.unknown += 1
        continue
      }
      const missing = last === -1 ? 0 : Math.max(0, index - last - 1)
      const gaps = arrivals.gapsBetween(gapRank, rank)
      gapRank = rank + 1
      if (gaps.length > 0) {
        announced += this.#announcedIn(last + 1, missing, gaps)
        const missed = gaps.reduce((sum, gap) => sum + (gap.missed ?? Number.POSITIVE_INFINITY), 0)
        if (missed < missing) totals.understated += 1
      }
      if (index < last) totals.disordered += 1
      first = Math.min(first, index)
      last = Math.max(last, index)
      distinct += 1
      const scheduledUs = this.#scheduledUs[slot] ?? 0
      if (isWithin(window, scheduledUs)) latency.record(arrivals.monotonicUsAt(rank) - scheduledUs)
    }
    if (distinct === 0) return
    const absent = last - first + 1 - distinct
    totals.expected += last - first + 1
    // Late ones may have come out of order into an announced gap.
    totals.announced += Math.min(announced, absent)
    totals.lost += Math.max(0, absent - announced)
  }

  /** Of `count` events of the journal from `first` on. */
  #announcedIn(first: number, count: number, gaps: readonly AnnouncedGap[]): number {
    let announced = 0
    for (let index = first; index < first + count; index += 1) {
      const timeMs = this.#venueTimesMs[index]
      if (gaps.some(({ span }) => isCovered(span, timeMs))) announced += 1
    }
    return announced
  }
}

function isCovered(span: AnnouncedGap['span'], timeMs: number | undefined): boolean {
  if (span === undefined || timeMs === undefined) return true
  return timeMs >= span.fromMs - CLOCK_ERROR_MS && timeMs <= span.toMs + CLOCK_ERROR_MS
}

/** Two programs on one machine read the same clock, each with its own error; frames have its milliseconds. */
const CLOCK_ERROR_MS = 5

function isSame(received: LedgerValues, journal: LedgerValues): boolean {
  if (received.price !== journal.price || received.side !== journal.side) return false
  return Number.isNaN(received.amount) || received.amount === journal.amount
}

const NO_GAPS: readonly AnnouncedGap[] = []

/** One client's arrivals in order, 12 bytes each. */
class Arrivals {
  count = 0
  /** Gap frames, by the rank of the arrival that came next. */
  readonly gaps: { readonly rank: number; readonly gap: AnnouncedGap }[] = []
  #slots = new Int32Array(1_024)
  #monotonicUs = new Float64Array(1_024)

  add(slot: number, monotonicUs: number): void {
    if (this.count === this.#slots.length) {
      const slots = new Int32Array(this.count * 2)
      slots.set(this.#slots)
      const times = new Float64Array(this.count * 2)
      times.set(this.#monotonicUs)
      this.#slots = slots
      this.#monotonicUs = times
    }
    this.#slots[this.count] = slot
    this.#monotonicUs[this.count] = monotonicUs
    this.count += 1
  }

  /** Both ranks included. */
  gapsBetween(firstRank: number, lastRank: number): readonly AnnouncedGap[] {
    if (this.gaps.length === 0) return NO_GAPS
    return this.gaps.filter(({ rank }) => rank >= firstRank && rank <= lastRank).map(({ gap }) => gap)
  }

  slotAt(rank: number): number {
    return this.#slots[rank] as number
  }

  monotonicUsAt(rank: number): number {
    return this.#monotonicUs[rank] as number
  }
}
