// In virtual time; `http-endpoints.test.ts` and `admission.test.ts` have the real sockets.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Counters, createCounters, readCounters } from '@tradelane/shared/thread/counters'
import { VirtualTimers } from '@tradelane/shared/thread/test/virtual-timers'
import { ALIVE } from './answer.js'
import { ANSWERS_SHARE, ANSWERS_US_MAX, REQUESTS_WAITING_MAX } from './limits.js'
import { RequestQueue } from './request-queue.js'
import type { HttpResponse } from './uws.js'

const ANSWER_US = 20

test('no request is answered while it is read; a slice answers some, the next turn of the event loop the others', () => {
  const fixture = new QueueFixture()
  const responses = fixture.addMany(10)
  assert.equal(answeredOf(responses), 0)
  assert.ok(fixture.queue.runSlice(fixture.nowMs))
  // The first that exceeds the limit is the last of its slice.
  const perSlice = Math.ceil(ANSWERS_US_MAX / ANSWER_US)
  assert.equal(answeredOf(responses), perSlice)
  fixture.timers.runUntil(0)
  assert.deepEqual([answeredOf(responses), fixture.queue.size, fixture.timers.pendingCount], [10, 0, 0])
  assert.ok(responses.every(({ corkCount }) => corkCount === 1))
})

test('after a long turn of the event loop a share of it is for answers', () => {
  const LONG_MS = 200
  const fixture = new QueueFixture()
  const responses = fixture.addMany(1_000)
  fixture.nowMs += LONG_MS
  const expected = (LONG_MS * ANSWERS_SHARE) / (ANSWER_US / 1_000)
  // After the first turn, and before the second.
  let answered = 0
  let looked = 0
  fixture.timers.setImmediate(() => {
    answered = answeredOf(responses)
    looked = fixture.lookCount
  })
  fixture.timers.runUntil(0)
  const perSlice = Math.ceil(ANSWERS_US_MAX / ANSWER_US)
  assert.ok(looked >= answered / perSlice, `${looked} looks for ${answered} answers`)
  assert.ok(Math.abs(answered - expected) <= 3, `${answered} instead of ${expected}`)
})

test('a request whose connection ends while it waits is not answered, and says so once', () => {
  const fixture = new QueueFixture()
  const [gone, other] = [new FakeResponse(fixture), new FakeResponse(fixture)]
  let abortedCount = 0
  fixture.queue.addUpgrade(
    gone,
    () => assert.fail('never answered'),
    () => {
      abortedCount += 1
    },
  )
  fixture.queue.refuse('request', other, ALIVE)
  gone.abort()
  gone.abort()
  fixture.timers.runUntil(0)
  // uWebSockets.js reports the end of a connection that was answered too.
  other.abort()
  assert.deepEqual([abortedCount, other.isAnswered, fixture.counters().handshakesAborted], [1, true, 1])
})

test('one request more than may wait is cut off, and says so', () => {
  const fixture = new QueueFixture()
  fixture.addMany(REQUESTS_WAITING_MAX)
  const late = new FakeResponse(fixture)
  let abortedCount = 0
  fixture.queue.addUpgrade(
    late,
    () => assert.fail('never answered'),
    () => {
      abortedCount += 1
    },
  )
  const { handshakesDropped, handshakesAborted } = fixture.counters()
  assert.deepEqual([late.isClosed, abortedCount, handshakesDropped, handshakesAborted], [true, 1, 1, 0])
  fixture.timers.runUntil(0)
  assert.equal(fixture.queue.size, 0)
})

test('one handshake of a turn is answered at once, and none while others wait', () => {
  const fixture = new QueueFixture()
  assert.deepEqual([fixture.queue.takeTurn(), fixture.queue.takeTurn()], [true, false])
  fixture.timers.runUntil(0)
  assert.deepEqual([fixture.queue.takeTurn(), fixture.timers.pendingCount], [true, 1])
  fixture.timers.runUntil(0)
  fixture.addMany(1)
  assert.equal(fixture.queue.takeTurn(), false)
})

test('an answer that adds a request does not lose it', () => {
  const fixture = new QueueFixture()
  const second = new FakeResponse(fixture)
  fixture.queue.add(new FakeResponse(fixture), () => fixture.queue.refuse('request', second, ALIVE))
  fixture.timers.runUntil(0)
  assert.ok(second.isAnswered)
})

class QueueFixture {
  readonly timers = new VirtualTimers()
  lookCount = 0
  nowMs = 0
  readonly queue: RequestQueue
  readonly #block = createCounters(1)

  constructor() {
    const { timers } = this
    const counters = new Counters(this.#block, 0)
    const look = (): void => {
      this.lookCount += 1
    }
    this.queue = new RequestQueue({ timers, nowMs: () => this.nowMs, counters, look })
  }

  counters(): ReturnType<typeof readCounters> {
    return readCounters(this.#block)
  }

  addMany(count: number): FakeResponse[] {
    const responses = Array.from({ length: count }, () => new FakeResponse(this))
    for (const response of responses) this.queue.refuse('request', response, ALIVE)
    return responses
  }
}

class FakeResponse implements HttpResponse {
  corkCount = 0
  isAnswered = false
  isClosed = false
  readonly #fixture: QueueFixture
  #onAborted: () => void = () => assert.fail('nobody listens')

  constructor(fixture: QueueFixture) {
    this.#fixture = fixture
  }

  abort(): void {
    this.#onAborted()
  }

  getRemoteAddress(): ArrayBuffer {
    return new ArrayBuffer(4)
  }

  onAborted(handler: () => void): void {
    this.#onAborted = handler
  }

  cork(work: () => void): void {
    this.corkCount += 1
    this.#fixture.nowMs += ANSWER_US / 1_000
    work()
  }

  writeStatus(): this {
    return this
  }

  writeHeader(): this {
    return this
  }

  end(_body: string, closeConnection: boolean): void {
    assert.ok(closeConnection && !this.isAnswered)
    this.isAnswered = true
  }

  close(): void {
    this.isClosed = true
    this.abort()
  }

  upgrade(): void {
    assert.fail('never upgraded')
  }
}

function answeredOf(responses: readonly FakeResponse[]): number {
  return responses.filter(({ isAnswered }) => isAnswered).length
}
