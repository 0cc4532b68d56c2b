// The first push after subscribing to liquidations is a history of recent ones. On the first connection it is left out; after a
// reconnection it has what was missed meanwhile, which is published, and what was published before, as the publisher finds out.
// It is recognized by the venue's own times: a trade is sent at once, so the newest one shows the venue's clock, and until one
// came, the newest liquidation shows it at least. Our wall clock may differ by any amount. A push that may be either is held
// until a trade comes, not for long. However late history comes, it is older than its connection.

import assert from 'node:assert/strict'
import type { LiquidationEvent } from '@tradelane/shared/market/market-events'
import type { MonotonicUs, WallUs } from '@tradelane/shared/market/nouns'

/** What is new may be this old when it is pushed. */
const LATE_US_MAX = 2_000_000
/** When so many are held, they are judged by their own times. */
const HELD_MAX = 1_024

export class LiquidationHistory {
  readonly #publish: (liquidation: LiquidationEvent) => void
  #firstUs: MonotonicUs | undefined
  #connectedUs: MonotonicUs | undefined
  /** The venue's time minus our stamp: of the newest trade, or at least this. */
  #aheadUs = Number.NEGATIVE_INFINITY
  #isTimeKnown = false
  /** Nothing new has come on this connection: a push may be history still. */
  #mayCome = false
  /** For so short a time that a trade is waited for. */
  #mayHold = false
  /** The frame that is being read, while history may come. */
  #frame: LiquidationEvent[] = []
  #held: LiquidationEvent[][] = []
  #heldCount = 0
  /** How often each came in history on this connection. */
  readonly #repeats = new Map<string, number>()

  constructor(publish: (liquidation: LiquidationEvent) => void) {
    this.#publish = publish
  }

  /** Another connection delivers from now on. */
  onConnected(atUs: MonotonicUs): void {
    this.#firstUs ??= atUs
    this.#connectedUs = atUs
    this.#mayCome = true
    this.#mayHold = true
    this.#repeats.clear()
  }

  onTrade(venueUs: WallUs, receivedUs: MonotonicUs): void {
    this.#aheadUs = venueUs - receivedUs
    this.#isTimeKnown = true
    if (this.#heldCount > 0) this.#judgeHeld()
  }

  add(liquidation: LiquidationEvent): void {
    if (this.#mayCome) this.#frame.push({ ...liquidation })
    else if (this.#repeats.size === 0 || !this.#isRepeated(liquidation)) this.#publish(liquidation)
  }

  /** After the last one of a frame. */
  endFrame(): void {
    if (this.#frame.length === 0) return
    const frame = this.#frame
    this.#frame = []
    if (!this.#isTimeKnown) {
      for (const { venueUs, receivedUs } of frame) this.#aheadUs = Math.max(this.#aheadUs, venueUs - receivedUs)
      if (this.#mayHold && !this.#isHistory(frame)) {
        this.#held.push(frame)
        this.#heldCount += frame.length
        if (this.#heldCount >= HELD_MAX) this.#judgeHeld()
        return
      }
    }
    this.#judge(frame)
  }

  /** No trade is waited for any more: what is held is judged by what is known. */
  release(): void {
    this.#judgeHeld()
    this.#mayHold = false
    assert(this.#heldCount === 0 && this.#frame.length === 0, 'nothing is held when no trade is waited for')
  }

  /** Whether it has one that is too old for what is new. */
  #isHistory(frame: readonly LiquidationEvent[]): boolean {
    const newUs = this.#connectedVenueUs - LATE_US_MAX
    return frame.some(({ venueUs }) => venueUs < newUs)
  }

  /** When this connection was up, in the venue's time. */
  get #connectedVenueUs(): number {
    assert(this.#connectedUs !== undefined, 'a frame comes on a connection')
    return this.#connectedUs + this.#aheadUs
  }

  #judgeHeld(): void {
    const held = this.#held
    this.#held = []
    this.#heldCount = 0
    for (const frame of held) this.#judge(frame)
  }

  #judge(all: readonly LiquidationEvent[]): void {
    const frame = this.#repeats.size === 0 ? all : all.filter(liquidation => !this.#isRepeated(liquidation))
    const isHistory = this.#isHistory(frame)
    const connectedVenueUs = this.#connectedVenueUs
    const isLeftOut = isHistory && this.#connectedUs === this.#firstUs
    const firstUs = isLeftOut ? Number.POSITIVE_INFINITY : this.#firstUs! + this.#aheadUs
    const isRepeatable = isHistory || frame.some(({ venueUs }) => venueUs < connectedVenueUs)
    for (const liquidation of frame) {
      if (isRepeatable) this.#expectAgain(liquidation)
      if (liquidation.venueUs >= firstUs) this.#publish(liquidation)
    }
    // What is new comes after history.
    if (!isHistory && frame.some(({ venueUs }) => venueUs >= connectedVenueUs)) this.#mayCome = false
  }

  #expectAgain(liquidation: LiquidationEvent): void {
    const key = keyOf(liquidation)
    this.#repeats.set(key, (this.#repeats.get(key) ?? 0) + 1)
  }

  /** History ends with the newest, which may be pushed as new too. */
  #isRepeated(liquidation: LiquidationEvent): boolean {
    const key = keyOf(liquidation)
    const count = this.#repeats.get(key)
    if (count === undefined) return false
    if (count > 1) this.#repeats.set(key, count - 1)
    else this.#repeats.delete(key)
    return true
  }
}

function keyOf({ instrument, venueUs, orderSide, positionSide, price, quantity }: LiquidationEvent): string {
  // A joined text is flat; a template literal would keep a tree of its parts.
  return [instrument.id, venueUs, orderSide, positionSide, price, quantity].join(' ')
}
