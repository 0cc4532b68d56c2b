// The trade log: one per process, one writer (ingest), any number of readers; the writer never waits. A slot is a record,
// so retention, `missed` and resuming are plain subtraction.
//
//   byte 0        64         128        192       256              256 + 1024·k
//        | magic  | published| epoch    | reserved| slot 0         | slot k holds sequence s with s mod slotCount = k
//        | version| u64      | i32      |         |                |
//        | counts |
//   slot  0 tag i32: 0 never written, -1 being written, else (s mod (2^30 - 1)) + 1
//         4 jsonBytes u16   6 msgpackBytes u16   8 sequence f64   16 receivedUs f64   24 venueUs f64
//        32 instrument u16  34 kind u8  35 product u8  40 readUs f64  48 loggedUs f64  96 JSON, then msgpack
//
// `readUs` and `loggedUs` are hop stamps (`MonotonicUs`): read from the venue's socket, and published here. `receivedUs` is
// `readUs` as wall time, converted once for the frames that clients read.
//
// Writer: 1 own counter + 1 (at attach: from `published`), the epoch is still its own. 2 store tag -1, load it: the pair is
// the fence. 3 Plain writes. 4 Store tagOf(s). 5 Store `published`. 6 After the batch, ring. 7 At attach: epoch + 1 and ring
// once, because the dead writer may have stopped between 5 and 6.
// Reader: 1 load `published`. 2 The oldest retained is published - retained + 1; older ones were overtaken. 3 tag is not
// tagOf(next): back to 1. 4 Copy, lengths clamped before use. 5 Load tag again behind a fence; changed: back to 1. 6 The slot
// holds the sequence that was read. 7 Act.

import assert from 'node:assert/strict'

export const TRADE_LOG_MAGIC = 0x544c5447 // "TLTG"
export const TRADE_LOG_VERSION = 3
export const MAGIC_OFFSET = 0
export const VERSION_OFFSET = 4
export const SLOT_COUNT_OFFSET = 8
export const RETAINED_OFFSET = 12
export const PUBLISHED_OFFSET = 64
export const EPOCH_OFFSET = 128
export const SLOTS_OFFSET = 256

export const SLOT_BYTES = 1_024
export const TAG_OFFSET = 0
export const JSON_BYTES_OFFSET = TAG_OFFSET + 4
export const MSGPACK_BYTES_OFFSET = JSON_BYTES_OFFSET + 2
export const SEQUENCE_OFFSET = MSGPACK_BYTES_OFFSET + 2
export const RECEIVED_US_OFFSET = SEQUENCE_OFFSET + 8
export const VENUE_US_OFFSET = RECEIVED_US_OFFSET + 8
export const INSTRUMENT_OFFSET = VENUE_US_OFFSET + 8
export const KIND_OFFSET = INSTRUMENT_OFFSET + 2
export const PRODUCT_OFFSET = KIND_OFFSET + 1
/** Four unused bytes before it, because doubles are aligned. */
export const READ_US_OFFSET = PRODUCT_OFFSET + 5
export const LOGGED_US_OFFSET = READ_US_OFFSET + 8
export const PAYLOAD_OFFSET = 96
export const PAYLOAD_BYTES_MAX = SLOT_BYTES - PAYLOAD_OFFSET

/** At least this many slots lie between the oldest retained record and the writer, which thus seldom overwrites one being copied. */
export const GUARD_SLOTS = 1_024
export const RETAINED_MIN = 1
export const SLOT_COUNT_MAX = 131_072
export const RETAINED_MAX = SLOT_COUNT_MAX - GUARD_SLOTS

export const TAG_WRITING = -1
export function tagOf(sequence: number): number {
  return (sequence % 0x3fffffff) + 1
}

export function slotCountFor(retainedRecords: number): number {
  let slotCount = 1
  while (slotCount < retainedRecords + GUARD_SLOTS) slotCount *= 2
  return slotCount
}

assert(LOGGED_US_OFFSET + 8 <= PAYLOAD_OFFSET, 'the slot header ends before its payload')
assert(SEQUENCE_OFFSET % 8 === 0 && READ_US_OFFSET % 8 === 0, 'doubles are aligned')
assert(PAYLOAD_OFFSET % 4 === 0 && PAYLOAD_BYTES_MAX % 4 === 0, 'payloads are copied word by word')
assert(SLOTS_OFFSET % 8 === 0 && SLOT_BYTES % 8 === 0, 'doubles are aligned')
