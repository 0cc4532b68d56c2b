// A board: the newest state of each of its cells, encoded. One writer per cell (ingest, or the L2 worker of its book), any
// number of readers. Most entries of a queue of state would only be skipped; a board needs no overrun protocol, and a late
// reader finds everything.
//
//   byte 0        128            256
//        | magic  | boardVersion | index: 64 B a cell                   | cells: two buffers each
//        | version|   i32        | version i32 | kind u8 about u8       |
//        | counts |              | instrument u16 | product u8          |
//   buffer  0 jsonBytes u32  4 msgpackBytes u32  8 receivedUs f64  16 venueUs f64  24 sequence f64  32 sinceUs f64
//          40 status u8  41 reason u8  48 JSON (cellBytes), then msgpack (cellBytes)
//
// `receivedUs` is the moment of receipt as `MonotonicUs`; `venueUs` and `sinceUs` are wall time.
//
// Writer: 1 version is still the one it stored last (at attach: the one found): no other thread writes this cell. 2 v =
// version + 1; writes all of buffer v & 1. 3 Stores version, loads it. 4 Adds 1 to boardVersion. 5 After the batch, rings.
// 6 At attach: 4 and 5 once, because the dead writer may have stopped between 3 and 4. Reader: 1 boardVersion unchanged:
// nothing. 2 For each cell whose version differs from the one seen: copies buffer v & 1, fence, loads version again;
// changed: again. A crash in mid-write leaves the other buffer intact.

import assert from 'node:assert/strict'

export const BOARD_MAGIC = 0x544c4244 // "TLBD"
export const BOARD_VERSION = 2
export const MAGIC_OFFSET = 0
export const VERSION_OFFSET = 4
export const CELL_COUNT_OFFSET = 8
export const CELL_BYTES_OFFSET = 12
export const BOARD_VERSION_OFFSET = 128
export const INDEX_OFFSET = 256

export const INDEX_BYTES = 64
export const CELL_VERSION_OFFSET = 0
export const CELL_KIND_OFFSET = 4
export const CELL_ABOUT_OFFSET = 5
export const CELL_INSTRUMENT_OFFSET = 6
export const CELL_PRODUCT_OFFSET = 8

export const JSON_BYTES_OFFSET = 0
export const MSGPACK_BYTES_OFFSET = 4
export const RECEIVED_US_OFFSET = 8
export const VENUE_US_OFFSET = 16
export const SEQUENCE_OFFSET = 24
export const SINCE_US_OFFSET = 32
export const STATUS_OFFSET = 40
export const REASON_OFFSET = 41
export const PAYLOAD_OFFSET = 48

export function bufferBytes(cellBytes: number): number {
  return PAYLOAD_OFFSET + 2 * cellBytes
}

assert(CELL_PRODUCT_OFFSET < INDEX_BYTES && REASON_OFFSET < PAYLOAD_OFFSET && PAYLOAD_OFFSET % 8 === 0, 'fields fit')
