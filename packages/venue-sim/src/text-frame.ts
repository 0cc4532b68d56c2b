// WebSocket text frames, made once and written to many sockets: the simulator lays the header down itself, because one write
// per socket and round is several times cheaper than one ws.send per frame.

/** A complete unmasked frame (FIN, text). The text is ASCII: all that the venues send here is. */
export function textFrame(text: string): Buffer {
  const length = text.length
  const headerBytes = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const frame = Buffer.allocUnsafe(headerBytes + length)
  frame[0] = 0x81
  if (length < 126) {
    frame[1] = length
  } else if (length < 65_536) {
    frame[1] = 126
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = 127
    frame.writeUInt32BE(0, 2)
    frame.writeUInt32BE(length, 6)
  }
  frame.write(text, headerBytes, 'latin1')
  return frame
}

/** JSON text in ASCII alone, for whatever echoes a client's words: frames are written a byte for a character. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    letter => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
