// What the cells of a board are of and where they lie, and their writer; `board-layout.ts` has the layout and the protocol,
// `board-reader.ts` the readers.

import assert from 'node:assert/strict'
import { CellStatus, type InstrumentId, Kind, type ProductIndex, StatusReason } from '../market/nouns.js'
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

/** The memory of a board, for its writer and its readers only. */
export class BoardCells {
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
  readonly #cells: BoardCells
  readonly #bells: readonly ThreadCell[]
  /** Of each cell, as found at attach or published here since. A cell of this writer has no other version. */
  readonly #versions: Int32Array

  constructor(board: SharedArrayBuffer, bells: readonly ThreadCell[]) {
    this.#cells = new BoardCells(board)
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
    // Not `for … of`, which makes an object where it is not optimized: this runs for every state.
    for (let index = 0; index < this.#bells.length; index += 1) this.#bells[index]!.ring()
  }
}
