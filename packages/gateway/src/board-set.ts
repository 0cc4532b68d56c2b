// The state board and the book board as one row of cells. Each cell's newest copy is shared by all clients; what changed is noted
// once, in the log of changes, and what a client has not been sent of it is in its own dirty cells (`dirty-cells.ts`). Gateway
// thread only.

import assert from 'node:assert/strict'
import type { CellSpec } from '@tradelane/shared/lanes/board'
import { BoardReader, type CellCopy } from '@tradelane/shared/lanes/board-reader'
import { hasStatus, isServing } from '@tradelane/shared/lanes/first-status'
import {
  CellStatus,
  INSTRUMENT_NONE,
  type Instrument,
  Kind,
  type ProductLabel,
  StatusReason,
} from '@tradelane/shared/market/nouns'
import { type ServerFrame, serverFrameJson, serverFramePacked, statusFrame } from '@tradelane/shared/wire/server-frames'
import { ChangeLog, Dirty } from './change-log.js'
import { IndexSet } from './index-set.js'
import { SCAN_CELLS_MAX, SCAN_COPIES_MAX } from './limits.js'

/** The state lane (L1, open interest, CVD, links) or the book lane. */
export type Lane = 'state' | 'book'

export interface Cell {
  readonly index: number
  readonly spec: CellSpec
  readonly lane: Lane
  /** Its index among the cells of its lane. */
  readonly laneIndex: number
  /** The newest copy; its payload is empty while there is none, or it is withheld. */
  readonly copy: CellCopy
  /** Whether clients are sent its status: books, links, and subscriptions with which something was wrong. */
  readonly hasStatus: boolean
}

export class BoardSet {
  readonly cells: readonly Cell[]
  /** The same cells by lane, so that a search in one lane does not walk over the other. */
  readonly lanes: Readonly<Record<Lane, readonly Cell[]>>
  readonly changes: ChangeLog
  /** In an array of words: by index, cells with a status; by index within the lane, cells with a payload. */
  readonly sets: Readonly<Record<'status' | Lane, IndexSet>>
  /** Of these sets: what a new client is sent. */
  readonly present: Int32Array
  readonly #readers: readonly BoardReader[]
  readonly #offsets: number[] = []
  readonly #products: ReadonlyMap<number, ProductLabel>
  readonly #instruments: ReadonlyMap<number, Instrument>
  /** Of cells that have one. */
  readonly #newest: (Status | undefined)[]
  readonly #changed: number[] = []
  /** The board that the pass over all of them is at. */
  #scannedBoard = 0

  constructor(
    boards: readonly SharedArrayBuffer[],
    products: readonly ProductLabel[],
    instruments: readonly Instrument[],
  ) {
    this.#readers = boards.map(board => new BoardReader(board))
    this.#products = new Map(products.map(product => [product.index, product]))
    this.#instruments = new Map(instruments.map(instrument => [instrument.id, instrument]))
    const cells: Cell[] = []
    const lanes: Record<Lane, Cell[]> = { state: [], book: [] }
    for (const reader of this.#readers) {
      this.#offsets.push(cells.length)
      reader.cells.forEach((spec, index) => {
        const copy = reader.copies[index]!
        const isBook = spec.kind === Kind.orderBookL2
        const lane: Lane = isBook ? 'book' : 'state'
        const laneIndex = lanes[lane].length
        const cell: Cell = { index: cells.length, spec, lane, laneIndex, copy, hasStatus: hasStatus(spec) }
        cells.push(cell)
        lanes[lane].push(cell)
      })
    }
    this.cells = cells
    this.lanes = lanes
    this.#newest = cells.map(cell => (cell.hasStatus ? newStatus(cell.copy) : undefined))
    this.changes = new ChangeLog(cells.length)
    const status = new IndexSet(cells.length, 0)
    const state = new IndexSet(lanes.state.length, status.end)
    const book = new IndexSet(lanes.book.length, state.end)
    this.sets = { status, state, book }
    this.present = new Int32Array(book.end)
    for (const { hasStatus, copy, index } of cells) {
      if (hasStatus && copy.status !== CellStatus.empty) status.add(this.present, index)
    }
    // No client is sent a cell that was not read yet.
    while (this.hasChanged()) this.scan()
  }

