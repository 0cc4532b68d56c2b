// Bytes on their way to one client, as positions that only grow: acked ≤ pinged ≤ sent.

import assert from 'node:assert/strict'

export class SentBytes {
  #sent = 0
  #pinged = 0
  #acked = 0

  get sent(): number {
    return this.#sent
  }

  get inFlightBytes(): number {
    return this.#sent - this.#acked
  }

  /** Sent since the newest ping. */
  get unpingedBytes(): number {
    return this.#sent - this.#pinged
  }

  send(bytes: number): void {
    // Not `assert(…)`, whose call takes 3 ns: this runs for every trade and client.
    if (bytes <= 0) assert.fail('a frame that is sent has bytes')
    this.#sent += bytes
  }

  /** Returns the position that the answer to this ping acknowledges. */
  ping(): number {
    if (this.#acked > this.#pinged) assert.fail('acked bytes never exceed pinged bytes')
    this.#pinged = this.#sent
    return this.#pinged
  }

  acknowledge(position: number): void {
    assert(position <= this.#sent, 'acked bytes never exceed sent bytes')
    assert(position >= this.#acked, 'acked bytes never go back')
    this.#acked = position
  }
}
