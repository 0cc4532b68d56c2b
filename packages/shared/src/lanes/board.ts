// Writer and reader of a board; `board-layout.ts` has its layout and protocol. Readers keep a private copy of every cell.

import assert from 'node:assert/strict'
import { CellStatus, type InstrumentId, Kind, type ProductIndex, StatusReason } from '../market/nouns.js'
import { DOUBLE } from '../thread/clock.js'
import type { ThreadCell } from '../thread/parking.js'
import * as layout from './board-layout.js'

export interface CellSpec {
  readonly kind: Kind
  /** `INSTRUMENT_NONE` for links. */
  readonly instrument: InstrumentId
  readonly product: ProductIndex
  /** For a link or a subscription, the kind that it is of; else the same as `kind`. */
  readonly about: Kind
}

export interface CellHeader {
  status: CellStatus
  reason: StatusReason
  sinceUs: number
  receivedUs: number
  venueUs: number
  sequence: number
}

export function newCellHeader(): CellHeader {
  return { status: CellStatus.empty, reason: StatusReason.none, sinceUs: 0, receivedUs: 0, venueUs: 0, sequence: 0 }
}

/** `cellBytes`: room for each encoded form. */
export function createBoard(cells: readonly CellSpec[], cellBytes: number): SharedArrayBuffer {
  const alignedBytes = Math.ceil(cellBytes / 8) * 8
  const cellsOffset = layout.INDEX_OFFSET + cells.length * layout.INDEX_BYTES
  const board = new SharedArrayBuffer(cellsOffset + cells.length * 2 * layout.bufferBytes(alignedBytes))
  const words = new Int32Array(board)
  words[layout.MAGIC_OFFSET / 4] = layout.BOARD_MAGIC
  words[layout.VERSION_OFFSET / 4] = layout.BOARD_VERSION
  words[layout.CELL_COUNT_OFFSET / 4] = cells.length
  words[layout.CELL_BYTES_OFFSET / 4] = alignedBytes
  const view = new DataView(board)
  cells.forEach((cell, index) => {
    const offset = layout.INDEX_OFFSET + index * layout.INDEX_BYTES
    view.setUint8(offset + layout.CELL_KIND_OFFSET, cell.kind)
    view.setUint8(offset + layout.CELL_ABOUT_OFFSET, cell.about)
    view.setUint16(offset + layout.CELL_INSTRUMENT_OFFSET, cell.instrument, true)
    view.setUint8(offset + layout.CELL_PRODUCT_OFFSET, cell.product)
  })
  return board
}

class Cells {
  readonly words: Int32Array
  readonly doubles: Float64Array
  readonly bytes: Buffer
  readonly specs: readonly CellSpec[]
  readonly cellBytes: number
  readonly #cellsOffset: number

