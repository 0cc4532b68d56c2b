// A shard as the product runs it, for tests: a market per dialect feeds the ring from this thread, the worker entry runs in its
// own, and what it publishes is compared with what the markets know.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { BoardReader, type CellCopy } from '@tradelane/shared/lanes/board-reader'
import { DepthRecordKind, DepthRingProducer } from '@tradelane/shared/lanes/depth-ring'
import { CellStatus, type InstrumentId, type MonotonicUs } from '@tradelane/shared/market/nouns'
import { Clock, ClockSource } from '@tradelane/shared/thread/clock'
import { readCounters } from '@tradelane/shared/thread/counters'
import { ThreadCell } from '@tradelane/shared/thread/parking'
import { bundledThread } from '@tradelane/shared/thread/test/bundled-thread'
import type { L2Start, ThreadToSupervisor } from '@tradelane/shared/thread/thread-messages'
import { GATEWAY_THREAD, isRest, LEVEL_COUNT, newShardStart, WORKER_THREAD } from './shard-start.js'
import { expectTrueCell } from './shown-book.js'
import { DIALECTS, type Dialect, TrueMarket } from './true-market.js'

const { linkUp, stream, rest } = DepthRecordKind
const ENTRY = bundledThread('l2', new URL('../worker.js', import.meta.url))

/** The markets, a worker thread with real memory, and a reader of its board. */
export class TestShard {
  readonly markets: readonly TrueMarket[]
  readonly cells: readonly CellCopy[]
  readonly gateway: ThreadCell
  isAnswering = true
  /** The age of frames when they are given. */
  lateMs = 0
  readonly #start: L2Start
  readonly #cell: ThreadCell
  readonly #producer: DepthRingProducer
  readonly #reader: BoardReader
  readonly #changed: number[] = []
  #worker: Worker | undefined
  #clockSource: ClockSource
  readonly #clock: Clock

  constructor() {
    this.#start = newShardStart()
    const { control, clock } = this.#start
    this.#clockSource = new ClockSource(clock, silentLog)
    this.#clockSource.sample()
    this.#clock = new Clock(clock)
    this.#cell = new ThreadCell(control, WORKER_THREAD)
    this.gateway = new ThreadCell(control, GATEWAY_THREAD)
    this.#producer = new DepthRingProducer(this.#start.depthRing, this.#cell)
    this.#reader = new BoardReader(this.#start.bookBoard)
    this.cells = this.#reader.copies
    this.markets = DIALECTS.map(
      (dialect, seed) => new TrueMarket({ seed, symbol: 'BTCUSDT', dialect, levelCount: LEVEL_COUNT }),
    )
    after(() => this.#worker?.terminate())
  }

  async start(): Promise<void> {
    this.#cell.clearForStart()
    const worker = new Worker(ENTRY, { workerData: this.#start })
    this.#worker = worker
    const running = new Promise<void>(resolve => {
      worker.on('message', (message: ThreadToSupervisor) => {
        if (message.type === 'running') resolve()
        if (message.type === 'resync' && this.isAnswering) this.#answer(message.instrument)
      })
    })
    const failed = once(worker, 'error').then(([error]) => {
      throw error
    })
    await Promise.race([running, failed])
    failed.catch(() => undefined)
  }

  async stop(): Promise<void> {
    this.#cell.requestStop()
    if (this.#worker) await once(this.#worker, 'exit')
  }

  async kill(): Promise<void> {
    await this.#worker?.terminate()
  }

  /** Every connection is new, as after a start or a cut. */
  link(): void {
    this.giveAll(linkUp)
    for (const [index, market] of this.markets.entries()) {
      if (!isRest(index)) this.#give(index, stream, market.snapshotFrame())
    }
    this.stepAll()
  }

  stepAll(): void {
    for (const [index, market] of this.markets.entries()) this.#give(index, stream, market.deltaFrame(market.step()))
    this.#producer.ring()
  }

  /** To the market of one dialect. */
  giveOne(dialect: Dialect, kind: DepthRecordKind, frame: Buffer): void {
    this.#give(DIALECTS.indexOf(dialect), kind, frame)
    this.#producer.ring()
  }

  giveAll(kind: DepthRecordKind, frame = Buffer.alloc(0)): void {
    for (const index of this.markets.keys()) this.#give(index, kind, frame)
    this.#producer.ring()
  }

  scan(): void {
    this.#reader.scan(this.#changed)
  }

  heartbeat(): number {
    return this.#cell.heartbeat()
  }

  counters(): ReturnType<typeof readCounters> {
    return readCounters(this.#start.counters)
  }

  expectTrue(): void {
    this.scan()
    for (const [index, market] of this.markets.entries()) {
      expectTrueCell(this.cells[index]!, market)
    }
  }

  /** Whether every cell shows the newest book of its market. */
  get isCurrent(): boolean {
    this.expectTrue()
    return this.markets.every(
      ({ lastId }, index) => this.cells[index]?.sequence === lastId && this.cells[index]?.status === CellStatus.live,
    )
  }

  async untilCurrent(): Promise<void> {
    await this.until(() => this.isCurrent)
  }

  async until(isReached: () => boolean): Promise<void> {
    const startedMs = performance.now()
    while (!isReached()) {
      if (performance.now() - startedMs > 5_000) {
        const seen = this.cells.map(({ status, reason, sequence }) => ({ status, reason, sequence }))
        assert.fail(`not reached in 5 s: ${JSON.stringify(seen)}`)
      }
      await sleep(2)
      this.scan()
    }
  }

  #give(index: number, kind: DepthRecordKind, frame: Buffer): void {
    const receivedUs = (this.#clock.monotonicUs() - this.lateMs * 1_000) as MonotonicUs
    assert.ok(this.#producer.offer(kind, index as InstrumentId, receivedUs, frame))
  }

  #answer(id: InstrumentId): void {
    this.#give(id, isRest(id) ? rest : stream, this.markets[id]!.snapshotFrame())
    this.#producer.ring()
  }
}

const silentLog = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
