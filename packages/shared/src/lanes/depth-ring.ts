// Producer and consumer of a depth ring; `depth-ring-layout.ts` has its layout and protocol. The producer runs in ingest, the
// consumer in the L2 worker of the shard.

import assert from 'node:assert/strict'
import type { InstrumentId, MonotonicUs } from '../market/nouns.js'
import { DOUBLE_ZERO } from '../thread/clock.js'
import type { ThreadCell } from '../thread/parking.js'
import * as layout from './depth-ring-layout.js'

export const DepthRecordKind = {
  /** A frame from a venue's socket. */
  stream: 1,
  /** A REST snapshot, as the venue answered it. */
  rest: 2,
  /** Subscribed on a new connection: sequence state is forgotten, the book starts again. `depth-ring-link-up.ts` is its frame. */
  linkUp: 3,
  /** Nothing more comes, and the book is stale: `depth-ring-link-up.ts` has its frame, too. */
  linkDown: 4,
  /**
   * Another connection took over in time: nothing was missed, and its frames may begin with some that the old one brought. The
   * book goes on by its ids. The frame is that of a `linkUp`.
   */
  handover: 5,
  /** Nothing comes of the book although it should: withheld until a frame continues it. No frame. */
  silent: 6,
} as const
export type DepthRecordKind = (typeof DepthRecordKind)[keyof typeof DepthRecordKind]

/** The size for about `frameCount` typical frames: a power of two, at most 64 MiB. */
export function depthRingBytes(frameCount: number): number {
  let bytes = layout.RING_BYTES_MIN
  while (bytes < frameCount * layout.FRAME_BYTES_TYPICAL && bytes < layout.RING_BYTES_MAX) bytes *= 2
  return bytes
}

/** The least number of typical frames with which a ring carries a frame of this length. More than any ring has: infinite. */
export function leastFrameCount(frameBytes: number): number {
  let bytes = layout.RING_BYTES_MIN
  while (layout.recordBytes(frameBytes) > bytes / layout.FRAME_SHARE) bytes *= 2
  if (bytes > layout.RING_BYTES_MAX) return Number.POSITIVE_INFINITY
  return bytes === layout.RING_BYTES_MIN ? 1 : bytes / 2 / layout.FRAME_BYTES_TYPICAL + 1
}

/** `firstPosition` is for tests of the wrap at 2^31 and 2^32. */
export function createDepthRing(options: {
  bytes: number
  instrumentCount: number
  firstPosition?: number
}): SharedArrayBuffer {
  const { bytes, instrumentCount } = options
  assert((bytes & (bytes - 1)) === 0 && bytes >= 1_024, 'a ring is a power of two')
  const ring = new SharedArrayBuffer(layout.dataOffset(instrumentCount) + bytes)
  const words = new Int32Array(ring)
  words[layout.MAGIC_OFFSET / 4] = layout.DEPTH_RING_MAGIC
  words[layout.VERSION_OFFSET / 4] = layout.DEPTH_RING_VERSION
  words[layout.DATA_BYTES_OFFSET / 4] = bytes
  words[layout.INSTRUMENT_COUNT_OFFSET / 4] = instrumentCount
  words[layout.TAIL_OFFSET / 4] = options.firstPosition ?? 0
  words[layout.HEAD_OFFSET / 4] = options.firstPosition ?? 0
  return ring
}

export interface DepthRingFill {
  readonly usedBytes: number
  readonly capacityBytes: number
  /** When the oldest record that was not read was received; null where there is none, or it has just been read. */
  readonly oldestReceivedUs: number | null
}

/** For a report: takes part in nothing. The two ends are read one after the other, so it is true within a turn. */
export function depthRingFill(memory: SharedArrayBuffer): DepthRingFill {
  const ring = new Ring(memory)
  const head = ring.head()
  // Both may have moved on meanwhile, the tail by more.
  const usedBytes = Math.min((ring.tail() - head) >>> 0, ring.dataBytes)
  const receivedUs = usedBytes === 0 ? null : ring.receivedUs(head)
  // The producer leaves a record alone until the head has passed it.
  return { usedBytes, capacityBytes: ring.dataBytes, oldestReceivedUs: ring.head() === head ? receivedUs : null }
}

class Ring {
  readonly words: Int32Array
  readonly shorts: Uint16Array
  readonly doubles: Float64Array
  readonly bytes: Buffer
  readonly dataBytes: number
  readonly instrumentCount: number
  readonly #dataOffset: number

