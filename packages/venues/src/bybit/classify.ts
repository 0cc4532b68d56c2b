// Classifies Bybit's frames by the bytes of their topic. The order of keys differs between products and topics, and the snapshot
// of a book can come before the ack of its subscription: only the topic counts, wherever it is in the frame.

import { hasBytesAt } from '../frame-bytes.js'
import { FrameClass, type FrameHead, type SymbolIndex } from '../venue.js'

const TOPIC_KEY = Buffer.from('"topic":"')
const OP_KEY = Buffer.from('"op":"')
const SUCCESS_KEY = Buffer.from('"success":')
const QUOTE = 0x22
const OPEN_BRACE = 0x7b
const TOPIC_BYTES_MAX = 80

/** Topics up to the symbol. */
const CLASSES: readonly { readonly start: Buffer; readonly frameClass: FrameClass }[] = [
  { start: Buffer.from('publicTrade.'), frameClass: FrameClass.trade },
  { start: Buffer.from('orderbook.1.'), frameClass: FrameClass.top },
  { start: Buffer.from('orderbook.200.'), frameClass: FrameClass.depth },
  { start: Buffer.from('orderbook.50.'), frameClass: FrameClass.depth },
  { start: Buffer.from('orderbook.1000.'), frameClass: FrameClass.depth },
  { start: Buffer.from('tickers.'), frameClass: FrameClass.openInterest },
  { start: Buffer.from('allLiquidation.'), frameClass: FrameClass.liquidation },
  // Before February 2025.
  { start: Buffer.from('liquidation.'), frameClass: FrameClass.liquidation },
]

export function classify(frame: Buffer, instruments: SymbolIndex, head: FrameHead): FrameClass {
  head.instrument = undefined
  head.frameClass = frameClassOf(frame, instruments, head)
  return head.frameClass
}

function frameClassOf(frame: Buffer, instruments: SymbolIndex, head: FrameHead): FrameClass {
  if (frame[0] !== OPEN_BRACE) return FrameClass.malformed
  const key = frame.indexOf(TOPIC_KEY)
  if (key === -1) {
    return frame.includes(OP_KEY) || frame.includes(SUCCESS_KEY) ? FrameClass.control : FrameClass.malformed
  }
  const topic = key + TOPIC_KEY.length
  const end = frame.indexOf(QUOTE, topic)
  if (end === -1 || end - topic > TOPIC_BYTES_MAX) return FrameClass.malformed
  for (const { start, frameClass } of CLASSES) {
    if (!hasBytesAt(frame, topic, start)) continue
    head.instrument = instruments.at(frame, topic + start.length, end)
    return frameClass
  }
  return FrameClass.ignored
}
