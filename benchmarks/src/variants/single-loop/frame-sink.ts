// Where encoded frames go: the clients.

export interface FrameSink {
  /** Trades and liquidations. */
  sendLossless(json: string): void
  /** The newest state of a cell. */
  sendState(cell: string, json: string): void
  /** The cell's state is no longer valid. */
  withdraw(cell: string): void
}
