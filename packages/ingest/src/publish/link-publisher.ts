// The link cells of the state board: whether each product's feed of each kind is live. A feed may take several connections:
// it is live when all of them are, and down as soon as one is, for the reason of the one that fell last.

import { type BoardWriter, type CellHeader, newCellHeader } from '@tradelane/shared/lanes/board'
import { CellStatus, type ProductIndex, StatusReason, type SubscribedKind } from '@tradelane/shared/market/nouns'
import type { Clock } from '@tradelane/shared/thread/clock'

export class LinkPublisher {
  readonly #board: BoardWriter
  readonly #clock: Clock
  readonly #links = new Map<number, Link>()

  constructor(board: BoardWriter, clock: Clock) {
    this.#board = board
    this.#clock = clock
  }

  /** Says that `source` carries this kind. Down until it is set live. */
  declare(product: ProductIndex, kind: SubscribedKind, source: object): void {
    const cell = this.#board.findLink(product, kind)
    if (cell < 0) return
    let link = this.#links.get(cell)
    if (link === undefined) {
      link = { downReasons: new Map(), header: newCellHeader() }
      this.#links.set(cell, link)
    }
    link.downReasons.set(source, StatusReason.starting)
    this.#publish(cell, link, StatusReason.starting)
  }

  /** `source` is gone, and others carry this kind: they say how it is. */
  retract(product: ProductIndex, kind: SubscribedKind, source: object): void {
    this.#links.get(this.#board.findLink(product, kind))?.downReasons.delete(source)
  }

  set(product: ProductIndex, kind: SubscribedKind, source: object, isLive: boolean, reason: StatusReason): void {
    const cell = this.#board.findLink(product, kind)
    const link = this.#links.get(cell)
    if (link === undefined) return
    link.downReasons.delete(source)
    if (!isLive) link.downReasons.set(source, reason)
    this.#publish(cell, link, reason)
  }

  #publish(cell: number, link: Link, news: StatusReason): void {
    const { header, downReasons } = link
    const status = downReasons.size === 0 ? CellStatus.live : CellStatus.down
    // Of those that are still down.
    const reason = [...downReasons.values()].at(-1) ?? news
    if (header.status === status && (status === CellStatus.live || header.reason === reason)) return
    if (header.status !== status) header.sinceUs = this.#clock.wallUs()
    header.status = status
    header.reason = reason
    this.#board.publish(cell, header, null, null)
    this.#board.ring()
  }
}

interface Link {
  /** By source, in the order in which they fell. */
  readonly downReasons: Map<object, StatusReason>
  readonly header: CellHeader
}