  constructor(ring: SharedArrayBuffer) {
    this.words = new Int32Array(ring)
    const isOurs = this.words[layout.MAGIC_OFFSET / 4] === layout.DEPTH_RING_MAGIC
    assert(
      isOurs && this.words[layout.VERSION_OFFSET / 4] === layout.DEPTH_RING_VERSION,
      'not a depth ring of this version',
    )
    this.shorts = new Uint16Array(ring)
    this.doubles = new Float64Array(ring)
    this.bytes = Buffer.from(ring)
    this.dataBytes = this.words[layout.DATA_BYTES_OFFSET / 4]!
    this.instrumentCount = this.words[layout.INSTRUMENT_COUNT_OFFSET / 4]!
    this.#dataOffset = layout.dataOffset(this.instrumentCount)
  }

  indexOf(position: number): number {
    return position & (this.dataBytes - 1)
  }

  /** Byte within the shared memory of a position. */
  offsetOf(position: number): number {
    return this.#dataOffset + this.indexOf(position)
  }

  tail(): number {
    return Atomics.load(this.words, layout.TAIL_OFFSET / 4)
  }

  head(): number {
    return Atomics.load(this.words, layout.HEAD_OFFSET / 4)
  }

  /** Of the record at this position, or behind the padding there. */
  receivedUs(position: number): number {
    const bytes = this.words[(this.offsetOf(position) + layout.RECORD_BYTES_OFFSET) / 4]!
    const offset = this.offsetOf(bytes < 0 ? (position - bytes) | 0 : position)
    return this.doubles[(offset + layout.RECEIVED_US_OFFSET) / 8]!
  }

  /** Bytes from `head` to `tail`; positions wrap at 2^32. */
  usedBytes(head: number, tail: number): number {
    const bytes = (tail - head) >>> 0
    assert(bytes <= this.dataBytes, 'the tail is at most one ring ahead of the head')
    return bytes
  }

  /** Makes the caller the owner of one end; its predecessor's next access fails. */
  attach(epochOffset: number): number {
    return (Atomics.add(this.words, epochOffset / 4, 1) + 1) | 0
  }

  epoch(epochOffset: number): number {
    return Atomics.load(this.words, epochOffset / 4)
  }

  lossWord(instrument: number): number {
    return layout.LOSS_OFFSET / 4 + instrument
  }
}

export class DepthRingProducer {
  readonly #ring: Ring
  readonly #bell: ThreadCell
  readonly #epoch: number
  readonly #isDropping: Uint8Array
  #tail: number

