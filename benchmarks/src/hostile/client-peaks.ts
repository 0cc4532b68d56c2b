// The most that the product keeps for any client of the attackers, as its report says, looked at during an attack.

import { ATTACKERS_ADDRESSES } from './attackers.js'
import { EXPECTATIONS } from './expectations.js'
import { KEPT_BYTES, KEPT_BYTES_MAX } from './limits.js'
import type { ClientFigures } from './product-counters.js'

/** Later a client that has never answered anything is judged by the bytes in its buffer (`Session.isReady`). */
const SILENT_MS = 5_000

export class ClientPeaks {
  #unacknowledgedBytes = 0
  #bufferedBytes = 0

  look(clients: readonly ClientFigures[]): void {
    for (const { address, connectedMs, unacknowledgedBytes, bufferedBytes } of clients) {
      if (!ATTACKERS_ADDRESSES.includes(address)) continue
      this.#bufferedBytes = Math.max(this.#bufferedBytes, bufferedBytes)
      if (connectedMs < SILENT_MS) this.#unacknowledgedBytes = Math.max(this.#unacknowledgedBytes, unacknowledgedBytes)
    }
  }

  /** What the attack of this name should have reached; it may only need more time. */
  isReached(name: string): boolean {
    const bytes = this.#of(name)
    return bytes === null || bytes >= KEPT_BYTES
  }

  faults(name: string): readonly string[] {
    const bytes = this.#of(name)
    if (bytes === null || (bytes >= KEPT_BYTES && bytes <= KEPT_BYTES_MAX)) return []
    return [`${EXPECTATIONS[name]?.full} of a client: ${bytes} at most (expected ${KEPT_BYTES}..${KEPT_BYTES_MAX})`]
  }

  /** Null where the attack is not judged by it. */
  #of(name: string): number | null {
    const figure = EXPECTATIONS[name]?.full
    if (figure === undefined) return null
    return figure === 'bufferedBytes' ? this.#bufferedBytes : this.#unacknowledgedBytes
  }
}
