// What one client has still to get of the boards, and in which order: status first, then state and books in turns by bytes,
// in each lane the cells in turns. No frame is kept here: a cell that changes twice before it is sent is sent once.

import { type BoardSet, type Cell, Dirty, type Lane } from './board-set.js'

export class DirtyCells {
  readonly #boards: BoardSet
  readonly #bits: Uint8Array
  /** Cells with a payload, and with a status, to send. */
  readonly #payloadCounts: Record<Lane, number> = { state: 0, book: 0 }
  #statusCount = 0
  /** Where the last scan of each lane ended: fair shares between instruments need a moving start. */
  readonly #scanStarts: Record<Lane, number> = { state: 0, book: 0 }
  /** Bytes of state sent beyond those of books, while both wanted to go. */
  #balance = 0

  /** Starts with everything that there is. */
  constructor(boards: BoardSet) {
    this.#boards = boards
    this.#bits = new Uint8Array(boards.cells.length)
    for (const { index, copy, hasStatus } of boards.cells) {
      this.mark(index, (copy.json.length > 0 ? Dirty.payload : 0) | (hasStatus ? Dirty.status : 0))
    }
  }

  get isEmpty(): boolean {
    return this.#statusCount === 0 && this.#payloadCounts.state === 0 && this.#payloadCounts.book === 0
  }

  mark(index: number, changes: number): void {
    const before = this.#bits[index]!
    const added = changes & ~before
    if (added === 0) return
    if ((added & Dirty.status) !== 0) this.#statusCount += 1
    if ((added & Dirty.payload) !== 0) this.#payloadCounts[this.#boards.cells[index]!.lane] += 1
    this.#bits[index] = before | added
  }

  /** Whose turn it is. */
  next(): Cell | undefined {
    return this.#statusCount > 0 ? this.#nextStatus() : this.#nextPayload()
  }

  /** Whether its status, not its payload, is due. */
  isStatusDue({ index }: Cell): boolean {
    return (this.#bits[index]! & Dirty.status) !== 0
  }

  /** Whatever is due of this cell, whoever's turn it would be. */
  take({ index, lane }: Cell): number {
    const bits = this.#bits[index]!
    if ((bits & Dirty.status) !== 0) this.#statusCount -= 1
    if ((bits & Dirty.payload) !== 0) this.#payloadCounts[lane] -= 1
    this.#bits[index] = 0
    return bits
  }

  /** `bytes`: of the frame sent; 0 when there was nothing to send after all. */
  clear(cell: Cell, bytes: number): void {
    const { index, lane, laneIndex } = cell
    if (this.isStatusDue(cell)) {
      this.#bits[index]! &= ~Dirty.status
      this.#statusCount -= 1
      return
    }
    if (bytes > 0) {
      const doBothWait = this.#payloadCounts.state > 0 && this.#payloadCounts.book > 0
      this.#balance = doBothWait ? this.#balance + (lane === 'book' ? -bytes : bytes) : 0
      this.#scanStarts[lane] = laneIndex + 1
    }
    this.#bits[index]! &= ~Dirty.payload
    this.#payloadCounts[lane] -= 1
  }

  /** Status before everything: it says what the books are worth. */
  #nextStatus(): Cell | undefined {
    return this.#boards.cells.find(cell => this.isStatusDue(cell))
  }

  /** The lane that had fewer bytes, if it has anything; there the next cell after the one sent last. */
  #nextPayload(): Cell | undefined {
    const { state, book } = this.#payloadCounts
    if (state === 0 && book === 0) return undefined
    const lane: Lane = state > 0 && (book === 0 || this.#balance <= 0) ? 'state' : 'book'
    const cells = this.#boards.lanes[lane]
    const start = this.#scanStarts[lane]
    for (let step = 0; step < cells.length; step += 1) {
      const cell = cells[(start + step) % cells.length]!
      if ((this.#bits[cell.index]! & Dirty.payload) !== 0) return cell
    }
    return undefined
  }
}
