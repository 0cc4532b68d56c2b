// Classifies Binance's frames. On combined sockets every event is wrapped in `{"stream":"btcusdt@aggTrade","data":{…}}`: the name
// has class and symbol, and its bytes are read in place. A frame that begins otherwise is parsed.

import { hasBytesAt } from '../frame-bytes.js'
import { type ClassifiedHead, FrameClass } from '../frame-class.js'
import { type JsonObject, parseObject } from '../json-fields.js'
import type { SymbolIndex } from '../venue.js'

const STREAM_START = Buffer.from('{"stream":"')
const QUOTE = 0x22
const AT = 0x40
const BACKSLASH = 0x5c
const STREAM_BYTES_MAX = 80
const SHUTDOWN = 'serverShutdown'

/** What follows the `@` of a stream name, and the class of its frames. */
const CLASSES: ReadonlyMap<string, FrameClass> = new Map<string, FrameClass>([
  ['aggTrade', FrameClass.trade],
  ['trade', FrameClass.trade],
  ['bookTicker', FrameClass.top],
  ['forceOrder', FrameClass.liquidation],
  ['depth', FrameClass.depth],
  ['depth@100ms', FrameClass.depth],
  ['depth@0ms', FrameClass.depth],
  ['depth@500ms', FrameClass.depth],
])
const ENDS = [...CLASSES].map(([name, frameClass]) => ({ end: Buffer.from(`${name}"`), frameClass }))
/** The stream with the tops of all symbols, and the notice of a shutdown. */
const WHOLE_NAMES: ReadonlyMap<string, FrameClass> = new Map<string, FrameClass>([
  ['!bookTicker', FrameClass.top],
  [`!${SHUTDOWN}`, FrameClass.control],
])
const WHOLE_ENDS = [...WHOLE_NAMES].map(([name, frameClass]) => ({ end: Buffer.from(`${name}"`), frameClass }))

export function classify(frame: Buffer, instruments: SymbolIndex, head: ClassifiedHead): FrameClass {
  head.instrument = undefined
  head.wasParsed = false
  head.frameClass = classByBytes(frame, instruments, head) ?? classByParsing(frame, instruments, head)
  return head.frameClass
}

/** Undefined: it has to be parsed. */
function classByBytes(frame: Buffer, instruments: SymbolIndex, head: ClassifiedHead): FrameClass | undefined {
  if (!hasBytesAt(frame, 0, STREAM_START)) return undefined
  const start = STREAM_START.length
  const end = Math.min(frame.length, start + STREAM_BYTES_MAX)
  let at = start
  while (at < end && frame[at] !== AT && frame[at] !== QUOTE && frame[at] !== BACKSLASH) at += 1
  if (frame[at] !== AT) return classOfWhole(frame, start)
  for (const { end: name, frameClass } of ENDS) {
    if (!hasBytesAt(frame, at + 1, name)) continue
    head.instrument = instruments.at(frame, start, at)
    return frameClass
  }
  while (at < end && frame[at] !== QUOTE && frame[at] !== BACKSLASH) at += 1
  return frame[at] === QUOTE ? FrameClass.ignored : undefined
}

function classOfWhole(frame: Buffer, start: number): FrameClass | undefined {
  for (const { end, frameClass } of WHOLE_ENDS) if (hasBytesAt(frame, start, end)) return frameClass
  return undefined
}

function classByParsing(frame: Buffer, instruments: SymbolIndex, head: ClassifiedHead): FrameClass {
  head.wasParsed = true
  const message = parseObject(frame)
  if (message === undefined) return FrameClass.malformed
  const { stream } = message
  if (typeof stream !== 'string') return classOfUnnamed(message)
  const at = stream.indexOf('@')
  // `!ticker` and the like: streams that are never subscribed.
  if (at === -1) return WHOLE_NAMES.get(stream) ?? FrameClass.ignored
  const frameClass = CLASSES.get(stream.slice(at + 1))
  if (frameClass === undefined) return FrameClass.ignored
  head.instrument = instruments.of(stream.slice(0, at))
  return frameClass
}

/** Answers have no stream name, and events without one are not from our streams, except the notice of a shutdown. */
function classOfUnnamed(message: JsonObject): FrameClass {
  if (message['e'] !== undefined) return message['e'] === SHUTDOWN ? FrameClass.control : FrameClass.ignored
  const isAnswer = 'result' in message || 'error' in message || 'code' in message
  return isAnswer ? FrameClass.control : FrameClass.malformed
}
