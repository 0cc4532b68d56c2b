// A planned replacement of every connection with sixty books a product, in virtual time: nothing is withheld, nothing requested,
// nothing goes back.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readCounters } from '@tradelane/shared/thread/counters'
import { RunJudge } from './run-judge.js'
import { NEAR_CLIENT, VirtualClient } from './virtual-client.js'
import { START_US, VirtualWorld } from './virtual-world.js'

const SECOND_US = 1_000_000
const BOOK_COUNT = 60
/** Until the snapshots of all books came, within the budget of their venue. */
const START_SECONDS = 90
const ROTATION_SECONDS = 15
const PAIRS = Array.from({ length: BOOK_COUNT }, (_, rank) => ({ base: `coin${rank}`, quote: 'usdt' }))
const RATES = {
  tradesPerSecond: 20,
  quotesPerSecond: 100,
  deltasPerSecond: 200,
  liquidationsPerSecond: 1,
  tickersPerSecond: 10,
}
/** The kind of a frame is in its head. */
const HEAD_BYTES = 512
/** How each product announces the end of a connection. */
const NOTICES: Readonly<Record<string, string>> = {
  'binance-futures': '{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1790000000000}}',
  'okx-swap': '{"event":"notice","code":"64008","msg":"service upgrade","connId":"c"}',
}

for (const [product, notice] of Object.entries(NOTICES)) {
  test(`${product}: ${BOOK_COUNT} books and their best prices go on over a replacement of all connections`, async t => {
    const run = new Rotation(product)
    await run.pass(START_SECONDS)
    const [statuses, weight, books] = [run.statusCount, run.depthRequests, run.booksJudged]
    assert.equal(run.handovers, 0)
    const count = run.announce(notice)
    await run.pass(ROTATION_SECONDS)
    t.diagnostic(
      `${count} connections replaced; ${run.booksJudged - books} books judged, ${run.statusCount - statuses} statuses, ` +
        `${run.depthRequests - weight} REST snapshots meanwhile; ${weight} until all were live`,
    )
    run.finish()
    assert.equal(run.handovers, count)
    assert.deepEqual([run.statusCount - statuses, run.depthRequests - weight], [0, 0])
    assert.ok(run.booksJudged - books > BOOK_COUNT)
    assert.deepEqual(run.topsGoneBack, [])
  })
}

class Rotation {
  /** By instrument, where the venue's number of a top fell. */
  readonly topsGoneBack: string[] = []
  readonly #world: VirtualWorld
  readonly #judge: RunJudge
  readonly #topTimes = new Map<string, string>()
  #nowUs = START_US

  constructor(product: string) {
    const options = { seed: 7, products: [product], pairs: PAIRS, rates: RATES, journalPath: undefined }
    this.#world = new VirtualWorld(options)
    this.#judge = new RunJudge(this.#world, START_US + START_SECONDS * SECOND_US)
    const { time, journal, uws } = this.#world
    const judge = this.#judge.judgeOf(NEAR_CLIENT)
    const accept = judge.accept.bind(judge)
    judge.accept = (frame, nowUs) => {
      this.#lookAt(frame)
      accept(frame, nowUs)
    }
    const random = this.#world.random('near')
    new VirtualClient({
      spec: NEAR_CLIENT,
      time,
      random,
      journal,
      uws,
      judge,
      onFinding: what => this.#judge.verdict.report(what),
    })
  }

  get statusCount(): number {
    return this.#judge.verdict.statusFrames
  }

  /** For snapshots. */
  get depthRequests(): number {
    const depth = [...this.#world.network.requests].filter(([path]) => /\/(?:depth|books)$/.test(path))
    return depth.reduce((sum, [, count]) => sum + count, 0)
  }

  get booksJudged(): number {
    return this.#judge.verdict.booksJudged
  }

  get handovers(): number {
    return readCounters(this.#world.lanes.counters).handovers ?? 0
  }

  async pass(seconds: number): Promise<void> {
    this.#nowUs += seconds * SECOND_US
    await this.#world.runUntil(this.#nowUs)
  }

  /** Returns the number of connections. */
  announce(notice: string): number {
    const open = [...this.#world.network.connections].filter(({ isOpen }) => isOpen)
    for (const connection of open) connection.inject(notice)
    return open.length
  }

  finish(): void {
    const { verdict } = this.#judge
    assert.deepEqual(verdict.findings, [])
    assert.ok(verdict.freshLooks > 0)
  }

  #lookAt(frame: Buffer): void {
    if (!frame.subarray(0, HEAD_BYTES).includes('"kind":"order_book_l1"')) return
    const { instrument, time_exchange: atText } = JSON.parse(frame.toString('latin1')) as {
      instrument: { base: string }
      time_exchange: string
    }
    const before = this.#topTimes.get(instrument.base)
    if (before !== undefined && atText < before) this.topsGoneBack.push(`${instrument.base} ${before} ${atText}`)
    this.#topTimes.set(instrument.base, atText)
  }
}
