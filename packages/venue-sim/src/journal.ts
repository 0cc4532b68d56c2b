// The journal of what was sent: one line for each trade, liquidation and book delta, with scheduled and actual send time in
// hrtime µs. Lines collect in memory and go to the file in large pieces, at the latest after half a second; flush() makes all
// of them readable.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'

const PIECE_CHARACTERS = 1 << 16
const WRITE_MS = 500
const DIGEST_CHARACTERS = 16

export interface JournalTrade {
  readonly product: string
  readonly symbol: string
  readonly id: string
  readonly price: string
  readonly amount: string
  readonly side: 'Buy' | 'Sell'
}

interface JournalLiquidation {
  readonly product: string
  readonly symbol: string
  readonly price: string
  readonly amount: string
  /** The side of the liquidation order. */
  readonly orderSide: 'Buy' | 'Sell'
  readonly venueTimeMs: number
}

/** What markets write. */
export type MarketJournal = Pick<Journal, 'trade' | 'liquidation' | 'book'>

export class Journal {
  readonly #file: WriteStream
  #lines = ''
  #error: Error | undefined
  readonly #writing = setInterval(() => this.#write(), WRITE_MS).unref()

  private constructor(file: WriteStream) {
    this.#file = file
    file.on('error', error => {
      this.#error = error
    })
  }

  static async open(path: string): Promise<Journal> {
    const file = createWriteStream(path)
    await once(file, 'open')
    return new Journal(file)
  }

  trade(trade: JournalTrade, scheduledUs: number, sentUs: number): void {
    const { product, symbol, id, price, amount, side } = trade
    assert(sentUs >= scheduledUs, 'a trade is not sent before its scheduled time')
    assert(Number(price) > 0 && Number(amount) > 0, 'a trade has a price and a quantity')
    this.#append(
      `T ${product} ${symbol} ${id} ${Math.floor(scheduledUs)} ${Math.floor(sentUs)} ${price} ${amount} ${side}\n`,
    )
  }

  liquidation(liquidation: JournalLiquidation, scheduledUs: number, sentUs: number): void {
    const { product, symbol, price, amount, orderSide, venueTimeMs } = liquidation
    assert(sentUs >= scheduledUs, 'a liquidation is not sent before its scheduled time')
    assert(Number(price) > 0 && Number(amount) > 0, 'a liquidation has a price and a quantity')
    const times = `${Math.floor(scheduledUs)} ${Math.floor(sentUs)}`
    this.#append(`Q ${product} ${symbol} ${times} ${price} ${amount} ${orderSide} ${venueTimeMs}\n`)
  }

  /** `baseDigest` is the digest of the same levels in base currency, where the venue's amounts are contracts. */
  book(product: string, symbol: string, sequence: number, digest: string, baseDigest?: string): void {
    assert(Number.isSafeInteger(sequence) && sequence > 0, 'a book has a sequence')
    assert(digest.length === DIGEST_CHARACTERS, 'a book has a digest')
    const digests = baseDigest === undefined ? digest : `${digest} ${baseDigest}`
    this.#append(`B ${product} ${symbol} ${sequence} ${digests}\n`)
  }

  /** A comment: what happened to the simulator itself. */
  note(text: string): void {
    this.#append(`# ${text}\n`)
  }

  /** Resolves when all lines so far are in the file. */
  async flush(): Promise<void> {
    const piece = this.#lines
    this.#lines = ''
    await new Promise<void>((resolve, reject) => {
      this.#file.write(piece, error => (error ? reject(error) : resolve()))
    })
    if (this.#error) throw this.#error
  }

  async close(): Promise<void> {
    clearInterval(this.#writing)
    if (!this.#error) await this.flush()
    await new Promise<void>(resolve => this.#file.end(resolve))
  }

  #append(line: string): void {
    this.#lines += line
    if (this.#lines.length >= PIECE_CHARACTERS) this.#write()
  }

  #write(): void {
    if (this.#lines === '' || this.#error) return
    this.#file.write(this.#lines)
    this.#lines = ''
  }
}
