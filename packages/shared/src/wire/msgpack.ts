// The MessagePack form of frames: the same object with the same keys as the JSON, decimal numbers as numbers. Used by every
// encoding thread, each with its own instance of this module.

import assert from 'node:assert/strict'
import { Packr, RESET_BUFFER_MODE } from 'msgpackr'
import type { AsciiText } from './ascii-json.js'

/** Plain maps with their keys, so that any MessagePack reader understands them. */
const packr = new Packr({ useRecords: false, variableMapSize: true })

/** The bytes are valid until the next pack of this thread: for the hot path, which copies them to shared memory at once. */
export function packTransient(frame: object): Uint8Array {
  return packr.pack(frame, RESET_BUFFER_MODE)
}

/** The caller may keep the bytes. */
export function packKept(frame: object): Uint8Array {
  return packr.pack(frame)
}

/** Members of a map, packed, a character per byte: what never changes of a frame is written with `AsciiText.text`. */
export function packedMembers(members: object): string {
  const packed = packr.pack(members)
  assert(Object.keys(members).length < 16, 'the header of a small map is one byte')
  return packed.toString('latin1', 1)
}

const FIXED_TEXT_CHARS_MAX = 31
const DOUBLE = new DataView(new ArrayBuffer(8))

/** The same bytes as the library's, as long as it is ASCII. */
export function writePackedText(to: AsciiText, text: string): AsciiText {
  assert(text.length < 256, 'the length of a short text is one byte')
  if (text.length <= FIXED_TEXT_CHARS_MAX) return to.byte(0xa0 | text.length).text(text)
  return to.byte(0xd9).byte(text.length).text(text)
}

/** The same bytes as the library's, for numbers that are not negative. */
export function writePackedNumber(to: AsciiText, value: number): AsciiText {
  if (value >>> 0 !== value) return writePackedDouble(to, value)
  if (value < 0x80) return to.byte(value)
  if (value < 0x100) return to.byte(0xcc).byte(value)
  if (value < 0x10000)
    return to
      .byte(0xcd)
      .byte(value >>> 8)
      .byte(value)
  return to
    .byte(0xce)
    .byte(value >>> 24)
    .byte(value >>> 16)
    .byte(value >>> 8)
    .byte(value)
}

function writePackedDouble(to: AsciiText, value: number): AsciiText {
  DOUBLE.setFloat64(0, value)
  to.byte(0xcb)
  for (let at = 0; at < 8; at += 1) to.byte(DOUBLE.getUint8(at))
  return to
}
