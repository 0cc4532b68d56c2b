// Writer or reader of `trade-log.stress.ts`, in a thread of its own. Both run on the runner of the product, so that bells and
// parking take part.

import assert from 'node:assert/strict'
import { workerData } from 'node:worker_threads'
import type { InstrumentId, Kind, ProductIndex } from '../../market/nouns.js'
import type { Agent } from '../../thread/agent.js'
import { ThreadCell } from '../../thread/parking.js'
import { runBlocking } from '../../thread/runner.js'
import { TradeBatch, TradeLogReader, TradeLogWriter, type TradeRecord } from '../trade-log.js'
import { PAYLOAD_BYTES_MAX } from '../trade-log-layout.js'
import { Ledger } from './ledger.js'
import { mix, PayloadTable, Random } from './stress-plan.js'
import { block, DEATH_EXIT_CODE, spin } from './stress-thread.js'

export interface TradeLogTask {
  readonly log: SharedArrayBuffer
  readonly control: SharedArrayBuffer
  /** Next, received, missed, gaps of each reader; then the discarded copies in the first field of a second entry. */
  readonly ledger: SharedArrayBuffer
  readonly firstSequence: number
  readonly seed: number
  /** 0 writes, the others read; the last one is slow. */
  readonly threadIndex: number
  readonly threadCount: number
}

const task = workerData as TradeLogTask & { readonly life: number }
const random = new Random(mix(task.seed, task.threadIndex * 100_003 + task.life))
const jsonTable = new PayloadTable(task.seed, PAYLOAD_BYTES_MAX / 2)
const msgpackTable = new PayloadTable(task.seed + 1, PAYLOAD_BYTES_MAX / 2)
const jsonHash = (sequence: number): number => mix(task.seed, sequence)
const msgpackHash = (sequence: number): number => mix(task.seed + 1, sequence)

class StressWriter implements Agent {
  readonly #writer: TradeLogWriter
  readonly #record: TradeRecord = {
    kind: 1,
    instrument: 0 as InstrumentId,
    product: 0 as ProductIndex,
    receivedUs: 0,
    venueUs: 0,
    readUs: 0,
  }
  #greedyBursts = 0

  constructor(bells: readonly ThreadCell[]) {
    this.#writer = new TradeLogWriter(task.log, bells)
  }

  doWork(): number {
    const burst = 1 + random.below(64)
    for (let count = 0; count < burst; count += 1) this.#append()
    this.#writer.ring()
    if (random.isOneIn(3_000)) this.#dieInMidWrite()
    this.#pause()
    return burst
  }

  #append(): void {
    const sequence = this.#writer.nextSequence
    const hash = jsonHash(sequence)
    const record = this.#record
    record.kind = (hash & 0xff) as Kind
    record.instrument = (hash & 0xffff) as InstrumentId
    record.product = (hash >>> 24) as ProductIndex
    record.receivedUs = sequence + 0.5
    assert(this.#writer.append(record, jsonTable.textOf(hash), msgpackTable.bytesOf(msgpackHash(sequence))))
  }

  #dieInMidWrite(): void {
    const fatal: TradeRecord = {
      ...this.#record,
      get venueUs(): never {
        return process.exit(DEATH_EXIT_CODE)
      },
    }
    this.#writer.append(fatal, 'half', Buffer.from('written'))
  }

  /** Sometimes hundreds of bursts in a row, else a short or a longer pause. */
  #pause(): void {
    if (this.#greedyBursts > 0) {
      this.#greedyBursts -= 1
      return
    }
    if (random.isOneIn(200)) this.#greedyBursts = random.below(500)
    if (random.isOneIn(8)) block(random.below(3) / 2)
    else spin(random.below(2_000))
  }

  msToNextDeadline(): number {
    return 0
  }

  close(): void {}
}

/** Sometimes blocks its thread between the copy of a payload and the rest, so that the writer overtakes it right there. */
class StressBatch extends TradeBatch {
  copies = 0

  override stage(words: Int32Array, firstWord: number, jsonBytes: number, msgpackBytes: number): void {
    super.stage(words, firstWord, jsonBytes, msgpackBytes)
    this.copies += 1
    if (random.isOneIn(20_000)) block(1 + random.below(8))
  }
}

class StressReader implements Agent {
  readonly #reader = new TradeLogReader(task.log)
  readonly #batch = new StressBatch()
  readonly #ledger = new Ledger(task.ledger)
  readonly #entry = (task.threadIndex - 1) * 2
  readonly #isSlow = task.threadIndex === task.threadCount - 1

  doWork(): number {
    const [seen, received, missed, gaps] = this.#ledger.read(this.#entry)
    const from = seen === 0 ? task.firstSequence : seen
    const { copies } = this.#batch
    const next = this.#reader.read(from, this.#batch, 1 + random.below(256))
    const batch = this.#batch
    const gapRecords = batch.gapTo === 0 ? 0 : batch.gapTo - batch.gapFrom + 1
    if (gapRecords > 0) assert.equal(batch.gapFrom, from, 'a gap begins where reading stopped')
    assert.equal(next - from, batch.count + gapRecords, 'every sequence is received or missed')
    for (let index = 0; index < batch.count; index += 1) this.#check(index, from + gapRecords + index)
    this.#ledger.write(this.#entry, next, received + batch.count, missed + gapRecords, gaps + (gapRecords > 0 ? 1 : 0))
    const discarded = batch.copies - copies - batch.count
    if (discarded > 0) this.#ledger.write(this.#entry + 1, this.#ledger.read(this.#entry + 1)[0] + discarded, 0, 0, 0)
    if (this.#isSlow && random.isOneIn(40)) block(random.below(12))
    return next - from
  }

  #check(index: number, sequence: number): void {
    const batch = this.#batch
    const hash = jsonHash(sequence)
    assert(batch.sequence[index] === sequence, 'records come in order')
    const isHeaderWhole =
      batch.kind[index] === (hash & 0xff) &&
      batch.instrument[index] === (hash & 0xffff) &&
      batch.product[index] === hash >>> 24 &&
      batch.receivedUs[index] === sequence + 0.5
    assert(isHeaderWhole, 'no header is torn')
    assert(jsonTable.isPayloadOf(hash, batch.json[index]!), 'no JSON is torn')
    assert(msgpackTable.isPayloadOf(msgpackHash(sequence), batch.msgpackOf(index)), 'no msgpack is torn')
  }

  msToNextDeadline(): number {
    return Number.POSITIVE_INFINITY
  }

  /** The writer has finished: read to the end. */
  close(): void {
    while (this.doWork() > 0);
  }
}

const cells = Array.from({ length: task.threadCount }, (_, index) => new ThreadCell(task.control, index))
const agent = task.threadIndex === 0 ? new StressWriter(cells.slice(1)) : new StressReader()
runBlocking([agent], cells[task.threadIndex]!)
