// One client on a network path with a rate, a round trip and jitter, in virtual time: what `Credit` lets through queues on the
// path, and a ping is answered when everything before it has arrived. Nothing sleeps; ten seconds take milliseconds. Used by
// the tests of credit and by the credit figures in `benchmarks`.

import assert from 'node:assert/strict'
import { Credit } from '../credit.js'
import { TICK_MS } from '../limits.js'

export interface PathOptions {
  readonly bytesPerS: number
  readonly roundTripMs: number
  /** Each direction is delayed by up to this much more, in order. */
  readonly jitterMs?: number
  readonly seed?: number
  readonly frameBytes: number
  /** Frames offered per second, of which at most one per instrument waits; Infinity: one always waits. */
  readonly framesPerS: number
  /** How many of them are offered together. */
  readonly framesAtOnce?: number
  readonly instrumentCount?: number
  /** Trades, which need no credit: bytes each, and number per second. */
  readonly tradeBytes?: number
  readonly tradesPerS?: number
  /** A client that answers only the newest of the pings that it finds. */
  readonly answersNewestOnly?: boolean
  /** Pongs and acknowledgements stop at this time. */
  readonly silentFromMs?: number
  /** The client acknowledges by message: every so many frames, or so long after the first one that is not acknowledged. */
  readonly acks?: { readonly frames: number; readonly ms: number }
  /** It answers pings at once, and buffers without bound before the path. */
  readonly hasIntermediary?: boolean
}

interface Arrival {
  readonly atMs: number
  readonly act: () => void
}

export class PathSimulation {
  readonly credit: Credit
  nowMs = 0
  /** Conflatable bytes that have arrived at the client. */
  deliveredBytes = 0
  inFlightBytesMax = 0
  pingCount = 0
  ackCount = 0
  /** From send to arrival. */
  readonly tradeAges: { readonly atMs: number; readonly ageMs: number }[] = []
  /** Of conflatable frames: when they were sent, and how long they waited for the bytes before them. */
  readonly sends: { readonly atMs: number; readonly waitMs: number }[] = []
  #options: Required<Omit<PathOptions, 'acks'>> & Pick<PathOptions, 'acks'>
  readonly #arrivals: Arrival[] = []
  readonly #heldPongs: Buffer[] = []
  #random: number
  #pathFreeMs = 0
  #lastArrivalMs = 0
  #lastPongMs = 0
  #waiting = 0
  readonly #numbers = { last: 0 }
  #readNumber = 0
  #ackedNumber = 0

