// How many conflatable bytes may be on their way to one client. The kernel accepts megabytes before a socket reports
// backpressure, and a trade would wait behind all of them. So books and state need credit, and the client's own pongs free it
// (`credit-window.ts` decides how much there is). Trades need none. Pure: clock and ping are handed in. One per client, in
// the gateway thread.
//
// Clean pings, sent when nothing is in flight, measure the smallest round trip. A busy client is held back for one round trip
// every two seconds to make room for one ("probing").

import assert from 'node:assert/strict'
import { CreditWindow, type Ping } from './credit-window.js'
import {
  KEEPALIVE_MS,
  NO_PONG_MS,
  PACED_BURST_BYTES,
  PACED_BYTES_PER_S,
  PING_MS_MIN,
  PING_TRADE_BYTES,
  PING_TRADE_MS,
  PINGS_MAX,
  PROBE_MS,
  SILENT_PING_MS,
  UNACKNOWLEDGED_BYTES_MAX,
} from './limits.js'
import { SentBytes } from './sent-bytes.js'

/** Each smaller frame takes a thirty-second off the remembered size of the largest one. */
const FRAME_DECAY = 1 - 1 / 32

export class Credit {
  readonly #ping: (payload: Uint8Array) => void
  readonly #nowMs: () => number
  readonly #payload = Buffer.from('TLK1\0\0\0\0', 'latin1')
  readonly #window = new CreditWindow()
  /** Unanswered ones, oldest first. */
  readonly #pings: Ping[] = []
  readonly #conflatable = new SentBytes()
  /** Trades included. */
  readonly #all = new SentBytes()
  #lastPingId = 0
  #frameBytes = 0
  #lastPingMs: number
  #hasAnswered = false
  #probedMs: number
  #probeId = 0
  #isProbing = false
  #pacedBytes = 0
  #pacedMs: number

  constructor(ping: (payload: Uint8Array) => void, nowMs: () => number) {
    this.#ping = ping
    this.#nowMs = nowMs
    const startMs = nowMs()
    this.#probedMs = startMs
    this.#lastPingMs = startMs
    this.#pacedMs = startMs
  }

  /** Conflatable bytes only. */
  get inFlightBytes(): number {
    return this.#conflatable.inFlightBytes
  }

  /** Trades included. */
  get unacknowledgedBytes(): number {
    return this.#all.inFlightBytes
  }

  /** Of all frames. */
  get sentBytes(): number {
    return this.#all.sent
  }

  get creditBytes(): number {
    return this.#window.bytes
  }

  get minRttMs(): number {
    return this.#window.minRttMs
  }

  /** Whether it ever answered a ping. */
  get hasAnswered(): boolean {
    return this.#hasAnswered
  }

  /** Whether even trades must wait. Means nothing for a silent client, which acknowledges nothing. */
  get isOverrun(): boolean {
    return this.unacknowledgedBytes >= UNACKNOWLEDGED_BYTES_MAX
  }

  /**
   * Whether the client has never answered a ping, so that it is paced. A client that did answer and stopped is not silent: it
   * stopped reading, or is so slow that anything beyond its credit would be in front of its next trades.
   */
  isSilent(nowMs: number): boolean {
    const oldest = this.#pings[0]
    return !this.#hasAnswered && oldest !== undefined && nowMs - oldest.atMs > NO_PONG_MS
  }

