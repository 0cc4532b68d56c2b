// Splits the bytes that a simulated venue writes into the payloads of WebSocket frames: unmasked, unfragmented.

/** Copies: the writer reuses its memory. */
export function payloadsOf(bytes: Buffer): Buffer[] {
  const payloads: Buffer[] = []
  for (let offset = 0; offset < bytes.length; ) {
    const short = bytes[offset + 1]!
    const headerBytes = short < 126 ? 2 : short === 126 ? 4 : 10
    const start = offset + headerBytes
    const end = start + lengthOf(bytes, offset, short)
    payloads.push(Buffer.from(bytes.subarray(start, end)))
    offset = end
  }
  return payloads
}

function lengthOf(bytes: Buffer, offset: number, short: number): number {
  if (short < 126) return short
  return short === 126 ? bytes.readUInt16BE(offset + 2) : bytes.readUInt32BE(offset + 6)
}
