// Order books of Binance: `@depth@100ms` deltas continue a REST snapshot, which is cut at a number of levels; the book beyond
// them is unknown. Spot and USDⓈ-M have frames of the same shape and different rules of sequence (`depth-chains.ts`).

import type { DepthFrame, DepthProtocol } from '../depth-protocol.js'
import { DepthText, hasMarks } from '../depth-text.js'
import { asObject, epochMsToUs, isId, type JsonObject, parseObject, readLevels } from '../json-fields.js'
import { FuturesDepthChain, NO_BOOK_ID, SpotDepthChain } from './depth-chains.js'
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
