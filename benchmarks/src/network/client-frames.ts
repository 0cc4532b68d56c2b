// What a WebSocket client writes: the request of its handshake, and its frames. A client must mask them; this mask is zero, so
// that the payload stays as it is.

const MASKED = 0x80
const FINAL = 0x80

export interface ClientRequest {
  readonly host: string
  /** With its query. */
  readonly path: string
  /** More lines, each `Name: value`. */
  readonly headers?: readonly string[]
}

export function upgradeRequest({ host, path, headers = [] }: ClientRequest): string {
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: ${host}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Key: dHJhZGVsYW5lIGJlbmNoIQ==',
    'Sec-WebSocket-Version: 13',
    ...headers,
  ]
  return `${lines.join('\r\n')}\r\n\r\n`
}

/** At most 64 KiB - 1 of payload. `isFinal` false: a fragment that others follow. */
export function clientFrame(opcode: number, payload: Uint8Array, isFinal = true): Buffer {
  const isShort = payload.length < 126
  const frame = Buffer.alloc((isShort ? 6 : 8) + payload.length)
  frame[0] = (isFinal ? FINAL : 0) | opcode
  frame[1] = MASKED | (isShort ? payload.length : 126)
  if (!isShort) frame.writeUInt16BE(payload.length, 2)
  frame.set(payload, frame.length - payload.length)
  return frame
}
