// Forwards order book frames to the shards: copied once, undecoded, into the ring of the shard that owns the instrument, in
// order with the link records of the connections that bring them.

import assert from 'node:assert/strict'
import { DepthRecordKind, type DepthRingProducer } from '@tradelane/shared/lanes/depth-ring'
import { encodeLinkUp } from '@tradelane/shared/lanes/depth-ring-link-up'
import type { Decimal, Instrument, MonotonicUs } from '@tradelane/shared/market/nouns'
import type { Counters } from '@tradelane/shared/thread/counters'
import type { RingBackpressure } from './ring-backpressure.js'

interface Shard {
  readonly index: number
  readonly ring: DepthRingProducer
  /** Records were written since its thread was last rung. */
  isBellPending: boolean
}

/** A `linkUp` record that found no room in the ring. */
interface PendingLink {
  readonly amountFactor: Decimal | null
  readonly atUs: MonotonicUs
}

const NO_FRAME = new Uint8Array(0)

export class DepthForwarder {
  readonly #counters: Counters
  readonly #backpressure: RingBackpressure
  #shards: readonly Shard[] = []
  #shardOfInstrument: readonly number[] = []
  /** By instrument id. */
  readonly #pendingLinks: (PendingLink | undefined)[] = []
  #pendingLinkCount = 0

  constructor(counters: Counters, backpressure: RingBackpressure) {
    this.#counters = counters
    this.#backpressure = backpressure
  }

  /** Spreads the books over these shards from now on. The book connections are closed: new ones begin with a `linkUp`. */
  reshard(rings: readonly DepthRingProducer[], shardOfInstrument: readonly number[]): void {
    this.#shards = rings.map((ring, index) => ({ index, ring, isBellPending: false }))
    this.#shardOfInstrument = shardOfInstrument
    this.#pendingLinks.length = 0
    this.#pendingLinkCount = 0
    this.#backpressure.watch(rings)
  }

  shardOf({ id }: Instrument): number {
    return this.#shardOfInstrument[id] ?? 0
  }

  forward(instrument: Instrument, frame: Uint8Array, receivedUs: MonotonicUs): void {
    if (this.#pendingLinkCount > 0) this.#retryLink(instrument)
    this.#offer(DepthRecordKind.stream, instrument, frame, receivedUs)
  }

  /** A REST snapshot comes after the deltas that were received before it. */
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
      this.#setPendingLink(instrument, { amountFactor: factorOf(instrument), atUs })
      this.#retryLink(instrument)
    }
    this.flush()
  }

  linkDown(instruments: Iterable<Instrument>, atUs: MonotonicUs): void {
    for (const instrument of instruments) {
      this.#setPendingLink(instrument, undefined)
      this.#offer(DepthRecordKind.linkDown, instrument, NO_FRAME, atUs)
    }
    this.flush()
  }

  /** After each chunk of a socket: rings the threads of the shards that were written to. */
  flush(): void {
    for (const shard of this.#shards) {
      if (!shard.isBellPending) continue
      shard.isBellPending = false
      shard.ring.ring()
    }
  }

  #setPendingLink({ id }: Instrument, link: PendingLink | undefined): void {
    if (this.#pendingLinks[id] !== undefined) this.#pendingLinkCount -= 1
    if (link !== undefined) this.#pendingLinkCount += 1
    this.#pendingLinks[id] = link
    assert(this.#pendingLinkCount >= 0, 'pending links are counted as they come and go')
  }

  /** A shard that did not get the `linkUp` cannot read a book of contracts: retried when the ring has space. */
  #retryLink(instrument: Instrument): void {
    const link = this.#pendingLinks[instrument.id]
    if (link === undefined) return
    if (this.#offer(DepthRecordKind.linkUp, instrument, encodeLinkUp(link.amountFactor), link.atUs)) {
      this.#setPendingLink(instrument, undefined)
    }
  }

  /** False when it was lost. */
  #offer(kind: DepthRecordKind, instrument: Instrument, frame: Uint8Array, receivedUs: MonotonicUs): boolean {
    const shard = this.#shards[this.#shardOfInstrument[instrument.id] ?? -1]
    if (shard === undefined) return false
    shard.isBellPending = true
    const isForwarded = shard.ring.offer(kind, instrument.id, receivedUs, frame)
    this.#counters.add(isForwarded ? 'l2FramesForwarded' : 'l2FramesLost')
    this.#backpressure.check(shard.index)
    return isForwarded
  }
}
