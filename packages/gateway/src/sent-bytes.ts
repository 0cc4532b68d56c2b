// Bytes on their way to one client, as positions that only grow: acked ≤ marked ≤ sent.

import assert from 'node:assert/strict'
import { DOUBLE_ZERO } from '@tradelane/shared/thread/clock'

export class SentBytes {
  #sent = DOUBLE_ZERO
  #marked = DOUBLE_ZERO
  #acked = DOUBLE_ZERO

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
