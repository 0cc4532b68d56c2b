// The depth ring of one shard: raw L2 frames from ingest to its L2 worker, in order. Single producer, single consumer.
//
//   byte 0        128        256        384          512 …                  (8-aligned)
//        | magic  | tail     | head     | epochs     | lossCount i32 × n    | data, a power of two
//        | version| u32      | u32      | producer,  | one per instrument   |
//        | counts |(producer)|(consumer)| consumer   |                      |
//   record  0 bytes i32 (of the whole record, 8-aligned; negative: padding)  4 kind u8  6 instrument u16
//           8 lossCount i32  12 frameBytes i32  16 receivedUs f64  24 frame: the venue's bytes; of a linkUp and a handover
//           record their amount factor (`depth-ring-link-up.ts`); of a linkDown record its reason (same file)
//
// `receivedUs` is the moment of receipt as `MonotonicUs`: the age of the oldest record says how far the consumer lags.
//
// Positions count bytes since creation, modulo 2^32, compared as (a - b) | 0. Attach adds 1 to the epoch of that end, and
// each access of either end checks that the epoch is still its own. Producer: 1 loads head; no room: drops and counts.
// 2 Writes the record plainly, behind a padding record where it would cross the end. 3 Stores tail. 4 After the batch,
// rings. Consumer: 1 loads tail; equal to its head: nothing. 2 Copies the record. 3 Stores head.
// A frame that does not fit raises `lossCount` of its instrument *beside* the ring, because a full ring has no room for a
// marker; that instrument's frames are then dropped until the ring is below a quarter. Every record carries the count at
// the time of writing, so the consumer knows before it applies a record, and before it emits, whether it missed one.

import assert from 'node:assert/strict'

export const DEPTH_RING_MAGIC = 0x544c4452 // "TLDR"
export const DEPTH_RING_VERSION = 2
export const MAGIC_OFFSET = 0
export const VERSION_OFFSET = 4
export const DATA_BYTES_OFFSET = 8
export const INSTRUMENT_COUNT_OFFSET = 12
export const TAIL_OFFSET = 128
export const HEAD_OFFSET = 256
export const PRODUCER_EPOCH_OFFSET = 384
export const CONSUMER_EPOCH_OFFSET = 388
export const LOSS_OFFSET = 512

export const RECORD_BYTES_OFFSET = 0
export const RECORD_KIND_OFFSET = 4
export const RECORD_INSTRUMENT_OFFSET = 6
export const RECORD_LOSS_OFFSET = 8
export const FRAME_BYTES_OFFSET = 12
export const RECEIVED_US_OFFSET = 16
export const FRAME_OFFSET = 24
export const RECORD_ALIGN = 8

export const RING_BYTES_MIN = 64 * 1_024
export const RING_BYTES_MAX = 64 * 1_024 * 1_024
export const FRAME_BYTES_TYPICAL = 512
/** A larger frame counts as lost. */
export const FRAME_SHARE = 8
/** After a loss, an instrument's frames are dropped until the ring is emptier than this. */
export const RECOVERED_RATIO = 0.25

export function dataOffset(instrumentCount: number): number {
  return Math.ceil((LOSS_OFFSET + instrumentCount * 4) / 128) * 128
}

export function recordBytes(frameBytes: number): number {
  return Math.ceil((FRAME_OFFSET + frameBytes) / RECORD_ALIGN) * RECORD_ALIGN
}

assert(FRAME_OFFSET % RECORD_ALIGN === 0 && RECEIVED_US_OFFSET % 8 === 0, 'doubles are aligned')
