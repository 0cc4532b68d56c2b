// The last trade ids of one instrument, so that no trade is published twice after a reconnection or while two connections
// overlap. They are kept outside the heap, in memory that never grows: thousands of strings per instrument would survive every
// garbage collection of this thread and lengthen each.
//
//   slots     0 … TRADE_IDS_KEPT - 1, the next one overwrites the oldest: bytes of the id, `#width` each; its length; its home bucket
//   buckets   u16, twice as many: 0 empty, else slot + 1; linear probing, so a run of full buckets has no empty one in it

import assert from 'node:assert/strict'
import { ID_CHARS_MAX } from '@tradelane/shared/wire/decimal'
import { TRADE_IDS_KEPT } from '../limits.js'

/** Of a UUID, rounded up: no venue is known to have longer ids. */
const WIDTH_AT_FIRST = 40
const BUCKET_COUNT = 2 * TRADE_IDS_KEPT
const BUCKET_MASK = BUCKET_COUNT - 1
assert((BUCKET_COUNT & BUCKET_MASK) === 0 && BUCKET_COUNT <= 65_536, 'a bucket is found by a mask and fits a u16')

export class TradeIds {
  // Filled to touch every page now; otherwise trades would fault them in one by one, over minutes.
  #bytes = new Uint8Array(TRADE_IDS_KEPT * WIDTH_AT_FIRST).fill(0)
  #width = WIDTH_AT_FIRST
  readonly #lengths = new Uint8Array(TRADE_IDS_KEPT)
  readonly #homes = new Uint16Array(TRADE_IDS_KEPT)
  readonly #buckets = new Uint16Array(BUCKET_COUNT)
  #next = 0

  /** False when it is kept already. `id`: 1 to 64 ASCII characters, as decoders check. */
  add(id: string): boolean {
    assert(id.length > 0 && id.length <= ID_CHARS_MAX, 'an id has 1 to 64 characters')
    if (id.length > this.#width) this.#widen()
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

  /** Once, for a venue whose ids are longer. */
  #widen(): void {
    const [narrow, width] = [this.#bytes, this.#width]
    this.#bytes = new Uint8Array(TRADE_IDS_KEPT * ID_CHARS_MAX)
    this.#width = ID_CHARS_MAX
    for (let slot = 0; slot < TRADE_IDS_KEPT; slot += 1) {
      this.#bytes.set(narrow.subarray(slot * width, (slot + 1) * width), slot * ID_CHARS_MAX)
    }
  }

  #isAt(slot: number, id: string): boolean {
    if (this.#lengths[slot] !== id.length) return false
    const offset = slot * this.#width
    // From the end: ids of one instrument have the same beginning.
    for (let index = id.length - 1; index >= 0; index -= 1) {
      if (this.#bytes[offset + index] !== id.charCodeAt(index)) return false
    }
    return true
  }

  #write(slot: number, id: string, home: number): void {
    assert(this.#lengths[slot] === 0, 'an id is written into an empty slot')
    const offset = slot * this.#width
    for (let index = 0; index < id.length; index += 1) this.#bytes[offset + index] = id.charCodeAt(index)
    this.#lengths[slot] = id.length
    this.#homes[slot] = home
    // The bucket where the search ended may have moved when an id was forgotten.
    let bucket = home
    while (this.#buckets[bucket] !== 0) bucket = (bucket + 1) & BUCKET_MASK
    this.#buckets[bucket] = slot + 1
  }

  /** Empties the slot and its bucket, and moves later buckets of the run up, so that none is cut off from its home. */
  #forget(slot: number): void {
    let empty = this.#homes[slot]!
    while (this.#buckets[empty] !== slot + 1) {
      assert(this.#buckets[empty] !== 0, 'every kept id is found from its home')
      empty = (empty + 1) & BUCKET_MASK
    }
    for (let bucket = (empty + 1) & BUCKET_MASK; this.#buckets[bucket] !== 0; bucket = (bucket + 1) & BUCKET_MASK) {
      const home = this.#homes[this.#buckets[bucket]! - 1]!
      if (((bucket - home) & BUCKET_MASK) < ((bucket - empty) & BUCKET_MASK)) continue
      this.#buckets[empty] = this.#buckets[bucket]!
      empty = bucket
    }
    this.#buckets[empty] = 0
    this.#lengths[slot] = 0
  }
}

/** FNV-1a, folded: the low bits alone hardly depend on the early characters. */
function homeOf(id: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < id.length; index += 1) hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193)
  return (hash ^ (hash >>> 15)) & BUCKET_MASK
}