  mayStart(bytes: number, nowMs: number): boolean {
    if (this.isSilent(nowMs)) return this.#mayPace(nowMs)
    if (this.#isProbing) return false
    return this.inFlightBytes === 0 || this.inFlightBytes + bytes <= this.#window.bytes
  }

  /** After `mayStart` refused a frame of this size. */
  blocked(bytes: number): void {
    if (this.#isProbing) return
    this.#window.limited(this.inFlightBytes, bytes)
    // Without a ping now, only the timer would bring the pong that frees these bytes.
    if (this.#conflatable.unpingedBytes > 0 && this.#pings.length === 0) this.#sendPing(false)
  }

  sentConflatable(bytes: number): void {
    this.#conflatable.send(bytes)
    this.#all.send(bytes)
    this.#assertParts()
    this.#frameBytes = Math.max(bytes, this.#frameBytes * FRAME_DECAY)
    // A client may have been sent any amount before it was paced: that costs it one second, not more.
    this.#pacedBytes = Math.max(this.#pacedBytes - bytes, -PACED_BYTES_PER_S)
  }

  sentLossless(bytes: number): void {
    this.#all.send(bytes)
  }

  /** On open, right after the welcome: nothing else is in flight, so this sample is clean. */
  open(): void {
    this.#sendPing(true)
  }

  /** After each conflatable frame, and after each cork of trades. */
  pingIfNeeded(nowMs: number): void {
    if (this.#pings.length >= PINGS_MAX) return
    const sincePingMs = nowMs - this.#lastPingMs
    const isWanted =
      this.#conflatable.unpingedBytes >= this.#window.pingBytes &&
      (this.inFlightBytes >= this.#window.bytes / 2 || this.#window.isLimited || sincePingMs >= PING_MS_MIN)
    if (isWanted || this.#all.unpingedBytes >= PING_TRADE_BYTES) this.#sendPing(false)
  }

  /** From the shared timer. */
  tick(nowMs: number): void {
    const sincePingMs = nowMs - this.#lastPingMs
    const isSilent = this.isSilent(nowMs)
    if (this.#conflatable.unpingedBytes > 0 && (!isSilent || sincePingMs >= SILENT_PING_MS)) this.#sendPing(false)
    else if (this.#all.unpingedBytes > 0 && sincePingMs >= PING_TRADE_MS) this.#sendPing(false)
    else if (sincePingMs >= KEEPALIVE_MS) this.#sendPing(this.inFlightBytes === 0)
  }

  /** False for a pong that answers no ping of ours: unsolicited, or forged. */
  onPong(payload: Buffer, nowMs: number): boolean {
    if (payload.length !== this.#payload.length || payload.compare(this.#payload, 0, 4, 0, 4) !== 0) return false
    const id = payload.readUInt32BE(4)
    const index = this.#pings.findIndex(ping => ping.id === id)
    const ping = this.#pings[index]
    if (ping === undefined) return false
    // A client may answer only the newest of several pings (RFC 6455 §5.5.3): this pong answers the older ones too.
    this.#pings.splice(0, index + 1)
    this.#conflatable.acknowledge(ping.conflatable)
    this.#all.acknowledge(ping.total)
    this.#assertParts()
    this.#hasAnswered = true
    // Any pong from the probe's on will do: a client need not answer the probe itself.
    if (id >= this.#probeId) this.#isProbing = false
    this.#window.learn(ping, nowMs)
    if (this.inFlightBytes === 0 && nowMs - this.#probedMs >= PROBE_MS) this.#probe(nowMs)
    return true
  }

  #probe(nowMs: number): void {
    assert(this.inFlightBytes === 0, 'a probe starts when nothing conflatable is in flight')
    this.#probedMs = nowMs
    this.#isProbing = true
    this.#sendPing(true)
    this.#probeId = this.#lastPingId
  }

  #sendPing(isClean: boolean): void {
    const newest = this.#pings.at(-1)
    const id = (this.#lastPingId + 1) >>> 0
    if (this.#pings.length >= PINGS_MAX) this.#pings.shift()
    // Not the time of the turn: milliseconds that the turn has taken would pass for queueing.
    const atMs = this.#nowMs()
    const ping: Ping = {
      id,
      inFlightBytes: this.unacknowledgedBytes,
      conflatable: this.#conflatable.ping(),
      total: this.#all.ping(),
      atMs,
      isClean,
      frameBytes: this.#frameBytes,
    }
    assert(ping.conflatable <= ping.total, 'conflatable bytes are part of all bytes')
    assert(newest === undefined || isInOrder(newest, ping), 'pings are in order of id, time and bytes')
    this.#pings.push(ping)
    assert(this.#pings.length <= PINGS_MAX, 'no more pings are open than the limit')
    this.#lastPingId = id
    this.#lastPingMs = atMs
    this.#payload.writeUInt32BE(id, 4)
    this.#ping(this.#payload)
  }

  #assertParts(): void {
    // Not `assert(…)`, whose call takes 3 ns: this runs for every book and client.
    if (this.inFlightBytes > this.unacknowledgedBytes)
      assert.fail('conflatable bytes in flight are part of all of them')
  }

  /** A token bucket for a client that does not answer: what is in flight is unknown, so the rate is small. */
  #mayPace(nowMs: number): boolean {
    const earnedBytes = ((nowMs - this.#pacedMs) / 1_000) * PACED_BYTES_PER_S
    assert(earnedBytes >= 0, 'monotonic time never goes back')
    this.#pacedBytes = Math.min(PACED_BURST_BYTES, this.#pacedBytes + earnedBytes)
    this.#pacedMs = nowMs
    return this.#pacedBytes > 0
  }
}

function isInOrder(before: Ping, after: Ping): boolean {
  const isNext = after.id === (before.id + 1) >>> 0
  return isNext && after.atMs >= before.atMs && after.conflatable >= before.conflatable && after.total >= before.total
}
