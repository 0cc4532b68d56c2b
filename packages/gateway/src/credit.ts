// How many conflatable bytes may be on their way to one client. The kernel accepts megabytes before a socket reports
// backpressure, and a trade would wait behind all of them. So books and state need credit, and the client's own acknowledgements
// free it (`credit-window.ts` decides how much there is). Trades need none. Pure: clock and ping are handed in. One per client,
// in the gateway thread.
//
// What is acknowledged are marks in the bytes that the client was sent. A client that does nothing answers pings: a mark is a
// ping of ours behind those bytes. An intermediary that answers pings itself would grant credit falsely; a client behind one
// acknowledges frames by their number (`?ack=1`): then a frame is its own mark, made when it is sent, and pongs mean nothing.
//
// Clean marks, made when nothing is in flight, measure the smallest round trip. A busy client is held back for one round trip
// every two seconds to make room for one ("probing").

import assert from 'node:assert/strict'
import { DOUBLE, DOUBLE_ZERO } from '@tradelane/shared/thread/clock'
import { CreditWindow, type Mark } from './credit-window.js'
import {
  KEEPALIVE_MS,
  MARKS_MAX,
  NO_PONG_MS,
  PING_MS_MIN,
  PING_TRADE_BYTES,
  PING_TRADE_MS,
  PROBE_BYTES_MAX,
  PROOF_MS,
  SILENT_PING_MS,
  TICK_EARLY_MS,
  TICK_MS,
  UNACKNOWLEDGED_BYTES_MAX,
  UNREAD_MS,
} from './limits.js'
import { OpenMarks } from './open-marks.js'
import { Pace } from './pace.js'
import { Pings } from './pings.js'
import { Probe } from './probe.js'
import { SentBytes } from './sent-bytes.js'

/** Whether a client reads: no, or not any more; yes, but it has just connected; yes. */
export const Reading = { no: 0, recently: 1, yes: 2 } as const
export type Reading = (typeof Reading)[keyof typeof Reading]

/** Each smaller frame takes a thirty-second off the remembered size of the largest one. */
const FRAME_DECAY = 1 - 1 / 32

export class Credit {
  readonly #nowMs: () => number
  /** Of the frames, where the client acknowledges by message. */
  readonly #numbers: { readonly last: number } | undefined
  readonly #startMs: number = DOUBLE
  readonly #window = new CreditWindow()
  readonly #marks = new OpenMarks()
  readonly #pings: Pings
  readonly #pace: Pace
  readonly #probe: Probe
  readonly #conflatable = new SentBytes()
  /** Trades included. */
  readonly #all = new SentBytes()
  #frameBytes = DOUBLE_ZERO
  #isExhausted = false
  #tickedMs = DOUBLE
  #hasAnswered = false
  /** It acknowledged what it was sent some time after it connected. */
  #isProven = false
  #acknowledgedNumber = 0

  /** `numbers`: of the frames of a client that acknowledges by message; undefined: by pong. */
  constructor(ping: (payload: Uint8Array) => void, nowMs: () => number, numbers?: { readonly last: number }) {
    this.#nowMs = nowMs
    this.#numbers = numbers
    const startMs = nowMs()
    this.#startMs = startMs
    this.#probe = new Probe(startMs)
    this.#pings = new Pings(ping, startMs)
    this.#pace = new Pace(startMs)
    this.#tickedMs = startMs
  }

  /** Conflatable bytes only. */
  get inFlightBytes(): number {
    return this.#conflatable.inFlightBytes
  }

  /** Trades included. */
  get unacknowledgedBytes(): number {
    return this.#all.inFlightBytes
  }

  /** A frame was refused. State and books wait for an acknowledgement or a tick, also one that is short enough. */
  get isExhausted(): boolean {
    return this.#isExhausted
  }

  /** Of all frames. */
  get sentBytes(): number {
    return this.#all.sent
  }

  /** Pings, or frames, that it has not acknowledged. */
  get openMarks(): number {
    return this.#marks.count
  }

  get creditBytes(): number {
    return this.#window.bytes
  }

  get minRttMs(): number {
    return this.#window.minRttMs
  }

  /** Whether it ever acknowledged anything. */
  get hasAnswered(): boolean {
    return this.#hasAnswered
  }

