// Order books of Binance: `@depth@100ms` deltas continue a REST snapshot, which is cut at a number of levels; the book beyond
// them is unknown. Spot and USDⓈ-M have frames of the same shape and different rules of sequence:
//
//   spot      ids are contiguous between events: `U` is the `u` of the previous event plus one
//   USDⓈ-M    ids are not contiguous: the only rule is that `pu` is the `u` of the previous event

import assert from 'node:assert/strict'
import type { WallUs } from '@tradelane/shared/market/nouns'
import { type DepthChain, type DepthFrame, type DepthProtocol, DepthVerdict } from '../depth-protocol.js'
import { DepthText, hasMarks } from '../depth-text.js'
import { asObject, epochMsToUs, isId, type JsonObject, parseObject, readLevels } from '../json-fields.js'
import { ContainedFrames, isRenumbered } from '../renumbering.js'
import { refusalOf } from './refusals.js'

const SPOT_LEVELS = 5_000
const FUTURES_LEVELS = 1_000
/** `["86723.41000000","0.77000000"],` with the longest price or the longest amount of any symbol; both have eight decimals. */
const SPOT_LEVEL_BYTES_MAX = 44
/** The same; decimals are as few as the symbol's precision has. */
const FUTURES_LEVEL_BYTES_MAX = 32
/** Ids and times around the levels. */
const SNAPSHOT_HEAD_BYTES_MAX = 256
const USED_WEIGHT_HEADER = 'x-mbx-used-weight-1m'
/** 429: too many requests; 418: banned, for at least two minutes. */
const STOP_MS = { 429: 30_000, 418: 120_000 }

export const spotDepth: DepthProtocol = {
  snapshotSource: 'rest',
  budget: {
    host: 'binance-spot',
    weightPerMinute: 6_000,
    usedWeightHeader: USED_WEIGHT_HEADER,
    stopMs: STOP_MS,
    refusalOf,
  },
  snapshotLevelsMax: SPOT_LEVELS,
  snapshotBytesMax: SNAPSHOT_HEAD_BYTES_MAX + 2 * SPOT_LEVELS * SPOT_LEVEL_BYTES_MAX,
  snapshotRequest: instrument => ({
    path: `/api/v3/depth?symbol=${encodeURIComponent(instrument.symbol)}&limit=${SPOT_LEVELS}`,
    weight: 250,
  }),
  decode,
  newChain: () => new SpotDepthChain(),
}

export const futuresDepth: DepthProtocol = {
  snapshotSource: 'rest',
  budget: {
    host: 'binance-futures',
    weightPerMinute: 2_400,
    usedWeightHeader: USED_WEIGHT_HEADER,
    stopMs: STOP_MS,
    refusalOf,
  },
  snapshotLevelsMax: FUTURES_LEVELS,
  snapshotBytesMax: SNAPSHOT_HEAD_BYTES_MAX + 2 * FUTURES_LEVELS * FUTURES_LEVEL_BYTES_MAX,
  snapshotRequest: instrument => ({
    path: `/fapi/v1/depth?symbol=${encodeURIComponent(instrument.symbol)}&limit=${FUTURES_LEVELS}`,
    weight: 20,
  }),
  decode,
  newChain: () => new FuturesDepthChain(),
}

/** Price and amount. */
const LEVEL_FIELDS = 2
const DELTA_TEXT = new DepthText({ bids: 'b', asks: 'a', fieldCount: LEVEL_FIELDS })
const NO_PREVIOUS_ID = -1
/** The `lastUpdateId` of a symbol that was never traded; it has no levels, and any event that follows is its first. */
const NO_BOOK_ID = -1

/** False when malformed. */
function decode(frame: Buffer, source: 'stream' | 'rest', into: DepthFrame): boolean {
  if (source === 'stream') {
    into.bids.length = 0
    into.asks.length = 0
    const marked = DELTA_TEXT.read(frame, into.bids, into.asks)
    const event = asObject(marked?.['data']) ?? marked
    if (event !== undefined && hasMarks(event['b'], event['a'])) return readDeltaHead(event, into)
  }
  const message = parseObject(frame)
  if (message === undefined) return false
  return source === 'rest' ? readSnapshot(message, into) : readDelta(asObject(message['data']) ?? message, into)
}

