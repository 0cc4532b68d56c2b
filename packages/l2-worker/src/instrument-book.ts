// One instrument's way from depth records to an exact book: linked or not, waiting for a snapshot, live. Every doubt (gap,
// lost frame, malformed frame, lasting cross, unknown depth) drops the book at once and asks for one resync; the venue's own
// chain decides what may be applied. Lives in an L2 worker; what follows are the throttle and the publisher, through
// `BookEvents`.

import type { Counters } from '@tradelane/shared/counters'
import { type DepthRecord, DepthRecordKind } from '@tradelane/shared/depth-ring'
import { type Instrument, StatusReason, type WallUs } from '@tradelane/shared/nouns'
import { type DepthChain, type DepthFrame, type DepthProtocol, DepthVerdict } from '@tradelane/venues/venue'
import { Book } from './book.js'
import { HeldDeltas, newDepthFrame } from './held-deltas.js'
import { CROSSED_MS_MAX } from './limits.js'
import { ResyncSchedule } from './resync-schedule.js'

export interface BookEvents {
  /** The book is gone; say so now. Called again when the reason changes. */
  onStale(book: InstrumentBook, reason: StatusReason, nowMs: number): void
  /** A delta was applied. */
  onChanged(book: InstrumentBook, nowMs: number): void
  /** A snapshot, and what was held for it, made a new book. */
  onReset(book: InstrumentBook, nowMs: number): void
  onResync(book: InstrumentBook, reason: StatusReason): void
  onMalformed(book: InstrumentBook): void
}

export interface InstrumentBookOptions {
  /** Index in the shard, of cell and throttle. */
  readonly index: number
  readonly instrument: Instrument
  readonly depth: DepthProtocol
  /** Levels a side that are emitted, and so must be known. */
  readonly depthLevels: number
  /** The ring's loss count for this instrument at attach. */
  readonly lossCount: number
  readonly events: BookEvents
  readonly counters: Counters
}

type FeedState =
  /** No connection that we were told of: frames mean nothing. */
  | { readonly kind: 'unlinked' }
  | { readonly kind: 'waiting'; readonly reason: StatusReason }
  | { readonly kind: 'live' }

export class InstrumentBook {
  readonly index: number
  readonly instrument: Instrument
  readonly book = new Book()
  /** Of the last frame in the book: what the emission carries. */
  sequence = 0
  engineUs: WallUs | null = null
  venueUs = 0 as WallUs
  receivedUs = 0 as WallUs

  readonly #depth: DepthProtocol
  readonly #snapshotLevelsMax: number
  readonly #depthLevels: number
  readonly #events: BookEvents
  readonly #counters: Counters
  readonly #chain: DepthChain
  readonly #held = new HeldDeltas()
  readonly #schedule = new ResyncSchedule()
  #frame: DepthFrame = newDepthFrame()
  #state: FeedState = { kind: 'unlinked' }
  #lossCount: number
  /** NaN while the sides do not cross. */
  #crossedMs = Number.NaN

  constructor(options: InstrumentBookOptions) {
    this.index = options.index
    this.instrument = options.instrument
    this.#depth = options.depth
    this.#snapshotLevelsMax = options.depth.snapshotLevelsMax ?? options.depthLevels
    this.#depthLevels = options.depthLevels
    this.#lossCount = options.lossCount
    this.#events = options.events
    this.#counters = options.counters
    this.#chain = options.depth.newChain()
  }

  get isLive(): boolean {
    return this.#state.kind === 'live'
  }

