// OKX's `books`: 400 levels, a snapshot (`prevSeqId` -1), then updates whose `prevSeqId` equals the last `seqId`. Ids are not
// consecutive and may step back once, after maintenance, still chained by `prevSeqId`; an update without levels and with both
// ids equal is a heartbeat. Checksums are not verified: they are always 0 since June 2026.

import { ChainEnd } from '../chain-end.js'
import { type DepthChain, type DepthFrame, type DepthProtocol, DepthVerdict } from '../depth-protocol.js'
import { DepthText, hasMarks } from '../depth-text.js'
import { asArray, asObject, epochMsToUs, isId, type JsonObject, parseObject, readLevels } from '../json-fields.js'
import { isRenumbered } from '../renumbering.js'
import { refusalOf } from './refusals.js'

/** Frames of 2022 and before have no ids: they are applied without a check. */
const NO_ID = -2
const SNAPSHOT_PREVIOUS_ID = -1
/** Price, size, a zero, number of orders. */
export const LEVEL_FIELDS = 4
const TEXT = new DepthText({ bids: 'bids', asks: 'asks', fieldCount: LEVEL_FIELDS })

/** 400 levels a side of at most 56 bytes each, and what is around them. */
const SNAPSHOT_BYTES_MAX = 2 * 400 * 56 + 512

export const okxDepth: DepthProtocol = {
  snapshotSource: 'stream',
  snapshotBytesMax: SNAPSHOT_BYTES_MAX,
  // 20 requests per 2 s on the paths used here, each of weight 1.
  budget: { host: 'okx', weightPerMinute: 600, usedWeightHeader: null, stopMs: { 429: 10_000 }, refusalOf },
  decode: (frame, source, into) => {
    into.bids.length = 0
    into.asks.length = 0
    const marked = TEXT.read(frame, into.bids, into.asks)
    const book = bookOf(marked)
    if (marked !== undefined && book !== undefined && hasMarks(book['bids'], book['asks'])) {
      return readHead(marked, book, source, into)
    }
    return readWhole(frame, source, into)
  },
  newChain: () => new OkxDepthChain(),
}

function bookOf(message: JsonObject | undefined): JsonObject | undefined {
  return asObject(asArray(message?.['data'])?.[0])
}

function readWhole(frame: Buffer, source: 'stream' | 'rest', into: DepthFrame): boolean {
  const message = parseObject(frame)
  const book = bookOf(message)
  if (message === undefined || book === undefined || !readHead(message, book, source, into)) return false
  into.bids.length = 0
  into.asks.length = 0
  return readLevels(book['bids'], LEVEL_FIELDS, into.bids) && readLevels(book['asks'], LEVEL_FIELDS, into.asks)
}

/** Everything but the levels. */
function readHead(message: JsonObject, book: JsonObject, source: 'stream' | 'rest', into: DepthFrame): boolean {
  // A REST answer is a snapshot without an `action`.
  const action = source === 'rest' ? 'snapshot' : message['action']
  const venueUs = epochMsToUs(book['ts'])
  // Time 0 marks a frame without meaning.
  if ((action !== 'snapshot' && action !== 'update') || venueUs === undefined) return false
  if (!readIds(book, action === 'snapshot', into)) return false
  into.type = action === 'snapshot' ? 'snapshot' : 'delta'
  into.engineUs = venueUs
  into.venueUs = venueUs
  return true
}

function readIds(book: JsonObject, isSnapshot: boolean, into: DepthFrame): boolean {
  const { seqId: lastId, prevSeqId: previousId } = book
  if (lastId === undefined && previousId === undefined) {
    into.lastId = NO_ID
    into.previousId = NO_ID
    into.sequence = 0
    return true
  }
  const isPreviousValid =
    isId(previousId) || (isSnapshot && (previousId === SNAPSHOT_PREVIOUS_ID || previousId === undefined))
  if (!isId(lastId) || !isPreviousValid) return false
  into.firstId = lastId
  into.lastId = lastId
  into.previousId = typeof previousId === 'number' ? previousId : SNAPSHOT_PREVIOUS_ID
  into.sequence = lastId
  return true
}

class OkxDepthChain implements DepthChain {
  readonly #end = new ChainEnd()

  offer(frame: DepthFrame): DepthVerdict {
    const end = this.#end
    if (frame.type === 'snapshot') return end.takeSnapshot(frame)
    // Updates before a snapshot are of no use, and a resync for each of them would be a flood.
    if (!end.hasBook) return DepthVerdict.skip
    if (frame.previousId !== end.lastId) return this.#acceptUnchained(frame)
    const isHeartbeat = frame.lastId === end.lastId && frame.bids.length === 0 && frame.asks.length === 0
    end.take(frame)
    return isHeartbeat ? DepthVerdict.skip : DepthVerdict.apply
  }

  handOver(): void {
    this.#end.handOver()
  }

  reset(): void {
    this.#end.reset()
  }

  /** In an overlap it may be old, or begin before the end of the chain and hold all changes since then. Else it is a gap. */
  #acceptUnchained(update: DepthFrame): DepthVerdict {
    const { isOverlapping, lastId, lastUs } = this.#end
    if (isOverlapping && update.lastId <= lastId && !isRenumbered(update, lastUs)) return DepthVerdict.skip
    if (isOverlapping && update.previousId < lastId && update.lastId > lastId) {
      this.#end.take(update)
      return DepthVerdict.apply
    }
    this.reset()
    return DepthVerdict.gap
  }
}
