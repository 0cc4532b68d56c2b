// The promise, proved by the order of sends and not by timing: in every order of events, no client is sent state or a book in a
// cork that began while a published trade was unsent to it.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BATCH_RECORDS_MAX, STARVED_MS_MAX } from './limits.js'
import { PriorityFixture } from './test/priority-fixture.js'
import type { TestClient } from './test/test-client.js'
import { STREAM } from './test/test-lanes.js'

const INSTRUMENTS = 4
const RETAINED = 700
const CLIENTS_MAX = 6

type Step =
  | { readonly act: 'trades'; readonly count: number; readonly instrument: number }
  | { readonly act: 'top'; readonly instrument: number }
  | { readonly act: 'book'; readonly instrument: number; readonly bytes: number }
  | { readonly act: 'withhold'; readonly instrument: number }
  | { readonly act: 'join'; readonly behind: number | null }
  | { readonly act: 'leave' | 'pong' | 'pongOne' | 'stick' | 'unstick'; readonly client: number }
  | { readonly act: 'die'; readonly client: number; readonly sends: number }
  | { readonly act: 'interrupt'; readonly client: number; readonly sends: number; readonly count: number }
  | { readonly act: 'wait'; readonly ms: number }
  | { readonly act: 'turn' }

const instrument = fc.nat(INSTRUMENTS - 1)
const client = fc.nat(CLIENTS_MAX - 1)
const few = fc.nat(5)
const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: fc.constant<Step>({ act: 'turn' }), weight: 8 },
  {
    arbitrary: fc.record({ act: fc.constant('trades' as const), count: fc.integer({ min: 1, max: 4 }), instrument }),
    weight: 4,
  },
  // More than one turn reads, and more than the log keeps.
  fc.record({ act: fc.constant('trades' as const), count: fc.constantFrom(300, 1_000), instrument }),
  { arbitrary: fc.record({ act: fc.constant('top' as const), instrument }), weight: 3 },
  {
    arbitrary: fc.record({
      act: fc.constant('book' as const),
      instrument,
      bytes: fc.constantFrom(100, 3_000, 12_000),
    }),
    weight: 4,
  },
  fc.record({ act: fc.constant('withhold' as const), instrument }),
  { arbitrary: fc.record({ act: fc.constant('join' as const), behind: fc.option(fc.nat(900)) }), weight: 2 },
  fc.record({ act: fc.constantFrom('leave' as const, 'stick' as const, 'unstick' as const), client }),
  { arbitrary: fc.record({ act: fc.constantFrom('pong' as const, 'pongOne' as const), client }), weight: 6 },
  fc.record({ act: fc.constant('die' as const), client, sends: few }),
  {
    arbitrary: fc.record({
      act: fc.constant('interrupt' as const),
      client,
      sends: few,
      count: fc.integer({ min: 1, max: 300 }),
    }),
    weight: 3,
  },
  { arbitrary: fc.record({ act: fc.constant('wait' as const), ms: fc.constantFrom(1, 10, 50, 120) }), weight: 3 },
)

/** Applies steps to a gateway. */
class Interleaving {
  readonly fixture: PriorityFixture
  #version = 0

  constructor(clockMs: number) {
    this.fixture = new PriorityFixture({ instrumentCount: INSTRUMENTS, retained: RETAINED, clockMs })
    this.fixture.watch()
  }

  apply(one: Step): void {
    const { fixture } = this
    switch (one.act) {
      case 'turn':
        fixture.turn()
        break
      case 'trades':
        this.#publishTrades(one.count, one.instrument)
        break
      case 'top':
        fixture.publishTop(one.instrument, this.#nextVersion())
        break
      case 'book':
        fixture.publishBook(one.instrument, this.#nextVersion(), one.bytes)
        break
      case 'withhold':
        fixture.withholdBook(one.instrument)
        break
      case 'join':
        this.#join(one.behind)
        break
      case 'wait':
        fixture.nowMs += one.ms
        fixture.tick()
        break
      default: {
        const found = fixture.clients[one.client]
        if (found !== undefined && !found.isClosed) this.#applyTo(found, one)
      }
    }
  }

  #applyTo(found: TestClient, one: Extract<Step, { client: number }>): void {
    switch (one.act) {
      case 'leave':
        found.close()
        break
      case 'pong':
        found.pongAll()
        break
      case 'pongOne':
        found.pongOne()
        break
      // The kernel accepts nothing more for this client.
      case 'stick':
        found.bufferedBytes = 2 ** 21
        break
      case 'unstick':
        found.bufferedBytes = 0
        break
      case 'die':
        found.sendsLeft = one.sends
        break
      case 'interrupt':
        this.#interrupt(found, one.sends, one.count)
        break
      default:
        unreachable(one)
    }
  }

  #join(behind: number | null): void {
    const { fixture } = this
    if (fixture.clients.length >= CLIENTS_MAX) return
    fixture.watch(behind === null ? '' : `since=${STREAM}:${Math.max(0, fixture.newest - behind)}`)
  }

