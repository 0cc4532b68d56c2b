// All clients in a row with a moving start, so that no client is always served last.

import type { Session } from './session.js'

export class SessionRing {
  readonly #sessions: Session[] = []
  #start = 0

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
    if (index < this.#start) this.#start -= 1
  }

  /** The session `step` places after the start. */
  at(step: number): Session | undefined {
    const { length } = this.#sessions
    return length === 0 ? undefined : this.#sessions[(this.#start + step) % length]
  }

  /** The next round starts `steps` places further on. */
  rotate(steps: number): void {
    const { length } = this.#sessions
    this.#start = length === 0 ? 0 : (this.#start + steps) % length
  }
}