function readDelta(event: JsonObject, into: DepthFrame): boolean {
  return readDeltaHead(event, into) && readSides(event['b'], event['a'], into)
}

function readDeltaHead(event: JsonObject, into: DepthFrame): boolean {
  const { U: firstId, u: lastId, pu: previousId } = event
  const venueUs = epochMsToUs(event['E'])
  if (event['e'] !== 'depthUpdate' || !isId(firstId) || !isId(lastId) || venueUs === undefined) return false
  if (firstId > lastId || (previousId !== undefined && !isId(previousId))) return false
  into.type = 'delta'
  into.firstId = firstId
  into.lastId = lastId
  into.previousId = previousId ?? NO_PREVIOUS_ID
  into.sequence = lastId
  into.engineUs = epochMsToUs(event['T']) ?? null
  into.venueUs = venueUs
  return true
}

function readSnapshot(answer: JsonObject, into: DepthFrame): boolean {
  const lastId = answer['lastUpdateId']
  if (!isId(lastId) && lastId !== NO_BOOK_ID) return false
  into.type = 'snapshot'
  into.firstId = lastId
  into.lastId = lastId
  into.previousId = NO_PREVIOUS_ID
  into.sequence = Math.max(0, lastId)
  into.engineUs = epochMsToUs(answer['T']) ?? null
  into.venueUs = epochMsToUs(answer['E']) ?? null
  if (!readSides(answer['bids'], answer['asks'], into)) return false
  return lastId !== NO_BOOK_ID || (into.bids.length === 0 && into.asks.length === 0)
}

function readSides(bids: unknown, asks: unknown, into: DepthFrame): boolean {
  into.bids.length = 0
  into.asks.length = 0
  return readLevels(bids, LEVEL_FIELDS, into.bids) && readLevels(asks, LEVEL_FIELDS, into.asks)
}

/** Of a chain without a book. */
const NONE = -2

class SpotDepthChain implements DepthChain {
  /** `u` of the last applied event, or `lastUpdateId` of the snapshot; NONE while there is no book. */
  #lastId = NONE
  /** When the venue sent the last event; null before the first since the snapshot. */
  #lastUs: WallUs | null = null
  readonly #contained = new ContainedFrames()
  #firstHeldId = NONE