  /** Exact but not fit to be shown: withheld until it uncrosses or is dropped. */
  get isCrossed(): boolean {
    return !Number.isNaN(this.#crossedMs)
  }

  /** Takes the next record of this instrument from the depth ring. */
  accept(record: DepthRecord, nowMs: number): void {
    if (record.lossCount !== this.#lossCount) {
      this.#lossCount = record.lossCount
      this.#counters.add('bookLosses')
      if (this.#state.kind !== 'unlinked') this.#drop(StatusReason.overload, nowMs)
    }
    switch (record.kind) {
      case DepthRecordKind.linkUp:
        return this.#linkUp(nowMs)
      case DepthRecordKind.linkDown:
        return this.#linkDown(nowMs)
      case DepthRecordKind.stream:
        return this.#acceptFrame('stream', record, nowMs)
      case DepthRecordKind.rest:
        return this.#acceptFrame('rest', record, nowMs)
    }
  }

  /** Frames of this instrument were lost behind what has been read: the book is wrong although no sequence says so. */
  checkLoss(lossCount: number, nowMs: number): void {
    if (lossCount === this.#lossCount || this.#state.kind !== 'live') return
    this.#counters.add('bookLosses')
    this.#drop(StatusReason.overload, nowMs)
  }

  /** What time alone decides: a cross that lasts, a request that is due. */
  sweep(nowMs: number): void {
    if (nowMs - this.#crossedMs > CROSSED_MS_MAX) this.#drop(StatusReason.crossed, nowMs)
    if (!this.#schedule.take(nowMs)) return
    if (this.#state.kind === 'unlinked') this.#state = { kind: 'waiting', reason: StatusReason.snapshot }
    this.#counters.add('bookResyncs')
    this.#events.onResync(this, this.#state.kind === 'waiting' ? this.#state.reason : StatusReason.none)
  }

  #linkUp(nowMs: number): void {
    this.#forget()
    this.#schedule.reset()
    this.#wait(StatusReason.snapshot, nowMs)
    // With `rest` the first delta asks; with `stream` the subscription itself brings a snapshot.
    this.#schedule.expect(nowMs)
  }

  #linkDown(nowMs: number): void {
    this.#forget()
    this.#schedule.reset()
    this.#state = { kind: 'unlinked' }
    this.#events.onStale(this, StatusReason.disconnected, nowMs)
  }

  #acceptFrame(source: 'stream' | 'rest', record: DepthRecord, nowMs: number): void {
    if (this.#state.kind === 'unlinked') {
      // The news of the link may have been lost with the worker before us: frames without it for long are believed.
      this.#schedule.expect(nowMs)
      return
    }
    // A second answer to a request that was already satisfied: older than the book.
    if (source === 'rest' && this.#state.kind === 'live') return
    const frame = this.#frame
    if (!this.#depth.decode(record.frame, source, frame)) {
      this.#counters.add('depthFramesMalformed')
      this.#events.onMalformed(this)
      if (source === 'rest') this.#schedule.answeredInVain(nowMs)
      else this.#drop(StatusReason.malformed, nowMs)
      return
    }
    this.#settle(this.#chain.offer(frame), frame, source, record.receivedUs as WallUs, nowMs)
  }

  #settle(
    verdict: DepthVerdict,
    frame: DepthFrame,
    source: 'stream' | 'rest',
    receivedUs: WallUs,
    nowMs: number,
  ): void {
    switch (verdict) {
      case DepthVerdict.apply:
        if (this.#state.kind !== 'live') return this.#drop(StatusReason.sequenceGap, nowMs)
        if (!this.book.apply(frame)) return this.#dropMalformed(nowMs)
        this.#stamp(frame, receivedUs)
        if (this.#check(nowMs)) this.#events.onChanged(this, nowMs)
        return
      case DepthVerdict.replace:
        return this.#replace(frame, source, receivedUs, nowMs)
      case DepthVerdict.hold:
        return this.#hold(frame, nowMs)
      case DepthVerdict.skip:
        return
      case DepthVerdict.gap:
        this.#counters.add('bookGaps')
        this.#drop(StatusReason.sequenceGap, nowMs)
        // The delta behind the gap may be the first that the new snapshot needs.
        if (this.#chain.offer(frame) === DepthVerdict.hold) this.#hold(frame, nowMs)
        return
      case DepthVerdict.snapshotTooOld:
        return this.#schedule.answeredInVain(nowMs)
    }
  }

  #replace(snapshot: DepthFrame, source: 'stream' | 'rest', receivedUs: WallUs, nowMs: number): void {
    const levelsMax = source === 'rest' ? this.#snapshotLevelsMax : Number.POSITIVE_INFINITY
    if (!this.book.replace(snapshot, levelsMax)) return this.#dropMalformed(nowMs)
    this.#crossedMs = Number.NaN
    this.#state = { kind: 'live' }
    this.#schedule.satisfied(nowMs)
    this.#stamp(snapshot, receivedUs)
    if (!this.#check(nowMs)) return
    for (const delta of this.#held.take()) this.#settle(this.#chain.offer(delta), delta, 'stream', receivedUs, nowMs)
    if (this.isLive) this.#events.onReset(this, nowMs)
  }

  #hold(delta: DepthFrame, nowMs: number): void {
    // Where a stream brings its own snapshot, deltas before it are older than it.
    if (this.#depth.snapshotSource === 'stream') return
    if (delta === this.#frame) this.#frame = newDepthFrame()
    if (!this.#held.hold(delta)) this.#chain.reset()
    this.#schedule.want(nowMs)
  }

  /** False when the book had to be dropped. */
  #check(nowMs: number): boolean {
    if (!this.book.knows(this.#depthLevels)) {
      // The price walked out of what the snapshot showed.
      this.#drop(StatusReason.snapshot, nowMs)
      return false
    }
    if (!this.book.isCrossed) this.#crossedMs = Number.NaN
    else if (!this.isCrossed) {
      this.#crossedMs = nowMs
      this.#counters.add('booksCrossed')
    }
    return true
  }

  #dropMalformed(nowMs: number): void {
    this.#counters.add('depthFramesMalformed')
    this.#events.onMalformed(this)
    this.#drop(StatusReason.malformed, nowMs)
  }

  #drop(reason: StatusReason, nowMs: number): void {
    this.#forget()
    this.#wait(reason, nowMs)
    this.#schedule.want(nowMs)
  }

  #forget(): void {
    this.#chain.reset()
    this.#held.clear()
    this.book.clear()
    this.#crossedMs = Number.NaN
  }

  #wait(reason: StatusReason, nowMs: number): void {
    this.#state = { kind: 'waiting', reason }
    this.#events.onStale(this, reason, nowMs)
  }

  #stamp(frame: DepthFrame, receivedUs: WallUs): void {
    this.sequence = frame.sequence
    this.engineUs = frame.engineUs
    this.venueUs = frame.venueUs ?? frame.engineUs ?? receivedUs
    this.receivedUs = receivedUs
  }
}
