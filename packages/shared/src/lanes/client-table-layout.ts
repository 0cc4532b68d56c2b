// The client table: what the gateways know of each connected client, for the admin thread. A gateway writes the rows of its own
// block, each at most once a second; the admin thread reads all of them. Nothing in it decides anything.
//
//   byte 0        64                            64 + rowsMax · ROW_BYTES
//        | magic  | block of gateway 0: rows    | block of gateway 1 …
//        | version|
//        | counts |
//   row   0 version i32: odd while it is written    4 isUsed u8    5 addressBytes u8 (4 or 16)    6 format u8
//         7 acknowledgement u8    8 hasAnswered u8    16 address, 16 bytes    32 figures, one f64 each, as `FIGURES`
//
// Writer: 1 version is still the one that it stored last: no other thread writes this row. 2 Stores version + 1, loads it: the
// pair is the fence. 3 Plain writes. 4 Stores version + 2. 5 At attach: frees every row, because the clients of a dead gateway
// are gone. Reader: 1 loads version; odd: again. 2 Copies. 3 Loads version again behind a fence; changed: again.

import assert from 'node:assert/strict'

export const CLIENT_TABLE_MAGIC = 0x544c434c // "TLCL"
export const CLIENT_TABLE_VERSION = 1
export const MAGIC_OFFSET = 0
export const VERSION_OFFSET = MAGIC_OFFSET + 4
export const GATEWAY_COUNT_OFFSET = VERSION_OFFSET + 4
export const ROWS_MAX_OFFSET = GATEWAY_COUNT_OFFSET + 4
export const ROWS_OFFSET = 64

export const ROW_VERSION_OFFSET = 0
export const IS_USED_OFFSET = ROW_VERSION_OFFSET + 4
export const ADDRESS_BYTES_OFFSET = IS_USED_OFFSET + 1
export const FORMAT_OFFSET = ADDRESS_BYTES_OFFSET + 1
export const ACKNOWLEDGEMENT_OFFSET = FORMAT_OFFSET + 1
export const HAS_ANSWERED_OFFSET = ACKNOWLEDGEMENT_OFFSET + 1
export const ADDRESS_OFFSET = 16
export const FIGURES_OFFSET = ADDRESS_OFFSET + 16

/** In the order of their words. `client-table.ts` says what each means. */
export const FIGURES = [
  'connectedUs',
  'writtenUs',
  'framesSent',
  'bytesSent',
  'bytesPerS',
  'creditBytes',
  'inFlightBytes',
  'unacknowledgedBytes',
  'minRttUs',
  'lagRecords',
  'lagUs',
  'dirtyCells',
  'openPings',
  'bufferedBytes',
  'recordsMissed',
] as const

export const ROW_BYTES = Math.ceil((FIGURES_OFFSET + FIGURES.length * 8) / 64) * 64

assert(HAS_ANSWERED_OFFSET < ADDRESS_OFFSET, 'fields fit')
assert(FIGURES_OFFSET % 8 === 0 && ROWS_OFFSET % 8 === 0, 'doubles are aligned')