  constructor(options: PathOptions) {
    this.#options = {
      jitterMs: 0,
      seed: 1,
      framesAtOnce: 1,
      instrumentCount: 12,
      tradeBytes: 300,
      tradesPerS: 0,
      answersNewestOnly: false,
      silentFromMs: Number.POSITIVE_INFINITY,
      hasIntermediary: false,
      ...options,
    }
    this.#random = this.#options.seed
    this.credit = new Credit(
      payload => this.#sendPing(Buffer.from(payload)),
      () => this.nowMs,
      options.acks === undefined ? undefined : this.#numbers,
    )
    // Instead of the welcome.
    if (options.acks !== undefined) this.#sendFrame(1)
    this.credit.open()
    this.#every(TICK_MS, () => {
      this.credit.tick(this.nowMs)
      this.#pump()
    })
    const { framesPerS, framesAtOnce, tradesPerS, instrumentCount, tradeBytes } = this.#options
    if (framesPerS === Number.POSITIVE_INFINITY) this.#waiting = Number.POSITIVE_INFINITY
    else {
      this.#every((1_000 * framesAtOnce) / framesPerS, () => {
        this.#waiting = Math.min(instrumentCount, this.#waiting + framesAtOnce)
        this.#pump()
      })
    }
    if (tradesPerS > 0) {
      this.#every(1_000 / tradesPerS, () => {
        const atMs = this.nowMs
        this.tradeAges.push({ atMs, ageMs: this.#sendFrame(tradeBytes) - atMs })
        this.credit.sentLossless(tradeBytes)
        this.credit.markIfNeeded(this.nowMs)
      })
    }
    this.#pump()
  }

  runUntil(untilMs: number): this {
    for (let next = this.#arrivals[0]; next !== undefined && next.atMs <= untilMs; next = this.#arrivals[0]) {
      this.#arrivals.shift()
      this.nowMs = next.atMs
      next.act()
    }
    this.nowMs = untilMs
    return this
  }

  /** From now on the path has this rate and round trip. */
  change(path: { readonly bytesPerS: number; readonly roundTripMs: number }): void {
    this.#options = { ...this.#options, ...path }
  }

  /** Bytes per second that arrived between now and `ms` later. */
  rateOver(ms: number): number {
    const before = this.deliveredBytes
    this.runUntil(this.nowMs + ms)
    return ((this.deliveredBytes - before) / ms) * 1_000
  }

  /** From send to arrival, of trades sent since `sinceMs`. */
  tradeAgeMs(share: number, sinceMs: number): number {
    const ages = this.tradeAges.filter(({ atMs }) => atMs >= sinceMs).map(({ ageMs }) => ageMs)
    return ages.sort((a, b) => a - b)[Math.min(ages.length - 1, Math.floor(ages.length * share))] ?? 0
  }

  /** Median wait of the frames sent since `sinceMs`. */
  medianWaitMs(sinceMs: number): number {
    const waits = this.sends.filter(({ atMs }) => atMs >= sinceMs).map(({ waitMs }) => waitMs)
    return waits.sort((a, b) => a - b)[Math.floor(waits.length / 2)] ?? 0
  }

  #pump(): void {
    const { frameBytes } = this.#options
    while (this.#waiting > 0) {
      if (!this.credit.mayStart(frameBytes, this.nowMs)) {
        this.credit.blocked(frameBytes)
        return
      }
      this.#waiting -= 1
      this.sends.push({ atMs: this.nowMs, waitMs: Math.max(0, this.#pathFreeMs - this.nowMs) })
      const arrivesMs = this.#sendFrame(frameBytes)
      this.#at(arrivesMs, () => {
        this.deliveredBytes += frameBytes
      })
      this.credit.sentConflatable(frameBytes)
      this.inFlightBytesMax = Math.max(this.inFlightBytesMax, this.credit.inFlightBytes)
      this.credit.markIfNeeded(this.nowMs)
    }
  }

  /** Returns when it arrives. */
  #sendFrame(bytes: number): number {
    this.#numbers.last += 1
    const number = this.#numbers.last
    const arrivesMs = this.#transmit(bytes)
    if (this.#options.acks !== undefined) this.#at(arrivesMs, () => this.#read(number))
    return arrivesMs
  }

  #read(number: number): void {
    const { acks, silentFromMs } = this.#options
    if (acks === undefined || this.nowMs >= silentFromMs) return
    const isFirst = this.#readNumber === this.#ackedNumber
    this.#readNumber = number
    if (number - this.#ackedNumber >= acks.frames) this.#acknowledge(number)
    else if (isFirst && acks.ms !== Number.POSITIVE_INFINITY) {
      this.#at(this.nowMs + acks.ms, () => {
        if (this.#ackedNumber < number) this.#acknowledge(this.#readNumber)
      })
    }
  }

  #acknowledge(number: number): void {
    this.#ackedNumber = number
    this.ackCount += 1
    this.#lastPongMs = Math.max(this.#lastPongMs, this.nowMs + this.#options.roundTripMs / 2 + this.#jitter())
    this.#at(this.#lastPongMs, () => {
      assert.ok(this.credit.onAcknowledged(number, this.nowMs), 'every acknowledgement is valid')
      this.#pump()
    })
  }

  /** Puts bytes on the path; returns when the last of them arrives. */
  #transmit(bytes: number): number {
    const { bytesPerS, roundTripMs } = this.#options
    this.#pathFreeMs = Math.max(this.#pathFreeMs, this.nowMs) + (bytes / bytesPerS) * 1_000
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, this.#pathFreeMs + roundTripMs / 2 + this.#jitter())
    return this.#lastArrivalMs
  }

  #sendPing(payload: Buffer): void {
    this.pingCount += 1
    const { roundTripMs, answersNewestOnly, silentFromMs, hasIntermediary } = this.#options
    if (hasIntermediary) {
      this.#at(this.nowMs, () => this.#pong(payload))
      return
    }
    this.#at(this.#transmit(14), () => {
      if (this.nowMs >= silentFromMs) return
      if (answersNewestOnly) {
        // It looks at its socket every 10 ms and finds several pings.
        this.#heldPongs.push(payload)
        if (this.#heldPongs.length > 1) return
        this.#at(this.nowMs + 10, () => {
          const newest = this.#heldPongs.at(-1)
          this.#heldPongs.length = 0
          if (newest !== undefined) this.#at(this.nowMs + roundTripMs / 2, () => this.#pong(newest))
        })
        return
      }
      this.#lastPongMs = Math.max(this.#lastPongMs, this.nowMs + roundTripMs / 2 + this.#jitter())
      this.#at(this.#lastPongMs, () => this.#pong(payload))
    })
  }

  #pong(payload: Buffer): void {
    this.credit.onPong(payload, this.nowMs)
    this.#pump()
  }

  #jitter(): number {
    this.#random = (Math.imul(this.#random, 1_103_515_245) + 12_345) & 0x7fffffff
    return (this.#random / 0x7fffffff) * this.#options.jitterMs
  }

  #every(ms: number, act: () => void): void {
    this.#at(this.nowMs + ms, () => {
      act()
      this.#every(ms, act)
    })
  }

  /** In order of time; equals in the order in which they were set. */
  #at(atMs: number, act: () => void): void {
    let index = this.#arrivals.length
    while (index > 0 && (this.#arrivals[index - 1] as Arrival).atMs > atMs) index -= 1
    this.#arrivals.splice(index, 0, { atMs, act })
  }
}