  hasChanged(): boolean {
    if (this.isScanning) return true
    // Neither loop here is `for … of`, which makes an object where it is not optimized: they run in every turn.
    for (let index = 0; index < this.#readers.length; index += 1) if (this.#readers[index]!.hasChanged()) return true
    return false
  }

  /** In the middle of a pass over the boards: a copy may be older than its beginning, such as a book that is withheld since. */
  get isScanning(): boolean {
    return this.#scannedBoard > 0 || this.#readers[0]?.isScanning === true
  }

  /** Copies some of the new versions and notes them in the log of changes. Returns how many. */
  scan(): number {
    let copyCount = 0
    let cellsLeft = SCAN_CELLS_MAX
    do {
      const reader = this.#readers[this.#scannedBoard]!
      if (reader.hasChanged()) {
        copyCount += reader.scan(this.#changed, { copiesMax: SCAN_COPIES_MAX - copyCount, cellsMax: cellsLeft })
        const offset = this.#offsets[this.#scannedBoard]!
        for (let index = 0; index < this.#changed.length; index += 1) this.#noteChange(offset + this.#changed[index]!)
        if (reader.isScanning) break
        cellsLeft -= reader.cells.length
      }
      this.#scannedBoard = (this.#scannedBoard + 1) % this.#readers.length
    } while (this.#scannedBoard > 0 && cellsLeft > 0 && copyCount < SCAN_COPIES_MAX)
    assert(copyCount <= SCAN_COPIES_MAX, 'a scan is bounded')
    return copyCount
  }

  /** Whether the trade link of any product is live, if only for a part of its instruments. */
  hasLiveTradeLink(): boolean {
    return this.cells.some(({ spec, copy }) => spec.kind === Kind.link && spec.about === Kind.trade && isServing(copy))
  }

  /** The status frame of a cell, encoded once per change for all clients. */
  statusOf(cell: Cell, isPacked: boolean): Uint8Array {
    const status = this.#newest[cell.index]
    assert(status !== undefined, 'only books, links and subscriptions have a status')
    if (isPacked) {
      status.packed ??= serverFramePacked(this.#statusFrame(cell))
      return status.packed
    }
    status.json ??= Buffer.from(serverFrameJson(this.#statusFrame(cell)))
    return status.json
  }

  #noteChange(index: number): void {
    const cell = this.cells[index]
    assert(cell !== undefined, 'a cell that was copied is in this set')
    const { copy, lane, laneIndex } = cell
    const hasPayload = copy.json.length > 0
    if (hasPayload) this.sets[lane].add(this.present, laneIndex)
    else this.sets[lane].delete(this.present, laneIndex)
    const last = this.#newest[index]
    let changes = hasPayload && (last === undefined || !isOlderOnly(copy, last)) ? Dirty.payload : 0
    if (last !== undefined) {
      last.receivedUs = copy.receivedUs
      last.hasMsgpack = copy.hasMsgpack
    }
    if (last !== undefined && !isStatusOf(copy, last)) {
      this.#newest[index] = newStatus(copy)
      this.sets.status.add(this.present, index)
      changes |= Dirty.status
    }
    this.changes.add(index, changes)
  }

  #statusFrame({ index, spec, copy }: Cell): ServerFrame {
    assert(this.cells[index]?.copy === copy, 'a cell has its index in this set')
    const product = this.#products.get(spec.product)
    const { status: shown, reason } = copy
    assert(product !== undefined, 'a cell is of a known product')
    assert(shown !== CellStatus.empty && reason !== StatusReason.none, 'a cell with a status has one from the start')
    return statusFrame({
      product: product.id,
      exchange: product.exchange,
      instrument: spec.instrument === INSTRUMENT_NONE ? null : (this.#instruments.get(spec.instrument) ?? null),
      about: spec.about,
      status: shown,
      reason,
      sinceUs: copy.sinceUs,
    })
  }
}

/** Its frame is made for the first client that is sent it: a pause may end with thousands of them. */
interface Status {
  /** Of the newest payload. */
  receivedUs: number
  /** Whether it was made in MessagePack too. */
  hasMsgpack: boolean
  readonly status: number
  readonly reason: number
  readonly sinceUs: number
  json: Uint8Array | undefined
  packed: Uint8Array | undefined
}

function newStatus({ status, reason, sinceUs, receivedUs, hasMsgpack }: CellCopy): Status {
  return { receivedUs, hasMsgpack, status, reason, sinceUs, json: undefined, packed: undefined }
}

/** A live book whose age its status tells now: the same book again, which is not sent. */
function isOlderOnly({ status, reason, receivedUs, hasMsgpack }: CellCopy, last: Status): boolean {
  const isSame = receivedUs === last.receivedUs && status === CellStatus.live && last.status === CellStatus.live
  // Now in MessagePack too, it is new to clients that read that: it was passed over for them before.
  const isFirstPacked = hasMsgpack && !last.hasMsgpack
  return isSame && !isFirstPacked && reason !== last.reason && reason !== StatusReason.exact
}

function isStatusOf({ status, reason, sinceUs }: CellCopy, last: Status): boolean {
  return status === last.status && reason === last.reason && sinceUs === last.sinceUs
}
