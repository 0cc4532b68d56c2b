// What one client has not been sent of the boards, and in which order it is sent: status first, then equal bytes of the state lane
// and the book lane, and within a lane cell after cell. No frame is kept here: a cell that changes twice before it is sent is sent
// once. No step takes longer when there are more cells, except that of taking over what changed.

import assert from 'node:assert/strict'
import type { BoardSet, Cell, Lane } from './board-set.js'
import { Dirty } from './change-log.js'

export class DirtyCells {
  readonly #boards: BoardSet
  /** Of `boards.sets`: what is to be sent. */
  readonly #words: Int32Array
  /** In the log of changes. */
  #position: number
  // Where the last search in each lane ended: fair shares between instruments need a moving start.
  #stateStart = 0
  #bookStart = 0
  /** Bytes of state sent beyond those of books, while both were waiting. */
  #balanceBytes = 0

  /** Starts with everything that is on the boards. */
  constructor(boards: BoardSet) {
    this.#boards = boards
    this.#words = boards.present.slice()
    this.#position = boards.changes.newest
  }

  /** Also of what it has not taken over. */
  get isEmpty(): boolean {
    const { changes, sets } = this.#boards
    if (this.#position < changes.newest) return false
    const words = this.#words
    return sets.status.isEmpty(words) && sets.state.isEmpty(words) && sets.book.isEmpty(words)
  }

  /** Frames that it has not been sent, of what it has taken over: a cell with a status and a payload counts twice. */
  get count(): number {
    const { status, state, book } = this.#boards.sets
    return status.count(this.#words) + state.count(this.#words) + book.count(this.#words)
  }

  /** Takes over what changed since the last time: at most a step for each cell of the boards. Returns the steps. */
  takeOver(): number {
    const { changes, cells, sets } = this.#boards
    const position = this.#position
    if (position > changes.newest) assert.fail('no client is ahead of the log of changes')
    let stepCount = 0
    for (let index = changes.last(position); index >= 0; index = changes.previous(index, position)) {
      const bits = changes.changesOf(index, position)
      if ((bits & Dirty.status) !== 0) sets.status.add(this.#words, index)
      if ((bits & Dirty.payload) !== 0) {
        const { lane, laneIndex } = cells[index]!
        sets[lane].add(this.#words, laneIndex)
      }
      stepCount += 1
    }
    this.#position = changes.newest
    return stepCount
  }

  /** The cell to send next, of those taken over; undefined when none is dirty. */
  next(): Cell | undefined {
    // Status before everything: it says whether the books are current.
    const index = this.#boards.sets.status.nextFrom(this.#words, 0)
    return index >= 0 ? this.#boards.cells[index] : this.#nextPayload()
  }

  /** Of any cell, also of what it has not taken over. */
  get hasStatus(): boolean {
    const { changes, sets } = this.#boards
    return this.#position < changes.newestStatus || !sets.status.isEmpty(this.#words)
  }

  /** Whether its status, not its payload, is to be sent. */
  isStatusDirty({ index }: Cell): boolean {
    return this.#boards.sets.status.has(this.#words, index)
  }

  /** Everything dirty of this cell, without regard to order. Returns its bits. */
  take({ index, lane, laneIndex }: Cell): number {
    const { sets } = this.#boards
    const status = sets.status.delete(this.#words, index) ? Dirty.status : 0
    const payload = sets[lane].delete(this.#words, laneIndex) ? Dirty.payload : 0
    assert(!sets.status.has(this.#words, index), 'a cell that was taken is clean')
    return status | payload
  }

  /** `bytes`: of the frame sent; 0 when there was nothing to send after all. */
  clear({ index, lane, laneIndex }: Cell, bytes: number): void {
    const { sets } = this.#boards
    const words = this.#words
    if (sets.status.delete(words, index)) return
    const doBothWait = !sets.state.isEmpty(words) && !sets.book.isEmpty(words)
    if (!sets[lane].delete(words, laneIndex)) assert.fail('a cell that is cleared is dirty')
    if (bytes === 0) return
    this.#balanceBytes = doBothWait ? this.#balanceBytes + (lane === 'book' ? -bytes : bytes) : 0
    if (lane === 'book') this.#bookStart = laneIndex + 1
    else this.#stateStart = laneIndex + 1
  }

  /** From the lane that was sent fewer bytes, if it has anything: the next cell after the one sent last. */
  #nextPayload(): Cell | undefined {
    const { sets, lanes } = this.#boards
    const isStateEmpty = sets.state.isEmpty(this.#words)
    const isBookEmpty = sets.book.isEmpty(this.#words)
    if (isStateEmpty && isBookEmpty) return undefined
    const lane: Lane = !isStateEmpty && (isBookEmpty || this.#balanceBytes <= 0) ? 'state' : 'book'
    const laneIndex = sets[lane].nextFrom(this.#words, lane === 'book' ? this.#bookStart : this.#stateStart)
    const cell = lanes[lane][laneIndex]
    if (cell === undefined) assert.fail('where a lane is not empty, a cell has a payload')
    return cell
  }
}
