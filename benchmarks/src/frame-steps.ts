// A chunk of ten tops as ingest reads it from a venue's socket, and as the WebSocket library alone would.

import type { Writable } from 'node:stream'
import { FrameReader } from '@tradelane/ingest/connection/frame-reader'
import type { Bench } from 'tinybench'
import * as library from 'ws'
import { BINANCE_TOP } from './example-market.js'

const FRAMES = 10
/** The library's own reader, which its typings leave out. */
type LibraryReader = new (options: { skipUTF8Validation: boolean }) => Writable

export function addFrames(bench: Bench): void {
  const header = Buffer.from([0x81, 126, BINANCE_TOP.length >> 8, BINANCE_TOP.length & 0xff])
  const chunk = Buffer.concat(Array.from({ length: FRAMES }, () => Buffer.concat([header, BINANCE_TOP])))
  const count = (message: Buffer): number => message.length
  const reader = new FrameReader({ onText: count, onOther: count })
  bench.add(`frames: ${FRAMES} tops in one chunk, read in place`, () => {
    reader.read(chunk, chunk.length)
  })
  const { Receiver } = library as unknown as { Receiver: LibraryReader }
  const receiver = new Receiver({ skipUTF8Validation: true })
  receiver.on('message', count)
  bench.add(`frames: ${FRAMES} tops in one chunk, by the library`, () => {
    receiver.write(Buffer.from(chunk))
  })
}
