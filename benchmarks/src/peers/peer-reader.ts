// What takes the frames out of one connection to a peer.

export interface ReaderIo {
  send(text: string): void
  /** Subscribed: frames follow. At most once. */
  onReady(): void
  /** Valid as long as the message that it came with. */
  onFrame(frame: Buffer): void
  onFailure(reason: string): void
}

export interface PeerReader {
  /** The WebSocket is open. */
  open(): void
  /** A message of the WebSocket. */
  read(message: Buffer): void
}
