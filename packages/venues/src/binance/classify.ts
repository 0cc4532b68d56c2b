// Classifies Binance's frames by their bytes. On combined sockets every event is wrapped in
// `{"stream":"btcusdt@aggTrade","data":{…}}`: the name has class and symbol, so nothing is parsed.

import { hasBytesAt } from '../frame-bytes.js'
import { FrameClass, type FrameHead, type SymbolIndex } from '../venue.js'

const STREAM_KEY = Buffer.from('"stream":"')
const EVENT_KEY = Buffer.from('"e":"')
const RESULT_KEY = Buffer.from('"result"')
const ERROR_KEY = Buffer.from('"error"')
const CODE_KEY = Buffer.from('"code"')
const QUOTE = 0x22
const AT = 0x40
const OPEN_BRACE = 0x7b
const SHUTDOWN = Buffer.from('serverShutdown"')
const SHUTDOWN_STREAM = Buffer.from('!serverShutdown"')
/** The stream with the tops of all symbols. */
const TOPS_OF_ALL = Buffer.from('!bookTicker"')
const STREAM_BYTES_MAX = 80

/** What follows the `@` of a stream name, and the class of its frames. */
const CLASSES: readonly { readonly name: Buffer; readonly frameClass: FrameClass }[] = [
  { name: Buffer.from('aggTrade"'), frameClass: FrameClass.trade },
  { name: Buffer.from('trade"'), frameClass: FrameClass.trade },
  { name: Buffer.from('bookTicker"'), frameClass: FrameClass.top },
  { name: Buffer.from('forceOrder"'), frameClass: FrameClass.liquidation },
  { name: Buffer.from('depth"'), frameClass: FrameClass.depth },
  { name: Buffer.from('depth@100ms"'), frameClass: FrameClass.depth },
  { name: Buffer.from('depth@0ms"'), frameClass: FrameClass.depth },
  { name: Buffer.from('depth@500ms"'), frameClass: FrameClass.depth },
]

export function classify(frame: Buffer, instruments: SymbolIndex, head: FrameHead): FrameClass {
  head.instrument = undefined
  head.frameClass = frameClassOf(frame, instruments, head)
  return head.frameClass
}

function frameClassOf(frame: Buffer, instruments: SymbolIndex, head: FrameHead): FrameClass {
  if (frame[0] !== OPEN_BRACE) return FrameClass.malformed
  const key = frame.indexOf(STREAM_KEY)
  if (key === -1) return classOfUnnamed(frame)
  const start = key + STREAM_KEY.length
  const end = Math.min(frame.length, start + STREAM_BYTES_MAX)
  let at = start
  while (at < end && frame[at] !== AT && frame[at] !== QUOTE) at += 1
  if (hasBytesAt(frame, start, SHUTDOWN_STREAM)) return FrameClass.control
  if (hasBytesAt(frame, start, TOPS_OF_ALL)) return FrameClass.top
  if (at === frame.length) return FrameClass.malformed
  // `!ticker` and the like, or a name without end: streams that are never subscribed.
  if (frame[at] !== AT) return FrameClass.ignored
  head.instrument = instruments.at(frame, start, at)
  for (const { name, frameClass } of CLASSES) {
    if (hasBytesAt(frame, at + 1, name)) return frameClass
  }
  // A name that does not end: the frame is truncated.
  return frame.indexOf(QUOTE, at) === -1 ? FrameClass.malformed : FrameClass.ignored
}

/** Answers have no stream name, and events without one are not from our streams, except the notice of a shutdown. */
function classOfUnnamed(frame: Buffer): FrameClass {
  const event = frame.indexOf(EVENT_KEY)
  if (event !== -1) {
    return hasBytesAt(frame, event + EVENT_KEY.length, SHUTDOWN) ? FrameClass.control : FrameClass.ignored
  }
  const isAnswer = frame.includes(RESULT_KEY) || frame.includes(ERROR_KEY) || frame.includes(CODE_KEY)
  return isAnswer ? FrameClass.control : FrameClass.malformed
}
