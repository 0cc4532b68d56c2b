// A gateway without uWebSockets.js in virtual time, its one client on a network path with a rate and a round trip: what
// `Session`, `DirtyCells` and `PriorityMerge` make of trades, state and books that are offered at given rates. Deterministic.

import { TICK_MS } from '../limits.js'
import { MergeFixture } from './merge-fixture.js'
import { numberOf, type TestClient, withoutNumber } from './test-client.js'

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
  /** With `ack=1` in the query: the client acknowledges what it has read this long after the first new frame. */
  readonly ackMs?: number
  /** It answers pings at once, and buffers without bound before the path. */
  readonly hasIntermediary?: boolean
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
  /** At the gateway, in order. */
  readonly #arrivals: { readonly atMs: number; readonly act: () => void }[] = []
  readonly #offered = { trades: 0, tops: 0, books: 0 }
  #pathFreeMs = 0
  #tickedMs = 0
  /** The newest acknowledgement, and when the client sends it. */
  #ack = { number: 0, sentMs: 0 }

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
      this.#arrivals.shift()?.act()
    }
    if (this.nowMs - this.#tickedMs >= TICK_MS) {
      this.#tickedMs = this.nowMs
      this.tick()
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
    const { text: sent } = client.sent.at(-1) as { text: string }
    const arrivesMs = this.#occupy(sent.length + 4)
    this.#read(client, numberOf(sent), arrivesMs)
    const text = withoutNumber(sent)
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

  /** The client reads a numbered frame half a round trip after it left the path. */
  #read(client: TestClient, number: number, leftMs: number): void {
    if (number === 0 || this.#isStopped(leftMs)) return
    if (this.#ack.sentMs > leftMs) {
      this.#ack.number = number
      return
    }
    const { roundTripMs, ackMs = 0 } = this.#path
    const ack = { number, sentMs: leftMs + ackMs }
    this.#ack = ack
    this.#arriveAt(ack.sentMs + roundTripMs, () => client.acknowledge(ack.number))
  }

  #pinged(payload: Buffer): void {
    const { roundTripMs, hasIntermediary = false } = this.#path
    const leftMs = hasIntermediary ? this.nowMs : this.#occupy(10)
    if (this.#isStopped(leftMs)) return
    this.#arriveAt(leftMs + (hasIntermediary ? 0 : roundTripMs), () => this.#client.pong(payload))
  }

  #arriveAt(atMs: number, act: () => void): void {
    let index = this.#arrivals.length
    while (index > 0 && this.#arrivals[index - 1]!.atMs > atMs) index -= 1
    this.#arrivals.splice(index, 0, { atMs, act })
  }

  #isStopped(atMs: number): boolean {
    return atMs - this.#startMs >= (this.#path.stopsMs ?? Number.POSITIVE_INFINITY)
  }

  /** Returns when the last of them has left the path. */
  #occupy(bytes: number): number {
    this.#pathFreeMs = Math.max(this.#pathFreeMs, this.nowMs) + (bytes / this.#path.bytesPerS) * 1_000
    return this.#pathFreeMs
  }
}
