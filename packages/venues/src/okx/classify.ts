// Classifies OKX's frames by `arg`: its channel, and its instrument where it has one. Data begins with `arg`, whose bytes are read
// in place; a frame that begins otherwise is parsed, and answers, which have `event`, are. The answer to the bare text `ping` is
// not JSON.

import { hasBytesAt } from '../frame-bytes.js'
import { type ClassifiedHead, FrameClass } from '../frame-class.js'
import { asObject, parseObject } from '../json-fields.js'
import type { SymbolIndex } from '../venue.js'

const PONG = Buffer.from('pong')
const START = Buffer.from('{"arg":{"channel":"')
const SYMBOL_KEY = Buffer.from('"instId":"')
/** The end of `arg`, and what follows it in a frame with data. */
const DATA = Buffer.from('"},"data":')
const ACTION = Buffer.from('"},"action":')
const BACKSLASH = 0x5c
const CLOSE_BRACE = 0x7d
const ARG_BYTES_MAX = 160

const CLASSES: ReadonlyMap<string, FrameClass> = new Map<string, FrameClass>([
  ['trades', FrameClass.trade],
  ['bbo-tbt', FrameClass.top],
  ['tickers', FrameClass.top],
  ['books', FrameClass.depth],
  ['books-l2-tbt', FrameClass.depth],
  ['books50-l2-tbt', FrameClass.depth],
  ['liquidation-orders', FrameClass.liquidation],
  ['open-interest', FrameClass.openInterest],
])
const CHANNELS = [...CLASSES].map(([name, frameClass]) => ({ name: Buffer.from(`${name}",`), frameClass }))

export function classify(frame: Buffer, instruments: SymbolIndex, head: ClassifiedHead): FrameClass {
  head.instrument = undefined
  head.wasParsed = false
  head.frameClass = classByBytes(frame, instruments, head) ?? classByParsing(frame, instruments, head)
  return head.frameClass
}

/** Undefined: it has to be parsed. */
function classByBytes(frame: Buffer, instruments: SymbolIndex, head: ClassifiedHead): FrameClass | undefined {
  if (!hasBytesAt(frame, 0, START)) return frame.equals(PONG) ? FrameClass.control : undefined
  for (const { name, frameClass } of CHANNELS) {
    if (!hasBytesAt(frame, START.length, name)) continue
    const end = endOfArg(frame)
    if (!hasBytesAt(frame, end, DATA) && !hasBytesAt(frame, end, ACTION)) return undefined
    if (frameClass === FrameClass.liquidation) return frameClass
    const symbol = START.length + name.length
    // Where `arg` has more than its instrument, none is found.
    if (hasBytesAt(frame, symbol, SYMBOL_KEY)) head.instrument = instruments.at(frame, symbol + SYMBOL_KEY.length, end)
    return head.instrument === undefined ? undefined : frameClass
  }
  return undefined
}

/** The offset of the quote and the brace that it ends with; beyond the frame where there are none near, or escapes. */
function endOfArg(frame: Buffer): number {
  const last = Math.min(frame.length, ARG_BYTES_MAX)
  for (let at = START.length; at < last && frame[at] !== BACKSLASH; at += 1) {
    if (frame[at] === CLOSE_BRACE) return at - 1
  }
  return frame.length
}

function classByParsing(frame: Buffer, instruments: SymbolIndex, head: ClassifiedHead): FrameClass {
  head.wasParsed = true
  const message = parseObject(frame)
  if (message === undefined) return FrameClass.malformed
  // Acks have `arg` too.
  if (typeof message['event'] === 'string') return FrameClass.control
  const arg = asObject(message['arg'])
  const channel = arg?.['channel']
  if (arg === undefined || typeof channel !== 'string') return FrameClass.malformed
  const frameClass = CLASSES.get(channel) ?? FrameClass.ignored
  const symbol = arg['instId']
  const hasInstrument = frameClass !== FrameClass.liquidation && frameClass !== FrameClass.ignored
  if (hasInstrument && typeof symbol === 'string') head.instrument = instruments.of(symbol)
  return frameClass
}
