// Producer or consumer of `depth-ring.stress.ts`, in a thread of its own.

import assert from 'node:assert/strict'
import { workerData } from 'node:worker_threads'
import type { InstrumentId, MonotonicUs } from '../../market/nouns.js'
import type { Agent } from '../../thread/agent.js'
import { ThreadCell } from '../../thread/parking.js'
import { runBlocking } from '../../thread/runner.js'
import { type DepthRecord, type DepthRecordKind, DepthRingConsumer, DepthRingProducer } from '../depth-ring.js'
import { PRODUCER_EPOCH_OFFSET } from '../depth-ring-layout.js'
import { Ledger } from './ledger.js'
import { mix, PayloadTable, Random } from './stress-plan.js'
import { block, DEATH_EXIT_CODE, spin } from './stress-thread.js'

export interface DepthRingTask {
  readonly ring: SharedArrayBuffer
  /** Cell 0 is the producer's, cell 1 the consumer's. */
  readonly control: SharedArrayBuffer
  /** How many frames the venue has sent of each instrument, f64: the producer holds at most one that it has not offered. */
  readonly source: SharedArrayBuffer
  /** Of each instrument: last sequence, frames delivered, frames dropped, frames skipped because the consumer was new. */
  readonly ledger: SharedArrayBuffer
  readonly seed: number
  readonly role: 'producer' | 'consumer'
}

const FRAME_BYTES_TYPICAL_MAX = 600
const FRAME_BYTES_MAX = 10_000
/** Before the payload: sequence f64, producer's epoch i32, number of the frame among all of this producer i32. */
const HEAD_BYTES = 16

const task = workerData as DepthRingTask & { readonly life: number }
const random = new Random(mix(task.seed, (task.role === 'producer' ? 0 : 100_003) + task.life))
/** Most frames are small, one in 64 up to 10 kB: more than an eighth of the ring. */
const smallTable = new PayloadTable(task.seed, FRAME_BYTES_TYPICAL_MAX)
const largeTable = new PayloadTable(task.seed + 1, FRAME_BYTES_MAX)
const tableOf = (hash: number): PayloadTable => ((hash & 63) === 0 ? largeTable : smallTable)
const hashOf = (instrument: number, sequence: number): number => mix(task.seed + instrument, sequence)
const kindOf = (hash: number): DepthRecordKind => (1 + ((hash >>> 6) & 1)) as DepthRecordKind
const source = new Float64Array(task.source)
const ringWords = new Int32Array(task.ring)
const producerEpoch = (): number => Atomics.load(ringWords, PRODUCER_EPOCH_OFFSET / 4)

class StressProducer implements Agent {
  readonly #producer: DepthRingProducer
  readonly #epoch: number
  readonly #frame = Buffer.alloc(HEAD_BYTES + FRAME_BYTES_MAX)
  readonly #head = new DataView(this.#frame.buffer, this.#frame.byteOffset, HEAD_BYTES)
  /** Like ingest, it mostly pauses at 75 % and goes on at 50 %; sometimes it is greedy, and the ring overflows. */
  #isGreedy = random.isOneIn(3)
  #isPaused = false
  #frameNumber = 0

  constructor(bell: ThreadCell) {
    this.#producer = new DepthRingProducer(task.ring, bell)
    this.#epoch = producerEpoch()
  }

  doWork(): number {
    if (random.isOneIn(300)) this.#isGreedy = random.isOneIn(4)
    const fill = this.#producer.fillRatio()
    this.#isPaused = !this.#isGreedy && fill >= (this.#isPaused ? 0.5 : 0.75)
    if (this.#isPaused) {
      block(0.2)
      return 1
    }
    const burst = 1 + random.below(32)
    for (let count = 0; count < burst; count += 1) this.#offer(random.below(source.length))
    this.#producer.ring()
    if (random.isOneIn(3_000)) this.#dieInMidRecord()
    if (random.isOneIn(30)) block(random.below(3) / 2)
    else spin(random.below(1_000))
    return burst
  }

  #offer(instrument: number): void {
    const sequence = this.#take(instrument)
    const hash = hashOf(instrument, sequence)
    const payload = tableOf(hash).bytesOf(hash)
    this.#head.setFloat64(0, sequence, true)
    this.#head.setInt32(8, this.#epoch, true)
    this.#head.setInt32(12, this.#frameNumber, true)
    payload.copy(this.#frame, HEAD_BYTES)
    const frame = this.#frame.subarray(0, HEAD_BYTES + payload.length)
    this.#producer.offer(kindOf(hash), instrument as InstrumentId, (sequence + 0.5) as MonotonicUs, frame)
  }

