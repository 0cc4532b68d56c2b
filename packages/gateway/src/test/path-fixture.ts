// A gateway without uWebSockets.js in virtual time, its one client on a network path with a rate and a round trip: what
// `Session`, `DirtyCells` and `PriorityMerge` make of trades, state and books that are offered at given rates. Deterministic.

import { TICK_MS } from '../limits.js'
import { MergeFixture } from './merge-fixture.js'
import type { TestClient } from './test-client.js'

export interface PathFixtureOptions {
  readonly bytesPerS: number
  readonly roundTripMs: number
  readonly instrumentCount: number
  readonly tradesPerS?: number
  readonly tradeBytes?: number
  /** Of each instrument. */
  readonly topsPerS?: number
  readonly booksPerS?: number
  readonly bookBytes?: number
  readonly retained?: number
  readonly query?: string
  /** Published before the client joins. */
  readonly tradesBefore?: number
  /** From this time on the client neither reads nor answers. */
  readonly stopsMs?: number
}

/** Makes a top about as long as a real one. */
const TOP_FILL = 'x'.repeat(240)

/** Frames of one kind that arrived, and how old each was. */
export class Arrived {
  readonly agesMs: number[] = []
  bytes = 0

  ageMs(share: number): number {
    const sorted = this.agesMs.toSorted((one, other) => one - other)
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  }
}

export class PathFixture extends MergeFixture {
  readonly arrived = { trades: new Arrived(), tops: new Arrived(), books: new Arrived() }
  /** Bytes on the path now. */
  get queuedBytes(): number {
    return Math.max(0, ((this.#pathFreeMs - this.nowMs) / 1_000) * this.#path.bytesPerS)
  }
  readonly #path: PathFixtureOptions
  readonly #client: TestClient
  readonly #startMs: number
  readonly #arrivals: { readonly atMs: number; readonly payload: Buffer }[] = []
  readonly #offered = { trades: 0, tops: 0, books: 0 }
  #pathFreeMs = 0
  #tickedMs = 0

  constructor(options: PathFixtureOptions) {
    super(options)
    this.#path = options
    for (let count = 0; count < (options.tradesBefore ?? 0); count += 1) this.#publishTrade()
    this.#startMs = this.nowMs
    this.#client = this.watch(options.query ?? '')
  }

  /** Milliseconds since the client joined. */
  get sinceMs(): number {
    return this.nowMs - this.#startMs
  }

  runUntil(ms: number): this {
    for (; this.sinceMs < ms; this.nowMs += 1) this.#step()
    return this
  }

  watch(query: string): TestClient {
    const client = this.join(query, socket => {
      socket.onSend = () => this.#sent(socket)
      socket.onPing = payload => this.#pinged(payload)
    })
    return client
  }

  #step(): void {
    const { tradesPerS = 0, topsPerS = 0, booksPerS = 0, instrumentCount } = this.#path
    this.#offer('trades', tradesPerS, () => this.#publishTrade())
    this.#offer('tops', topsPerS * instrumentCount, count =>
      this.publishTop(count % instrumentCount, this.nowMs, TOP_FILL),
    )
    this.#offer('books', booksPerS * instrumentCount, count =>
      this.publishBook(count % instrumentCount, this.nowMs, this.#path.bookBytes ?? 6_000),
    )
    while (this.#arrivals[0] !== undefined && this.#arrivals[0].atMs <= this.nowMs) {
      this.#client.pong((this.#arrivals.shift() as { payload: Buffer }).payload)
    }
    if (this.nowMs - this.#tickedMs >= TICK_MS) {
      this.#tickedMs = this.nowMs
      this.server.tick(this.nowMs)
    }
    while (this.merge.doWork() > 0);
  }

  #offer(what: 'trades' | 'tops' | 'books', perS: number, publish: (count: number) => void): void {
    for (; this.#offered[what] < (this.sinceMs / 1_000) * perS; this.#offered[what] += 1) publish(this.#offered[what])
  }

  #publishTrade(): void {
    this.publishTrade(0, `${this.nowMs} ${'x'.repeat(Math.max(0, (this.#path.tradeBytes ?? 300) - 70))}`)
  }

  #sent(client: TestClient): void {
    const { text } = client.sent.at(-1) as { text: string }
    const arrivesMs = this.#occupy(text.length + 4)
    const arrived = this.#arrivedOf(text)
    if (arrived === undefined) return
    const published = /"(?:version|text)":"?([\d.]+)/.exec(text)?.[1]
    arrived.agesMs.push(arrivesMs + this.#path.roundTripMs / 2 - Number(published))
    arrived.bytes += text.length
    client.sent.length = 0
  }

  #arrivedOf(text: string): Arrived | undefined {
    if (text.startsWith('{"kind":"trade"')) return this.arrived.trades
    if (text.startsWith('{"kind":"order_book_l1"')) return this.arrived.tops
    return text.startsWith('{"kind":"order_book_l2"') ? this.arrived.books : undefined
  }

  #pinged(payload: Buffer): void {
    const arrivesMs = this.#occupy(10)
    if (arrivesMs - this.#startMs < (this.#path.stopsMs ?? Number.POSITIVE_INFINITY)) {
      this.#arrivals.push({ atMs: arrivesMs + this.#path.roundTripMs, payload })
    }
  }

  /** Returns when the last of them has left the path. */
  #occupy(bytes: number): number {
    this.#pathFreeMs = Math.max(this.#pathFreeMs, this.nowMs) + (bytes / this.#path.bytesPerS) * 1_000
    return this.#pathFreeMs
  }
}
