// Writer and reader of the trade log; `trade-log-layout.ts` has its layout and protocol. The writer runs in ingest, a reader
// in each gateway. No other file touches this memory: a batch holds private copies, one per record for all clients.

import assert from 'node:assert/strict'
import type { InstrumentId, Kind, MonotonicUs, ProductIndex } from '../market/nouns.js'
import { DOUBLE_ZERO, monotonicUs } from '../thread/clock.js'
import type { ThreadCell } from '../thread/parking.js'
import * as layout from './trade-log-layout.js'

export interface TradeRecord {
  kind: Kind
  instrument: InstrumentId
  product: ProductIndex
  receivedUs: number
  venueUs: number
  /** When the venue's bytes were read, in hrtime. */
  readUs: number
}

/** `firstSequence` is for tests of the far end of the number range. */
export function createTradeLog(retainedRecords: number, options: { firstSequence?: number } = {}): SharedArrayBuffer {
  const isInRange = retainedRecords >= layout.RETAINED_MIN && retainedRecords <= layout.RETAINED_MAX
  assert(Number.isInteger(retainedRecords) && isInRange, 'the trade log retains 1..130,048 records')
  const slotCount = layout.slotCountFor(retainedRecords)
  const log = new SharedArrayBuffer(layout.SLOTS_OFFSET + slotCount * layout.SLOT_BYTES)
  // Touches every page now: otherwise trades would fault them in one by one, and the resident set would grow for minutes.
  new Uint8Array(log).fill(0)
  const words = new Int32Array(log)
  words[layout.MAGIC_OFFSET / 4] = layout.TRADE_LOG_MAGIC
  words[layout.VERSION_OFFSET / 4] = layout.TRADE_LOG_VERSION
  words[layout.SLOT_COUNT_OFFSET / 4] = slotCount
  words[layout.RETAINED_OFFSET / 4] = retainedRecords
  new BigInt64Array(log)[layout.PUBLISHED_OFFSET / 8] = BigInt((options.firstSequence ?? 1) - 1)
  return log
}

class Slots {
  readonly words: Int32Array
  readonly longs: BigInt64Array
  readonly doubles: Float64Array
  readonly shorts: Uint16Array
  readonly bytes: Buffer
  readonly slotCount: number
  readonly retained: number

  constructor(log: SharedArrayBuffer) {
    this.words = new Int32Array(log)
    const isOurs = this.words[layout.MAGIC_OFFSET / 4] === layout.TRADE_LOG_MAGIC
    assert(
      isOurs && this.words[layout.VERSION_OFFSET / 4] === layout.TRADE_LOG_VERSION,
      'not a trade log of this version',
    )
    this.longs = new BigInt64Array(log)
    this.doubles = new Float64Array(log)
    this.shorts = new Uint16Array(log)
    this.bytes = Buffer.from(log)
    this.slotCount = this.words[layout.SLOT_COUNT_OFFSET / 4]!
    this.retained = this.words[layout.RETAINED_OFFSET / 4]!
  }

  offsetOf(sequence: number): number {
    return layout.SLOTS_OFFSET + (sequence % this.slotCount) * layout.SLOT_BYTES
  }

  published(): number {
    return Number(Atomics.load(this.longs, layout.PUBLISHED_OFFSET / 8))
  }
}

export class TradeLogWriter {
  readonly #slots: Slots
  readonly #bells: readonly ThreadCell[]
  readonly #nowUs: () => MonotonicUs
  readonly #epoch: number
  #nextSequence: number
  #loggedUs = DOUBLE_ZERO

  constructor(log: SharedArrayBuffer, bells: readonly ThreadCell[], nowUs: () => MonotonicUs = monotonicUs) {
    this.#slots = new Slots(log)
    this.#bells = bells
    this.#nowUs = nowUs
    this.#nextSequence = this.#slots.published() + 1
    this.#epoch = (Atomics.add(this.#slots.words, layout.EPOCH_OFFSET / 4, 1) + 1) | 0
    this.ring()
  }

  /** The sequence of the next record: its encoded form contains it. */
  get nextSequence(): number {
    return this.#nextSequence
  }

  /** The hop stamp of the last record, in hrtime. */
  get loggedUs(): number {
    return this.#loggedUs
  }

