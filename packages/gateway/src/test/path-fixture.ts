// The whole gateway without uWebSockets.js in virtual time, its one client on a line with a rate and a round trip: what
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
  /** Published before the client comes. */
  readonly tradesBefore?: number
  /** It neither reads nor answers from this time on. */
  readonly stopsMs?: number
}

/** With the rest about as long as the real ones. */
const TOP_FILL = 'x'.repeat(240)

/** What arrived of one kind: how many, and how old each was. */
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
  /** Bytes on the line at the time. */
  get queuedBytes(): number {
    return Math.max(0, ((this.#lineFreeMs - this.nowMs) / 1_000) * this.#line.bytesPerS)
  }
  readonly #line: PathFixtureOptions
  readonly #client: TestClient
  readonly #startMs: number
  readonly #arrivals: { readonly atMs: number; readonly payload: Buffer }[] = []
  readonly #due = { trades: 0, tops: 0, books: 0 }
  #lineFreeMs = 0
  #tickedMs = 0

  constructor(options: PathFixtureOptions) {
    super(options)
    this.#line = options
    for (let count = 0; count < (options.tradesBefore ?? 0); count += 1) this.#publishTrade()
    this.#startMs = this.nowMs
    this.#client = this.watch(options.query ?? '')
  }

  /** Milliseconds since the client came. */
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
    const { tradesPerS = 0, topsPerS = 0, booksPerS = 0, instrumentCount } = this.#line
    this.#offer('trades', tradesPerS, () => this.#publishTrade())
    this.#offer('tops', topsPerS * instrumentCount, count =>
      this.publishTop(count % instrumentCount, this.nowMs, TOP_FILL),
    )
    this.#offer('books', booksPerS * instrumentCount, count =>
      this.publishBook(count % instrumentCount, this.nowMs, this.#line.bookBytes ?? 6_000),
    )
    while (this.#arrivals[0] !== undefined && this.#arrivals[0].atMs <= this.nowMs) {
      this.#client.pong((this.#arrivals.shift() as { payload: Buffer }).payload)
    }
    if (this.nowMs - this.#tickedMs >= TICK_MS) {
      this.#tickedMs = this.nowMs
      this.server.tick(this.nowMs)
    }
    while (this.merge.turn() > 0);
  }

  #offer(what: 'trades' | 'tops' | 'books', perS: number, publish: (count: number) => void): void {
    for (; this.#due[what] < (this.sinceMs / 1_000) * perS; this.#due[what] += 1) publish(this.#due[what])
  }

  #publishTrade(): void {
    this.publishTrade(0, `${this.nowMs} ${'x'.repeat(Math.max(0, (this.#line.tradeBytes ?? 300) - 70))}`)
  }

  #sent(client: TestClient): void {
    const { text } = client.sent.at(-1) as { text: string }
    const arrivesMs = this.#occupy(text.length + 4)
    const arrived = this.#arrivedOf(text)
    if (arrived === undefined) return
    const published = /"(?:version|text)":"?([\d.]+)/.exec(text)?.[1]
    arrived.agesMs.push(arrivesMs + this.#line.roundTripMs / 2 - Number(published))
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
    if (arrivesMs - this.#startMs < (this.#line.stopsMs ?? Number.POSITIVE_INFINITY)) {
      this.#arrivals.push({ atMs: arrivesMs + this.#line.roundTripMs, payload })
    }
  }

  /** When the last of them is off the line. */
  #occupy(bytes: number): number {
    this.#lineFreeMs = Math.max(this.#lineFreeMs, this.nowMs) + (bytes / this.#line.bytesPerS) * 1_000
    return this.#lineFreeMs
  }
}
