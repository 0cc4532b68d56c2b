// Keeps the newest-wins state of one cell from going back in time: when a connection is replaced, the next one brings again what
// the old one has brought. What is older by the venue's own order is refused. A venue that restarts its numbering is recognised by a later
// time of its own, or by its persistence: it alone never comes back to where it was.

import assert from 'node:assert/strict'
import type { MonotonicUs, WallUs } from '@tradelane/shared/market/nouns'
import { RENUMBERED_MS, RENUMBERED_US } from '../limits.js'

export interface Ordered {
  readonly receivedUs: MonotonicUs
  /** NaN where the venue gives none. */
  readonly venueUs: WallUs
  readonly sequence?: number
}

/** What the venue orders states by. A time that is the order proves nothing beside it. */
export type OrderedBy = 'sequence' | 'time'

export class StateOrder<Event extends Ordered> {
  /** Of the last event that was taken: the venue's order, its time, the time of receipt. */
  #order = Number.NEGATIVE_INFINITY
  /** NaN: unknown. */
  #venueUs = Number.NaN
  #receivedUs = Number.NEGATIVE_INFINITY
  #refused: Event | undefined
  #refusedMs = Number.NaN
  readonly #isBySequence: boolean
  readonly #nowMs: () => number

  constructor(by: OrderedBy, nowMs: () => number) {
    this.#isBySequence = by === 'sequence'
    this.#nowMs = nowMs
  }

  /** There are refused events, and none since then has shown that the venue's order is the old one. */
  get isInDoubt(): boolean {
    return this.#refused !== undefined
  }

  /**
   * False: older than what was taken, or the same again. Its numbers are read from the event: handed over, each would be an
   * object.
   */
  take(event: Event): boolean {
    const order = this.#isBySequence ? event.sequence! : event.venueUs
    const isRenumbered = this.#isBySequence && event.venueUs - this.#venueUs > RENUMBERED_US
    if (order < this.#order && !isRenumbered) {
      this.#refuse(event, this.#nowMs())
      return false
    }
    this.#refused = undefined
    if (order === this.#order && event.receivedUs < this.#receivedUs) return false
    this.#order = order
    this.#venueUs = event.venueUs
    this.#receivedUs = event.receivedUs
    return true
  }

  /** The newest refused event, if the venue's order has stayed below the old one for so long that it is a new one. */
  takeRenumbered(nowMs: number): Event | undefined {
    if (this.#refused === undefined || nowMs - this.#refusedMs < RENUMBERED_MS) return undefined
    const event = this.#refused
    this.forget()
    return event
  }

  /** Whatever comes next is taken. */
  forget(): void {
    this.#order = Number.NEGATIVE_INFINITY
    this.#venueUs = Number.NaN
    this.#receivedUs = Number.NEGATIVE_INFINITY
    this.#refused = undefined
  }

  #refuse(event: Event, nowMs: number): void {
    if (this.#refused === undefined) {
      // Copied: the decoder refills its event for the next frame.
      this.#refused = { ...event }
      this.#refusedMs = nowMs
    } else Object.assign(this.#refused, event)
    assert(nowMs >= this.#refusedMs, 'a monotonic clock does not go back')
  }
}
