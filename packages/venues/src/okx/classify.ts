// Classifies OKX's frames by the bytes of `arg`: its channel, and its instrument where it has one. Answers have `event`; the
// answer to the bare text `ping` is not JSON.

import { hasBytesAt } from '../frame-bytes.js'
import { FrameClass, type FrameHead, type SymbolIndex } from '../venue.js'

const PONG = Buffer.from('pong')
const EVENT_KEY = Buffer.from('"event":"')
const CHANNEL_KEY = Buffer.from('"channel":"')
const SYMBOL_KEY = Buffer.from('"instId":"')
const QUOTE = 0x22
const OPEN_BRACE = 0x7b
const NAME_BYTES_MAX = 64

const CLASSES: readonly { readonly name: Buffer; readonly frameClass: FrameClass }[] = [
  { name: Buffer.from('trades"'), frameClass: FrameClass.trade },
  { name: Buffer.from('bbo-tbt"'), frameClass: FrameClass.top },
  { name: Buffer.from('tickers"'), frameClass: FrameClass.top },
  { name: Buffer.from('books"'), frameClass: FrameClass.depth },
  { name: Buffer.from('books-l2-tbt"'), frameClass: FrameClass.depth },
  { name: Buffer.from('books50-l2-tbt"'), frameClass: FrameClass.depth },
  { name: Buffer.from('liquidation-orders"'), frameClass: FrameClass.liquidation },
  { name: Buffer.from('open-interest"'), frameClass: FrameClass.openInterest },
]

export function classify(frame: Buffer, instruments: SymbolIndex, head: FrameHead): FrameClass {
  head.instrument = undefined
  head.frameClass = frameClassOf(frame, instruments, head)
  return head.frameClass
}

function frameClassOf(frame: Buffer, instruments: SymbolIndex, head: FrameHead): FrameClass {
  if (frame[0] !== OPEN_BRACE) return frame.equals(PONG) ? FrameClass.control : FrameClass.malformed
  const key = frame.indexOf(CHANNEL_KEY)
  const event = frame.indexOf(EVENT_KEY)
  // Acks name a channel too, after their event.
  if (event !== -1 && (key === -1 || event < key)) return FrameClass.control
  if (key === -1) return FrameClass.malformed
  const channel = key + CHANNEL_KEY.length
  for (const { name, frameClass } of CLASSES) {
    if (!hasBytesAt(frame, channel, name)) continue
    if (frameClass !== FrameClass.liquidation) head.instrument = instrumentOf(frame, instruments)
    return frameClass
  }
  return FrameClass.ignored
}

function instrumentOf(frame: Buffer, instruments: SymbolIndex): FrameHead['instrument'] {
  const key = frame.indexOf(SYMBOL_KEY)
  if (key === -1) return undefined
  const start = key + SYMBOL_KEY.length
  const end = frame.indexOf(QUOTE, start)
  return end === -1 || end - start > NAME_BYTES_MAX ? undefined : instruments.at(frame, start, end)
}
