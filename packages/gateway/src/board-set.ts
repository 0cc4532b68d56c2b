// The state board and the book board as one row of cells. Each cell's newest copy is shared by all clients; what a client has
// not been sent yet is in its own dirty bits (`dirty-cells.ts`). Gateway thread only.

import assert from 'node:assert/strict'
import { BoardReader, type CellCopy, type CellSpec } from '@tradelane/shared/lanes/board'
import { hasStatus } from '@tradelane/shared/lanes/first-status'
import {
  CellStatus,
  INSTRUMENT_NONE,
  type Instrument,
  Kind,
  type ProductLabel,
  StatusReason,
} from '@tradelane/shared/market/nouns'
import { serverFrameJson, serverFramePacked, statusFrame } from '@tradelane/shared/wire/server-frames'

/** What changed in a cell, as bits; also the dirty bits of a client. */
export const Dirty = { payload: 1, status: 2 } as const

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
  /** Whether clients are sent its status: books and links. */
  readonly hasStatus: boolean
}

export class BoardSet {
  readonly cells: readonly Cell[]
  /** The same cells by lane, so that a search in one lane does not walk over the other. */
  readonly lanes: Readonly<Record<Lane, readonly Cell[]>>
  /** By the last scan: indexes of the cells that changed, ascending, and what changed in each. */
  readonly changed: number[] = []
  readonly changes: number[] = []
  readonly #readers: readonly BoardReader[]
  readonly #offsets: number[] = []
  readonly #products: ReadonlyMap<number, ProductLabel>
  readonly #instruments: ReadonlyMap<number, Instrument>
  readonly #statuses: (Status | undefined)[] = []
  readonly #scratch: number[] = []

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
    // No client is sent a cell that was not read yet.
    this.scan()
  }

  hasChanged(): boolean {
    for (const reader of this.#readers) if (reader.hasChanged()) return true
    return false
  }

  /** Copies new versions; fills `changed` and `changes`. Returns their number. */
  scan(): number {
    this.changed.length = 0
    this.changes.length = 0
    for (let board = 0; board < this.#readers.length; board += 1) {
      const reader = this.#readers[board]!
      if (!reader.hasChanged()) continue
      this.#scratch.length = 0
      reader.scan(this.#scratch)
      for (const local of this.#scratch) this.#addChange(this.#offsets[board]! + local)
    }
    return this.changed.length
  }

  /** Whether the trade link of any product is live. */
  hasLiveTradeLink(): boolean {
    return this.cells.some(
      ({ spec, copy }) => spec.kind === Kind.link && spec.about === Kind.trade && copy.status === CellStatus.live,
    )
  }

  /** The status frame of a cell, encoded once per change for all clients. */
  statusOf(cell: Cell, isPacked: boolean): Uint8Array {
    assert(cell.hasStatus, 'only books and links have a status')
    const status = this.#statuses[cell.index] ?? this.#encodeStatus(cell)
    return isPacked ? status.packed : status.json
  }

  #addChange(index: number): void {
    const cell = this.cells[index]!
    const { copy } = cell
    assert(index > (this.changed.at(-1) ?? -1), 'changed cells are ascending, each once')
    let changes = copy.json.length > 0 ? Dirty.payload : 0
    if (cell.hasStatus) {
      const last = this.#statuses[index]
      const isNew = last?.status !== copy.status || last.reason !== copy.reason || last.sinceUs !== copy.sinceUs
      if (isNew) {
        this.#encodeStatus(cell)
        changes |= Dirty.status
      }
    }
    this.changed.push(index)
    this.changes.push(changes)
  }

  #encodeStatus(cell: Cell): Status {
    const { spec, copy } = cell
    assert(this.cells[cell.index] === cell, 'a cell has its index in this set')
    const product = this.#products.get(spec.product)
    const { status: shown, reason } = copy
    assert(product !== undefined, 'a cell is of a known product')
    assert(shown !== CellStatus.empty && reason !== StatusReason.none, 'a cell with a status has one from the start')
    const frame = statusFrame({
      product: product.id,
      exchange: product.exchange,
      instrument: spec.instrument === INSTRUMENT_NONE ? null : (this.#instruments.get(spec.instrument) ?? null),
      about: spec.about,
      status: shown,
      reason,
      sinceUs: copy.sinceUs,
    })
    const status: Status = {
      status: shown,
      reason,
      sinceUs: copy.sinceUs,
      json: Buffer.from(serverFrameJson(frame)),
      packed: serverFramePacked(frame),
    }
    this.#statuses[cell.index] = status
    return status
  }
}

interface Status {
  readonly status: number
  readonly reason: number
  readonly sinceUs: number
  readonly json: Uint8Array
  readonly packed: Uint8Array
}
