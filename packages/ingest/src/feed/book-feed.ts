// Receives the frames of one connection plan of order books, all of one shard: each is copied once, undecoded, into the depth ring
// of the shard, in order with the link records of the connections and with the snapshots from REST.

import assert from 'node:assert/strict'
import { DepthRecordKind, type DepthRingProducer } from '@tradelane/shared/lanes/depth-ring'
import { encodeLinkUp } from '@tradelane/shared/lanes/depth-ring-link-up'
import {
  type Decimal,
  type Instrument,
  Kind,
  type MonotonicUs,
  type ProductIndex,
  StatusReason,
} from '@tradelane/shared/market/nouns'
import type { Clock } from '@tradelane/shared/thread/clock'
import type { Counters } from '@tradelane/shared/thread/counters'
import type { ContractSizes } from '@tradelane/venues/sizes'
import type { FrameHead, Subscription } from '@tradelane/venues/venue'
import type { ConnectionReceiver } from '../connection/connection-receiver.js'
import type { IngestContext } from '../ingest-context.js'
import type { DepthRings } from '../publish/depth-rings.js'
import type { Link } from '../publish/link-publisher.js'

export interface BookFeedOptions {
  readonly productIndex: ProductIndex
  readonly shard: number
  /** All of this shard. */
  readonly instruments: readonly Instrument[]
  readonly sizes: ContractSizes
}

/** A `linkUp` or `handover` record that found no room in the ring. */
interface PendingLink {
  readonly kind: typeof DepthRecordKind.linkUp | typeof DepthRecordKind.handover
  readonly amountFactor: Decimal | null
  readonly atUs: MonotonicUs
}

const NO_FRAME = new Uint8Array(0)

export class BookFeed implements ConnectionReceiver {
  readonly #options: BookFeedOptions
  readonly #rings: DepthRings
  readonly #producer: DepthRingProducer
  readonly #clock: Clock
  readonly #counters: Counters
  readonly #link: Link
  readonly #ended = new Set<Instrument>()
  readonly #pendingLinks = new Map<Instrument, PendingLink>()
  /** Books that begin anew with the next connection. */
  readonly #renewed = new Set<Instrument>()
  #isUp = false
  /** The books of the connection before go on. */
  #isContinued = false
  /** Records were written since the shard's thread was last rung. */
  #isBellPending = false

  constructor({ publishers, environment, counters }: IngestContext, options: BookFeedOptions) {
    this.#options = options
    this.#rings = publishers.depthRings
    this.#producer = publishers.depthRings.producerOf(options.shard)
    this.#clock = environment.clock
    this.#counters = counters
    this.#link = publishers.links.newLink(options.productIndex, Kind.orderBookL2)
  }

  /** `isSeamless`: the books go on, by the ids of the frames that follow. */
  onUp(isSeamless: boolean): void {
    assert(this.#isUp || !isSeamless, 'a connection takes over from one that is up')
    this.#isUp = true
    this.#isContinued = isSeamless
    const { instruments, sizes } = this.#options
    const atUs = this.#clock.monotonicUs()
    for (const instrument of instruments) {
      const isContinued = isSeamless && !this.#pendingLinks.has(instrument) && !this.#renewed.has(instrument)
      const kind = isContinued ? DepthRecordKind.handover : DepthRecordKind.linkUp
      this.#pendingLinks.set(instrument, { kind, amountFactor: sizes.levelFactor(instrument), atUs })
      this.#retryLink(instrument)
    }
    this.#renewed.clear()
    this.#flush()
    this.#link.live()
  }

  /** A link with a missing book is not live. */
  onSettled(refused: ReadonlySet<Subscription>): void {
    if (this.#isContinued) this.withdraw([...refused].map(({ instrument }) => instrument))
    const isMissing = [...refused].some(({ instrument }) => !this.#ended.has(instrument))
    if (isMissing) this.#link.down(StatusReason.refused)
    else this.#link.live()
  }

  onFrame(frame: Buffer, { instrument }: FrameHead, receivedUs: MonotonicUs): void {
    assert(this.#isUp, 'no frame comes before its connection is up')
    assert(instrument !== undefined, 'a book connection delivers frames of known instruments')
    if (this.#pendingLinks.size > 0) this.#retryLink(instrument)
    this.#offer(DepthRecordKind.stream, instrument, frame, receivedUs)
  }

  onChunkEnd(): void {
    this.#flush()
  }

  onDown(reason: StatusReason): void {
    this.#isUp = false
    this.withdraw(this.#options.instruments)
    this.#link.down(reason)
  }

  /** A REST snapshot, which comes after the deltas that were received before it. */
  forwardRest(instrument: Instrument, body: Uint8Array, receivedUs: MonotonicUs): void {
    this.#offer(DepthRecordKind.rest, instrument, body, receivedUs)
    this.#flush()
  }

  /** The venue no longer lists these instruments: the link is not down because of them. */
  end(instruments: readonly Instrument[]): void {
    for (const instrument of instruments) this.#ended.add(instrument)
    this.withdraw(instruments)
  }

  /** Its deltas of this connection make no book: it begins anew with those of the next. */
  renew(instrument: Instrument): void {
    this.#renewed.add(instrument)
  }

  /** The books of these instruments are stale from now on. */
  withdraw(instruments: readonly Instrument[]): void {
    const atUs = this.#clock.monotonicUs()
    for (const instrument of instruments) {
      this.#pendingLinks.delete(instrument)
      this.#offer(DepthRecordKind.linkDown, instrument, NO_FRAME, atUs)
    }
    this.#flush()
  }

  /** Other feeds take over its books. */
  retract(): void {
    this.#isUp = false
    this.#link.retract()
  }

  /** A shard that did not get it cannot read a book of contracts: retried when the ring has space. */
  #retryLink(instrument: Instrument): void {
    const link = this.#pendingLinks.get(instrument)
    if (link === undefined) return
    const frame = encodeLinkUp(link.amountFactor)
    if (this.#offer(link.kind, instrument, frame, link.atUs)) this.#pendingLinks.delete(instrument)
  }

  /** False when it was lost. */
  #offer(kind: DepthRecordKind, instrument: Instrument, frame: Uint8Array, receivedUs: MonotonicUs): boolean {
    this.#isBellPending = true
    const isForwarded = this.#producer.offer(kind, instrument.id, receivedUs, frame)
    this.#count(kind, isForwarded)
    this.#rings.checkFill(this.#options.shard)
    return isForwarded
  }

  #count(kind: DepthRecordKind, isForwarded: boolean): void {
    if (kind === DepthRecordKind.stream) this.#counters.add(isForwarded ? 'l2FramesForwarded' : 'l2FramesLost')
    else if (kind === DepthRecordKind.rest) this.#counters.add(isForwarded ? 'snapshotsForwarded' : 'snapshotsLost')
    else if (!isForwarded) this.#counters.add('linkRecordsLost')
  }

  /** Wakes the shard's thread once for all records since the last time. */
  #flush(): void {
    if (!this.#isBellPending) return
    this.#isBellPending = false
    this.#producer.ring()
  }
}