  /** `json` is ASCII. False: too large for a slot; nothing was written and the sequence is not used. */
  append(record: TradeRecord, json: string | Uint8Array, msgpack: Uint8Array): boolean {
    const slots = this.#slots
    assert(Atomics.load(slots.words, layout.EPOCH_OFFSET / 4) === this.#epoch, 'the trade log has one writer')
    if (json.length + msgpack.length > layout.PAYLOAD_BYTES_MAX) return false
    const sequence = this.#nextSequence
    const offset = slots.offsetOf(sequence)
    Atomics.store(slots.words, (offset + layout.TAG_OFFSET) / 4, layout.TAG_WRITING)
    Atomics.load(slots.words, (offset + layout.TAG_OFFSET) / 4)
    slots.shorts[(offset + layout.JSON_BYTES_OFFSET) / 2] = json.length
    slots.shorts[(offset + layout.MSGPACK_BYTES_OFFSET) / 2] = msgpack.length
    slots.doubles[(offset + layout.SEQUENCE_OFFSET) / 8] = sequence
    slots.doubles[(offset + layout.RECEIVED_US_OFFSET) / 8] = record.receivedUs
    slots.doubles[(offset + layout.VENUE_US_OFFSET) / 8] = record.venueUs
    slots.shorts[(offset + layout.INSTRUMENT_OFFSET) / 2] = record.instrument
    slots.bytes[offset + layout.KIND_OFFSET] = record.kind
    slots.bytes[offset + layout.PRODUCT_OFFSET] = record.product
    if (typeof json === 'string') slots.bytes.write(json, offset + layout.PAYLOAD_OFFSET, 'latin1')
    else slots.bytes.set(json, offset + layout.PAYLOAD_OFFSET)
    slots.bytes.set(msgpack, offset + layout.PAYLOAD_OFFSET + json.length)
    this.#loggedUs = this.#nowUs()
    slots.doubles[(offset + layout.READ_US_OFFSET) / 8] = record.readUs
    slots.doubles[(offset + layout.LOGGED_US_OFFSET) / 8] = this.#loggedUs
    Atomics.store(slots.words, (offset + layout.TAG_OFFSET) / 4, layout.tagOf(sequence))
    Atomics.store(slots.longs, layout.PUBLISHED_OFFSET / 8, BigInt(sequence))
    this.#nextSequence = sequence + 1
    return true
  }

  /** Rings the bells of the readers, once per batch. */
  ring(): void {
    // Not `for … of`, which makes an object where it is not optimized: this runs for every trade.
    for (let index = 0; index < this.#bells.length; index += 1) this.#bells[index]!.ring()
  }
}

/** Private copies of consecutive records, valid until the next read into this batch. */
export class TradeBatch {
  readonly capacity: number
  count = 0
  readonly sequence: Float64Array
  readonly kind: Uint8Array
  readonly instrument: Uint16Array
  readonly product: Uint8Array
  readonly receivedUs: Float64Array
  readonly venueUs: Float64Array
  readonly readUs: Float64Array
  readonly loggedUs: Float64Array
  /** The first `count`; what follows is of earlier batches. */
  readonly json: Uint8Array[] = []
  /** Records `gapFrom` to `gapTo`, both included, were overtaken before the first of this batch; 0, 0 when none. */
  gapFrom = 0
  gapTo = 0
  readonly #staging: Uint8Array
  readonly #stagingWords: Int32Array
  /** Of the first record, by length: most batches have no other. */
  readonly #firstViews: (Uint8Array | undefined)[] = []
  readonly #msgpackStarts: Int32Array
  readonly #msgpackBytes: Int32Array
  readonly #msgpack: (Uint8Array | undefined)[] = []

  constructor(capacity = 256) {
    this.capacity = capacity
    this.sequence = new Float64Array(capacity)
    this.kind = new Uint8Array(capacity)
    this.instrument = new Uint16Array(capacity)
    this.product = new Uint8Array(capacity)
    this.receivedUs = new Float64Array(capacity)
    this.venueUs = new Float64Array(capacity)
    this.readUs = new Float64Array(capacity)
    this.loggedUs = new Float64Array(capacity)
    this.#msgpackStarts = new Int32Array(capacity)
    this.#msgpackBytes = new Int32Array(capacity)
    this.#staging = new Uint8Array(capacity * layout.PAYLOAD_BYTES_MAX)
    this.#stagingWords = new Int32Array(this.#staging.buffer)
  }

  clear(): void {
    this.count = 0
    this.gapFrom = 0
    this.gapTo = 0
  }

  /** For the reader only: the payload begins at this word of the log. */
  stage(words: Int32Array, firstWord: number, jsonBytes: number, msgpackBytes: number): void {
    const index = this.count
    if (index >= this.capacity) assert.fail('a batch holds no more than its capacity')
    const offset = index * layout.PAYLOAD_BYTES_MAX
    const staging = this.#stagingWords
    // A word at a time: a copy of bytes needs two views, which would be garbage for every record.
    const wordCount = (jsonBytes + msgpackBytes + 3) >> 2
    for (let word = 0; word < wordCount; word += 1) staging[(offset >> 2) + word] = words[firstWord + word]!
    this.json[index] = index === 0 ? this.#firstView(jsonBytes) : this.#viewOf(this.json[index], offset, jsonBytes)
    this.#msgpackStarts[index] = offset + jsonBytes
    this.#msgpackBytes[index] = msgpackBytes
  }

  /** Its view is made for the first client that wants it. */
  msgpackOf(index: number): Uint8Array {
    if (index >= this.count) assert.fail('a record is one of the batch')
    const view = this.#viewOf(this.#msgpack[index], this.#msgpackStarts[index]!, this.#msgpackBytes[index]!)
    this.#msgpack[index] = view
    return view
  }

  #firstView(length: number): Uint8Array {
    this.#firstViews[length] ??= this.#staging.subarray(0, length)
    return this.#firstViews[length]
  }

  #viewOf(last: Uint8Array | undefined, offset: number, length: number): Uint8Array {
    if (last !== undefined && last.byteOffset === offset && last.length === length) return last
    return this.#staging.subarray(offset, offset + length)
  }
}

