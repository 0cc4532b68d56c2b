// Prints how long the gateway works between two looks for trades, part by part, by the number of clients and instruments:
// `node --single-threaded benchmarks/dist/figures/look-figures.js`. In one process, with sockets that only count, so that a system
// call costs nothing here. In processor time, which other programs do not lengthen; `--single-threaded` keeps V8's own
// threads out of it. The longest time of a round: of the round in which V8 compiled and collected least, and of the median one.

import { TICK_MS } from '@tradelane/gateway/limits'
import { MergeFixture } from '@tradelane/gateway/test/merge-fixture'
import type { TestClient } from '@tradelane/gateway/test/test-client'

const SIZES = [
  { clientCount: 500, instrumentCount: 30 },
  { clientCount: 500, instrumentCount: 1_000 },
  { clientCount: 1_000, instrumentCount: 1_000 },
  { clientCount: 5_000, instrumentCount: 30 },
  { clientCount: 5_000, instrumentCount: 1_000 },
] as const
const ROUNDS = 7
/** Of each part that does not end by itself. */
const TURNS = 40
/** Of the longest name. */
const WIDTH = 46

/** Its clock is the real one, and it notes the longest time between two looks. */
class TimedFixture extends MergeFixture {
  #longestMs = 0
  #sinceMs: number | undefined
  #aheadMs = 0

  constructor(instrumentCount: number) {
    super({ instrumentCount })
    const startMs = performance.now()
    Object.defineProperty(this, 'nowMs', {
      get: () => performance.now() - startMs + 1_000 + this.#aheadMs,
      set: () => {},
    })
    this.onLook = () => this.#look()
  }

  /** The clock jumps ahead. */
  pass(ms: number): void {
    this.#aheadMs += ms
  }

  /** Returns the longest time in ms. */
  measure(part: () => void): number {
    this.#longestMs = 0
    this.#within(part)
    return this.#longestMs
  }

  /** The same of turns alone, while clients answer between them. */
  measureTurns(clients: readonly TestClient[]): number {
    this.#longestMs = 0
    for (let turn = 0; turn < TURNS; turn += 1) {
      this.#within(() => this.merge.doWork())
      for (const client of clients) answer(client)
    }
    return this.#longestMs
  }

  #within(part: () => void): void {
    this.#sinceMs = cpuMs()
    part()
    this.#look()
    this.#sinceMs = undefined
  }

  #look(): void {
    if (this.#sinceMs === undefined) return
    const nowMs = cpuMs()
    this.#longestMs = Math.max(this.#longestMs, nowMs - this.#sinceMs)
    this.#sinceMs = nowMs
  }
}

for (const { clientCount, instrumentCount } of SIZES) {
  const longest = new Map<string, number[]>()
  const fixture = new TimedFixture(instrumentCount)
  for (let round = 0; round < ROUNDS; round += 1) {
    runRound(fixture, clientCount, (part, ms) => longest.set(part, [...(longest.get(part) ?? []), ms]))
  }
  process.stdout.write(`${clientCount} clients, ${instrumentCount} instruments\n`)
  for (const [part, times] of longest) {
    const [least, median] = [Math.min(...times), medianOf(times)].map(ms => ms.toFixed(2))
    process.stdout.write(`  ${part.padEnd(WIDTH)} ${least} ms, median ${median}\n`)
  }
}

function runRound(fixture: TimedFixture, clientCount: number, note: (part: string, ms: number) => void): void {
  const clients: TestClient[] = []
  publishAll(fixture)
  turnUntilIdle(fixture)
  const joining = fixture.measure(() => {
    for (let index = 0; index < clientCount; index += 1) clients.push(fixture.join('', forget))
  })
  note('all clients connect', joining)
  note('statuses, state and books for them', fixture.measureTurns(clients))
  publishAll(fixture)
  note('every cell changes', fixture.measureTurns(clients))
  for (const index of fixture.instruments.keys()) fixture.withholdBook(index)
  note('every book is withheld', fixture.measureTurns(clients))
  fixture.pass(TICK_MS)
  note('a tick: pings to clients that wait for credit', tick(fixture))
  fixture.pass(TICK_MS)
  note('a tick: nothing to send', tick(fixture))
  const answering = fixture.measure(() => {
    for (const client of clients) answer(client)
  })
  note('all clients answer', answering)
  const leaving = fixture.measure(() => {
    for (const client of clients) client.close()
  })
  note('all clients disconnect', leaving)
}

function publishAll(fixture: TimedFixture): void {
  for (const index of fixture.instruments.keys()) {
    fixture.publishTop(index, 1)
    fixture.publishBook(index, 1)
  }
}

function tick(fixture: TimedFixture): number {
  fixture.tick()
  return fixture.measure(() => fixture.merge.doWork())
}

function turnUntilIdle(fixture: TimedFixture): void {
  while (fixture.merge.doWork() > 0);
}

/** A million frames need not be kept. */
function forget(client: TestClient): void {
  client.onSend = () => {
    client.sent.length = 0
  }
}

/** Its newest ping; older ones are answered by it. */
function answer(client: TestClient): void {
  const newest = client.pings.at(-1)
  client.pings.length = 0
  client.pingCorks.length = 0
  if (newest !== undefined) client.pong(newest)
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1] ?? 0
}
