// All clients in a row, with a moving start for each kind of round, so that no client is always served last. Each kind has its
// own start: trades often interrupt books, and with a shared start one kind of round would make another skip the same clients
// again and again.

import assert from 'node:assert/strict'
import type { Session } from './session.js'

export const Round = { trades: 0, catchUp: 1, books: 2 } as const
export type Round = (typeof Round)[keyof typeof Round]

export class SessionRing {
  readonly #sessions: Session[] = []
  readonly #starts = [0, 0, 0]

  get size(): number {
    return this.#sessions.length
  }

  add(session: Session): void {
    assert(!this.#sessions.includes(session), 'a session is in the ring once')
    this.#sessions.push(session)
  }

  remove(session: Session): void {
    const index = this.#sessions.indexOf(session)
    if (index < 0) return
    this.#sessions.splice(index, 1)
    for (let round = 0; round < this.#starts.length; round += 1) {
      if (index < this.#starts[round]!) this.#starts[round]! -= 1
      // The session that left was the first and the last in the row: the round starts at the front, also when another is added.
      if (this.#starts[round]! >= this.#sessions.length) this.#starts[round] = 0
    }
    const lastStart = Math.max(...this.#starts)
    assert(lastStart < Math.max(1, this.#sessions.length), 'rounds start within the ring')
  }

  /** The session `step` places after the start of this round; undefined in an empty ring. */
  at(round: Round, step: number): Session | undefined {
    const { length } = this.#sessions
    return length === 0 ? undefined : this.#sessions[(this.#starts[round]! + step) % length]
  }

  /** The next round of this kind starts `steps` places further on. */
  rotate(round: Round, steps: number): void {
    assert(steps >= 0, 'a round never goes back')
    const { length } = this.#sessions
    this.#starts[round] = length === 0 ? 0 : (this.#starts[round]! + steps) % length
  }
}
