// Which cells of the boards changed, the newest change last. All clients share it: each has a position, and takes over what
// changed since when it is its turn (`dirty-cells.ts`), so that a change costs the same for one client and for thousands. A
// cell that changes again moves to the end: the log never has more entries than there are cells, and nobody falls off it.

import assert from 'node:assert/strict'

/** What changed in a cell, as bits; also what a client has still to be sent of it. */
export const Dirty = { payload: 1, status: 2 } as const

export class ChangeLog {
  /** Number of all changes so far: the position of a client that took over everything. */
  newest = 0
  /** Position of the newest change of a status; 0 where there was none. */
  newestStatus = 0
  /** By cell: the position of its last change of each kind; 0 where there was none. */
  readonly #payloads: Float64Array
  readonly #statuses: Float64Array
  /** A ring through all cells that ever changed; the entry after the last cell is its start and its end. */
  readonly #before: Int32Array
  readonly #after: Int32Array
  readonly #end: number

  constructor(cellCount: number) {
    this.#payloads = new Float64Array(cellCount)
    this.#statuses = new Float64Array(cellCount)
    this.#end = cellCount
    // A cell that never changed is beside itself.
    this.#before = Int32Array.from({ length: cellCount + 1 }, (_, cell) => cell)
    this.#after = Int32Array.from(this.#before)
  }

  add(cell: number, changes: number): void {
    assert(cell >= 0 && cell < this.#end, 'a cell that changes is on a board')
    if (changes === 0) return
    this.newest += 1
    if ((changes & Dirty.payload) !== 0) this.#payloads[cell] = this.newest
    if ((changes & Dirty.status) !== 0) {
      this.#statuses[cell] = this.newest
      this.newestStatus = this.newest
    }
    this.#moveToEnd(cell)
  }

  /** The cell that changed last; -1 when none did since `position`. */
  last(position: number): number {
    return this.#since(this.#before[this.#end]!, position)
  }

  /** The cell that changed last before this one; -1 when none did since `position`. */
  previous(cell: number, position: number): number {
    return this.#since(this.#before[cell]!, position)
  }

  /** What changed in a cell since `position`. */
  changesOf(cell: number, position: number): number {
    const payload = this.#payloads[cell]! > position ? Dirty.payload : 0
    return this.#statuses[cell]! > position ? payload | Dirty.status : payload
  }

  #since(cell: number, position: number): number {
    return cell === this.#end || this.changesOf(cell, position) === 0 ? -1 : cell
  }

  #moveToEnd(cell: number): void {
    const before = this.#before
    const after = this.#after
    after[before[cell]!] = after[cell]!
    before[after[cell]!] = before[cell]!
    const last = before[this.#end]!
    after[last] = cell
    before[cell] = last
    after[cell] = this.#end
    before[this.#end] = cell
  }
}
