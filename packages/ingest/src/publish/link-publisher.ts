// Publishes the link cells of the state board: whether each kind of each product is live. Several feeds may carry one kind: the
// link is live when it is for all of them, and down as soon as it is for one, for the reason of the one that went down last. It is
// stale while none is down and a part is missing. Before the first news it keeps the status that it has: that of the start of the
// process, or what a predecessor of this thread left.

import assert from 'node:assert/strict'
import type { BoardWriter, CellHeader } from '@tradelane/shared/lanes/board'
import { CellStatus, type ProductIndex, StatusReason, type SubscribedKind } from '@tradelane/shared/market/nouns'
import type { Clock } from '@tradelane/shared/thread/clock'

export class LinkPublisher {
  readonly #board: BoardWriter
  readonly #clock: Clock
  /** By cell of the board. */
  readonly #cells = new Map<number, LinkCell>()

  constructor(board: BoardWriter, clock: Clock) {
    this.#board = board
    this.#clock = clock
  }

  /** One feed's share of a link. Not live until it is set live. */
  newLink(product: ProductIndex, kind: SubscribedKind): Link {
    const cell = this.#cellOf(product, kind)
    const link = new Link(cell)
    cell?.join(link)
    return link
  }

  /** Undefined where no client may see this kind of the product. */
  #cellOf(product: ProductIndex, kind: SubscribedKind): LinkCell | undefined {
    const index = this.#board.findLink(product, kind)
    if (index < 0) return undefined
    const cell = this.#cells.get(index) ?? new LinkCell(this.#board, index, this.#clock)
    this.#cells.set(index, cell)
    return cell
  }
}

export class Link {
  readonly #cell: LinkCell | undefined
  #isRetracted = false

  constructor(cell: LinkCell | undefined) {
    this.#cell = cell
  }

  live(): void {
    assert(!this.#isRetracted, 'a retracted link is not set')
    this.#cell?.live(this)
  }

  down(reason: StatusReason): void {
    assert(!this.#isRetracted, 'a retracted link is not set')
    this.#cell?.down(this, reason)
  }

  /** Live, but for some instruments. */
  incomplete(reason: StatusReason): void {
    assert(!this.#isRetracted, 'a retracted link is not set')
    this.#cell?.incomplete(this, reason)
  }

  /** Its feed is closed; feeds that now carry this kind have shares of their own. */
  retract(): void {
    assert(!this.#isRetracted, 'a link is retracted once')
    this.#isRetracted = true
    this.#cell?.retract(this)
  }
}

class LinkCell {
  readonly #board: BoardWriter
  readonly #index: number
  readonly #clock: Clock
  /** Of the feeds that are not live, in the order in which they went down; null before the first news of one. */
  readonly #downReasons = new Map<Link, StatusReason | null>()
  /** Of those of which a part is missing. */
  readonly #missingReasons = new Map<Link, StatusReason>()
  readonly #header: CellHeader

  constructor(board: BoardWriter, index: number, clock: Clock) {
    this.#board = board
    this.#index = index
    this.#clock = clock
    this.#header = board.header(index)
  }

  join(link: Link): void {
    assert(!this.#downReasons.has(link), 'a share joins its link once')
    this.#downReasons.set(link, null)
    this.#publish()
  }

  live(link: Link): void {
    this.retract(link)
    this.#publish()
  }

  down(link: Link, reason: StatusReason): void {
    this.retract(link)
    this.#downReasons.set(link, reason)
    this.#publish()
  }

  incomplete(link: Link, reason: StatusReason): void {
    this.retract(link)
    this.#missingReasons.set(link, reason)
    this.#publish()
  }

  retract(link: Link): void {
    this.#downReasons.delete(link)
    this.#missingReasons.delete(link)
  }

  #publish(): void {
    if (this.#downReasons.size === 0) {
      const missing = [...this.#missingReasons.values()].at(-1)
      if (missing === undefined) this.#set(CellStatus.live, StatusReason.connected)
      else this.#set(CellStatus.stale, missing)
      return
    }
    const known = [...this.#downReasons.values()].findLast(reason => reason !== null)
    if (known !== undefined) this.#set(CellStatus.down, known)
    else if (this.#header.status === CellStatus.live) this.#set(CellStatus.down, StatusReason.disconnected)
  }

  #set(status: CellStatus, reason: StatusReason): void {
    const header = this.#header
    if (header.status === status && header.reason === reason) return
    if (header.status !== status) header.sinceUs = this.#clock.wallUs()
    header.status = status
    header.reason = reason
    this.#board.publish(this.#index, header, null, null)
    this.#board.ring()
  }
}
