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
    this.credit.markIfNeeded(this.nowMs)
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

/** The same with a client that acknowledges frames by their numbers. */
export class AckFixture {
  nowMs = 0
  readonly numbers = { last: 0 }
  readonly pings: Buffer[] = []
  readonly credit = new Credit(
    payload => this.pings.push(Buffer.from(payload)),
    () => this.nowMs,
    this.numbers,
  )

  constructor() {
    this.sendServerFrame(150)
    this.credit.open()
  }

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
    this.numbers.last += 1
    this.credit.sentConflatable(bytes)
    this.credit.markIfNeeded(this.nowMs)
    return true
  }

  /** A cork of trades. */
  sendTrades(count = 1, bytes = 300): this {
    for (let sent = 0; sent < count; sent += 1) this.sendServerFrame(bytes)
    this.credit.markIfNeeded(this.nowMs)
    return this
  }

  /** A frame without a mark. */
  sendServerFrame(bytes: number): void {
    this.numbers.last += 1
    this.credit.sentLossless(bytes)
  }

  tick(): this {
    this.credit.tick(this.nowMs)
    return this
  }

  /** `back`: 0 acknowledges the newest frame. */
  ack(back = 0): boolean {
    return this.credit.onAcknowledged(this.numbers.last - back, this.nowMs)
  }
}

/** Of a client that acknowledged the welcome after 10 ms. */
export function openAckCredit(): AckFixture {
  const fixture = new AckFixture()
  assert.ok(fixture.after(10).ack())
  return fixture
}

/** Of a client that answered its first ping after 10 ms. */
export function openCredit(): CreditFixture {
  const fixture = new CreditFixture()
  fixture.credit.open()
  assert.ok(fixture.after(10).pong())
  return fixture
}
