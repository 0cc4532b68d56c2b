// Bytes on their way to one client, as positions that only grow: acked ≤ marked ≤ sent.

import assert from 'node:assert/strict'

export class SentBytes {
  #sent = 0
  #marked = 0
  #acked = 0

  get sent(): number {
    return this.#sent
  }

  get inFlightBytes(): number {
    return this.#sent - this.#acked
  }

  /** Sent since the newest mark. */
  get unmarkedBytes(): number {
    return this.#sent - this.#marked
  }

  send(bytes: number): void {
    // Not `assert(…)`, whose call takes 3 ns: this runs for every trade and client.
    if (bytes <= 0) assert.fail('a frame that is sent has bytes')
    this.#sent += bytes
  }

  /** Returns the position that the acknowledgement of this mark covers. */
  mark(): number {
    if (this.#acked > this.#marked) assert.fail('acked bytes never exceed marked bytes')
    this.#marked = this.#sent
    return this.#marked
  }

  acknowledge(position: number): void {
    assert(position <= this.#sent, 'acked bytes never exceed sent bytes')
    assert(position >= this.#acked, 'acked bytes never go back')
    this.#acked = position
  }
}
