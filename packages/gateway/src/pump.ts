// State and books to all clients, slice by slice: some cells are copied from the boards, or one client is sent a cork. The merge
// calls it, with a look for trades before each slice. A round is of one turn and visits each client at most once.

import assert from 'node:assert/strict'
import type { BoardSet } from './board-set.js'
import { VISITS_MAX } from './limits.js'
import type { Looks } from './looks.js'
import type { Session } from './session.js'
import { Round, type SessionRing } from './session-ring.js'
import type { HopStamps } from './tail/hop-stamps.js'

/** What a slice was: nothing is left of the round; clients were visited that are sent nothing now; cells copied or frames sent. */
export const Slice = { none: 0, visits: 1, work: 2 } as const
export type Slice = (typeof Slice)[keyof typeof Slice]

interface PumpOptions {
  readonly boards: BoardSet
  readonly sessions: SessionRing
  readonly looks: Looks
  readonly stamps?: HopStamps | undefined
}

export class Pump {
  readonly #boards: BoardSet
  readonly #sessions: SessionRing
  readonly #looks: Looks
  readonly #stamps: HopStamps | undefined
  #isScanDue = false
  /** Clients that the round has still to visit. */
  #leftCount = 0
  #frameCount = 0
  /** A client that was visited in this round has still something to be sent. */
  #isUnsent = false
  /** After a whole round all clients had everything, and since then neither a change came nor a client. */
  #isSettled = false

  constructor(options: PumpOptions) {
    this.#boards = options.boards
    this.#sessions = options.sessions
    this.#looks = options.looks
    this.#stamps = options.stamps
  }

  /** Frames sent in this round. */
  get frameCount(): number {
    return this.#frameCount
  }

  /** Starts at the client that the last round did not reach. False: there is nothing to do. */
  startRound(): boolean {
    assert(this.#leftCount >= 0, 'a round visits as many clients as there were')
    // A pass over the boards that has begun is ended first: a book of it may be withheld since.
    this.#isScanDue = this.#boards.hasChanged()
    if (this.#isScanDue) this.#isSettled = false
    this.#leftCount = this.#isSettled ? 0 : this.#sessions.size
    this.#frameCount = 0
    this.#isUnsent = false
    return this.#isScanDue || this.#leftCount > 0
  }

  clientJoined(): void {
    assert(this.#sessions.size > 0, 'a client that joined is among all')
    this.#isSettled = false
  }

  runSlice(): Slice {
    if (this.#isScanDue) {
      this.#boards.scan()
      this.#isScanDue = this.#boards.isScanning
      if (this.#isScanDue) return Slice.work
    }
    // Not `assert(…)`, whose call takes 3 ns: this runs for every slice.
    if (this.#boards.isScanning) assert.fail('books are sent when all boards were copied')
    for (let visits = 0; visits < VISITS_MAX; visits += 1) {
      const session = this.#nextClient()
      if (session === undefined) return visits > 0 ? Slice.visits : Slice.none
      if (session.dirty.isEmpty) continue
      this.#isUnsent = true
      // A status may be short enough, and says whether the books are current.
      if (session.credit.isExhausted && !session.dirty.hasStatus) continue
      if (session.cursor < this.#looks.next || !session.isReady(this.#looks.lookedMs)) continue
      return this.#pump(session) > 0 ? Slice.work : Slice.visits
    }
    return Slice.visits
  }

  /** Undefined at the end of the round. */
  #nextClient(): Session | undefined {
    const session = this.#leftCount > 0 ? this.#sessions.at(Round.books) : undefined
    if (session === undefined) {
      this.#isSettled ||= !this.#isUnsent && !this.#isScanDue
      return undefined
    }
    this.#leftCount -= 1
    if (this.#leftCount < 0) assert.fail('a round ends')
    // Before it is served: the round must not skip another one when this one leaves.
    this.#sessions.advance(Round.books)
    return session
  }

  #pump(session: Session): number {
    if (session.cursor < this.#looks.next) assert.fail('a client has every trade before it is sent books')
    const frameCount = session.pump(this.#looks.lookedMs)
    this.#stamps?.sliced(frameCount)
    this.#frameCount += frameCount
    return frameCount
  }
}