/** Has no cursor: the gateway's turn and every slow client read from their own. */
export class TradeLogReader {
  readonly #slots: Slots
  readonly #fence = new Int32Array(new SharedArrayBuffer(4))

  constructor(log: SharedArrayBuffer) {
    this.#slots = new Slots(log)
  }

  /** 0 when nothing was published yet. */
  newest(): number {
    return this.#slots.published()
  }

  /** Whether this record was published. While nothing came it takes no 64-bit load, each of which makes an object. */
  isPublished(sequence: number): boolean {
    const slots = this.#slots
    const tag = Atomics.load(slots.words, slots.offsetOf(sequence) / 4)
    // The tag is stored before the record is published, so with the tag of one lap earlier it was not.
    const isOld = sequence > slots.slotCount ? tag === layout.tagOf(sequence - slots.slotCount) : tag === 0
    return !isOld && slots.published() >= sequence
  }

  /** Records that it retains. */
  get retained(): number {
    return this.#slots.retained
  }

  /** When this record was logged; NaN when it is not in the log. */
  loggedUs(sequence: number): number {
    const slots = this.#slots
    const offset = slots.offsetOf(sequence)
    const tag = layout.tagOf(sequence)
    if (Atomics.load(slots.words, offset / 4) !== tag) return Number.NaN
    const loggedUs = slots.doubles[(offset + layout.LOGGED_US_OFFSET) / 8]!
    // The store keeps the read above from moving below the second load of the tag.
    Atomics.store(this.#fence, 0, 0)
    return Atomics.load(slots.words, offset / 4) === tag ? loggedUs : Number.NaN
  }

  /** Reads records from `from` on, at most `recordCountMax`; returns where to continue. */
  read(from: number, batch: TradeBatch, recordCountMax: number): number {
    batch.clear()
    if (!this.isPublished(from)) return from
    let next = from
    let newest = this.#slots.published()
    const countMax = Math.min(recordCountMax, batch.capacity)
    while (batch.count < countMax && next <= newest) {
      const oldest = newest - this.#slots.retained + 1
      if (next < oldest) {
        // Overtaken. In mid-batch the copies so far are valid: the next batch starts with the gap.
        if (batch.count > 0) break
        batch.gapFrom ||= next
        batch.gapTo = oldest - 1
        next = oldest
      }
      if (this.#copy(next, batch)) next += 1
      else newest = this.#slots.published()
    }
    const missed = batch.gapTo === 0 ? 0 : batch.gapTo - batch.gapFrom + 1
    assert(from + missed + batch.count === next, 'a read accounts for every record that it passes')
    return next
  }

  #copy(sequence: number, batch: TradeBatch): boolean {
    const slots = this.#slots
    const offset = slots.offsetOf(sequence)
    const tag = layout.tagOf(sequence)
    if (Atomics.load(slots.words, offset / 4) !== tag) return false
    const jsonBytes = Math.min(slots.shorts[(offset + layout.JSON_BYTES_OFFSET) / 2]!, layout.PAYLOAD_BYTES_MAX)
    const msgpackBytes = slots.shorts[(offset + layout.MSGPACK_BYTES_OFFSET) / 2]!
    const index = batch.count
    const firstWord = (offset + layout.PAYLOAD_OFFSET) / 4
    batch.stage(slots.words, firstWord, jsonBytes, Math.min(msgpackBytes, layout.PAYLOAD_BYTES_MAX - jsonBytes))
    batch.sequence[index] = sequence
    batch.kind[index] = slots.bytes[offset + layout.KIND_OFFSET]!
    batch.product[index] = slots.bytes[offset + layout.PRODUCT_OFFSET]!
    batch.instrument[index] = slots.shorts[(offset + layout.INSTRUMENT_OFFSET) / 2]!
    batch.receivedUs[index] = slots.doubles[(offset + layout.RECEIVED_US_OFFSET) / 8]!
    batch.venueUs[index] = slots.doubles[(offset + layout.VENUE_US_OFFSET) / 8]!
    batch.readUs[index] = slots.doubles[(offset + layout.READ_US_OFFSET) / 8]!
    batch.loggedUs[index] = slots.doubles[(offset + layout.LOGGED_US_OFFSET) / 8]!
    const slotSequence = slots.doubles[(offset + layout.SEQUENCE_OFFSET) / 8]
    // The store keeps the reads above from moving below the second load of the tag.
    Atomics.store(this.#fence, 0, index)
    if (Atomics.load(slots.words, offset / 4) !== tag) return false
    assert(slotSequence === sequence, 'a slot holds the sequence of its tag')
    batch.count = index + 1
    return true
  }
}