  /** The next frame of the venue. A producer that dies before it is offered has lost it. */
  #take(instrument: number): number {
    this.#frameNumber += 1
    source[instrument]! += 1
    return source[instrument]!
  }

  #dieInMidRecord(): void {
    const instrument = random.below(source.length)
    this.#take(instrument)
    const frame = Buffer.alloc(100, 0xee)
    let asked = 0
    Object.defineProperty(frame, 'length', {
      get: () => {
        asked += 1
        return asked === 1 ? 100 : process.exit(DEATH_EXIT_CODE)
      },
    })
    this.#producer.offer(1, instrument as InstrumentId, 0 as MonotonicUs, frame)
  }

  msToNextDeadline(): number {
    return 0
  }

  close(): void {
    this.#producer.ring()
  }
}

/** What this consumer has read of an instrument; its successor starts without. */
interface Known {
  sequence: number
  lossCount: number
  epoch: number
}

class StressConsumer implements Agent {
  readonly #consumer = new DepthRingConsumer(task.ring)
  readonly #ledger = new Ledger(task.ledger)
  readonly #known = new Map<number, Known>()
  #epoch = 0
  #frameNumber = 0
  /** Pauses at the start of some lives and at random: so long that the ring of a greedy producer overflows. */
  #restMs = random.isOneIn(3) ? 100 : 0

  doWork(): number {
    let count = 0
    const countMax = 1 + random.below(64)
    if (random.isOneIn(5_000) && this.#consumer.hasRecord()) this.#dieInMidRecord()
    while (count < countMax && this.#consumer.read()) {
      this.#check(this.#consumer.record)
      count += 1
    }
    if (random.isOneIn(400)) this.#restMs = random.below(12)
    if (this.#restMs > 0) {
      block(Math.min(this.#restMs, 1))
      this.#restMs -= 1
    }
    return count
  }

  #check(record: DepthRecord): void {
    const { instrument, frame } = record
    const sequence = frame.readDoubleLE(0)
    const epoch = frame.readInt32LE(8)
    const frameNumber = frame.readInt32LE(12)
    const hash = hashOf(instrument, sequence)
    assert(record.kind === kindOf(hash) && record.receivedUs === sequence + 0.5, 'no header is torn')
    assert(tableOf(hash).isPayloadOf(hash, frame, HEAD_BYTES), 'no frame is torn')
    assert(((this.#consumer.lossCount(instrument) - record.lossCount) | 0) >= 0, 'the count beside the ring is ahead')
    assert(epoch > this.#epoch || (epoch === this.#epoch && frameNumber > this.#frameNumber), 'frames come in order')
    this.#epoch = epoch
    this.#frameNumber = frameNumber
    const [last, delivered, dropped, skipped] = this.#ledger.read(instrument)
    assert(sequence > last, 'frames of an instrument come in order')
    const missing = sequence - last - 1
    const known = this.#known.get(instrument)
    if (known === undefined) {
      this.#known.set(instrument, { sequence, lossCount: record.lossCount, epoch })
      this.#ledger.write(instrument, sequence, delivered + 1, dropped, skipped + missing)
      return
    }
    assert(known.sequence === last)
    checkLoss(missing, record.lossCount - known.lossCount, epoch - known.epoch)
    known.sequence = sequence
    known.lossCount = record.lossCount
    known.epoch = epoch
    this.#ledger.write(instrument, sequence, delivered + 1, dropped + missing, skipped)
  }

  #dieInMidRecord(): void {
    Object.defineProperty(this.#consumer.record, 'receivedUs', { set: () => process.exit(DEATH_EXIT_CODE) })
    this.#consumer.read()
  }

  msToNextDeadline(): number {
    return Number.POSITIVE_INFINITY
  }

  /** The producer has finished: the counts beside the ring must explain every frame that was sent and never arrived. */
  close(): void {
    while (this.doWork() > 0 || this.#consumer.hasRecord());
    for (let instrument = 0; instrument < source.length; instrument += 1) {
      const [last, delivered, dropped, skipped] = this.#ledger.read(instrument)
      const missing = source[instrument]! - last
      const known = this.#known.get(instrument)
      if (known !== undefined) {
        const losses = this.#consumer.lossCount(instrument as InstrumentId) - known.lossCount
        checkLoss(missing, losses, producerEpoch() - known.epoch)
      }
      const isSkip = known === undefined
      this.#ledger.write(
        instrument,
        last + missing,
        delivered,
        dropped + (isSkip ? 0 : missing),
        skipped + (isSkip ? missing : 0),
      )
    }
  }
}

/** A drop raises the count by one; so does each new producer, whose predecessor may or may not have lost a frame. */
function checkLoss(missing: number, lossCountRise: number, newProducers: number): void {
  const losses = lossCountRise | 0
  if (newProducers === 0) assert(missing === losses, 'every drop is counted, and nothing else')
  else assert(missing <= losses && missing >= losses - newProducers, 'every drop is counted, and every new producer')
}

const producerCell = new ThreadCell(task.control, 0)
const consumerCell = new ThreadCell(task.control, 1)
if (task.role === 'producer') runBlocking([new StressProducer(consumerCell)], producerCell)
else runBlocking([new StressConsumer()], consumerCell)
