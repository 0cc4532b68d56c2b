// A shard in virtual time, for tests: its agent, a market per dialect and ingest's answers in one thread, on one clock that
// moves only when the test says so. Every choice follows from the seed.

import { BoardReader, type CellCopy } from '@tradelane/shared/lanes/board-reader'
import { DepthRecordKind, DepthRingProducer } from '@tradelane/shared/lanes/depth-ring'
import { CellStatus, type InstrumentId, type MonotonicUs, type WallUs } from '@tradelane/shared/market/nouns'
import { createClock } from '@tradelane/shared/thread/clock'
import { readCounters } from '@tradelane/shared/thread/counters'
import { ThreadCell } from '@tradelane/shared/thread/parking'
import type { ResyncRequest } from '@tradelane/shared/thread/thread-messages'
import type { L2Agent } from '../l2-agent.js'
import { newL2Agent } from '../start-l2.js'
import { isRest, LEVEL_COUNT, newShardStart, WORKER_THREAD } from './shard-start.js'
import { expectTrueCell } from './shown-book.js'
import { DIALECTS, seededRandom, TrueMarket } from './true-market.js'

const { linkUp, linkDown, stream, rest } = DepthRecordKind
const START_US = 1_790_000_000_000_000
const TOO_LARGE = Buffer.alloc(1 << 22)
const silentLog = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

export class VirtualShard {
  /** Offset 0: wall time is monotonic time. */
  readonly start = newShardStart(START_US as WallUs, createClock(0))
  readonly agent: L2Agent
  readonly markets: readonly TrueMarket[]
  readonly cells: readonly CellCopy[]
  /** Every state that a gateway would have read, in order. */
  readonly journal: string[] = []
  nowUs = START_US
  onResync: (request: ResyncRequest) => void = request => {
    this.#answers.push({ atUs: this.nowUs + this.#random() * 300_000, instrument: request.instrument })
  }
  readonly #random: () => number
  readonly #producer: DepthRingProducer
  readonly #reader: BoardReader
  readonly #changed: number[] = []
  #answers: { atUs: number; instrument: InstrumentId }[] = []

  constructor(seed: number) {
    this.#random = seededRandom(seed)
    this.markets = DIALECTS.map(
      (dialect, index) => new TrueMarket({ seed: seed + index, symbol: 'BTCUSDT', dialect, levelCount: LEVEL_COUNT }),
    )
    this.agent = newL2Agent(this.start, {
      log: silentLog,
      nowUs: () => this.nowUs as MonotonicUs,
      requestResync: request => this.onResync(request),
    })
    this.#producer = new DepthRingProducer(this.start.depthRing, new ThreadCell(this.start.control, WORKER_THREAD))
    this.#reader = new BoardReader(this.start.bookBoard)
    this.cells = this.#reader.copies
  }

  /** A new connection for every market. */
  link(): void {
    for (const index of this.markets.keys()) this.#link(index)
  }

  stepAll(): void {
    for (const index of this.markets.keys()) this.give(index, stream, this.#delta(index))
  }

  /** A gap, a lost frame, a broken frame or a cut of one market, by chance. */
  fault(): void {
    const index = Math.floor(this.#random() * this.markets.length)
    const chance = this.#random()
    if (chance < 0.25) this.#delta(index)
    else if (chance < 0.5) {
      this.#delta(index)
      this.give(index, stream, TOO_LARGE)
    } else if (chance < 0.75) this.give(index, stream, this.#delta(index).subarray(0, 60))
    else {
      this.give(index, linkDown, Buffer.alloc(0))
      this.#delta(index)
      this.#link(index)
    }
  }

  /** Runs every turn that the agent asks for within `ms`, and checks what it publishes. */
  pass(ms: number): void {
    const untilUs = this.nowUs + ms * 1_000
    do {
      this.#answer()
      while (this.agent.doWork() > 0);
      this.#scan()
      this.nowUs = Math.min(untilUs, this.nowUs + Math.max(1, this.agent.msToNextDeadline() * 1_000))
    } while (this.nowUs < untilUs)
  }

  isCurrent(): boolean {
    return this.markets.every(
      ({ lastId }, index) => this.cells[index]?.sequence === lastId && this.cells[index]?.status === CellStatus.live,
    )
  }

  counters(): ReturnType<typeof readCounters> {
    return readCounters(this.start.counters)
  }

  #link(index: number): void {
    this.give(index, linkUp, Buffer.alloc(0))
    if (!isRest(index)) this.give(index, stream, this.markets[index]!.snapshotFrame())
  }

  #delta(index: number): Buffer {
    const market = this.markets[index]!
    return market.deltaFrame(market.step())
  }

  give(index: number, kind: DepthRecordKind, frame: Buffer): void {
    this.#producer.offer(kind, index as InstrumentId, this.nowUs as MonotonicUs, frame)
  }

  #answer(): void {
    const due = this.#answers.filter(({ atUs }) => atUs <= this.nowUs)
    this.#answers = this.#answers.filter(({ atUs }) => atUs > this.nowUs)
    for (const { instrument } of due) {
      this.give(instrument, isRest(instrument) ? rest : stream, this.markets[instrument]!.snapshotFrame())
    }
  }

  #scan(): void {
    this.#reader.scan(this.#changed)
    for (const index of this.#changed) {
      const cell = this.cells[index]!
      expectTrueCell(cell, this.markets[index]!)
      const { status, reason, sinceUs, sequence, json } = cell
      const atUs = this.nowUs - START_US
      this.journal.push(`${atUs} ${index} ${status} ${reason} ${sinceUs} ${sequence} ${Buffer.from(json)}`)
    }
  }
}
