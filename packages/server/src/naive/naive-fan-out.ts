// How a server sends market data while it does not matter what happens to a slow client: every event, in the order in which it
// came, to every socket. It reads the same lanes as Tradelane's gateway. Nothing here sleeps and nothing delays: what makes
// trades late is only that they wait in one queue, behind all the books that the client has not read yet.

import { BoardReader } from '@tradelane/shared/lanes/board-reader'
import { TradeBatch, TradeLogReader } from '@tradelane/shared/lanes/trade-log'

export interface NaiveClient {
  /** Bytes that the system has not taken yet. */
  readonly bufferedAmount: number
  send(text: string): void
  terminate(): void
}

export interface NaiveLanes {
  readonly tradeLog: SharedArrayBuffer
  readonly stateBoard: SharedArrayBuffer
  readonly bookBoard: SharedArrayBuffer
}

interface Event {
  readonly receivedUs: number
  readonly text: string
}

/** The demo must not fill the machine's memory: a client with more than this is cut off. */
const BUFFERED_BYTES_MAX = 64 * 1024 * 1024
const RECORDS_MAX = 256

export class NaiveFanOut {
  readonly clients = new Set<NaiveClient>()
  readonly #log: TradeLogReader
  readonly #boards: readonly BoardReader[]
  readonly #batch = new TradeBatch(RECORDS_MAX)
  readonly #changed: number[] = []
  #next: number

  constructor({ tradeLog, stateBoard, bookBoard }: NaiveLanes) {
    this.#log = new TradeLogReader(tradeLog)
    this.#boards = [new BoardReader(stateBoard), new BoardReader(bookBoard)]
    this.#next = this.#log.newest() + 1
  }

  /** Sends what is new. Returns the number of events. */
  turn(): number {
    const events = [...this.#newTrades(), ...this.#newStates()]
    events.sort((one, other) => one.receivedUs - other.receivedUs)
    for (const client of this.clients) {
      for (const { text } of events) client.send(text)
      if (client.bufferedAmount > BUFFERED_BYTES_MAX) client.terminate()
    }
    return events.length
  }

  *#newTrades(): Generator<Event> {
    this.#next = this.#log.read(this.#next, this.#batch, RECORDS_MAX)
    const { count, receivedUs, json } = this.#batch
    for (let index = 0; index < count; index += 1) yield { receivedUs: receivedUs[index]!, text: textOf(json[index]!) }
  }

  *#newStates(): Generator<Event> {
    for (const board of this.#boards) {
      board.scan(this.#changed)
      for (const cell of this.#changed) {
        const { receivedUs, json } = board.copies[cell]!
        if (json.length > 0) yield { receivedUs, text: textOf(json) }
      }
    }
  }
}

function textOf(json: Uint8Array): string {
  return Buffer.from(json.buffer, json.byteOffset, json.byteLength).toString('latin1')
}
