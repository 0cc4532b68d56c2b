// Reads Binance's depth events and REST snapshots. Spot and USDⓈ-M have the same shape; futures add `pu` and the engine's time.

import { DepthText, hasMarks } from '../depth-text.js'
import { asObject, epochMsToUs, isId, type JsonObject, parseObject, readLevels } from '../json-fields.js'
import type { DepthFrame } from '../venue.js'

/** Price and amount. */
const LEVEL_FIELDS = 2
const DELTA_TEXT = new DepthText({ bids: 'b', asks: 'a', fieldCount: LEVEL_FIELDS })
const NO_PREVIOUS_ID = -1
/** The `lastUpdateId` of a symbol that was never traded; it has no levels. */
const NO_BOOK_ID = -1

/** False when malformed. */
export function decodeDepth(frame: Buffer, source: 'stream' | 'rest', into: DepthFrame): boolean {
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
