// Writer and reader of the client table; `client-table-layout.ts` has its layout and protocol. A writer runs in each gateway,
// the reader in the admin thread.

import assert from 'node:assert/strict'
import * as layout from './client-table-layout.js'

/** The form in which a client reads frames. */
export const ClientFormat = { json: 0, msgpack: 1 } as const
export type ClientFormat = (typeof ClientFormat)[keyof typeof ClientFormat]

/** How a client acknowledges what it was sent: by pongs, or by messages of its own. */
export const Acknowledgement = { pong: 0, message: 1 } as const
export type Acknowledgement = (typeof Acknowledgement)[keyof typeof Acknowledgement]

export interface ClientRow {
  /** 4 bytes of IPv4 or 16 of IPv6. */
  address: Uint8Array
  format: ClientFormat
  acknowledgement: Acknowledgement
  /** Whether it ever acknowledged anything. */
  hasAnswered: boolean
  /** `MonotonicUs`, as `writtenUs`, which is when this row was written. */
  connectedUs: number
  writtenUs: number
  framesSent: number
  bytesSent: number
  /** Since the row was written before. */
  bytesPerS: number
  creditBytes: number
  /** Conflatable bytes that it has not acknowledged. */
  inFlightBytes: number
  /** Trades included. */
  unacknowledgedBytes: number
  /** Infinity before the first round trip. */
  minRttUs: number
  /** Records of the trade log that it has not been sent, and the age of the oldest of them. */
  lagRecords: number
  lagUs: number
  /** Cells of the boards that it has not been sent; one with a status and a payload to send counts twice. */
  dirtyCells: number
  /** Pings that it has not answered. */
  openPings: number
  /** That its socket could not hand to the system. */
  bufferedBytes: number
  /** That it will never be sent, because the trade log overtook it. */
  recordsMissed: number
}

export function newClientRow(): ClientRow {
  const figures = Object.fromEntries(layout.FIGURES.map(name => [name, 0])) as Record<FigureName, number>
  return {
    ...figures,
    address: new Uint8Array(4),
    format: ClientFormat.json,
    acknowledgement: Acknowledgement.pong,
    hasAnswered: false,
  }
}

type FigureName = (typeof layout.FIGURES)[number]

export function createClientTable(options: { gatewayCount: number; rowsMax: number }): SharedArrayBuffer {
  const { gatewayCount, rowsMax } = options
  assert(gatewayCount >= 1 && rowsMax >= 1, 'a client table has rows')
  const table = new SharedArrayBuffer(layout.ROWS_OFFSET + gatewayCount * rowsMax * layout.ROW_BYTES)
  const words = new Int32Array(table)
  words[layout.MAGIC_OFFSET / 4] = layout.CLIENT_TABLE_MAGIC
  words[layout.VERSION_OFFSET / 4] = layout.CLIENT_TABLE_VERSION
  words[layout.GATEWAY_COUNT_OFFSET / 4] = gatewayCount
  words[layout.ROWS_MAX_OFFSET / 4] = rowsMax
  return table
}

class Rows {
  readonly words: Int32Array
  readonly doubles: Float64Array
  readonly bytes: Uint8Array
  readonly gatewayCount: number
  readonly rowsMax: number

  constructor(table: SharedArrayBuffer) {
    this.words = new Int32Array(table)
    const isOurs = this.words[layout.MAGIC_OFFSET / 4] === layout.CLIENT_TABLE_MAGIC
    assert(
      isOurs && this.words[layout.VERSION_OFFSET / 4] === layout.CLIENT_TABLE_VERSION,
      'not a client table of this version',
    )
    this.doubles = new Float64Array(table)
    this.bytes = new Uint8Array(table)
    this.gatewayCount = this.words[layout.GATEWAY_COUNT_OFFSET / 4]!
    this.rowsMax = this.words[layout.ROWS_MAX_OFFSET / 4]!
  }

  offsetOf(gateway: number, row: number): number {
    assert(gateway >= 0 && gateway < this.gatewayCount, 'a gateway of the client table')
    assert(row >= 0 && row < this.rowsMax, 'a row of the client table')
    return layout.ROWS_OFFSET + (gateway * this.rowsMax + row) * layout.ROW_BYTES
  }
}

export class ClientTableWriter {
  readonly #rows: Rows
  readonly #gateway: number
  /** Of each row, as this writer stored it last. A row of this writer has no other version. */
  readonly #versions: Int32Array
  readonly #isTaken: Uint8Array
  readonly #freeRows: number[] = []