  /** Whether even trades must wait. Means nothing for a silent client, which acknowledges nothing. */
  get isOverrun(): boolean {
    return this.unacknowledgedBytes >= UNACKNOWLEDGED_BYTES_MAX
  }

  /** The age of the oldest mark that it has yet to acknowledge; 0 where there is none. */
  lagMs(nowMs: number): number {
    const { oldest } = this.#marks
    return oldest === undefined ? 0 : nowMs - oldest.atMs
  }

  /** What it has shown so far: in this order trades go out. */
  readingAt(nowMs: number): Reading {
    if (!this.#hasAnswered || this.lagMs(nowMs) >= UNREAD_MS) return Reading.no
    return this.#isProven ? Reading.yes : Reading.recently
  }

  /**
   * Whether the client has never acknowledged anything, so that it is paced. A client that did and stopped is not silent: it
   * stopped reading, or is so slow that anything beyond its credit would be in front of its next trades.
   */
  isSilent(nowMs: number): boolean {
    return !this.#hasAnswered && this.lagMs(nowMs) > NO_PONG_MS
  }

  mayStart(bytes: number, nowMs: number): boolean {
    if (this.isSilent(nowMs)) return this.#pace.mayStart(nowMs)
    if (this.#probe.isOn) return this.#probe.mayBe(bytes, nowMs)
    return this.inFlightBytes === 0 || this.inFlightBytes + bytes <= this.#window.bytes
  }

  /** After `mayStart` refused a frame of this size. */
  blocked(bytes: number): void {
    // A probe waits for a short time.
    if (this.#probe.isOn) return
    this.#isExhausted = true
    this.#window.limited(this.inFlightBytes, bytes)
    // Without a ping now, only the timer would bring the pong that frees these bytes.
    if (this.#conflatable.unmarkedBytes > 0 && this.#marks.count === 0) this.#mark(false)
  }

  sentConflatable(bytes: number): void {
    this.#conflatable.send(bytes)
    this.#all.send(bytes)
    this.#assertParts()
    this.#frameBytes = Math.max(bytes, this.#frameBytes * FRAME_DECAY)
    this.#pace.sent(bytes)
  }

  sentLossless(bytes: number): void {
    this.#all.send(bytes)
  }

  /** On open, right after the welcome: nothing else is in flight, so this sample is clean. */
  open(): void {
    this.#mark(true)
  }

  /** After each conflatable frame, and after each cork of trades. */
  markIfNeeded(nowMs: number): void {
    if (this.#numbers !== undefined) {
      this.#markFrame()
      return
    }
    if (this.#marks.isFull) return
    const sincePingMs = nowMs - this.#pings.lastMs
    const isWanted =
      this.#conflatable.unmarkedBytes >= this.#window.pingBytes &&
      (this.inFlightBytes >= this.#window.bytes / 2 || this.#window.isLimited || sincePingMs >= PING_MS_MIN)
    if (isWanted || this.#all.unmarkedBytes >= PING_TRADE_BYTES) this.#mark(false)
  }

  /** A tick, where the last one was at least that long ago. */
  tickAfter(ms: number, nowMs: number): boolean {
    assert(nowMs >= this.#tickedMs, 'a tick is never in the future')
    return nowMs - this.#tickedMs >= ms && this.tick(nowMs)
  }

  /** About every 50 ms: pings where nothing else does. Returns whether it did. */
  tick(nowMs: number): boolean {
    this.#tickedMs = nowMs
    this.#isExhausted = false
    const sincePingMs = nowMs - this.#pings.lastMs
    if (this.#numbers !== undefined) {
      // A frame is marked when it is sent: a mark made now would pass for a quick round trip.
      if (sincePingMs < KEEPALIVE_MS) return false
      this.#pings.keepAlive(this.#nowMs())
      return true
    }
    // Where credit suffices, what follows a ping needs no other at once: the corks ping as well. Else each pong lets it grow.
    const enoughMs = this.#window.isLimited ? 0 : TICK_MS - TICK_EARLY_MS
    const leastMs = this.isSilent(nowMs) ? SILENT_PING_MS : enoughMs
    if (this.#conflatable.unmarkedBytes > 0 && sincePingMs >= leastMs) this.#mark(false)
    else if (this.#all.unmarkedBytes > 0 && sincePingMs >= PING_TRADE_MS) this.#mark(false)
    else if (sincePingMs >= KEEPALIVE_MS) this.#mark(this.inFlightBytes === 0)
    else return false
    return true
  }

  /** False for a pong that answers no ping of ours: unsolicited, or forged. */
  onPong(payload: Buffer, nowMs: number): boolean {
    if (this.#numbers !== undefined) return this.#pings.takeKeepalive(payload)
    // A client may answer only the newest of several pings (RFC 6455 §5.5.3): this pong answers the older ones too.
    const mark = this.#marks.takeExactly(this.#pings.idOf(payload))
    if (mark === undefined) return false
    this.#acknowledge(mark, nowMs)
    return true
  }

  /** The client has read all frames up to this number. False where it was never sent, or was acknowledged before. */
  onAcknowledged(number: number, nowMs: number): boolean {
    if (this.#numbers === undefined || !Number.isInteger(number)) return false
    if (number <= this.#acknowledgedNumber || number > this.#numbers.last) return false
    this.#acknowledgedNumber = number
    this.#hasAnswered = true
    const mark = this.#marks.takeUpTo(number)
    if (mark !== undefined) this.#acknowledge(mark, nowMs)
    // Frames of the gateway's own have no mark.
    if (number === this.#numbers.last) this.#all.acknowledge(this.#all.mark())
    this.#assertParts()
    return true
  }

  #acknowledge(mark: Mark, nowMs: number): void {
    this.#isExhausted = false
    const inFlightBefore = this.inFlightBytes
    this.#conflatable.acknowledge(mark.conflatable)
    this.#all.acknowledge(mark.total)
    this.#assertParts()
    this.#hasAnswered = true
    if (mark.atMs - this.#startMs >= PROOF_MS) this.#isProven = true
    this.#probe.acknowledged(mark.id)
    // A client that acknowledges each frame acknowledges many a trade alone, between two books: that says nothing about books.
    const isOfTrades = this.#numbers !== undefined && this.inFlightBytes === inFlightBefore
    if (isOfTrades && !mark.isClean) this.#window.learnRoundTrip(mark, nowMs)
    else this.#window.learn(mark, nowMs)
    if (this.inFlightBytes === 0 && this.#probe.isDue(nowMs)) this.#startProbe(nowMs)
  }

  #startProbe(nowMs: number): void {
    assert(this.inFlightBytes === 0, 'a probe starts when nothing conflatable is in flight')
    this.#probe.start(nowMs)
    if (this.#numbers === undefined) this.#probe.markedAs(this.#mark(true))
  }

  #markFrame(): void {
    const bytes = this.#all.unmarkedBytes
    if (bytes === 0) return
    // A cork of many trades is no probe, as a large frame is none; a large frame that may start has waited for a small one.
    const isProbe = this.#probe.isUnmarked && (bytes <= PROBE_BYTES_MAX || this.#conflatable.unmarkedBytes > 0)
    // The newest is marked again instead of forgetting the oldest: that one would then never be acknowledged.
    if (this.#marks.isFull) this.#marks.forgetNewest()
    const id = this.#mark(isProbe)
    if (isProbe) this.#probe.markedAs(id)
  }

  /** Returns the id that its acknowledgement names. */
  #mark(isClean: boolean): number {
    const id = this.#numbers?.last ?? this.#pings.nextId
    if (this.#marks.isFull) this.#marks.forgetOldest()
    const mark = this.#marks.add()
    mark.id = id
    mark.inFlightBytes = this.unacknowledgedBytes
    mark.conflatable = this.#conflatable.mark()
    mark.total = this.#all.mark()
    // Not the time of the turn: milliseconds that the turn has taken would pass for queueing.
    mark.atMs = this.#nowMs()
    mark.isClean = isClean
    mark.frameBytes = this.#frameBytes
    assert(mark.conflatable <= mark.total, 'conflatable bytes are part of all bytes')
    this.#marks.checkNewest()
    if (this.#marks.count > MARKS_MAX) assert.fail('no more marks are open than the limit')
    if (this.#numbers === undefined) this.#pings.send(mark.atMs)
    return id
  }

  #assertParts(): void {
    // Not `assert(…)`, whose call takes 3 ns: this runs for every book and client.
    if (this.inFlightBytes > this.unacknowledgedBytes)
      assert.fail('conflatable bytes in flight are part of all of them')
  }
}