  constructor(ring: SharedArrayBuffer, bell: ThreadCell) {
    this.#ring = new Ring(ring)
    this.#bell = bell
    this.#tail = this.#ring.tail()
    this.#isDropping = new Uint8Array(this.#ring.instrumentCount)
    this.#epoch = this.#ring.attach(layout.PRODUCER_EPOCH_OFFSET)
    // The frames that the predecessor had not written yet are lost, and their instruments are unknown.
    for (let instrument = 0; instrument < this.#ring.instrumentCount; instrument += 1) this.#countLoss(instrument)
    this.ring()
  }

  fillRatio(): number {
    return this.#ring.usedBytes(this.#ring.head(), this.#tail) / this.#ring.dataBytes
  }

  /** Whether this share of it is in use. It is asked for each frame: the share itself would be an object. */
  isFilledTo(share: number): boolean {
    return this.#ring.usedBytes(this.#ring.head(), this.#tail) >= share * this.#ring.dataBytes
  }

  /** False: dropped, and the instrument's loss count raised. Does not ring. */
  offer(kind: DepthRecordKind, instrument: InstrumentId, receivedUs: MonotonicUs, frame: Uint8Array): boolean {
    const ring = this.#ring
    assert(ring.epoch(layout.PRODUCER_EPOCH_OFFSET) === this.#epoch, 'a depth ring has one producer')
    assert(instrument < ring.instrumentCount, 'the ring counts losses of this instrument')
    if (this.#isDropping[instrument] === 1) {
      if (this.fillRatio() >= layout.RECOVERED_RATIO) return this.#drop(instrument)
      this.#isDropping[instrument] = 0
    }
    const bytes = layout.recordBytes(frame.length)
    const toEnd = ring.dataBytes - ring.indexOf(this.#tail)
    const padding = bytes > toEnd ? toEnd : 0
    const free = ring.dataBytes - ring.usedBytes(ring.head(), this.#tail)
    if (bytes > ring.dataBytes / layout.FRAME_SHARE || bytes + padding > free) return this.#drop(instrument)
    if (padding > 0) {
      ring.words[(ring.offsetOf(this.#tail) + layout.RECORD_BYTES_OFFSET) / 4] = -padding
      this.#tail = (this.#tail + padding) | 0
    }
    const offset = ring.offsetOf(this.#tail)
    ring.words[(offset + layout.RECORD_BYTES_OFFSET) / 4] = bytes
    ring.bytes[offset + layout.RECORD_KIND_OFFSET] = kind
    ring.shorts[(offset + layout.RECORD_INSTRUMENT_OFFSET) / 2] = instrument
    ring.words[(offset + layout.RECORD_LOSS_OFFSET) / 4] = ring.words[ring.lossWord(instrument)]!
    ring.words[(offset + layout.FRAME_BYTES_OFFSET) / 4] = frame.length
    ring.doubles[(offset + layout.RECEIVED_US_OFFSET) / 8] = receivedUs
    ring.bytes.set(frame, offset + layout.FRAME_OFFSET)
    this.#tail = (this.#tail + bytes) | 0
    Atomics.store(ring.words, layout.TAIL_OFFSET / 4, this.#tail)
    return true
  }

  /** Rings the bell of the shard's thread, once per batch. */
  ring(): void {
    this.#bell.ring()
  }

  #drop(instrument: number): false {
    assert(this.#ring.tail() === this.#tail, 'a record is dropped as a whole: nothing of it is in the ring')
    if (this.#isDropping[instrument] === 0) this.#bell.ring()
    this.#isDropping[instrument] = 1
    this.#countLoss(instrument)
    return false
  }

  #countLoss(instrument: number): void {
    Atomics.add(this.#ring.words, this.#ring.lossWord(instrument), 1)
  }
}

/** One record, in private memory; reused by every read. */
export interface DepthRecord {
  kind: DepthRecordKind
  instrument: InstrumentId
  /** The instrument's loss count when this was written. */
  lossCount: number
  receivedUs: MonotonicUs
  /** Valid until the next read. */
  frame: Buffer
}

export class DepthRingConsumer {
  readonly record: DepthRecord
  readonly #ring: Ring
  readonly #staging: Buffer
  readonly #epoch: number
  #head: number

  /** Skips the records that a predecessor left: its books are gone, so its frames are of no use. */
  constructor(ring: SharedArrayBuffer) {
    this.#ring = new Ring(ring)
    this.#staging = Buffer.alloc(this.#ring.dataBytes / layout.FRAME_SHARE)
    this.record = {
      kind: DepthRecordKind.linkDown,
      instrument: 0 as InstrumentId,
      lossCount: 0,
      receivedUs: DOUBLE_ZERO as MonotonicUs,
      frame: this.#staging.subarray(0, 0),
    }
    this.#epoch = this.#ring.attach(layout.CONSUMER_EPOCH_OFFSET)
    this.#head = this.#ring.tail()
    Atomics.store(this.#ring.words, layout.HEAD_OFFSET / 4, this.#head)
  }

  lossCount(instrument: InstrumentId): number {
    return Atomics.load(this.#ring.words, this.#ring.lossWord(instrument))
  }

  fillRatio(): number {
    return this.#ring.usedBytes(this.#head, this.#ring.tail()) / this.#ring.dataBytes
  }

  /** Whether a read would find a record. */
  hasRecord(): boolean {
    return this.#ring.tail() !== this.#head
  }

  /** Fills `record` with the next one. False when there is none. */
  read(): boolean {
    const ring = this.#ring
    assert(ring.epoch(layout.CONSUMER_EPOCH_OFFSET) === this.#epoch, 'a depth ring has one consumer')
    const usedBytes = ring.usedBytes(this.#head, ring.tail())
    if (usedBytes === 0) return false
    let offset = ring.offsetOf(this.#head)
    let bytes = ring.words[(offset + layout.RECORD_BYTES_OFFSET) / 4]!
    let padding = 0
    if (bytes < 0) {
      padding = -bytes
      this.#head = (this.#head + padding) | 0
      offset = ring.offsetOf(this.#head)
      bytes = ring.words[(offset + layout.RECORD_BYTES_OFFSET) / 4]!
    }
    const frameBytes = ring.words[(offset + layout.FRAME_BYTES_OFFSET) / 4]!
    assert(bytes > 0 && bytes === layout.recordBytes(frameBytes), 'a record is as long as its frame requires')
    assert(padding + bytes <= usedBytes, 'a record ends before the tail')
    const record = this.record
    record.kind = ring.bytes[offset + layout.RECORD_KIND_OFFSET] as DepthRecordKind
    record.instrument = ring.shorts[(offset + layout.RECORD_INSTRUMENT_OFFSET) / 2] as InstrumentId
    record.lossCount = ring.words[(offset + layout.RECORD_LOSS_OFFSET) / 4]!
    record.receivedUs = ring.doubles[(offset + layout.RECEIVED_US_OFFSET) / 8] as MonotonicUs
    const frameOffset = offset + layout.FRAME_OFFSET
    this.#staging.set(ring.bytes.subarray(frameOffset, frameOffset + frameBytes), 0)
    record.frame = this.#staging.subarray(0, frameBytes)
    this.#head = (this.#head + bytes) | 0
    Atomics.store(ring.words, layout.HEAD_OFFSET / 4, this.#head)
    return true
  }
}
