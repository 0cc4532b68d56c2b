// The journal of the truth: one line for each trade, liquidation and applied book delta, with scheduled and actual send time
// in hrtime µs. Lines collect in memory and go to the file in large pieces, at the latest after half a second; flush() makes
// everything readable.
import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'

const PIECE_CHARACTERS = 1 << 16
const WRITE_MS = 500

export interface JournalTrade {
  readonly product: string
  readonly symbol: string
  readonly id: string
  readonly price: string
  readonly amount: string
  readonly side: 'Buy' | 'Sell'
}

export interface JournalLiquidation {
  readonly product: string
  readonly symbol: string
  readonly price: string
  readonly amount: string
  /** The side of the liquidation order. */
  readonly orderSide: 'Buy' | 'Sell'
  readonly venueTimeMs: number
}

export class Journal {
  readonly #stream: WriteStream
  #lines = ''
  #error: Error | undefined
  readonly #writing = setInterval(() => this.#write(), WRITE_MS).unref()

  private constructor(stream: WriteStream) {
    this.#stream = stream
    stream.on('error', error => {
      this.#error = error
    })
  }

  static async open(file: string): Promise<Journal> {
    const stream = createWriteStream(file, { encoding: 'latin1' })
    await once(stream, 'open')
    return new Journal(stream)
  }

  trade(trade: JournalTrade, scheduledUs: number, sentUs: number): void {
    const { product, symbol, id, price, amount, side } = trade
    this.#append(
      `T ${product} ${symbol} ${id} ${Math.floor(scheduledUs)} ${Math.floor(sentUs)} ${price} ${amount} ${side}\n`,
    )
  }

  liquidation(liquidation: JournalLiquidation, scheduledUs: number, sentUs: number): void {
    const { product, symbol, price, amount, orderSide, venueTimeMs } = liquidation
    const times = `${Math.floor(scheduledUs)} ${Math.floor(sentUs)}`
    this.#append(`Q ${product} ${symbol} ${times} ${price} ${amount} ${orderSide} ${venueTimeMs}\n`)
  }

  /** `baseDigest` is that of the same levels in base currency, where the venue's amounts are contracts. */
  book(product: string, symbol: string, sequence: number, digest: string, baseDigest?: string): void {
    const digests = baseDigest === undefined ? digest : `${digest} ${baseDigest}`
    this.#append(`B ${product} ${symbol} ${sequence} ${digests}\n`)
  }

  /** What happened to the simulator itself, as a comment. */
  note(text: string): void {
    this.#append(`# ${text}\n`)
  }

  /** Resolves when every line so far is in the file. */
  async flush(): Promise<void> {
    const piece = this.#lines
    this.#lines = ''
    await new Promise<void>((resolve, reject) => {
      this.#stream.write(piece, error => (error ? reject(error) : resolve()))
    })
    if (this.#error) throw this.#error
  }

  async close(): Promise<void> {
    clearInterval(this.#writing)
    if (!this.#error) await this.flush()
    await new Promise<void>(resolve => this.#stream.end(resolve))
  }

  #append(line: string): void {
    this.#lines += line
    if (this.#lines.length >= PIECE_CHARACTERS) this.#write()
  }

  #write(): void {
    if (this.#lines === '' || this.#error) return
    this.#stream.write(this.#lines)
    this.#lines = ''
  }
}
