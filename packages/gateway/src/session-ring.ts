// All clients in a circle, with a place for each kind of round, so that no client is always served last. Each kind has its own
// place: trades often interrupt books, and with a shared one some kind of round would make another skip the same clients again
// and again. Clients join and leave in constant time, also in the middle of a round, which then skips nobody.

import assert from 'node:assert/strict'
import type { Session } from './session.js'

export const Round = { trades: 0, catchUp: 1, books: 2, ticks: 3 } as const
export type Round = (typeof Round)[keyof typeof Round]

/** At first in a circle of its own. */
class Place {
  readonly session: Session
  next: Place = this
  previous: Place = this

  constructor(session: Session) {
    this.session = session
  }

  putBefore(next: Place): void {
    assert(this.next === this, 'a place is in one circle')
    this.next = next
    this.previous = next.previous
    next.previous.next = this
    next.previous = this
  }

  leave(): void {
    assert(this.previous.next === this && this.next.previous === this, 'neighbours know each other')
    this.previous.next = this.next
    this.next.previous = this.previous
  }
}

export class SessionRing {
  readonly #places = new Map<Session, Place>()
  /** Where each kind of round is; undefined in an empty ring. */
  readonly #rounds: (Place | undefined)[] = Object.values(Round).map(() => undefined)
  /** Of the session that joined first, among those present. */
  #first: Place | undefined

  get size(): number {
    return this.#places.size
  }

  /** In the order in which they joined. */
  sessions(): Session[] {
    return [...this.#places.keys()]
  }

  /** At the end of the circle, before the session that joined first. */
  add(session: Session): void {
    assert(!this.#places.has(session), 'a session is in the ring once')
    const place = new Place(session)
    this.#places.set(session, place)
    if (this.#first === undefined) this.#first = place
    else place.putBefore(this.#first)
    for (let round = 0; round < this.#rounds.length; round += 1) this.#rounds[round] ??= place
  }

  /** Rounds that are at this session go on to the next. */
  remove(session: Session): void {
    const place = this.#places.get(session)
    if (place === undefined) return
    this.#places.delete(session)
    const next = this.#places.size === 0 ? undefined : place.next
    assert(next !== place, 'a session that is not alone has a neighbour')
    for (let round = 0; round < this.#rounds.length; round += 1) {
      if (this.#rounds[round] === place) this.#rounds[round] = next
    }
    if (this.#first === place) this.#first = next
    place.leave()
  }

  /** The session that this round is at; undefined in an empty ring. */
  at(round: Round): Session | undefined {
    return this.#rounds[round]?.session
  }

  /** Goes on to the next session. */
  advance(round: Round): void {
    const place = this.#rounds[round]
    if (place === undefined) return
    // Not `assert(…)`, whose call takes 3 ns: this runs for every trade and client.
    if (place.next.previous !== place) assert.fail('a round is at a place of the circle')
    this.#rounds[round] = place.next
  }
}
