// How many conflatable bytes may be on their way to one client. The kernel takes megabytes before a socket says "full", and
// a trade would wait behind all of them; so books and state need credit, which the client's own pongs acknowledge. It grows
// while they queue for less than the budget and shrinks when they queue for longer. Trades need none. Pure: the clock and
// the ping are handed in. One per client, in the gateway thread.
//
// The smallest round trip stands for the empty line. It is measured by clean pings, sent when nothing is in flight; a busy
// client is held back for one round trip every two seconds to allow that ("probing").

import {
  BUDGET_MS,
  CREDIT_MAX_BYTES,
  CREDIT_MIN_BYTES,
  CREDIT_START_BYTES,
  KEEPALIVE_MS,
  NO_PONG_MS,
  PACED_BYTES_PER_S,
  PING_MS_MAX,
  PING_TRADE_BYTES,
  PINGS_MAX,
  PROBE_MS,
  SILENT_PING_MS,
  UNACKNOWLEDGED_BYTES_MAX,
} from './limits.js'

interface Ping {
  readonly id: number
  /** Cumulative conflatable bytes, and all bytes, sent before it. */
  readonly conflatable: number
  readonly total: number
  readonly atMs: number
  readonly isClean: boolean
}

export class Credit {
  readonly #ping: (payload: Uint8Array) => void
  readonly #payload = Buffer.from('TLK1\0\0\0\0', 'latin1')
  readonly #pings: Ping[] = []
  readonly #cleanRttsMs: number[] = []
  #lastPingId = 0
  #creditBytes = CREDIT_START_BYTES
  #sent = 0
  #acked = 0
  #total = 0
  #totalAcked = 0
  #pinged = 0
  #totalPinged = 0
  #minRttMs = Number.POSITIVE_INFINITY
  #previousRttMs = Number.POSITIVE_INFINITY
  #adjustedMs = Number.NEGATIVE_INFINITY
  #probedMs: number
  #lastPingMs: number
  #lastPongMs: number
  #probeId = 0
  #isProbing = false
  #isSlowStart = true
  #isLimited = false
  #pacedBytes = 0
  #pacedMs: number

  constructor(ping: (payload: Uint8Array) => void, nowMs: number) {
    this.#ping = ping
    this.#probedMs = nowMs
    this.#lastPingMs = nowMs
    this.#lastPongMs = nowMs
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
    return this.#creditBytes
  }

  /** The empty line's round trip; Infinity before the first pong. */
  get minRttMs(): number {
    return this.#minRttMs
  }

  /** Whether pongs stopped coming although pings wait for them. */
  isSilent(nowMs: number): boolean {
    const oldest = this.#pings[0]
    return oldest !== undefined && nowMs - oldest.atMs > NO_PONG_MS && nowMs - this.#lastPongMs > NO_PONG_MS
  }

  /** Whether trades may go on; never asked of a silent client, whose acknowledgements say nothing. */
  get isOverrun(): boolean {
    return this.unacknowledgedBytes >= UNACKNOWLEDGED_BYTES_MAX
  }

  mayStart(bytes: number, nowMs: number): boolean {
    if (this.isSilent(nowMs)) return this.#mayPace(nowMs)
    if (this.#isProbing) return false
    if (this.inFlightBytes === 0) return true
    if (this.inFlightBytes + bytes <= this.#creditBytes) return true
    this.#isLimited = true
    return false
  }

  sentConflatable(bytes: number): void {
    this.#sent += bytes
    this.#total += bytes
    // Before it was paced a client may have taken any amount: that costs it one second, not more.
    this.#pacedBytes = Math.max(this.#pacedBytes - bytes, -PACED_BYTES_PER_S)
  }

  sentLossless(bytes: number): void {
    this.#total += bytes
  }

  /** On open, right after the welcome: its sample is clean because the rest stands behind it. */
  open(nowMs: number): void {
    this.#sendPing(true, nowMs)
  }

  /** After each cork. */
  afterFlush(nowMs: number): void {
    const isCreditUsed = this.#sent - this.#pinged >= this.#creditBytes / 4
    if (this.#pings.length >= PINGS_MAX) return
    if (isCreditUsed || this.#total - this.#totalPinged >= PING_TRADE_BYTES) this.#sendPing(false, nowMs)
  }

  /** From the shared timer. */
  tick(nowMs: number): void {
    const isUnpinged = this.#total > this.#totalPinged
    const pauseMs = this.isSilent(nowMs) ? SILENT_PING_MS : PING_MS_MAX
    if (isUnpinged && nowMs - this.#lastPingMs >= pauseMs) this.#sendPing(false, nowMs)
    else if (nowMs - this.#lastPingMs >= KEEPALIVE_MS) this.#sendPing(this.inFlightBytes === 0, nowMs)
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
    this.#lastPongMs = nowMs
    // Not only the probe's own pong: waiting for one particular pong would wedge.
    if (id >= this.#probeId) this.#isProbing = false
    this.#learn(nowMs - ping.atMs, ping.isClean, nowMs)
    if (this.inFlightBytes === 0 && nowMs - this.#probedMs >= PROBE_MS) this.#probe(nowMs)
    return true
  }

  #learn(rttMs: number, isClean: boolean, nowMs: number): void {
    const previousRttMs = this.#previousRttMs
    this.#previousRttMs = rttMs
    if (isClean) {
      this.#cleanRttsMs.push(rttMs)
      if (this.#cleanRttsMs.length > 4) this.#cleanRttsMs.shift()
      this.#minRttMs = Math.min(...this.#cleanRttsMs)
      return
    }
    this.#minRttMs = Math.min(this.#minRttMs, rttMs)
    if (nowMs - this.#adjustedMs < rttMs) return
    this.#adjustedMs = nowMs
    const queueMs = Math.min(rttMs, previousRttMs) - this.#minRttMs
    const fit = (this.#minRttMs + BUDGET_MS) / rttMs
    if (queueMs > BUDGET_MS) {
      this.#isSlowStart = false
      this.#creditBytes = Math.max(CREDIT_MIN_BYTES, (this.#creditBytes + this.#creditBytes * fit) / 2)
    } else if (this.#isLimited) {
      const growth = this.#isSlowStart ? 2 : Math.min(2, (1 + fit) / 2)
      this.#creditBytes = Math.min(CREDIT_MAX_BYTES, this.#creditBytes * growth)
      this.#isLimited = false
    }
  }

  #probe(nowMs: number): void {
    this.#probedMs = nowMs
    this.#isProbing = true
    this.#sendPing(true, nowMs)
    this.#probeId = this.#lastPingId
  }

  #sendPing(isClean: boolean, nowMs: number): void {
    this.#lastPingId = (this.#lastPingId + 1) >>> 0
    const id = this.#lastPingId
    if (this.#pings.length >= PINGS_MAX) this.#pings.shift()
    this.#pings.push({ id, conflatable: this.#sent, total: this.#total, atMs: nowMs, isClean })
    this.#pinged = this.#sent
    this.#totalPinged = this.#total
    this.#lastPingMs = nowMs
    this.#payload.writeUInt32BE(id, 4)
    this.#ping(this.#payload)
  }

  /** A token bucket for a client that never answers: what is in flight is unknown, so the rate is small. */
  #mayPace(nowMs: number): boolean {
    const earned = ((nowMs - this.#pacedMs) / 1_000) * PACED_BYTES_PER_S
    this.#pacedBytes = Math.min(CREDIT_MIN_BYTES, this.#pacedBytes + earned)
    this.#pacedMs = nowMs
    return this.#pacedBytes > 0
  }
}