  constructor(board: SharedArrayBuffer) {
    this.words = new Int32Array(board)
    const isOurs = this.words[layout.MAGIC_OFFSET / 4] === layout.BOARD_MAGIC
    assert(isOurs && this.words[layout.VERSION_OFFSET / 4] === layout.BOARD_VERSION, 'not a board of this version')
    this.doubles = new Float64Array(board)
    this.bytes = Buffer.from(board)
    this.cellBytes = this.words[layout.CELL_BYTES_OFFSET / 4]!
    const cellCount = this.words[layout.CELL_COUNT_OFFSET / 4]!
    this.#cellsOffset = layout.INDEX_OFFSET + cellCount * layout.INDEX_BYTES
    this.specs = Array.from({ length: cellCount }, (_, index) => this.#specAt(index))
  }

  boardVersion(): number {
    return Atomics.load(this.words, layout.BOARD_VERSION_OFFSET / 4)
  }

  versionWord(cell: number): number {
    return (layout.INDEX_OFFSET + cell * layout.INDEX_BYTES + layout.CELL_VERSION_OFFSET) / 4
  }

  version(cell: number): number {
    return Atomics.load(this.words, this.versionWord(cell))
  }

  bufferOffset(cell: number, version: number): number {
    return this.#cellsOffset + (cell * 2 + (version & 1)) * layout.bufferBytes(this.cellBytes)
  }

  copyHeader(offset: number, into: CellHeader): void {
    into.receivedUs = this.doubles[(offset + layout.RECEIVED_US_OFFSET) / 8]!
    into.venueUs = this.doubles[(offset + layout.VENUE_US_OFFSET) / 8]!
    into.sequence = this.doubles[(offset + layout.SEQUENCE_OFFSET) / 8]!
    into.sinceUs = this.doubles[(offset + layout.SINCE_US_OFFSET) / 8]!
    into.status = this.bytes[offset + layout.STATUS_OFFSET] as CellStatus
    into.reason = this.bytes[offset + layout.REASON_OFFSET] as StatusReason
  }

  #specAt(index: number): CellSpec {
    const offset = layout.INDEX_OFFSET + index * layout.INDEX_BYTES
    return {
      kind: this.bytes[offset + layout.CELL_KIND_OFFSET] as Kind,
      about: this.bytes[offset + layout.CELL_ABOUT_OFFSET] as Kind,
      instrument: this.bytes.readUInt16LE(offset + layout.CELL_INSTRUMENT_OFFSET) as InstrumentId,
      product: this.bytes[offset + layout.CELL_PRODUCT_OFFSET] as ProductIndex,
    }
  }
}

export class BoardWriter {
  readonly #cells: Cells
  readonly #bells: readonly ThreadCell[]
  /** Of each cell, as found at attach or published here since. A cell of this writer has no other version. */
  readonly #versions: Int32Array

