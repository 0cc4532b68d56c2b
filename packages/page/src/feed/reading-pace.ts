// Slows a worker's reading down to a number of bytes a second: it blocks, so that the browser's own buffers fill up, then the
// system's, and at last the server feels it. The page itself goes on: only this worker waits.

/** Shorter debts are not worth a wait. */
const DEBT_MS_MIN = 2
/** Messages of the page, such as another pace, are read between two waits. */
const WAIT_MS_MAX = 100
/** What was not read in an idle time may be read faster for this long. */
const BURST_MS = 20

export class ReadingPace {
  /** Infinity: as fast as it comes. */
  bytesPerS = Number.POSITIVE_INFINITY
  /** Until when what was read so far takes. */
  #paidMs = 0
  readonly #word = newWaitWord()

  /** To be called for each message: returns when it has been read at that pace, or later. */
  read(byteCount: number): void {
    if (this.bytesPerS === Number.POSITIVE_INFINITY) return
    const nowMs = performance.now()
    this.#paidMs = Math.max(this.#paidMs, nowMs - BURST_MS) + (byteCount / this.bytesPerS) * 1_000
    const debtMs = this.#paidMs - nowMs
    if (debtMs >= DEBT_MS_MIN) Atomics.wait(this.#word, 0, 0, Math.min(debtMs, WAIT_MS_MAX))
  }
}

/** Pages without cross-origin isolation have no `SharedArrayBuffer` by name, and nothing here is shared. */
function newWaitWord(): Int32Array<SharedArrayBuffer> {
  const { buffer } = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true })
  return new Int32Array(buffer as unknown as SharedArrayBuffer)
}
