// Connections to one host in virtual time: who may open one, and when.

import assert from 'node:assert/strict'
import test from 'node:test'
import type { Feed } from '@tradelane/shared/market/nouns'
import { RecordedLog } from '../test/recorded-log.js'
import { HostConnects } from './host-connects.js'
import type { Refusal } from './refusal.js'
import { RefusalPauses } from './refusal-pauses.js'

const TOO_OFTEN: Refusal = { refusalClass: 'too-often', retryAfterMs: 20_000, leastMs: 0, detail: 'HTTP 429' }

/** A host whose time the test moves. Opened connections are noted as `trade 0`. */
class Fixture {
  nowMs = 0
  readonly opened: string[] = []
  readonly connects: HostConnects
  /** How every handshake ends, at once. Undefined: it stays open. */
  end: 'accepted' | Refusal | null | undefined = 'accepted'
  readonly #timers: { atMs: number; run: () => void }[] = []

  constructor(limits = { connectCount: 3, connectWindowMs: 1_200 }) {
    const { limitedLog } = new RecordedLog()
    const pauses = new RefusalPauses({ name: 'host', isAloneAtFirst: true, random: () => 0, limitedLog })
    const timers = {
      setTimeout: (run: () => void, ms: number) => {
        const timer = { atMs: this.nowMs + ms, run }
        this.#timers.push(timer)
        return timer
      },
      clear: (timer: unknown) => {
        const index = this.#timers.indexOf(timer as { atMs: number; run: () => void })
        if (index >= 0) this.#timers.splice(index, 1)
      },
    }
    this.connects = new HostConnects(limits, pauses, { timers: timers as never, nowMs: () => this.nowMs })
  }

  request(feed: Feed, route = 'spot'): () => void {
    return this.connects.request({ feed, route, open: () => this.#opened(feed, route) })
  }

  pass(ms: number): void {
    const untilMs = this.nowMs + ms
    for (;;) {
      const next = this.#timers.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0]
      if (next === undefined) break
      this.#timers.splice(this.#timers.indexOf(next), 1)
      this.nowMs = Math.max(this.nowMs, next.atMs)
      next.run()
    }
    this.nowMs = untilMs
  }

  #opened(feed: Feed, route: string): void {
    this.opened.push(`${feed} ${this.nowMs}`)
    const { end } = this
    if (end !== undefined) queueMicrotask(() => this.connects.ended(route, end))
  }
}

test('the products of a host share its rate', async () => {
  const fixture = new Fixture()
  for (const route of ['spot', 'swap']) for (let line = 0; line < 5; line += 1) fixture.request('trade', route)
  for (let step = 0; step < 60; step += 1) {
    await Promise.resolve()
    fixture.pass(100)
  }
  assert.equal(fixture.opened.length, 10)
  const atMs = fixture.opened.map(text => Number(text.split(' ')[1]))
  for (const fromMs of atMs) assert.ok(atMs.filter(ms => ms >= fromMs && ms < fromMs + 1_000).length <= 3, `${atMs}`)
})

test('trades come first, then state, then books, whoever asked first', async () => {
  const fixture = new Fixture()
  fixture.end = undefined
  for (const feed of ['trade', 'book', 'state', 'trade'] as const) fixture.request(feed)
  fixture.connects.ended('spot', 'accepted')
  fixture.pass(1_200)
  assert.deepEqual(
    fixture.opened.map(text => text.split(' ')[0]),
    ['trade', 'trade', 'state', 'book'],
  )
})

test('a trade line waits at most 5 s for books that are opened again every 1.2 s', async () => {
  const fixture = new Fixture({ connectCount: 60, connectWindowMs: 300_000 })
  for (let atMs = 0; atMs < 900_000; atMs += 1_200) {
    for (let line = 0; line < 4; line += 1) fixture.request('book')
    if (atMs % 60_000 === 0) {
      const before = fixture.opened.length
      fixture.request('trade')
      fixture.pass(1_200)
      assert.ok(
        fixture.opened.slice(before).some(text => text.startsWith('trade')),
        `at ${atMs} ms`,
      )
    } else fixture.pass(1_200)
    await Promise.resolve()
  }
})

test('a refusal of one line is waited out by all lines to the host, then one of trades tries first', async () => {
  const fixture = new Fixture()
  fixture.end = TOO_OFTEN
  for (const feed of ['book', 'state', 'trade', 'trade'] as const) fixture.request(feed)
  await Promise.resolve()
  assert.deepEqual(fixture.opened, ['book 0'], 'the first finds out')
  fixture.end = 'accepted'
  fixture.pass(19_999)
  assert.equal(fixture.opened.length, 1)
  fixture.pass(1)
  assert.deepEqual(fixture.opened.slice(1), ['trade 20000'])
  await Promise.resolve()
  assert.deepEqual(fixture.opened.slice(1), ['trade 20000', 'trade 20000'], 'the others follow, within the rate')
  fixture.pass(1_200)
  assert.deepEqual(fixture.opened.slice(3), ['state 21200'])
})

test('a handshake that is not answered holds back the others for a second each', () => {
  const fixture = new Fixture({ connectCount: 100, connectWindowMs: 1_000 })
  fixture.end = undefined
  for (let line = 0; line < 3; line += 1) fixture.request('trade')
  fixture.pass(2_500)
  assert.deepEqual(fixture.opened, ['trade 0', 'trade 1000', 'trade 2000'])
})

test('refused TCP connections cause no pause, and a request that was taken back opens nothing', async () => {
  const fixture = new Fixture()
  fixture.end = null
  fixture.request('trade')
  await Promise.resolve()
  fixture.request('trade')
  assert.deepEqual(fixture.opened, ['trade 0', 'trade 0'])
  const cancel = fixture.request('trade')
  cancel()
  fixture.pass(60_000)
  await Promise.resolve()
  assert.equal(fixture.opened.length, 2)
})
