// One book with its market, its venue and its clock, for tests: frames go in as records of a depth ring would bring them,
// faults happen on request, and what the book reports is counted. A REST answer is fetched and delivered at different times, as
// in production; ingest serves at most one request and keeps one waiting.

import assert from 'node:assert/strict'
import { type DepthRecord, DepthRecordKind } from '@tradelane/shared/lanes/depth-ring'
import { type Instrument, type InstrumentId, type ProductIndex, StatusReason } from '@tradelane/shared/market/nouns'
import { Counters, createCounters } from '@tradelane/shared/thread/counters'
import type { Remedy } from '@tradelane/shared/thread/thread-messages'
import { productById } from '@tradelane/venues/registry'
import type { BookEvents } from '../book-events.js'
import { InstrumentBook } from '../instrument-book.js'
import { type Dialect, TrueMarket, topText } from './true-market.js'

const { linkUp, linkDown, stream, rest } = DepthRecordKind
/** Levels a side that are looked at. */
export const LEVEL_COUNT = 20
/** The chance of the fault that opens a new connection. */
export const RELINK = 0

export class BookHarness implements BookEvents {
  readonly market: TrueMarket
  readonly book: InstrumentBook
  /** Whether snapshots are asked for by REST. */
  readonly isRest: boolean
  readonly counters = createCounters(1)
  readonly #snapshotLevelsMax: number | undefined
  nowMs = 1_000_000
  lossCount = 0
  resyncCount = 0
  resetCount = 0
  malformedCount = 0
  staleCount = 0
  readonly remedies: Remedy[] = []
  readonly pausesMs: number[] = []
  stale: StatusReason = StatusReason.none
  #isAsked = false
  #isLinked = true
  /** A REST answer not yet delivered: it shows the market as it was when it was fetched. */
  #fetched: Buffer | undefined
  #lastDelta: Buffer | undefined
  /** The venue skipped a delta, and the next one, which would show it, has not come yet. */
  #isGapHidden = false

  constructor(dialect: Dialect, seed: number, snapshotLevelsMax?: number, needsFactor = false) {
    const instrument: Instrument = {
      id: 0 as InstrumentId,
      product: 0 as ProductIndex,
      exchange: 'Test',
      marketType: 'Perpetual',
      base: 'btc',
      quote: 'usdt',
      symbol: 'BTCUSDT',
    }
    this.market = new TrueMarket({ seed, symbol: 'BTCUSDT', dialect, levelCount: LEVEL_COUNT })
    const depth = productById(dialect)?.depth
    if (depth === undefined) throw new Error(`no product ${dialect}`)
    this.isRest = depth.snapshotSource === 'rest'
    this.#snapshotLevelsMax = snapshotLevelsMax
    this.book = new InstrumentBook({
      index: 0,
      instrument,
      depth: snapshotLevelsMax === undefined ? depth : Object.assign(Object.create(depth), { snapshotLevelsMax }),
      needsFactor,
      depthLevels: LEVEL_COUNT,
      lossCount: 0,
      events: this,
      counters: new Counters(this.counters, 0),
    })
  }

  give(kind: DepthRecordKind, frame: Buffer = Buffer.alloc(0)): this {
    const record = { kind, instrument: 0, lossCount: this.lossCount, receivedUs: 1_790_000_000_200_000, frame }
    this.book.accept(record as unknown as DepthRecord, this.nowMs)
    return this
  }

  /** The last delta that was given. */
  get lastFrame(): Buffer {
    return this.#lastDelta ?? assert.fail('no delta was given')
  }

  giveDelta(): this {
    const delta = this.market.deltaFrame(this.market.step())
    if (!this.#isLinked) return this
    this.#lastDelta = delta
    this.#isGapHidden = false
    return this.give(stream, delta)
  }

  /** A venue may send its last delta twice, never an older one. */
  giveAgain(): this {
    return this.#lastDelta === undefined ? this : this.give(stream, this.#lastDelta)
  }

  /** A fault by chance; mostly none. */
  fault(chance: number): void {
    if (chance < 0.11) this.#lastDelta = undefined
    if (chance < RELINK + 0.02) {
      if (this.#isLinked) this.give(linkDown)
      this.market.step()
      this.give(linkUp)
      this.#isLinked = true
      this.#isGapHidden = false
      if (!this.isRest) this.give(stream, this.market.snapshotFrame())
    } else if (chance < 0.04) {
      this.market.step()
      this.#isGapHidden = true
    } else if (chance < 0.08) this.#lose()
    else if (chance < 0.1 && this.#isLinked) {
      this.give(stream, this.market.deltaFrame(this.market.step()).subarray(0, 80))
    } else if (chance < 0.11) {
      // A connection that ends during an overload: the record of it is lost as well.
      this.#lose()
      this.#isLinked = false
    }
  }

  /** A frame did not fit the ring. */
  #lose(): void {
    this.market.step()
    this.lossCount += 1
  }

  /** The venue reads a request and writes its answer. */
  fetch(): this {
    if (!this.#isAsked || this.#fetched !== undefined) return this
    this.#isAsked = false
    // Without a connection no snapshot is asked for; the next one starts again.
    if (!this.#isLinked) return this
    // A new subscription is answered on the socket, so in order with the deltas.
    if (this.isRest) this.#fetched = this.market.snapshotFrame(this.#snapshotLevelsMax)
    else this.give(stream, this.market.snapshotFrame())
    return this
  }

  /** The answer arrives, even if it is outdated. */
  deliver(): this {
    if (this.#fetched !== undefined) this.give(rest, this.#fetched)
    this.#fetched = undefined
    return this
  }

  pass(ms: number): this {
    this.nowMs += ms
    this.book.checkLoss(this.lossCount, this.nowMs)
    this.book.sweep(this.nowMs)
    return this
  }

  answer(): this {
    return this.fetch().deliver()
  }

  expectTrue(): void {
    this.book.checkLoss(this.lossCount, this.nowMs)
    if (!this.book.isLive) return
    const bids: string[] = []
    const asks: string[] = []
    this.book.sides.bids.copyTop(LEVEL_COUNT, bids)
    this.book.sides.asks.copyTop(LEVEL_COUNT, asks)
    assert.equal(topText(bids, asks), this.market.topAt(this.book.stamp.sequence))
    // No delta may be missing unnoticed: the next one, which would show it, may come late.
    if (!this.#isGapHidden) assert.equal(this.book.stamp.sequence, this.market.lastId)
    assert.ok(!this.book.isCrossed)
  }

  onStale(_index: number, reason: StatusReason): void {
    this.stale = reason
    this.staleCount += 1
  }

  onChanged(): void {}

  onReset(): void {
    this.resetCount += 1
  }

  /** `connection`: another takes over, with the deltas of now on. */
  onResync(_index: number, _reason: StatusReason, remedy: Remedy): void {
    this.remedies.push(remedy)
    this.#isAsked = true
    this.resyncCount += 1
  }

  onPaused(_index: number, ms: number): void {
    this.pausesMs.push(ms)
  }

  onMalformed(): void {
    this.malformedCount += 1
  }
}
