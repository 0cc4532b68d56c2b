// All clients in a row, with a moving start for each kind of round, so that no client is always served last. The starts are
// separate: books are often interrupted by trades, and a shared start would let one kind of round skip the same clients of
// another again and again.

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
    this.#sessions.push(session)
  }

  remove(session: Session): void {
    const index = this.#sessions.indexOf(session)
    if (index < 0) return
    this.#sessions.splice(index, 1)
    for (let round = 0; round < this.#starts.length; round += 1) {
      if (index < this.#starts[round]!) this.#starts[round]! -= 1
      // The last one was to come first: now the first comes, also when another is added before.
      if (this.#starts[round]! >= this.#sessions.length) this.#starts[round] = 0
    }
  }

  /** The session `step` places after the start of this round. */
  at(round: Round, step: number): Session | undefined {
    const { length } = this.#sessions
    return length === 0 ? undefined : this.#sessions[(this.#starts[round]! + step) % length]
  }

  /** The next such round starts `steps` places further on. */
  rotate(round: Round, steps: number): void {
    const { length } = this.#sessions
    this.#starts[round] = length === 0 ? 0 : (this.#starts[round]! + steps) % length
  }
}
