// The last trade ids of one instrument, so that no trade is published twice after a reconnection or while two connections
// overlap. They stand outside the heap, in memory that never grows: thousands of texts an instrument would survive every
// collection of this thread, and be looked at by each.
//
//   slots     0 … TRADE_IDS_KEPT - 1, the next one overwrites the oldest: bytes of the id, 64 each; its length; its home bucket
//   buckets   u16, twice as many: 0 empty, else slot + 1; linear probing, so a run of full buckets has no hole

import assert from 'node:assert/strict'
import { ID_CHARS_MAX } from '@tradelane/shared/wire/decimal'
import { TRADE_IDS_KEPT } from '../limits.js'

const BUCKET_COUNT = 2 * TRADE_IDS_KEPT
const BUCKET_MASK = BUCKET_COUNT - 1
assert((BUCKET_COUNT & BUCKET_MASK) === 0 && BUCKET_COUNT <= 65_536, 'a bucket is found by a mask and told by a u16')

export class TradeIds {
  // Filled for its pages, which would otherwise be had one by one, by trades, over minutes.
  readonly #bytes = new Uint8Array(TRADE_IDS_KEPT * ID_CHARS_MAX).fill(0)
  readonly #lengths = new Uint8Array(TRADE_IDS_KEPT)
  readonly #homes = new Uint16Array(TRADE_IDS_KEPT)
  readonly #buckets = new Uint16Array(BUCKET_COUNT)
  #next = 0

  /** False when it was there already. `id`: 1 to 64 ASCII characters, as a decoder gives it. */
  add(id: string): boolean {
    assert(id.length > 0 && id.length <= ID_CHARS_MAX, 'a decoder lets no other id through')
    const home = homeOf(id)
    for (let bucket = home; this.#buckets[bucket] !== 0; bucket = (bucket + 1) & BUCKET_MASK) {
      if (this.#isAt(this.#buckets[bucket]! - 1, id)) return false
    }
    const slot = this.#next
    this.#next = (slot + 1) % TRADE_IDS_KEPT
    if (this.#lengths[slot] !== 0) this.#forget(slot)
    this.#write(slot, id, home)
    return true
  }

  #isAt(slot: number, id: string): boolean {
    if (this.#lengths[slot] !== id.length) return false
    const offset = slot * ID_CHARS_MAX
    // From the end: ids of one instrument begin alike.
    for (let index = id.length - 1; index >= 0; index -= 1) {
      if (this.#bytes[offset + index] !== id.charCodeAt(index)) return false
    }
    return true
  }

  #write(slot: number, id: string, home: number): void {
    const offset = slot * ID_CHARS_MAX
    for (let index = 0; index < id.length; index += 1) this.#bytes[offset + index] = id.charCodeAt(index)
    this.#lengths[slot] = id.length
    this.#homes[slot] = home
    // Not the bucket that the search ended at: forgetting may have moved it.
    let bucket = home
    while (this.#buckets[bucket] !== 0) bucket = (bucket + 1) & BUCKET_MASK
    this.#buckets[bucket] = slot + 1
  }

  /** Empties the slot's bucket, and closes the hole with those behind it that may stand there. */
  #forget(slot: number): void {
    let hole = this.#homes[slot]!
    while (this.#buckets[hole] !== slot + 1) hole = (hole + 1) & BUCKET_MASK
    for (let bucket = (hole + 1) & BUCKET_MASK; this.#buckets[bucket] !== 0; bucket = (bucket + 1) & BUCKET_MASK) {
      const home = this.#homes[this.#buckets[bucket]! - 1]!
      if (((bucket - home) & BUCKET_MASK) < ((bucket - hole) & BUCKET_MASK)) continue
      this.#buckets[hole] = this.#buckets[bucket]!
      hole = bucket
    }
    this.#buckets[hole] = 0
  }
}

/** FNV-1a, folded: the low bits alone would not have seen the early characters. */
function homeOf(id: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < id.length; index += 1) hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193)
  return (hash ^ (hash >>> 15)) & BUCKET_MASK
}
