// Makes an exact book of one instrument from its depth records: linked or not, waiting for a snapshot, live. Whatever makes
// the book uncertain (gap, lost frame, malformed frame, lasting cross, unknown depth) drops it at once and requests one resync;
// the venue's own chain decides what may be applied. Runs in an L2 worker; next are the throttle and the publisher, through
// `BookEvents`.

import assert from 'node:assert/strict'
import { type DepthRecord, DepthRecordKind } from '@tradelane/shared/lanes/depth-ring'
import { decodeLinkDown, decodeLinkUp } from '@tradelane/shared/lanes/depth-ring-link-up'
import { type Instrument, type MonotonicUs, StatusReason } from '@tradelane/shared/market/nouns'
import type { Counters } from '@tradelane/shared/thread/counters'
import {
  type DepthChain,
  type DepthFrame,
  type DepthProtocol,
  DepthVerdict,
  newDepthFrame,
} from '@tradelane/venues/depth-protocol'
import { AmountFactor } from './amount-factor.js'
import { Book } from './book.js'
import { BookCross } from './book-cross.js'
import type { BookEvents } from './book-events.js'
import { BookStamp } from './book-stamp.js'
import { HeldDeltas } from './held-deltas.js'
import { FIRST_DELTA_MS_MAX, REST_SNAPSHOTS_PER_ROUND } from './limits.js'
import { ResyncSchedule } from './resync-schedule.js'

export interface InstrumentBookOptions {
  /** Index in the shard, of its cell and in the throttle. */
  readonly index: number
  readonly instrument: Instrument
  readonly depth: DepthProtocol
  /** Amounts come in contracts and are published in base: no book is shown before `linkUp` has brought the contract's value. */
  readonly needsFactor: boolean
  /** Levels a side that are published, and so must be known. */
  readonly depthLevels: number
  /** The ring's loss count for this instrument at attach. */
  readonly lossCount: number
  readonly events: BookEvents
  readonly counters: Counters
}

type BookState =
  /** No connection is known: frames are of no use. */
  | { readonly kind: 'unlinked' }
  | { readonly kind: 'waiting'; readonly reason: StatusReason }
  | { readonly kind: 'live' }

const NOTHING_SEEN = Number.NEGATIVE_INFINITY

export class InstrumentBook {
  readonly index: number
  readonly instrument: Instrument
  readonly sides = new Book()
  readonly stamp = new BookStamp()
  readonly amountFactor: AmountFactor

  readonly #depth: DepthProtocol
  /** Where REST snapshots are cut. Those on the socket are complete: the venue keeps to their number of levels by deltas. */
  readonly #snapshotLevelsMax: number
  readonly #depthLevels: number
  readonly #events: BookEvents
  readonly #counters: Counters
  readonly #chain: DepthChain
  readonly #held = new HeldDeltas()
  readonly #schedule: ResyncSchedule
  readonly #cross = new BookCross()
  #frame: DepthFrame = newDepthFrame()
  #state: BookState = { kind: 'unlinked' }
  /** Of the last record. */
  #lossCount: number
  /** The loss count for which a live book was dropped. It was read beside the ring, before a record carried it. */
  #noticedLossCount: number
  /** No frame comes although it should: what is known may be old. */
  #isSilent = false
  /** A snapshot by REST with a smaller sequence is older than what this connection has brought already. */
  #seenSequence = NOTHING_SEEN

