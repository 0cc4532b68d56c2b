// Writer or reader of `board.stress.ts`, in a thread of its own.

import assert from 'node:assert/strict'
import { workerData } from 'node:worker_threads'
import type { CellStatus, StatusReason } from '../../market/nouns.js'
import type { Agent } from '../../thread/agent.js'
import { ThreadCell } from '../../thread/parking.js'
import { runBlocking } from '../../thread/runner.js'
import { BoardWriter, type CellHeader, newCellHeader } from '../board.js'
import { BoardReader, type CellCopy } from '../board-reader.js'
import { Ledger } from './ledger.js'
import { mix, PayloadTable, Random } from './stress-plan.js'
import { block, DEATH_EXIT_CODE, spin } from './stress-thread.js'

export interface BoardTask {
  readonly board: SharedArrayBuffer
  readonly control: SharedArrayBuffer
  /** The sequence of each cell's newest state, f64: as a venue's book is to its shard. */
  readonly source: SharedArrayBuffer
  /** Of each reader and cell: last sequence, states seen, states conflated. */
  readonly ledger: SharedArrayBuffer
  readonly seed: number
  readonly payloadBytesMax: number
  /** 0 writes, the others read; the last one is slow. */
  readonly threadIndex: number
  readonly threadCount: number
}

const task = workerData as BoardTask & { readonly life: number }
const random = new Random(mix(task.seed, task.threadIndex * 100_003 + task.life))
const jsonTable = new PayloadTable(task.seed, task.payloadBytesMax)
const msgpackTable = new PayloadTable(task.seed + 1, task.payloadBytesMax)
const source = new Float64Array(task.source)

/** Of a state; its forms are each left out in one of eight. */
const hashOf = (cell: number, sequence: number): number => mix(task.seed + cell, sequence)
const hasJson = (hash: number): boolean => (hash & 7) !== 0
const hasMsgpack = (hash: number): boolean => (hash & 56) !== 0
const statusOf = (hash: number): CellStatus => (hash & 3) as CellStatus
const reasonOf = (hash: number): StatusReason => ((hash >>> 2) & 7) as StatusReason
const msgpackHashOf = (hash: number): number => mix(hash, 7)

class StressWriter implements Agent {
  readonly #writer: BoardWriter
  readonly #header = newCellHeader()

  constructor(bells: readonly ThreadCell[]) {
    this.#writer = new BoardWriter(task.board, bells)
  }

  doWork(): number {
    const count = 1 + random.below(32)
    // Sometimes one cell alone, so that its two buffers are written again and again under its readers.
    const hotCell = random.isOneIn(3) ? random.below(source.length) : -1
    for (let done = 0; done < count; done += 1) this.#publish(hotCell < 0 ? random.below(source.length) : hotCell)
    this.#writer.ring()
    if (random.isOneIn(3_000)) this.#dieInMidWrite()
    if (random.isOneIn(16)) block(random.below(3) / 2)
    else spin(random.below(1_500))
    return count
  }

  #publish(cell: number): void {
    const sequence = source[cell]! + 1
    source[cell] = sequence
    const hash = hashOf(cell, sequence)
    const header = this.#header
    header.status = statusOf(hash)
    header.reason = reasonOf(hash)
    header.sinceUs = sequence + 0.25
    header.receivedUs = sequence + 0.5
    header.venueUs = sequence + 0.75
    header.sequence = sequence
    const json = hasJson(hash) ? jsonTable.textOf(hash) : null
    const msgpack = hasMsgpack(hash) ? msgpackTable.bytesOf(msgpackHashOf(hash)) : null
    assert(this.#writer.publish(cell, header, json, msgpack))
  }

  #dieInMidWrite(): void {
    const fatal: CellHeader = {
      ...this.#header,
      get sequence(): never {
        return process.exit(DEATH_EXIT_CODE)
      },
    }
    this.#writer.publish(random.below(source.length), fatal, 'half', Buffer.from('written'))
  }

  msToNextDeadline(): number {
    return 0
  }

  /** Publishes the last state of every cell. */
  close(): void {
    for (let cell = 0; cell < source.length; cell += 1) this.#publish(cell)
    this.#writer.ring()
  }
}

class StressReader implements Agent {
  readonly #reader = new BoardReader(task.board)
  readonly #ledger = new Ledger(task.ledger)
  readonly #firstEntry = (task.threadIndex - 1) * source.length
  readonly #isSlow = task.threadIndex === task.threadCount - 1
  readonly #isSeen = new Uint8Array(source.length)
  readonly #changed: number[] = []

  doWork(): number {
    this.#reader.scan(this.#changed)
    for (const cell of this.#changed) this.#check(cell, this.#reader.copies[cell]!)
    if (this.#isSlow && random.isOneIn(40)) block(random.below(12))
    return this.#changed.length + (this.#reader.hasChanged() ? 1 : 0)
  }

  #check(cell: number, copy: CellCopy): void {
    const { sequence } = copy
    const [last, seen, conflated] = this.#ledger.read(this.#firstEntry + cell)
    // The board was created with high versions: until its first state, a cell has nothing else.
    if (sequence === 0 && last === 0) return
    // A successor may find what its predecessor saw already; the same reader never sees a state twice.
    const isAgain = this.#isSeen[cell] === 0 && sequence === last
    assert(sequence > last || isAgain, 'states come in order')
    checkCopy(cell, copy)
    this.#isSeen[cell] = 1
    if (!isAgain) this.#ledger.write(this.#firstEntry + cell, sequence, seen + 1, conflated + sequence - last - 1, 0)
  }

  msToNextDeadline(): number {
    return Number.POSITIVE_INFINITY
  }

  /** The writer has finished: the board holds the last state of every cell. */
  close(): void {
    while (this.doWork() > 0);
    this.#reader.copies.forEach((copy, cell) => {
      checkCopy(cell, copy)
      assert(copy.sequence === source[cell], 'the last state is the one read last')
    })
  }
}

function checkCopy(cell: number, copy: CellCopy): void {
  const hash = hashOf(cell, copy.sequence)
  const isHeaderWhole =
    copy.status === statusOf(hash) &&
    copy.reason === reasonOf(hash) &&
    copy.sinceUs === copy.sequence + 0.25 &&
    copy.receivedUs === copy.sequence + 0.5 &&
    copy.venueUs === copy.sequence + 0.75
  assert(isHeaderWhole, 'no header is torn')
  assert(hasJson(hash) ? jsonTable.isPayloadOf(hash, copy.json) : copy.json.length === 0, 'no JSON is torn')
  const isMsgpackWhole = hasMsgpack(hash)
    ? msgpackTable.isPayloadOf(msgpackHashOf(hash), copy.msgpack)
    : copy.msgpack.length === 0
  assert(isMsgpackWhole, 'no msgpack is torn')
}

const cells = Array.from({ length: task.threadCount }, (_, index) => new ThreadCell(task.control, index))
const agent = task.threadIndex === 0 ? new StressWriter(cells.slice(1)) : new StressReader()
runBlocking([agent], cells[task.threadIndex]!)
