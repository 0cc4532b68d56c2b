// The most that the product keeps for any client of the attackers, as its report says, looked at during an attack. It grows to
// its limit, and stays there.

import { ATTACKERS_ADDRESSES } from './attackers.js'
import { EXPECTATIONS } from './expectations.js'
import { KEPT_BYTES, KEPT_BYTES_MAX } from './limits.js'
import type { ClientFigures } from './product-counters.js'

/** From this age on a client that never answered is held by the bytes in its buffer (`Session.isReady`). */
const SILENT_MS = 5_000
/** Once full: a client's row in the report is a second old at most. */
const HOLD_MS = 1_500

export class ClientPeaks {
  readonly #figure: 'unacknowledgedBytes' | 'bufferedBytes' | undefined
  #mostBytes = 0
  #lastBytes = 0
  #fullMs = Number.POSITIVE_INFINITY

  /** `name`: of the attack. */
  constructor(name: string) {
    this.#figure = EXPECTATIONS[name]?.full
  }

  look(clients: readonly ClientFigures[]): void {
    const ofAttackers = clients.filter(({ address }) => ATTACKERS_ADDRESSES.includes(address))
    this.#lastBytes = Math.max(0, ...ofAttackers.map(client => this.#keptFor(client)))
    this.#mostBytes = Math.max(this.#mostBytes, this.#lastBytes)
    if (this.#lastBytes >= KEPT_BYTES) this.#fullMs = Math.min(this.#fullMs, performance.now())
  }

  /** Whether it can be judged; it may only need more time. */
  get isComplete(): boolean {
    return this.#figure === undefined || performance.now() - this.#fullMs >= HOLD_MS
  }

  get faults(): readonly string[] {
    const isKept = this.#lastBytes >= KEPT_BYTES && this.#mostBytes <= KEPT_BYTES_MAX
    if (this.#figure === undefined || isKept) return []
    const expected = `expected ${KEPT_BYTES}..${KEPT_BYTES_MAX}`
    return [`${this.#figure} of a client: ${this.#mostBytes} at most, ${this.#lastBytes} at the end (${expected})`]
  }

  #keptFor({ connectedMs, hasAnswered, unacknowledgedBytes, bufferedBytes }: ClientFigures): number {
    if (this.#figure === 'bufferedBytes') return bufferedBytes
    if (hasAnswered || connectedMs < SILENT_MS) return unacknowledgedBytes
    return Math.max(bufferedBytes, Math.min(unacknowledgedBytes, KEPT_BYTES))
  }
}
