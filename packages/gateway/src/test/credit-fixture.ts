// A `Credit` on a clock that the test moves, with a client that answers when the test says so.

import assert from 'node:assert/strict'
import { Credit } from '../credit.js'

export class CreditFixture {
  nowMs = 0
  readonly pings: Buffer[] = []
  readonly credit = new Credit(
    payload => this.pings.push(Buffer.from(payload)),
    () => this.nowMs,
  )

  after(ms: number): this {
    this.nowMs += ms
    return this
  }

  /** One frame of books, when credit allows it. */
  send(bytes: number): boolean {
    if (!this.credit.mayStart(bytes, this.nowMs)) {
      this.credit.blocked(bytes)
      return false
    }
    this.credit.sentConflatable(bytes)
    this.credit.pingIfNeeded(this.nowMs)
    return true
  }

  tick(): this {
    this.credit.tick(this.nowMs)
    return this
  }

  /** `back`: 0 answers the newest ping. */
  pong(back = 0): boolean {
    return this.credit.onPong(this.pings.at(-1 - back) as Buffer, this.nowMs)
  }
}

/** Of a client that answered its first ping after 10 ms. */
export function openCredit(): CreditFixture {
  const fixture = new CreditFixture()
  fixture.credit.open()
  assert.ok(fixture.after(10).pong())
  return fixture
}
