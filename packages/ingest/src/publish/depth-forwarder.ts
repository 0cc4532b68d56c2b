// Order book frames on their way to the shards: copied once, undecoded, into the ring of the shard that owns the instrument.
// A ring three quarters full pauses the sockets that fill it; they carry no trades, so TCP may be the buffer behind them.

import { DepthRecordKind, type DepthRingProducer } from '@tradelane/shared/lanes/depth-ring'
import type { Decimal, Instrument, MonotonicUs } from '@tradelane/shared/market/nouns'
import type { Counters } from '@tradelane/shared/thread/counters'
import type { DurableConnection } from '../connection/durable-connection.js'
import { RING_CHECK_MS, RING_PAUSE_RATIO, RING_RESUME_RATIO } from '../limits.js'

interface Shard {
  readonly ring: DepthRingProducer
  readonly lines: DurableConnection[]
  isPaused: boolean
  isRingDue: boolean
}

/** The news of a connection that found no room in the ring. */
interface OwedLink {
  readonly factor: Uint8Array
  readonly atUs: MonotonicUs
}

const NO_FRAME = new Uint8Array(0)

export class DepthForwarder {
  #shards: readonly Shard[] = []
  #shardOfInstrument: readonly number[] = []
  readonly #counters: Counters
  /** By instrument id. */
  readonly #owed: (OwedLink | undefined)[] = []
  #owedCount = 0
  #timer: NodeJS.Timeout | undefined

  constructor(rings: readonly DepthRingProducer[], shardOfInstrument: readonly number[], counters: Counters) {
    this.#counters = counters
    this.reshard(rings, shardOfInstrument)
  }

  /** Spreads the books over these shards from now on. The book lines of before are closed: new ones tell all there is. */
  reshard(rings: readonly DepthRingProducer[], shardOfInstrument: readonly number[]): void {
    this.#shards = rings.map(ring => ({ ring, lines: [], isPaused: false, isRingDue: false }))
    this.#shardOfInstrument = shardOfInstrument
    this.#owed.length = 0
    this.#owedCount = 0
  }

  shardOf({ id }: Instrument): number {
    return this.#shardOfInstrument[id] ?? 0
  }

  /** All instruments of a book line belong to one shard. */
  addLine(line: DurableConnection, shard: number): void {
    this.#shards[shard]?.lines.push(line)
  }

  linesOf(shard: number): readonly DurableConnection[] {
    return this.#shards[shard]?.lines ?? []
  }

  forward(instrument: Instrument, frame: Uint8Array, receivedUs: MonotonicUs): void {
    if (this.#owedCount > 0) this.#settle(instrument)
    this.#offer(DepthRecordKind.stream, instrument, frame, receivedUs)
  }

  /** A REST snapshot travels behind the deltas that came before it. */
  forwardRest(instrument: Instrument, body: Uint8Array, receivedUs: MonotonicUs): void {
    this.#offer(DepthRecordKind.rest, instrument, body, receivedUs)
    this.flush()
  }

  /** `factorOf`: what amounts of the instrument's book are multiplied by, null for nothing. */
  linkUp(
    instruments: Iterable<Instrument>,
    atUs: MonotonicUs,
    factorOf: (instrument: Instrument) => Decimal | null,
  ): void {
    for (const instrument of instruments) {
      const factor = factorOf(instrument)
      const text = factor === null ? NO_FRAME : Buffer.from(factor, 'latin1')
      this.#owe(instrument, { factor: text, atUs })
      this.#settle(instrument)
    }
    this.flush()
  }

  linkDown(instruments: Iterable<Instrument>, atUs: MonotonicUs): void {
    for (const instrument of instruments) {
      this.#owe(instrument, undefined)
      this.#offer(DepthRecordKind.linkDown, instrument, NO_FRAME, atUs)
    }
    this.flush()
  }

  /** After each chunk of a socket: rings the shards that got something. */
  flush(): void {
    for (const shard of this.#shards) {
      if (!shard.isRingDue) continue
      shard.isRingDue = false
      shard.ring.ring()
    }
  }

  close(): void {
    clearTimeout(this.#timer)
  }

  #owe(instrument: Instrument, link: OwedLink | undefined): void {
    if (this.#owed[instrument.id] !== undefined) this.#owedCount -= 1
    if (link !== undefined) this.#owedCount += 1
    this.#owed[instrument.id] = link
  }

  /** A shard that never hears of the connection cannot read a book of contracts: told as soon as there is room. */
  #settle(instrument: Instrument): void {
    const link = this.#owed[instrument.id]
    if (link === undefined) return
    if (this.#offer(DepthRecordKind.linkUp, instrument, link.factor, link.atUs)) this.#owe(instrument, undefined)
  }

  /** False when it was lost. */
  #offer(kind: DepthRecordKind, instrument: Instrument, frame: Uint8Array, receivedUs: MonotonicUs): boolean {
    const shard = this.#shards[this.#shardOfInstrument[instrument.id] ?? -1]
    if (shard === undefined) return false
    shard.isRingDue = true
    const isForwarded = shard.ring.offer(kind, instrument.id, receivedUs, frame)
    this.#counters.add(isForwarded ? 'l2FramesForwarded' : 'l2FramesLost')
    if (!shard.isPaused && shard.ring.fillRatio() >= RING_PAUSE_RATIO) this.#pause(shard)
    return isForwarded
  }

  #pause(shard: Shard): void {
    shard.isPaused = true
    this.#counters.add('bookPauses')
    for (const line of shard.lines) line.pause()
    shard.ring.ring()
    this.#timer ??= setTimeout(this.#resumeDrained, RING_CHECK_MS)
  }

  readonly #resumeDrained = (): void => {
    this.#timer = undefined
    let isAnyPaused = false
    for (const shard of this.#shards) {
      if (!shard.isPaused) continue
      if (shard.ring.fillRatio() > RING_RESUME_RATIO) {
        isAnyPaused = true
        continue
      }
      shard.isPaused = false
      for (const line of shard.lines) line.resume()
    }
    if (isAnyPaused) this.#timer = setTimeout(this.#resumeDrained, RING_CHECK_MS)
  }
}