  constructor(table: SharedArrayBuffer, gateway: number) {
    this.#rows = new Rows(table)
    this.#gateway = gateway
    const { rowsMax, words } = this.#rows
    this.#versions = new Int32Array(rowsMax)
    this.#isTaken = new Uint8Array(rowsMax)
    for (let row = rowsMax - 1; row >= 0; row -= 1) {
      // Odd where the predecessor stopped in the middle of a row; 0 where it never wrote it.
      this.#versions[row] = Atomics.load(words, this.#rows.offsetOf(gateway, row) / 4)
      if (this.#versions[row] !== 0) {
        this.#begin(row)
        this.#end(row, false)
      }
      this.#freeRows.push(row)
    }
  }

  /** A row for a new client, which `free` gives back; -1 when all are in use. */
  take(): number {
    const row = this.#freeRows.pop() ?? -1
    if (row >= 0) this.#isTaken[row] = 1
    return row
  }

  write(row: number, client: ClientRow): void {
    assert(this.#isTaken[row] === 1, 'a client has a row of its own')
    const { bytes, doubles } = this.#rows
    const { address } = client
    assert(address.length === 4 || address.length === 16, 'an address has 4 or 16 bytes')
    const offset = this.#begin(row)
    bytes[offset + layout.ADDRESS_BYTES_OFFSET] = address.length
    bytes.set(address, offset + layout.ADDRESS_OFFSET)
    bytes[offset + layout.FORMAT_OFFSET] = client.format
    bytes[offset + layout.ACKNOWLEDGEMENT_OFFSET] = client.acknowledgement
    bytes[offset + layout.HAS_ANSWERED_OFFSET] = client.hasAnswered ? 1 : 0
    let word = (offset + layout.FIGURES_OFFSET) / 8
    for (const name of layout.FIGURES) {
      doubles[word] = client[name]
      word += 1
    }
    this.#end(row, true)
  }

  free(row: number): void {
    assert(this.#isTaken[row] === 1, 'a row is freed once')
    this.#isTaken[row] = 0
    this.#begin(row)
    this.#end(row, false)
    this.#freeRows.push(row)
  }

  /** The offset of the row, which readers leave alone until `end`. */
  #begin(row: number): number {
    const { words } = this.#rows
    const offset = this.#rows.offsetOf(this.#gateway, row)
    const version = this.#versions[row]!
    assert(Atomics.load(words, offset / 4) === version, 'a row of the client table has one writer')
    this.#versions[row] = version | 1
    Atomics.store(words, offset / 4, version | 1)
    Atomics.load(words, offset / 4)
    return offset
  }

  #end(row: number, isUsed: boolean): void {
    const { words, bytes } = this.#rows
    const offset = this.#rows.offsetOf(this.#gateway, row)
    bytes[offset + layout.IS_USED_OFFSET] = isUsed ? 1 : 0
    const version = (this.#versions[row]! + 1) | 0
    this.#versions[row] = version
    Atomics.store(words, offset / 4, version)
  }
}

const COPY_TRIES_MAX = 16

export class ClientTableReader {
  readonly gatewayCount: number
  readonly rowsMax: number
  readonly #rows: Rows
  readonly #fence = new Int32Array(new SharedArrayBuffer(4))

  constructor(table: SharedArrayBuffer) {
    this.#rows = new Rows(table)
    this.gatewayCount = this.#rows.gatewayCount
    this.rowsMax = this.#rows.rowsMax
  }

  /** Copies a row. False where no client is in it, or its writer stopped in the middle. */
  read(gateway: number, row: number, into: ClientRow): boolean {
    const { words, bytes } = this.#rows
    const offset = this.#rows.offsetOf(gateway, row)
    for (let tries = 0; tries < COPY_TRIES_MAX; tries += 1) {
      const version = Atomics.load(words, offset / 4)
      if (version === 0) return false
      if ((version & 1) === 1) continue
      const isUsed = bytes[offset + layout.IS_USED_OFFSET] === 1
      if (isUsed) this.#copy(offset, into)
      // The store keeps the reads above from moving below the second load.
      Atomics.store(this.#fence, 0, version)
      if (Atomics.load(words, offset / 4) === version) return isUsed
    }
    return false
  }

  #copy(offset: number, into: ClientRow): void {
    const { bytes, doubles } = this.#rows
    // It may be torn: clamped before use.
    const addressBytes = bytes[offset + layout.ADDRESS_BYTES_OFFSET] === 4 ? 4 : 16
    into.address = bytes.slice(offset + layout.ADDRESS_OFFSET, offset + layout.ADDRESS_OFFSET + addressBytes)
    into.format = bytes[offset + layout.FORMAT_OFFSET] as ClientFormat
    into.acknowledgement = bytes[offset + layout.ACKNOWLEDGEMENT_OFFSET] as Acknowledgement
    into.hasAnswered = bytes[offset + layout.HAS_ANSWERED_OFFSET] === 1
    layout.FIGURES.forEach((name, index) => {
      into[name] = doubles[(offset + layout.FIGURES_OFFSET) / 8 + index]!
    })
  }
}
