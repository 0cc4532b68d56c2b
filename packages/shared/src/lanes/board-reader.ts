// Readers of a board; `board-layout.ts` has the layout and the protocol. One keeps a private copy of every cell, the other reads
// headers only.

import assert from 'node:assert/strict'
import { CellStatus, StatusReason } from '../market/nouns.js'
import { DOUBLE } from '../thread/clock.js'
import { BoardCells, type CellHeader, type CellSpec } from './board.js'
import * as layout from './board-layout.js'

const EMPTY = new Uint8Array(0)
const KEPT_VIEWS = 16
/** Above it the view costs less than the words. */
const WORD_COPY_BYTES_MAX = 1_024
const COPY_TRIES_MAX = 16

/** A reader's private copy of one cell, refreshed in place. */
export class CellCopy implements CellHeader {
  /** 0: never written. */
  version = 0
  status: CellStatus = CellStatus.empty
  reason: StatusReason = StatusReason.none
  sinceUs = DOUBLE
  receivedUs = DOUBLE
  venueUs = DOUBLE
  sequence = DOUBLE
  /** Empty when withheld or not made. */
  json: Uint8Array = EMPTY
  readonly #staging: Uint8Array
  readonly #stagingWords: Int32Array
  readonly #views: (Uint8Array | undefined)[] = new Array(KEPT_VIEWS).fill(undefined)
  #msgpackBytes = 0
  /** Made for the first client that wants it. */
  #msgpack: Uint8Array = EMPTY

  constructor(cellBytes: number) {
    this.sinceUs = 0
    this.receivedUs = 0
    this.venueUs = 0
    this.sequence = 0
    this.#staging = new Uint8Array(2 * cellBytes)
    this.#stagingWords = new Int32Array(this.#staging.buffer)
  }

  /** Without a view of it. */
  get hasMsgpack(): boolean {
    return this.#msgpackBytes > 0
  }

  get msgpack(): Uint8Array {
    if (this.#msgpack.length !== this.#msgpackBytes) {
      const start = this.#staging.length / 2
      this.#msgpack = this.#staging.subarray(start, start + this.#msgpackBytes)
    }
    return this.#msgpack
  }

  /** For the reader only: both forms begin at these bytes of the board. */
  stage(board: BoardCells, jsonOffset: number, jsonBytes: number, msgpackBytes: number): void {
    const half = this.#staging.length / 2
    this.#copy(board, jsonOffset, 0, jsonBytes)
    this.#copy(board, jsonOffset + half, half, msgpackBytes)
    if (jsonBytes === 0) this.json = EMPTY
    else if (this.json.length !== jsonBytes) this.json = this.#viewOf(jsonBytes)
    this.#msgpackBytes = msgpackBytes
  }

  /** Best prices have few lengths, and come back to them: a view of each is kept. */
  #viewOf(length: number): Uint8Array {
    const place = length % KEPT_VIEWS
    const kept = this.#views[place]
    if (kept !== undefined && kept.length === length) return kept
    const view = this.#staging.subarray(0, length)
    this.#views[place] = view
    return view
  }

  #copy(board: BoardCells, from: number, to: number, byteCount: number): void {
    if (byteCount > WORD_COPY_BYTES_MAX) {
      this.#staging.set(board.bytes.subarray(from, from + byteCount), to)
      return
    }
    // A word at a time: a copy of bytes needs a view, which would be garbage for every version.
    const words = this.#stagingWords
    const wordCount = (byteCount + 3) >> 2
    for (let word = 0; word < wordCount; word += 1) words[(to >> 2) + word] = board.words[(from >> 2) + word]!
  }
}

/** Of one call of `BoardReader.scan`: each is at least 1. */
export interface ScanLimits {
  readonly copiesMax: number
  readonly cellsMax: number
}

const UNLIMITED: ScanLimits = { copiesMax: Number.POSITIVE_INFINITY, cellsMax: Number.POSITIVE_INFINITY }

/** Reads the board in passes over all cells; a pass may take several calls. */
export class BoardReader {
  readonly copies: readonly CellCopy[]
  readonly #cells: BoardCells
  readonly #fence = new Int32Array(new SharedArrayBuffer(4))
  /** Of the board when the last pass began. */
  #boardVersion: number
  /** The next cell of the pass; 0 between passes. */
  #nextCell = 0

