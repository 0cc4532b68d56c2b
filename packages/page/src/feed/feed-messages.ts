// What a feed's worker and the page tell each other.

export interface Trade {
  readonly seq: number
  readonly instrument: string
  readonly isLiquidation: boolean
  readonly isBuy: boolean
  readonly price: number
  /** In base currency. */
  readonly size: number
  readonly exchangeMs: number
  readonly receivedMs: number
  /** When the worker read it. */
  readonly readMs: number
}

export interface Book {
  readonly instrument: string
  /** Price, amount, price, amount, …: the best first. */
  readonly bids: Float64Array
  readonly asks: Float64Array
  /** The texts of the same, as the venue wrote them. */
  readonly bidTexts: readonly string[]
  readonly askTexts: readonly string[]
  readonly unchangedSinceMs: number
  readonly receivedMs: number
}

export interface Status {
  readonly product: string
  /** Null for a link of the whole product. */
  readonly instrument: string | null
  readonly of: string
  readonly state: string
  readonly reason: string
  readonly sinceMs: number
}

export interface Gap {
  readonly reason: string
  readonly missed: number | null
}

export type ConnectionState = 'connecting' | 'open' | 'closed' | 'refused'

export interface FeedBatch {
  readonly type: 'batch'
  /** Of the gateway's process: sequences of another stream are those of other trades. Empty where the server names none. */
  readonly stream: string
  readonly trades: readonly Trade[]
  /** The newest of each instrument. */
  readonly books: readonly Book[]
  readonly statuses: readonly Status[]
  readonly gaps: readonly Gap[]
  readonly instruments: readonly InstrumentLabel[]
  readonly bytes: number
  readonly frames: number
  readonly bookFrames: number
}

export interface InstrumentLabel {
  readonly key: string
  readonly exchange: string
  readonly base: string
  readonly quote: string
  readonly kind: string
}

export interface ConnectionChange {
  readonly type: 'connection'
  readonly state: ConnectionState
  /** Why it closed: code and reason. */
  readonly why: string
}

export type FromWorker = FeedBatch | ConnectionChange

export type ToWorker =
  | {
      readonly type: 'open'
      readonly url: string
      readonly token: string
      /** Whether frames are acknowledged as they are read. */
      readonly isAcknowledging: boolean
      /** Whether books are of interest. */
      readonly hasBooks: boolean
      /** Whether trades of the time without a connection are of interest. */
      readonly isResuming: boolean
      readonly bytesPerS: number
    }
  | { readonly type: 'pace'; readonly bytesPerS: number }