  constructor(board: SharedArrayBuffer, bells: readonly ThreadCell[]) {
    this.#cells = new Cells(board)
    this.#bells = bells
    this.#versions = Int32Array.from(this.cells, (_, cell) => this.#cells.version(cell))
    // The dead writer may have stopped between a cell's version and the board's.
    if (this.#versions.some(version => version !== 0)) {
      Atomics.add(this.#cells.words, layout.BOARD_VERSION_OFFSET / 4, 1)
    }
    this.ring()
  }

  get cells(): readonly CellSpec[] {
    return this.#cells.specs
  }

  /** As it was published last, by this writer or one before it. The caller may change it. */
  header(cell: number): CellHeader {
    const header = newCellHeader()
    const version = this.#cells.version(cell)
    if (version !== 0) this.#cells.copyHeader(this.#cells.bufferOffset(cell, version), header)
    return header
  }

  /** -1 when there is no such cell. */
  find(kind: Kind, instrument: InstrumentId): number {
    return this.cells.findIndex(cell => cell.kind === kind && cell.instrument === instrument)
  }

  findLink(product: ProductIndex, about: Kind): number {
    return this.cells.findIndex(cell => cell.kind === Kind.link && cell.product === product && cell.about === about)
  }

  findSubscription(instrument: InstrumentId, about: Kind): number {
    return this.cells.findIndex(
      cell => cell.kind === Kind.subscription && cell.instrument === instrument && cell.about === about,
    )
  }

  /** A payload is ASCII JSON, msgpack or both; null, null withholds. False: too large, nothing was written. Does not ring. */
  publish(cell: number, header: CellHeader, json: string | Uint8Array | null, msgpack: Uint8Array | null): boolean {
    const cells = this.#cells
    const lastVersion = this.#versions[cell]
    assert(lastVersion !== undefined, 'a published cell is one of the board')
    const versionWord = cells.versionWord(cell)
    assert(cells.words[versionWord] === lastVersion, 'a cell has one writer')
    const jsonBytes = json?.length ?? 0
    const msgpackBytes = msgpack?.length ?? 0
    if (jsonBytes > cells.cellBytes || msgpackBytes > cells.cellBytes) return false
    const version = (lastVersion + 1) | 0
    const offset = cells.bufferOffset(cell, version)
    cells.words[(offset + layout.JSON_BYTES_OFFSET) / 4] = jsonBytes
    cells.words[(offset + layout.MSGPACK_BYTES_OFFSET) / 4] = msgpackBytes
    cells.doubles[(offset + layout.RECEIVED_US_OFFSET) / 8] = header.receivedUs
    cells.doubles[(offset + layout.VENUE_US_OFFSET) / 8] = header.venueUs
    cells.doubles[(offset + layout.SEQUENCE_OFFSET) / 8] = header.sequence
    cells.doubles[(offset + layout.SINCE_US_OFFSET) / 8] = header.sinceUs
    cells.bytes[offset + layout.STATUS_OFFSET] = header.status
    cells.bytes[offset + layout.REASON_OFFSET] = header.reason
    if (typeof json === 'string') cells.bytes.write(json, offset + layout.PAYLOAD_OFFSET, 'latin1')
    else if (json !== null) cells.bytes.set(json, offset + layout.PAYLOAD_OFFSET)
    if (msgpack !== null) cells.bytes.set(msgpack, offset + layout.PAYLOAD_OFFSET + cells.cellBytes)
    Atomics.store(cells.words, versionWord, version)
    Atomics.load(cells.words, versionWord)
    Atomics.add(cells.words, layout.BOARD_VERSION_OFFSET / 4, 1)
    this.#versions[cell] = version
    return true
  }

  /** Rings the bells of the readers, once per batch. */
  ring(): void {
    for (const bell of this.#bells) bell.ring()
  }
}

/** Reads the headers of cells, not what they carry: for a report. It keeps no copies. */
export class BoardHeaderReader {
  readonly #cells: Cells
  readonly #fence = new Int32Array(new SharedArrayBuffer(4))

  constructor(board: SharedArrayBuffer) {
    this.#cells = new Cells(board)
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

  get msgpack(): Uint8Array {
    if (this.#msgpack.length !== this.#msgpackBytes) {
      const start = this.#staging.length / 2
      this.#msgpack = this.#staging.subarray(start, start + this.#msgpackBytes)
    }
    return this.#msgpack
  }

  /** For the reader only: both forms begin at these bytes of the board. */
  stage(board: BoardViews, jsonOffset: number, jsonBytes: number, msgpackBytes: number): void {
    const half = this.#staging.length / 2
    this.#copy(board, jsonOffset, 0, jsonBytes)
    this.#copy(board, jsonOffset + half, half, msgpackBytes)
    if (jsonBytes === 0) this.json = EMPTY
    else if (this.json.length !== jsonBytes) this.json = this.#staging.subarray(0, jsonBytes)
    this.#msgpackBytes = msgpackBytes
  }

  #copy(board: BoardViews, from: number, to: number, byteCount: number): void {
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

interface BoardViews {
  readonly words: Int32Array
  readonly bytes: Uint8Array
}

const EMPTY = new Uint8Array(0)
/** Above it the view costs less than the words. */
const WORD_COPY_BYTES_MAX = 1_024
const COPY_TRIES_MAX = 16

/** Of one call of `BoardReader.scan`: each is at least 1. */
export interface ScanLimits {
  readonly copiesMax: number
  readonly cellsMax: number
}

const UNLIMITED: ScanLimits = { copiesMax: Number.POSITIVE_INFINITY, cellsMax: Number.POSITIVE_INFINITY }

/** Reads the board in passes over all cells; a pass may take several calls. */
export class BoardReader {
  readonly copies: readonly CellCopy[]
  readonly #cells: Cells
  readonly #fence = new Int32Array(new SharedArrayBuffer(4))
  /** Of the board when the last pass began. */
  #boardVersion: number
  /** The next cell of the pass; 0 between passes. */
  #nextCell = 0

  constructor(board: SharedArrayBuffer) {
    this.#cells = new Cells(board)
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
