// What one client has not been sent of the boards, and in which order it is sent: status first, then equal bytes of the state lane
// and the book lane, and within a lane cell after cell. No frame is kept here: a cell that changes twice before it is sent is sent
// once.

import assert from 'node:assert/strict'
import { type BoardSet, type Cell, Dirty, type Lane } from './board-set.js'

export class DirtyCells {
  readonly #boards: BoardSet
  readonly #bits: Uint8Array
  /** Cells with a payload, and with a status, to send. */
  readonly #payloadCounts: Record<Lane, number> = { state: 0, book: 0 }
  #statusCount = 0
  /** Where the last scan of each lane ended: fair shares between instruments need a moving start. */
  readonly #scanStarts: Record<Lane, number> = { state: 0, book: 0 }
  /** Bytes of state sent beyond those of books, while both were waiting. */
  #balanceBytes = 0

  /** Starts with everything that is on the boards. */
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

  /** Frames that it has not been sent: a cell with a status and a payload counts twice. */
  get count(): number {
    return this.#statusCount + this.#payloadCounts.state + this.#payloadCounts.book
  }

  mark(index: number, changes: number): void {
    assert(index < this.#bits.length, 'a cell that is marked is on a board')
    const before = this.#bits[index]!
    const added = changes & ~before
    if (added === 0) return
    if ((added & Dirty.status) !== 0) this.#statusCount += 1
    if ((added & Dirty.payload) !== 0) this.#payloadCounts[this.#boards.cells[index]!.lane] += 1
    this.#bits[index] = before | added
  }

  /** The cell to send next; undefined when none is dirty. */
  next(): Cell | undefined {
    return this.#statusCount > 0 ? this.#nextStatus() : this.#nextPayload()
  }

  /** Whether its status, not its payload, is to be sent. */
  isStatusDirty({ index }: Cell): boolean {
    return (this.#bits[index]! & Dirty.status) !== 0
  }

  /** Everything dirty of this cell, without regard to order. Returns its bits. */
  take({ index, lane }: Cell): number {
    const bits = this.#bits[index]!
    if ((bits & Dirty.status) !== 0) this.#statusCount -= 1
    if ((bits & Dirty.payload) !== 0) this.#payloadCounts[lane] -= 1
    this.#bits[index] = 0
    this.#assertCounts()
    return bits
  }

  /** `bytes`: of the frame sent; 0 when there was nothing to send after all. */
  clear(cell: Cell, bytes: number): void {
    const { index, lane, laneIndex } = cell
    if (this.isStatusDirty(cell)) {
      this.#bits[index]! &= ~Dirty.status
      this.#statusCount -= 1
      this.#assertCounts()
      return
    }
    assert((this.#bits[index]! & Dirty.payload) !== 0, 'a cell that is cleared is dirty')
    if (bytes > 0) {
      const doBothWait = this.#payloadCounts.state > 0 && this.#payloadCounts.book > 0
      this.#balanceBytes = doBothWait ? this.#balanceBytes + (lane === 'book' ? -bytes : bytes) : 0
      this.#scanStarts[lane] = laneIndex + 1
    }
    this.#bits[index]! &= ~Dirty.payload
    this.#payloadCounts[lane] -= 1
    this.#assertCounts()
  }

  /** Status before everything: it says whether the books are current. */
  #nextStatus(): Cell {
    const cell = this.#boards.cells.find(each => this.isStatusDirty(each))
    assert(cell !== undefined, 'where statuses are counted, a cell has one')
    return cell
  }

  /** From the lane that was sent fewer bytes, if it has anything: the next cell after the one sent last. */
  #nextPayload(): Cell | undefined {
    const { state, book } = this.#payloadCounts
    if (state === 0 && book === 0) return undefined
    const lane: Lane = state > 0 && (book === 0 || this.#balanceBytes <= 0) ? 'state' : 'book'
    const cells = this.#boards.lanes[lane]
    const start = this.#scanStarts[lane]
    assert(start <= cells.length, 'a scan starts within its lane')
    for (let step = 0; step < cells.length; step += 1) {
      const cell = cells[(start + step) % cells.length]!
      if ((this.#bits[cell.index]! & Dirty.payload) !== 0) return cell
    }
    return assert.fail('where payloads are counted, a cell has one')
  }

  #assertCounts(): void {
    const { state, book } = this.#payloadCounts
    assert(this.#statusCount >= 0 && state >= 0 && book >= 0, 'dirty counts are never negative')
  }
}
