// Whether a trade had to wait for books: it did where a client got a book before it that the server had received after it.
// Needs no clock but the server's own `time_received`. In a server that sends in the order of receiving no trade is overtaken; one
// that gives books priority, or delays trades, does.

/** A server stamps in several threads' turns, and a cork that is begun is finished. */
const TOLERANCE_US = 1_000

export class Overtaking {
  /** Trades that came after a newer book. */
  count = 0
  #newestBookUs = Number.NEGATIVE_INFINITY

  book(receivedUs: number): void {
    if (receivedUs > this.#newestBookUs) this.#newestBookUs = receivedUs
  }

  trade(receivedUs: number): void {
    if (this.#newestBookUs - receivedUs > TOLERANCE_US) this.count += 1
  }
}
