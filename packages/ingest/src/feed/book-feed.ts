// Receives the frames of one connection plan of order books, all of one shard: each is copied once, undecoded, into the depth ring
// of the shard, in order with the link records of the connections and with the snapshots from REST.

import assert from 'node:assert/strict'
import { DepthRecordKind, type DepthRingProducer } from '@tradelane/shared/lanes/depth-ring'
import { encodeLinkDown, encodeLinkUp } from '@tradelane/shared/lanes/depth-ring-link-up'
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
import type { FrameHead } from '@tradelane/venues/frame-class'
import type { ContractSizes } from '@tradelane/venues/sizes'
import type { Subscription } from '@tradelane/venues/venue'
import type { IngestContext } from '../ingest-context.js'
import type { DepthRings } from '../publish/depth-rings.js'
import type { Link } from '../publish/link-publisher.js'
import type { WatchableFeed } from '../silence/watched-feed.js'

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

export class BookFeed implements WatchableFeed {
  readonly #options: BookFeedOptions
  readonly #rings: DepthRings
  readonly #producer: DepthRingProducer
  readonly #clock: Clock
  readonly #counters: Counters
  readonly #link: Link
  readonly #pendingLinks = new Map<Instrument, PendingLink>()
  #instruments: readonly Instrument[]
  /** Their market is closed: subscribed, and without a book, unless deltas come nevertheless. */
  readonly #halted = new Set<Instrument>()
  /** Refused on the connection in use. */
  #missing = new Set<Instrument>()
  /** Books that start again with the next connection. */
  readonly #renewed = new Set<Instrument>()
  /** Nothing comes of these although it should. */
  #silent: ReadonlySet<Instrument> = new Set()
  #isUp = false
  /** The books of the connection before go on. */
  #isContinued = false
  /** Records were written since the shard's thread was last rung. */
  #isBellPending = false

  constructor({ publishers, environment, counters }: IngestContext, options: BookFeedOptions) {
    this.#options = options
    this.#instruments = options.instruments
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
    for (const instrument of this.#instruments) {
      if (this.#halted.has(instrument)) continue
      const isContinued = isSeamless && !this.#pendingLinks.has(instrument) && !this.#renewed.has(instrument)
      this.#linkUp(instrument, isContinued ? DepthRecordKind.handover : DepthRecordKind.linkUp)
    }
    this.#renewed.clear()
    this.withdraw([...this.#halted], StatusReason.notTrading)
    this.#missing = new Set()
    if (!isSeamless) this.#silent = new Set()
    this.#setLink()
  }

  /** Their books are withheld until a frame continues them. */
  setSilent(silent: ReadonlySet<Subscription>): void {
    assert(this.#isUp, 'what has no connection is down, not silent')
    const before = this.#silent
    this.#silent = new Set([...silent].map(({ instrument }) => instrument).filter(each => !this.#halted.has(each)))
    const atUs = this.#clock.monotonicUs()
    for (const instrument of this.#silent) {
      if (!before.has(instrument)) this.#offer(DepthRecordKind.silent, instrument, NO_FRAME, atUs)
    }
    this.#flush()
    this.#setLink()
  }

  /** The ids of what follows would show what is missing, but a book that does not move has none that follow. */
  onUncertain(uncertain: ReadonlySet<Subscription>): void {
    for (const { instrument } of uncertain) this.#renewed.add(instrument)
  }

  /** A link with a missing book is not live. */
  onSettled(refused: ReadonlySet<Subscription>): void {
    this.#missing = new Set(
      [...refused].map(({ instrument }) => instrument).filter(each => this.#instruments.includes(each)),
    )
    if (this.#isContinued) this.withdraw([...this.#missing])
    this.#setLink()
  }

  onFrame(frame: Buffer, { instrument }: FrameHead, receivedUs: MonotonicUs): void {
    assert(this.#isUp, 'no frame comes before its connection is up')
    assert(instrument !== undefined, 'a book connection delivers frames of known instruments')
    // It trades again, before the list says so.
    if (this.#halted.size > 0 && this.#halted.delete(instrument)) this.#linkUp(instrument)
    if (this.#pendingLinks.size > 0) this.#retryLink(instrument)
    this.#offer(DepthRecordKind.stream, instrument, frame, receivedUs)
  }

  onChunkEnd(): void {
    this.#flush()
  }

  onDown(reason: StatusReason): void {
    this.#isUp = false
    this.withdraw(this.#instruments.filter(instrument => !this.#halted.has(instrument)))
    this.#link.down(reason)
  }

  /** A REST snapshot, which comes after the deltas that were received before it. */
  forwardRest(instrument: Instrument, body: Uint8Array, receivedUs: MonotonicUs): void {
    this.#offer(DepthRecordKind.rest, instrument, body, receivedUs)
    this.#flush()
  }

  /** Its deltas of this connection make no book: it starts again with those of the next. */
  renew(instrument: Instrument): void {
    this.#renewed.add(instrument)
  }

  /** The books of these instruments are stale from now on. If frames still come, the shard requests the book again. */
  withdraw(instruments: readonly Instrument[], reason: StatusReason = StatusReason.disconnected): void {
    const atUs = this.#clock.monotonicUs()
    for (const instrument of instruments) {
      this.#pendingLinks.delete(instrument)
      this.#offer(DepthRecordKind.linkDown, instrument, encodeLinkDown(reason), atUs)
    }
    this.#flush()
  }

  /** The venue has stopped trading it: its last book would stay visible. */
  halt(instrument: Instrument): void {
    this.#halted.add(instrument)
    this.withdraw([instrument], StatusReason.notTrading)
  }

  /** The venue trades it again. False: its frames have shown so already. */
  resume(instrument: Instrument): boolean {
    if (!this.#halted.delete(instrument)) return false
    this.restart(instrument)
    return true
  }

  /** Its book starts again, by what is now the value of its contract. */
  restart(instrument: Instrument): void {
    if (!this.#isUp || this.#halted.has(instrument)) return
    this.#linkUp(instrument)
    this.#flush()
  }

  /** Its connections carry it no longer. */
  leaveOut(instrument: Instrument, reason: StatusReason): void {
    this.#halted.delete(instrument)
    this.#instruments = this.#instruments.filter(each => each !== instrument)
    this.withdraw([instrument], reason)
    this.#missing.delete(instrument)
    if (this.#isUp) this.#setLink()
  }

  /** Other feeds take over its books. */
  retract(): void {
    this.#isUp = false
    this.#link.retract()
  }

  #setLink(): void {
    if (this.#missing.size > 0) this.#link.down(StatusReason.refused)
    else if (this.#silent.size > 0) this.#link.down(StatusReason.silent)
    else this.#link.live()
  }

  #linkUp(instrument: Instrument, kind: PendingLink['kind'] = DepthRecordKind.linkUp): void {
    const amountFactor = this.#options.sizes.levelFactor(instrument)
    this.#pendingLinks.set(instrument, { kind, amountFactor, atUs: this.#clock.monotonicUs() })
    this.#retryLink(instrument)
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
