// Looks for keys in the bytes of a frame, for classification: the frame of a book is forwarded unread, so nothing of it may
// become a string here. A quoted key with its colon cannot occur inside a JSON string (its quotes would be escaped).

/** `"key":` as bytes. */
export function keyBytes(key: string): Buffer {
  return Buffer.from(`"${key}":`, 'latin1')
}

/**
 * Offset of the first byte of the string value of this key, or -1. Keys stand near the front of every frame that we know:
 * look there by hand, which is quicker than the call, and leave the rest to the library.
 */
export function stringValueStart(frame: Buffer, key: Buffer): number {
  let after = nearOffset(frame, key)
  if (after === -1) after = frame.indexOf(key)
  if (after === -1) return -1
  after += key.length
  while (frame[after] === SPACE) after += 1
  return frame[after] === QUOTE ? after + 1 : -1
}

export function hasKey(frame: Buffer, key: Buffer): boolean {
  return frame.includes(key)
}

/** Offset of the quote that ends the string starting at `start`, or -1 when it is not within `bytesMax`. */
export function stringEnd(frame: Buffer, start: number, bytesMax: number): number {
  const last = Math.min(frame.length, start + bytesMax + 1)
  for (let offset = start; offset < last; offset += 1) {
    const byte = frame[offset]
    if (byte === QUOTE) return offset
    if (byte === BACKSLASH) return -1
  }
  return -1
}

export function startsWith(frame: Buffer, bytes: Buffer, start: number): boolean {
  for (let offset = 0; offset < bytes.length; offset += 1) if (frame[start + offset] !== bytes[offset]) return false
  return true
}

export function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39
}

const SPACE = 0x20
const QUOTE = 0x22
const BACKSLASH = 0x5c
const NEAR_BYTES = 160

function nearOffset(frame: Buffer, key: Buffer): number {
  const last = Math.min(NEAR_BYTES, frame.length - key.length)
  const second = key[1]
  for (let offset = 0; offset <= last; offset += 1) {
    if (frame[offset] === QUOTE && frame[offset + 1] === second && startsWith(frame, key, offset)) return offset
  }
  return -1
}