  constructor(options: InstrumentBookOptions) {
    const isRest = options.depth.snapshotSource === 'rest'
    this.index = options.index
    this.instrument = options.instrument
    this.#depth = options.depth
    this.#snapshotLevelsMax = isRest
      ? (options.depth.snapshotLevelsMax ?? options.depthLevels)
      : Number.POSITIVE_INFINITY
    this.#schedule = new ResyncSchedule({
      snapshotsPerRound: isRest ? REST_SNAPSHOTS_PER_ROUND : 1,
      failsUnanswered: !isRest,
    })
    this.amountFactor = new AmountFactor(options.needsFactor)
    this.#depthLevels = options.depthLevels
    this.#lossCount = options.lossCount
    this.#noticedLossCount = options.lossCount
    this.#events = options.events
    this.#counters = options.counters
    this.#chain = options.depth.newChain()
  }

  /** Deltas that wait for a snapshot. */
  get heldCount(): number {
    return this.#held.count
  }

  get isLive(): boolean {
    return this.#state.kind === 'live'
  }

  /** Exact but not fit to be shown: withheld until it uncrosses or is dropped. */
  get isCrossed(): boolean {
    return this.#cross.isCrossed
  }

  /** No frame comes although it should: withheld until one continues it. */
  get isSilent(): boolean {
    return this.#isSilent
  }

  /** Whether clients may see it. */
  get isShown(): boolean {
    return this.isLive && !this.isCrossed && !this.#isSilent
  }

  /** Takes the next record of this instrument from the depth ring. */
  accept(record: DepthRecord, nowMs: number): void {
    if (record.lossCount !== this.#lossCount) this.#lost(record.lossCount, nowMs)
    if (record.kind === DepthRecordKind.linkUp) this.#linkUp(record, nowMs)
    else if (record.kind === DepthRecordKind.handover) this.#handOver(record, nowMs)
    else if (record.kind === DepthRecordKind.linkDown) this.#linkDown(decodeLinkDown(record.frame), nowMs)
    else if (record.kind === DepthRecordKind.silent) this.#silence(nowMs)
    else this.#acceptFrame(record.kind === DepthRecordKind.rest ? 'rest' : 'stream', record, nowMs)
  }

  /** Takes the count beside the ring: frames lost after the last record make the book wrong, although no sequence shows it. */
  checkLoss(lossCount: number, nowMs: number): void {
    assert(((lossCount - this.#lossCount) | 0) >= 0, 'the loss count beside the ring is not behind its records')
    if (lossCount === this.#lossCount || !this.isLive) return
    this.#noticedLossCount = lossCount
    this.#counters.add('bookLosses')
    this.#drop(StatusReason.overload, nowMs)
  }

  /** What depends on time alone: a cross that lasts, a request whose time has come. Its answer needs room in the ring. */
  sweep(nowMs: number, hasRoom = true): void {
    const crossRemedy = this.#cross.take(nowMs)
    if (crossRemedy === 'snapshot') this.#drop(StatusReason.crossed, nowMs)
    else if (crossRemedy === 'mark') this.#events.onStale(this.index, StatusReason.crossed, nowMs)
    const remedy = hasRoom ? this.#schedule.take(nowMs) : undefined
    const pauseMs = this.#schedule.takeNewPause()
    if (pauseMs > 0) this.#events.onPaused(this.index, pauseMs)
    if (remedy === undefined) return
    if (this.#state.kind === 'unlinked') this.#state = { kind: 'waiting', reason: StatusReason.snapshot }
    this.#counters.add('bookResyncs')
    this.#events.onResync(this.index, this.#state.kind === 'waiting' ? this.#state.reason : StatusReason.none, remedy)
  }

  #lost(lossCount: number, nowMs: number): void {
    this.#lossCount = lossCount
    if (this.#state.kind === 'unlinked') return
    // `checkLoss` has noticed it: a snapshot requested since then is newer than the loss, deltas held since then are not.
    if (lossCount === this.#noticedLossCount && !this.isLive) this.#forget()
    else {
      this.#counters.add('bookLosses')
      this.#drop(StatusReason.overload, nowMs)
    }
    assert(!this.isLive, 'a book that lost a record is not live')
  }

  #linkUp(record: DepthRecord, nowMs: number): void {
    this.amountFactor.take(decodeLinkUp(record.frame))
    if (this.amountFactor.isMissing) {
      this.#counters.add('contractValuesMissing')
      this.#events.onMalformed(this.index)
      this.#linkDown(StatusReason.disconnected, nowMs)
      return
    }
    this.#forget()
    this.#seenSequence = NOTHING_SEEN
    this.#schedule.reset(nowMs)
    this.#wait(StatusReason.snapshot, nowMs)
    // The subscription itself brings one, or the first delta requests it; in a quiet market none may come for minutes.
    if (this.#depth.snapshotSource === 'stream') this.#schedule.expect(nowMs)
    else this.#schedule.expect(nowMs, FIRST_DELTA_MS_MAX)
  }

  /** The book goes on by its ids: live, or with the deltas that wait for a snapshot. */
  #handOver(record: DepthRecord, nowMs: number): void {
    // Of a contract that changed, levels from before are worth something else.
    const isSameBook = this.#state.kind !== 'unlinked' && this.amountFactor.isSame(decodeLinkUp(record.frame))
    if (isSameBook) this.#chain.handOver()
    else this.#linkUp(record, nowMs)
  }

  #linkDown(reason: StatusReason, nowMs: number): void {
    this.#forget()
    this.#schedule.reset(nowMs)
    this.#state = { kind: 'unlinked' }
    this.#assertEmpty()
    this.#events.onStale(this.index, reason, nowMs)
  }

  /** The book and its chain are kept: if this was a false alarm, the next frame continues them. */
  #silence(nowMs: number): void {
    if (!this.isLive) return
    this.#isSilent = true
    this.#events.onStale(this.index, StatusReason.silent, nowMs)
  }

  /** A frame continues the chain: the book is the venue's newest. */
  #confirm(nowMs: number): void {
    assert(this.isLive, 'only a live book is confirmed')
    if (!this.#isSilent) return
    this.#isSilent = false
    this.#events.onReset(this.index, nowMs)
  }

  #acceptFrame(source: 'stream' | 'rest', record: DepthRecord, nowMs: number): void {
    const isCurrent = source === 'stream' || this.#schedule.arrived()
    if (this.#state.kind === 'unlinked') {
      // The `linkUp` record may have been lost with the previous worker: request a snapshot when frames come without it for long.
      if (source === 'stream' && !this.amountFactor.isMissing) this.#schedule.expect(nowMs)
      return
    }
    // A second answer, after the first made the book: older than the book.
    if (source === 'rest' && this.isLive) return
    // Held deltas show whether a snapshot is new enough. Without them only one that was requested after the last drop is.
    if (!isCurrent && this.#held.count === 0) {
      this.#schedule.snapshotUnusable(nowMs)
      return
    }
    const frame = this.#frame
    if (this.#depth.decode(record.frame, source, frame)) {
      if (source === 'rest' && this.#isOutdated(frame)) this.#schedule.snapshotTooOld(nowMs)
      else this.#actOn(this.#chain.offer(frame), frame, record.receivedUs, nowMs)
    } else if (source === 'stream') this.#dropMalformed(nowMs)
    else {
      this.#reportMalformed()
      this.#schedule.snapshotUnusable(nowMs)
    }
  }

  /**
   * The venue may answer from a cache that is behind its own stream. Held deltas show that, or that the venue restarted its
   * numbering; without them only the frames before the drop do, and in a quiet market the next delta may come late.
   */
  #isOutdated(snapshot: DepthFrame): boolean {
    return this.#held.count === 0 && snapshot.sequence < this.#seenSequence
  }

  #actOn(verdict: DepthVerdict, frame: DepthFrame, receivedUs: MonotonicUs, nowMs: number): void {
    switch (verdict) {
      case DepthVerdict.apply:
        this.#apply(frame, receivedUs, nowMs)
        break
      case DepthVerdict.replace:
        this.#replace(frame, receivedUs, nowMs)
        break
      case DepthVerdict.hold:
        this.#hold(frame, nowMs)
        break
      case DepthVerdict.skip:
        if (!this.isLive) break
        this.stamp.confirm(receivedUs)
        this.#confirm(nowMs)
        break
      case DepthVerdict.gap:
        this.#counters.add('bookGaps')
        this.#drop(StatusReason.sequenceGap, nowMs)
        // The delta behind the gap may be the first that the new snapshot needs.
        if (this.#chain.offer(frame) === DepthVerdict.hold) this.#hold(frame, nowMs)
        break
      case DepthVerdict.snapshotTooOld:
        this.#schedule.snapshotTooOld(nowMs)
        break
    }
  }

  #apply(delta: DepthFrame, receivedUs: MonotonicUs, nowMs: number): void {
    assert(this.isLive, 'a delta is applied to a live book')
    if (!this.sides.apply(delta)) {
      this.#dropMalformed(nowMs)
      return
    }
    this.stamp.take(delta, receivedUs)
    if (!this.#check(nowMs)) return
    this.#confirm(nowMs)
    this.#events.onChanged(this.index, nowMs)
  }

  #replace(snapshot: DepthFrame, receivedUs: MonotonicUs, nowMs: number): void {
    assert(this.#state.kind !== 'unlinked', 'a book without a connection takes no snapshot')
    if (!this.sides.replace(snapshot, this.#snapshotLevelsMax)) {
      this.#dropMalformed(nowMs)
      return
    }
    this.#cross.end()
    this.#seenSequence = NOTHING_SEEN
    this.#state = { kind: 'live' }
    this.#isSilent = false
    this.#schedule.satisfied(nowMs)
    this.stamp.take(snapshot, receivedUs)
    if (!this.#check(nowMs)) return
    this.#cross.checked(nowMs)
    for (const delta of this.#held.take()) this.#actOn(this.#chain.offer(delta), delta, receivedUs, nowMs)
    if (this.isLive) this.#events.onReset(this.index, nowMs)
  }

  #hold(delta: DepthFrame, nowMs: number): void {
    assert(!this.isLive, 'a delta is held only while there is no book')
    // Where the socket brings the snapshot, deltas before it are older than it.
    if (this.#depth.snapshotSource === 'stream') return
    if (delta === this.#frame) this.#frame = newDepthFrame()
    if (!this.#held.hold(delta)) {
      this.#counters.add('heldDeltasDropped')
      this.#chain.reset()
      this.#schedule.outdate()
      this.#seenSequence = delta.sequence
    }
    this.#schedule.want(nowMs)
  }

  /** False when the book had to be dropped. */
  #check(nowMs: number): boolean {
    assert(this.isLive, 'only a live book is checked')
    const droppedCount = this.sides.takeDropped()
    if (droppedCount > 0) this.#counters.add('levelsDropped', droppedCount)
    if (!this.sides.knows(this.#depthLevels)) {
      // The price moved beyond the levels of the snapshot.
      this.#counters.add('booksOutOfDepth')
      this.#drop(StatusReason.snapshot, nowMs)
      return false
    }
    if (!this.sides.isCrossed) this.#cross.end()
    else if (this.#cross.begin(nowMs)) this.#counters.add('booksCrossed')
    return true
  }

  #dropMalformed(nowMs: number): void {
    this.#reportMalformed()
    this.#drop(StatusReason.malformed, nowMs)
  }

  #reportMalformed(): void {
    this.#counters.add('depthFramesMalformed')
    this.#events.onMalformed(this.index)
  }

  #drop(reason: StatusReason, nowMs: number): void {
    const isVenueFault = reason === StatusReason.sequenceGap || reason === StatusReason.malformed
    if (isVenueFault && this.isLive) this.#schedule.broken(nowMs)
    if (this.isLive) this.#seenSequence = this.stamp.sequence
    this.#forget()
    this.#schedule.outdate()
    this.#schedule.want(nowMs)
    this.#wait(reason, nowMs)
  }

  #forget(): void {
    this.#isSilent = false
    this.#chain.reset()
    this.#held.clear()
    this.sides.clear()
    this.#cross.end()
    this.#assertEmpty()
  }

  #wait(reason: StatusReason, nowMs: number): void {
    this.#assertEmpty()
    this.#state = { kind: 'waiting', reason }
    this.#events.onStale(this.index, reason, nowMs)
  }

  #assertEmpty(): void {
    assert(this.sides.isEmpty && this.#held.count === 0 && !this.isCrossed, 'nothing is left of a book that is dropped')
  }
}
