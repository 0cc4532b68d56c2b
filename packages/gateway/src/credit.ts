// How many conflatable bytes may be on their way to one client. The kernel takes megabytes before a socket says "full", and
// a trade would wait behind all of them; so books and state need credit, which the client's own pongs acknowledge
// (`credit-window.ts` says how much). Trades need none. Pure: the clock and the ping are handed in. One per client, in the
// gateway thread.
//
// The smallest round trip is measured by clean pings, sent when nothing is in flight; a busy client is held back for one
// round trip every two seconds to allow that ("probing").

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

/** The largest frame of late is forgotten by a thirty-second part with each smaller one. */
const FRAME_DECAY = 1 - 1 / 32

export class Credit {
  readonly #ping: (payload: Uint8Array) => void
  readonly #clockMs: () => number
  readonly #payload = Buffer.from('TLK1\0\0\0\0', 'latin1')
  readonly #window = new CreditWindow()
  readonly #pings: Ping[] = []
  #lastPingId = 0
  #pingCount = 0
  #sent = 0
  #acked = 0
  #pinged = 0
  #total = 0
  #totalAcked = 0
  #totalPinged = 0
  #frameBytes = 0
  #lastPingMs: number
  #hasAnswered = false
  #probedMs: number
  #probeId = 0
  #isProbing = false
  #pacedBytes = 0
  #pacedMs: number

  constructor(ping: (payload: Uint8Array) => void, clockMs: () => number) {
    this.#ping = ping
    this.#clockMs = clockMs
    const nowMs = clockMs()
    this.#probedMs = nowMs
    this.#lastPingMs = nowMs
    this.#pacedMs = nowMs
  }

  get inFlightBytes(): number {
    return this.#sent - this.#acked
  }

  /** Trades included. */
  get unacknowledgedBytes(): number {
    return this.#total - this.#totalAcked
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

  /** Whether trades may go on; never asked of a silent client, whose acknowledgements say nothing. */
  get isOverrun(): boolean {
    return this.unacknowledgedBytes >= UNACKNOWLEDGED_BYTES_MAX
  }

  /**
   * Whether it is a client that answers no pings at all, for which other rules hold. One that did answer and stopped is not:
   * it reads no more, or is so slow that whatever is sent beyond its credit would stand before its next trades.
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

  /** After `mayStart` said no to a frame of so many bytes. */
  blocked(bytes: number): void {
    if (this.#isProbing) return
    this.#window.limited(this.inFlightBytes, bytes)
    // Nothing else would acknowledge these bytes before the timer does.
    if (this.#sent > this.#pinged && this.#pings.length === 0) this.#sendPing(false)
  }

  sentConflatable(bytes: number): void {
    this.#sent += bytes
    this.#total += bytes
    this.#frameBytes = Math.max(bytes, this.#frameBytes * FRAME_DECAY)
    // Before it was paced a client may have taken any amount: that costs it one second, not more.
    this.#pacedBytes = Math.max(this.#pacedBytes - bytes, -PACED_BYTES_PER_S)
  }

  sentLossless(bytes: number): void {
    this.#total += bytes
  }

  /** On open, right after the welcome: its sample is clean because the rest stands behind it. */
  open(): void {
    this.#sendPing(true)
  }

  /** After each conflatable frame, and after each cork of trades. */
  pingIfDue(nowMs: number): void {
    if (this.#pings.length >= PINGS_MAX) return
    const sincePingMs = nowMs - this.#lastPingMs
    const isDue =
      this.#sent - this.#pinged >= this.#window.pingBytes &&
      (this.inFlightBytes >= this.#window.bytes / 2 || this.#window.isLimited || sincePingMs >= PING_MS_MIN)
    if (isDue || this.#total - this.#totalPinged >= PING_TRADE_BYTES) this.#sendPing(false)
  }

  /** From the shared timer. */
  tick(nowMs: number): void {
    const sincePingMs = nowMs - this.#lastPingMs
    const isSilent = this.isSilent(nowMs)
    if (this.#sent > this.#pinged && (!isSilent || sincePingMs >= SILENT_PING_MS)) this.#sendPing(false)
    else if (this.#total > this.#totalPinged && sincePingMs >= PING_TRADE_MS) this.#sendPing(false)
    else if (sincePingMs >= KEEPALIVE_MS) this.#sendPing(this.inFlightBytes === 0)
  }

  /** False for a pong that answers no ping of ours: a client's own business, or forged. */
  onPong(payload: Buffer, nowMs: number): boolean {
    if (payload.length !== this.#payload.length || payload.compare(this.#payload, 0, 4, 0, 4) !== 0) return false
    const id = payload.readUInt32BE(4)
    const index = this.#pings.findIndex(ping => ping.id === id)
    const ping = this.#pings[index]
    if (ping === undefined) return false
    // A client may answer only the newest of several pings (RFC 6455 §5.5.3): this one answers the older ones too.
    this.#pings.splice(0, index + 1)
    this.#acked = ping.conflatable
    this.#totalAcked = ping.total
    this.#hasAnswered = true
    // Not only the probe's own pong: waiting for one particular pong would wedge.
    if (id >= this.#probeId) this.#isProbing = false
    this.#window.learn(ping, nowMs)
    if (this.inFlightBytes === 0 && nowMs - this.#probedMs >= PROBE_MS) this.#probe(nowMs)
    return true
  }

  /** Pings sent since this was last asked. */
  takePingCount(): number {
    const pingCount = this.#pingCount
    this.#pingCount = 0
    return pingCount
  }

  #probe(nowMs: number): void {
    this.#probedMs = nowMs
    this.#isProbing = true
    this.#sendPing(true)
    this.#probeId = this.#lastPingId
  }

  #sendPing(isClean: boolean): void {
    this.#lastPingId = (this.#lastPingId + 1) >>> 0
    if (this.#pings.length >= PINGS_MAX) this.#pings.shift()
    // Not the time of the turn: a turn may have taken milliseconds already, and they would pass for queueing.
    const atMs = this.#clockMs()
    this.#pings.push({
      id: this.#lastPingId,
      conflatable: this.#sent,
      total: this.#total,
      atMs,
      isClean,
      inFlightBytes: this.unacknowledgedBytes,
      frameBytes: this.#frameBytes,
    })
    this.#pinged = this.#sent
    this.#totalPinged = this.#total
    this.#lastPingMs = atMs
    this.#pingCount += 1
    this.#payload.writeUInt32BE(this.#lastPingId, 4)
    this.#ping(this.#payload)
  }

  /** A token bucket for a client that does not answer: what is in flight is unknown, so the rate is small. */
  #mayPace(nowMs: number): boolean {
    const earned = ((nowMs - this.#pacedMs) / 1_000) * PACED_BYTES_PER_S
    this.#pacedBytes = Math.min(PACED_BURST_BYTES, this.#pacedBytes + earned)
    this.#pacedMs = nowMs
    return this.#pacedBytes > 0
  }
}