  constructor(board: SharedArrayBuffer) {
    this.#cells = new BoardCells(board)
    // What was published before this reader came counts as one change.
    const boardVersion = this.#cells.boardVersion()
    this.#boardVersion = boardVersion === 0 ? 0 : (boardVersion - 1) | 0
    this.copies = this.cells.map(() => new CellCopy(this.#cells.cellBytes))
  }

  get cells(): readonly CellSpec[] {
    return this.#cells.specs
  }

  hasChanged(): boolean {
    return this.isScanning || this.#cells.boardVersion() !== this.#boardVersion
  }

  /** In the middle of a pass: some copies may be older than its beginning. */
  get isScanning(): boolean {
    return this.#nextCell > 0
  }

  /**
   * Refreshes the copies of cells with a new version and puts their indexes into `changed`, which it empties first. At a limit
   * it stops, and the next call goes on from there.
   */
  scan(changed: number[], { copiesMax, cellsMax } = UNLIMITED): number {
    changed.length = 0
    if (!this.isScanning && !this.#startPass()) return 0
    const first = this.#nextCell
    const end = Math.min(this.copies.length, first + cellsMax)
    let cell = first
    for (; cell < end && changed.length < copiesMax; cell += 1) {
      const version = this.#cells.version(cell)
      if (version !== this.copies[cell]!.version && this.#copy(cell, version)) changed.push(cell)
    }
    assert(cell > first, 'a scan that is not at its end goes on')
    this.#nextCell = cell === this.copies.length ? 0 : cell
    return changed.length
  }

  /** False: nothing has changed since the last one began. What changes during a pass may have to wait for the next. */
  #startPass(): boolean {
    const boardVersion = this.#cells.boardVersion()
    if (boardVersion === this.#boardVersion) return false
    assert(((boardVersion - this.#boardVersion) | 0) > 0, 'the version of a board only grows')
    this.#boardVersion = boardVersion
    return true
  }

  #copy(cell: number, firstVersion: number): boolean {
    const cells = this.#cells
    const { version: lastVersion } = this.copies[cell]!
    // 0 is no version that this reader has seen: from it, a version after 2^31 would look older.
    assert(lastVersion === 0 || ((firstVersion - lastVersion) | 0) > 0, 'the version of a cell only grows')
    let version = firstVersion
    for (let tries = 0; tries < COPY_TRIES_MAX; tries += 1) {
      this.#copyBuffer(cell, cells.bufferOffset(cell, version))
      Atomics.store(this.#fence, 0, version)
      const newest = cells.version(cell)
      if (newest === version) {
        this.copies[cell]!.version = version
        return true
      }
      version = newest
    }
    // The writer overtook every try: the next scan copies the cell, and must not find the board unchanged.
    this.copies[cell]!.version = (version - 1) | 0
    this.copies[cell]!.stage(cells, 0, 0, 0)
    this.#boardVersion = (this.#boardVersion - 1) | 0
    return false
  }

  #copyBuffer(cell: number, offset: number): void {
    const cells = this.#cells
    const copy = this.copies[cell]!
    const jsonBytes = Math.min(cells.words[(offset + layout.JSON_BYTES_OFFSET) / 4]! >>> 0, cells.cellBytes)
    const msgpackBytes = Math.min(cells.words[(offset + layout.MSGPACK_BYTES_OFFSET) / 4]! >>> 0, cells.cellBytes)
    copy.stage(cells, offset + layout.PAYLOAD_OFFSET, jsonBytes, msgpackBytes)
    cells.copyHeader(offset, copy)
  }
}

/** Reads the headers of cells, not what they carry: for a report. It keeps no copies. */
export class BoardHeaderReader {
  readonly #cells: BoardCells
  readonly #fence = new Int32Array(new SharedArrayBuffer(4))

  constructor(board: SharedArrayBuffer) {
    this.#cells = new BoardCells(board)
  }

  get cells(): readonly CellSpec[] {
    return this.#cells.specs
  }

  /** False: never written, or rewritten during every try. */
  read(cell: number, into: CellHeader): boolean {
    const cells = this.#cells
    for (let tries = 0; tries < COPY_TRIES_MAX; tries += 1) {
      const version = cells.version(cell)
      if (version === 0) return false
      cells.copyHeader(cells.bufferOffset(cell, version), into)
      Atomics.store(this.#fence, 0, version)
      // The writer is in the other buffer until it has stored the next version.
      if (cells.version(cell) === version) return true
    }
    return false
  }
}
