// Publishes what is wrong with single subscriptions, in cells of the state board: why nothing comes for a kind of an instrument while
// its link is live, or before it is subscribed. Books are not among them, their shard publishes their status. A subscription with
// which nothing was ever wrong has no status. Ingest thread.

import assert from 'node:assert/strict'
import type { BoardWriter } from '@tradelane/shared/lanes/board'
import { CellStatus, Kind, StatusReason } from '@tradelane/shared/market/nouns'
import type { Clock } from '@tradelane/shared/thread/clock'
import type { Subscription } from '@tradelane/venues/venue'

export class SubscriptionPublisher {
  readonly #board: BoardWriter
  readonly #clock: Clock

  constructor(board: BoardWriter, clock: Clock) {
    this.#board = board
    this.#clock = clock
  }

  /** Nothing comes for it. */
  down(subscription: Subscription, reason: StatusReason): void {
    this.#set(subscription, CellStatus.down, reason)
  }

  live(subscription: Subscription): void {
    this.#set(subscription, CellStatus.live, StatusReason.connected)
  }

  #set({ instrument, kind }: Subscription, status: CellStatus, reason: StatusReason): void {
    assert(kind !== Kind.orderBookL2, 'the status of a book is published by its shard')
    const cell = this.#board.findSubscription(instrument.id, kind)
    if (cell < 0) return
    const header = this.#board.header(cell)
    if (header.status === status && header.reason === reason) return
    if (header.status === CellStatus.empty && status === CellStatus.live) return
    if (header.status !== status) header.sinceUs = this.#clock.wallUs()
    header.status = status
    header.reason = reason
    this.#board.publish(cell, header, null, null)
    this.#board.ring()
  }
}
