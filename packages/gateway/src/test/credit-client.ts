// A client on a raw socket that records what it received and when: the delay of each trade, the books, their bytes. Used by the
// tests of credit on real sockets.

import { RawClient, type RawClientOptions } from './raw-client.js'

export class CreditClient {
  readonly name: string
  readonly raw: RawClient
  closeCode = 0
  gapCount = 0
  /** From publication to arrival, of each trade since `measure` was called. */
  tradeWaitsMs: number[] = []
  readonly sequences: number[] = []
  bookCounts: number[]
  bookBytes = 0
  readonly bookVersions: number[]
  pongCount = 0
  wrongPongCount = 0
  #pinged: Buffer[] = []
  #bytesBefore = 0
  #startMs = 0

  constructor(name: string, port: number, instrumentCount: number, options: RawClientOptions = {}) {
    this.name = name
    this.bookCounts = new Array<number>(instrumentCount).fill(0)
    this.bookVersions = new Array<number>(instrumentCount).fill(0)
    this.raw = new RawClient(port, {
      ...options,
      onText: payload => this.#take(payload),
      onPong: payload => this.#takePong(payload),
      onClosed: code => {
        this.closeCode = code
      },
    })
  }

  /** Forgets what came until now. */
  measure(): void {
    this.tradeWaitsMs = []
    this.bookCounts = this.bookCounts.map(() => 0)
    this.bookBytes = 0
    this.#bytesBefore = this.raw.byteCount
    this.#startMs = performance.now()
  }

  get bytesPerS(): number {
    return ((this.raw.byteCount - this.#bytesBefore) / (performance.now() - this.#startMs)) * 1_000
  }

  get bookBytesPerS(): number {
    return (this.bookBytes / (performance.now() - this.#startMs)) * 1_000
  }

  get books(): number {
    return this.bookCounts.reduce((sum, count) => sum + count, 0)
  }

  waitMs(share: number): number {
    const sorted = this.tradeWaitsMs.toSorted((one, other) => one - other)
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  }

  /** A ping of its own, whose payload must come back unchanged. */
  ping(): void {
    if (!this.raw.isOpen) return
    const payload = Buffer.from(`mine ${this.#pinged.length}`)
    this.#pinged.push(payload)
    this.raw.ping(payload)
  }

  get unansweredPings(): number {
    return this.#pinged.length - this.pongCount
  }

  #take(payload: string): void {
    if (payload.startsWith('{"kind":"trade"')) {
      const trade = JSON.parse(payload) as { seq: number; text: string }
      this.sequences.push(trade.seq)
      this.tradeWaitsMs.push(performance.now() - Number.parseFloat(trade.text))
    } else if (payload.startsWith('{"kind":"order_book_l2"')) {
      const { index, version } = JSON.parse(payload) as { index: number; version: number }
      this.bookCounts[index]! += 1
      this.bookBytes += payload.length
      this.bookVersions[index] = version
    } else if (payload.startsWith('{"type":"gap"')) this.gapCount += 1
  }

  #takePong(payload: Buffer): void {
    if (payload.equals(this.#pinged[this.pongCount] ?? Buffer.alloc(0))) this.pongCount += 1
    else this.wrongPongCount += 1
  }
}
