// Bybit's books: the first frame of a topic is a snapshot, any later snapshot replaces the book, and `u` advances by one per
// delta. `u` 1 is a restart of the service: the frame replaces the book, whatever its type.

import assert from 'node:assert/strict'
import { ChainEnd } from '../chain-end.js'
import { type DepthChain, type DepthFrame, type DepthProtocol, DepthVerdict } from '../depth-protocol.js'
import { DepthText, hasMarks } from '../depth-text.js'
import { asObject, epochMsToUs, isId, type JsonObject, parseObject, readLevels } from '../json-fields.js'
import { isRenumbered } from '../renumbering.js'
import { refusalOf } from './refusals.js'

const RESTART_ID = 1
/** Price and amount. */
const LEVEL_FIELDS = 2
const TEXT = new DepthText({ bids: 'b', asks: 'a', fieldCount: LEVEL_FIELDS })

/** 200 levels a side of at most 44 bytes each, and what is around them. */
const SNAPSHOT_BYTES_MAX = 2 * 200 * 44 + 512

export const bybitDepth: DepthProtocol = {
  snapshotSource: 'stream',
  snapshotBytesMax: SNAPSHOT_BYTES_MAX,
  budget: { host: 'bybit', weightPerMinute: 6_000, usedWeightHeader: null, stopMs: { 403: 600_000 }, refusalOf },
  decode: (frame, source, into) => {
    if (source === 'rest') return false
    into.bids.length = 0
    into.asks.length = 0
    const marked = TEXT.read(frame, into.bids, into.asks)
    const book = asObject(marked?.['data'])
    const isRead =
      marked !== undefined && book !== undefined && hasMarks(book['b'], book['a'])
        ? readHead(marked, book, into)
        : readWhole(frame, into)
    // A restart without levels is a delisted symbol: its empty book must not be published as a true one.
    return isRead && (into.lastId !== RESTART_ID || into.bids.length > 0 || into.asks.length > 0)
  },
  newChain: () => new BybitDepthChain(),
}

function readWhole(frame: Buffer, into: DepthFrame): boolean {
  const message = parseObject(frame)
  const book = asObject(message?.['data'])
  if (message === undefined || book === undefined || !readHead(message, book, into)) return false
  into.bids.length = 0
  into.asks.length = 0
  return readLevels(book['b'], LEVEL_FIELDS, into.bids) && readLevels(book['a'], LEVEL_FIELDS, into.asks)
}

/** Everything but the levels. */
function readHead(message: JsonObject, book: JsonObject, into: DepthFrame): boolean {
  const { type } = message
  const { u: lastId, seq: sequence } = book
  const venueUs = epochMsToUs(message['ts'])
  if ((type !== 'snapshot' && type !== 'delta') || !isId(lastId) || !isId(sequence)) return false
  // Time 0 marks the book of a closed symbol.
  if (venueUs === undefined) return false
  into.type = type === 'snapshot' || lastId === RESTART_ID ? 'snapshot' : 'delta'
  into.firstId = lastId
  into.lastId = lastId
  into.previousId = -1
  into.sequence = sequence
  into.engineUs = epochMsToUs(message['cts']) ?? null
  into.venueUs = venueUs
  return true
}

class BybitDepthChain implements DepthChain {
  readonly #end = new ChainEnd()

  offer(frame: DepthFrame): DepthVerdict {
    const end = this.#end
    if (frame.type === 'snapshot') return end.takeSnapshot(frame)
    // Without a snapshot a delta is of no use: the venue sends the next snapshot without a request.
    if (!end.hasBook) return DepthVerdict.skip
    const isOld = frame.lastId <= end.lastId
    if (isOld && !isRenumbered(frame, end.lastUs)) return DepthVerdict.skip
    if (isOld || frame.lastId !== end.lastId + 1) {
      this.reset()
      return DepthVerdict.gap
    }
    assert(frame.lastId > end.lastId, 'a chain only moves forward')
    end.take(frame)
    return DepthVerdict.apply
  }

  handOver(): void {
    this.#end.handOver()
  }

  reset(): void {
    this.#end.reset()
  }
}
