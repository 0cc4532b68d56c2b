// The MessagePack form of frames: the same object with the same keys as the JSON, decimal numbers as numbers. Used by every
// encoding thread, each with its own instance of this module.

import { Packr, RESET_BUFFER_MODE } from 'msgpackr'

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