  offer(frame: DepthFrame): DepthVerdict {
    if (frame.type === 'snapshot') return this.#offerSnapshot(frame)
    if (this.#lastId === NONE) {
      if (this.#firstHeldId === NONE) this.#firstHeldId = frame.firstId
      this.#contained.held(frame)
      return DepthVerdict.hold
    }
    // One rule for the first event after the snapshot and all others: older ones are skipped, the next must be adjacent.
    const isOld = frame.lastId <= this.#lastId
    if (isOld && !this.#isRenumbered(frame)) return DepthVerdict.skip
    if (isOld || (this.#lastId !== NO_BOOK_ID && frame.firstId > this.#lastId + 1)) {
      this.reset()
      return DepthVerdict.gap
    }
    assert(frame.lastId > this.#lastId, 'a chain only moves forward')
    this.#lastId = frame.lastId
    this.#lastUs = frame.venueUs
    return DepthVerdict.apply
  }

  handOver(): void {
    // The rule of every event: what the chain has is skipped, and the next must be adjacent.
  }

  reset(): void {
    this.#lastId = NONE
    this.#lastUs = null
    this.#contained.reset()
    this.#firstHeldId = NONE
  }

  #isRenumbered(frame: DepthFrame): boolean {
    return this.#lastUs === null ? this.#contained.isRenumbered(frame) : isRenumbered(frame, this.#lastUs)
  }

  #offerSnapshot(frame: DepthFrame): DepthVerdict {
    const isTooOld = this.#firstHeldId !== NONE && frame.lastId + 1 < this.#firstHeldId
    if (isTooOld && frame.lastId !== NO_BOOK_ID) return DepthVerdict.snapshotTooOld
    if (this.#lastId !== NONE) this.#contained.reset()
    this.#lastId = frame.lastId
    this.#lastUs = null
    this.#firstHeldId = NONE
    return DepthVerdict.replace
  }
}

class FuturesDepthChain implements DepthChain {
  /** `u` of the last applied event, or `lastUpdateId` of the snapshot; NONE while there is no book. */
  #lastId = NONE
  /** When the venue sent the last event; null before the first since the snapshot. */
  #lastUs: WallUs | null = null
  readonly #contained = new ContainedFrames()
  /** The first event of a connection that took over has not come yet. */
  #isOverlapping = false
  /** There is a snapshot, and the event that overlaps it has not come yet. */
  #isSplicing = false
  #firstHeldId = NONE
  #firstHeldPreviousId = NONE

  offer(frame: DepthFrame): DepthVerdict {
    if (frame.type === 'snapshot') return this.#offerSnapshot(frame)
    if (this.#lastId === NONE) return this.#hold(frame)
    return this.#isSplicing ? this.#splice(frame) : this.#continue(frame)
  }

  handOver(): void {
    this.#isOverlapping = true
  }

  reset(): void {
    this.#lastId = NONE
    this.#lastUs = null
    this.#contained.reset()
    this.#isOverlapping = false
    this.#isSplicing = false
    this.#firstHeldId = NONE
    this.#firstHeldPreviousId = NONE
  }

  #offerSnapshot(frame: DepthFrame): DepthVerdict {
    const isOld = this.#firstHeldId > frame.lastId && this.#firstHeldPreviousId !== frame.lastId
    if (this.#firstHeldId !== NONE && isOld && frame.lastId !== NO_BOOK_ID) return DepthVerdict.snapshotTooOld
    if (this.#lastId !== NONE) this.#contained.reset()
    this.#lastId = frame.lastId
    this.#lastUs = null
    this.#isSplicing = true
    this.#firstHeldId = NONE
    return DepthVerdict.replace
  }

  #hold(frame: DepthFrame): DepthVerdict {
    this.#contained.held(frame)
    if (this.#firstHeldId === NONE) {
      this.#firstHeldId = frame.firstId
      this.#firstHeldPreviousId = frame.previousId
    }
    return DepthVerdict.hold
  }

  /** The snapshot contains all older events; the first one applied overlaps it or follows it directly. */
  #splice(frame: DepthFrame): DepthVerdict {
    assert(this.#lastId !== NONE, 'a splice continues a snapshot')
    if (frame.lastId < this.#lastId) return this.#old(frame)
    const isOverlapping = frame.firstId <= this.#lastId || this.#lastId === NO_BOOK_ID
    if (!isOverlapping && frame.previousId !== this.#lastId) return this.#gap()
    this.#isSplicing = false
    return this.#apply(frame)
  }

  #continue(frame: DepthFrame): DepthVerdict {
    assert(this.#lastId !== NONE && !this.#isSplicing, 'a chain continues after its splice')
    if (frame.lastId <= this.#lastId) return this.#old(frame)
    // Another connection may divide the same changes otherwise: an event that began earlier holds all since then.
    const isContained = this.#isOverlapping && frame.previousId < this.#lastId
    if (frame.previousId !== this.#lastId && !isContained) return this.#gap()
    return this.#apply(frame)
  }

  #apply(frame: DepthFrame): DepthVerdict {
    this.#isOverlapping = false
    this.#lastId = frame.lastId
    this.#lastUs = frame.venueUs
    return DepthVerdict.apply
  }

  #old(frame: DepthFrame): DepthVerdict {
    const isOther = this.#isSplicing ? this.#contained.isRenumbered(frame) : isRenumbered(frame, this.#lastUs)
    return isOther ? this.#gap() : DepthVerdict.skip
  }

  #gap(): DepthVerdict {
    this.reset()
    return DepthVerdict.gap
  }
}