  /** Publishes trades in the middle of a cork. */
  #interrupt(found: TestClient, sends: number, count: number): void {
    let sendsLeft = sends
    found.onSend = () => {
      sendsLeft -= 1
      if (sendsLeft >= 0) return
      found.onSend = () => {}
      this.#publishTrades(count, 0)
    }
  }

  #nextVersion(): number {
    this.#version += 1
    return this.#version
  }

  #publishTrades(count: number, index: number): void {
    for (let done = 0; done < count; done += 1) this.fixture.publishTrade(index)
  }
}

test('no book and no state is sent to a client before a trade that was published when its cork began', () => {
  let corks = 0
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 150 }), fc.constantFrom(0, 0.05, 0.4), (steps, clockMs) => {
      const { fixture } = runAll(steps, clockMs)
      fixture.judge()
      corks += fixture.clients.reduce((sum, { corkCount }) => sum + corkCount, 0)
    }),
    { numRuns: 200 },
  )
  assert.ok(corks > 1_000, `${corks} corks judged`)
})

test('in every order of events a client gets each trade once and in order, or a gap that names exactly what it missed', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 150 }), steps => {
      const { fixture } = runAll(steps, 0)
      for (const each of fixture.clients) each.bufferedBytes = 0
      fixture.settle()
      for (const each of fixture.clients) {
        if (!each.isClosed) assert.equal(deliveredTo(each), fixture.newest)
      }
    }),
    { numRuns: 100 },
  )
})

test('in every order of events each client ends with the newest of every cell, and never gets an older after a newer one', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 150 }), steps => {
      const { fixture } = runAll(steps, 0)
      for (let index = 0; index < INSTRUMENTS; index += 1) {
        fixture.publishTop(index, 1_000_000)
        fixture.publishBook(index, 1_000_000)
      }
      fixture.settle()
      for (const each of fixture.clients) if (!each.isClosed) assertFresh(each)
    }),
    { numRuns: 60 },
  )
})

test('after 100 ms of turns full of trades one client per turn gets one slice, clients in rotation', () => {
  const CLIENTS = 5
  const fixture = new PriorityFixture({ instrumentCount: INSTRUMENTS })
  const clients = Array.from({ length: CLIENTS }, () => fixture.watch())
  fixture.settle()
  fixture.turn()
  const booksBefore = clients.map(each => each.of('order_book_l2').length)
  const TURN_MS = 10
  const TURNS = 100
  for (let count = 0; count < 100; count += 1) fixture.publishTrade()
  for (let turn = 0; turn < TURNS; turn += 1) {
    // As many as one turn reads: a hundred more always wait while books are sent.
    for (let count = 0; count < BATCH_RECORDS_MAX; count += 1) fixture.publishTrade()
    for (let index = 0; index < INSTRUMENTS; index += 1) fixture.publishBook(index, turn, 2_000)
    fixture.turn()
    for (const each of clients) each.pongAll()
    fixture.nowMs += TURN_MS
  }
  fixture.judge()
  const slices = TURNS - STARVED_MS_MAX / TURN_MS
  assert.ok(
    Math.abs(fixture.starvedTurns.length - slices) <= 1,
    `${fixture.starvedTurns.length} slices in ${TURNS} turns`,
  )
  for (const [index, each] of clients.entries()) {
    const corks = new Set(
      each
        .of('order_book_l2')
        .slice(booksBefore[index])
        .map(frame => frame.cork),
    )
    assert.ok(Math.abs(corks.size - slices / CLIENTS) <= 1, `client ${index} got ${corks.size} slices`)
  }
})

function runAll(steps: readonly Step[], clockMs: number): Interleaving {
  const interleaving = new Interleaving(clockMs)
  for (const one of steps) interleaving.apply(one)
  return interleaving
}

/** Asserts that nothing is missing, duplicate or out of order; returns the last sequence. */
function deliveredTo({ frames }: TestClient): number {
  let next = 0
  for (const frame of frames) {
    if (frame.type === 'gap') {
      assert.ok(next === 0 || frame.from === next, `a gap from ${frame.from} instead of ${next}`)
      next = frame.to + 1
    } else if (frame.kind === 'trade' && frame.type === undefined) {
      assert.ok(next === 0 || frame.seq === next, `trade ${frame.seq} instead of ${next}`)
      next = frame.seq + 1
    }
  }
  return next === 0 ? (frames[0]?.seq ?? 0) : next - 1
}

function assertFresh(client: TestClient): void {
  for (const kind of ['order_book_l1', 'order_book_l2']) {
    for (let index = 0; index < INSTRUMENTS; index += 1) {
      const versions = client
        .of(kind)
        .filter(frame => frame.index === index)
        .map(({ version }) => version)
      assert.equal(versions.at(-1), 1_000_000, `${kind} of instrument ${index}`)
      for (const [place, version] of versions.entries()) assert.ok(place === 0 || version > versions[place - 1]!)
    }
  }
}

function unreachable(step: never): never {
  throw new Error(`no such step: ${JSON.stringify(step)}`)
}
