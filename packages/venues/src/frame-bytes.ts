// Compares bytes of a frame in place, for classification: no string is made, and no offset is out of range.

/** Whether `frame` has the bytes `expected` at `offset`. False where the frame ends earlier. */
export function hasBytesAt(frame: Buffer, offset: number, expected: Buffer): boolean {
  if (offset + expected.length > frame.length) return false
  for (let index = 0; index < expected.length; index += 1) if (frame[offset + index] !== expected[index]) return false
  return true
}
