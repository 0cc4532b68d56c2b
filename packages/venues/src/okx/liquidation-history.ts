// The first push after subscribing to liquidations is a history of recent ones. What is older than the first connection, by
// the venue's own clock, is left out; after a reconnection the rest is what was missed meanwhile, or was published before, as
// the publisher finds out. A trade is sent at once, so the newest one shows the venue's time; our wall clock may differ by any
// amount. Until a trade shows it, liquidations are held, for as long as history may come.

import assert from 'node:assert/strict'
import type { LiquidationEvent } from '@tradelane/shared/market/market-events'
import type { MonotonicUs, WallUs } from '@tradelane/shared/market/nouns'

/** When so many are held, they are judged by their own times. */
const HELD_MAX = 1_024

export class LiquidationHistory {
  readonly #publish: (liquidation: LiquidationEvent) => void
  #firstUs: MonotonicUs | undefined
  #connectedUs: MonotonicUs | undefined
  /** The venue's time minus our stamp: of the newest trade, or at least this. */
  #aheadUs = Number.NEGATIVE_INFINITY
  #isTimeKnown = false
  /** A push may be history still. */
  #mayCome = false
  /** Of this frame: whether one is older than the connection, whether one is not, and their keys. */
  #hasOld = false
  #hasNew = false
  readonly #keys: string[] = []
  /** How often each came in history on this connection. */
  readonly #repeats = new Map<string, number>()
  /** By frame; the last one may be incomplete. */
  #held: LiquidationEvent[][] = [[]]
  #heldCount = 0

  constructor(publish: (liquidation: LiquidationEvent) => void) {
    this.#publish = publish
  }

  /** Another connection delivers from now on. */
  onConnected(atUs: MonotonicUs): void {
    this.#firstUs ??= atUs
    this.#connectedUs = atUs
    this.#mayCome = true
    this.#repeats.clear()
  }

  onTrade(venueUs: WallUs, receivedUs: MonotonicUs): void {
    this.#aheadUs = venueUs - receivedUs
    this.#isTimeKnown = true
    if (this.#heldCount > 0) this.#judgeHeld()
  }

  add(liquidation: LiquidationEvent): void {
    if (!this.#mayCome) {
      if (this.#repeats.size === 0 || !this.#isRepeated(liquidation)) this.#publish(liquidation)
    } else if (this.#isTimeKnown) this.#judge(liquidation)
    else {
      this.#aheadUs = Math.max(this.#aheadUs, liquidation.venueUs - liquidation.receivedUs)
      this.#held.at(-1)?.push({ ...liquidation })
      this.#heldCount += 1
      if (this.#heldCount >= HELD_MAX) this.#judgeHeld()
    }
  }

  /** After the last one of a frame. */
  endFrame(): void {
    if (this.#heldCount > 0) this.#held.push([])
    if (this.#hasOld) for (const key of this.#keys) this.#repeats.set(key, (this.#repeats.get(key) ?? 0) + 1)
    // What is new comes after history.
    if (this.#hasNew) this.#mayCome = false
    this.#hasOld = false
    this.#hasNew = false
    this.#keys.length = 0
  }

  /** No history comes any more: what is held is judged by the times of liquidations alone. */
  end(): void {
    this.#judgeHeld()
    this.#mayCome = false
    assert(this.#heldCount === 0, 'nothing is held when no history comes any more')
  }

  #judgeHeld(): void {
    const held = this.#held
    this.#held = [[]]
    this.#heldCount = 0
    for (const frame of held) {
      for (const liquidation of frame) this.#judge(liquidation)
      this.endFrame()
    }
  }

  #judge(liquidation: LiquidationEvent): void {
    assert(this.#firstUs !== undefined && this.#connectedUs !== undefined, 'a frame comes on a connection')
    if (this.#repeats.size > 0 && this.#isRepeated(liquidation)) return
    if (liquidation.venueUs < this.#connectedUs + this.#aheadUs) this.#hasOld = true
    else this.#hasNew = true
    this.#keys.push(keyOf(liquidation))
    if (liquidation.venueUs >= this.#firstUs + this.#aheadUs) this.#publish(liquidation)
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
