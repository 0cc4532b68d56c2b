// Where encoded frames go.

export interface FrameOutlet {
  /** Trades and liquidations. */
  sendLossless(json: string): void
  /** The newest state of a cell. */
  sendState(cell: string, json: string): void
  /** What the cell showed is no longer true. */
  withdraw(cell: string): void
}
