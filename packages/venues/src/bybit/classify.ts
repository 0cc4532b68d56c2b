// Classifies Bybit's frames by their topic. The order of other keys differs between products and topics, and the snapshot of a
// book can come before the ack of its subscription. The topic comes first, and its bytes are read in place; a frame that begins
// otherwise is parsed.

import { hasBytesAt } from '../frame-bytes.js'
import { type ClassifiedHead, FrameClass } from '../frame-class.js'
import { parseObject } from '../json-fields.js'
import type { SymbolIndex } from '../venue.js'

const TOPIC_START = Buffer.from('{"topic":"')
const QUOTE = 0x22
const BACKSLASH = 0x5c
const TOPIC_BYTES_MAX = 80

/** Topics up to the symbol. */
const CLASSES: readonly { readonly start: string; readonly bytes: Buffer; readonly frameClass: FrameClass }[] = [
  ['publicTrade.', FrameClass.trade] as const,
  ['orderbook.1.', FrameClass.top] as const,
  ['orderbook.200.', FrameClass.depth] as const,
  ['orderbook.50.', FrameClass.depth] as const,
  ['orderbook.1000.', FrameClass.depth] as const,
  ['tickers.', FrameClass.openInterest] as const,
  ['allLiquidation.', FrameClass.liquidation] as const,
  // Before February 2025.
  ['liquidation.', FrameClass.liquidation] as const,
].map(([start, frameClass]) => ({ start, bytes: Buffer.from(start), frameClass }))

export function classify(frame: Buffer, instruments: SymbolIndex, head: ClassifiedHead): FrameClass {
  head.instrument = undefined
  head.wasParsed = false
  head.frameClass = classByBytes(frame, instruments, head) ?? classByParsing(frame, instruments, head)
  return head.frameClass
}

/** Undefined: it has to be parsed. */
function classByBytes(frame: Buffer, instruments: SymbolIndex, head: ClassifiedHead): FrameClass | undefined {
  if (!hasBytesAt(frame, 0, TOPIC_START)) return undefined
  const topic = TOPIC_START.length
  const last = Math.min(frame.length, topic + TOPIC_BYTES_MAX)
  let end = topic
  while (end < last && frame[end] !== QUOTE && frame[end] !== BACKSLASH) end += 1
  if (frame[end] !== QUOTE) return undefined
  for (const { bytes, frameClass } of CLASSES) {
    if (!hasBytesAt(frame, topic, bytes)) continue
    head.instrument = instruments.at(frame, topic + bytes.length, end)
    return frameClass
  }
  return FrameClass.ignored
}

function classByParsing(frame: Buffer, instruments: SymbolIndex, head: ClassifiedHead): FrameClass {
  head.wasParsed = true
  const message = parseObject(frame)
  const topic = message?.['topic']
  if (typeof topic !== 'string') {
    const isAnswer = message !== undefined && ('op' in message || 'success' in message)
    return isAnswer ? FrameClass.control : FrameClass.malformed
  }
  const found = CLASSES.find(({ start }) => topic.startsWith(start))
  if (found === undefined) return FrameClass.ignored
  head.instrument = instruments.of(topic.slice(found.start.length))
  return found.frameClass
}
