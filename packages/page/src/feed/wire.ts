// What the gateway sends, as far as the page reads it. Text in it comes from venues: it is shown as text only.

export interface InstrumentName {
  readonly base: string
  readonly quote: string
  readonly kind: string
}

export interface Level {
  readonly price: string
  readonly amount: string
}

interface Side {
  readonly levels: readonly Level[]
}

export interface Frame {
  /** With `?ack=1`. */
  readonly n?: number
  readonly type?: string
  /** Of the welcome. */
  readonly stream?: string
  readonly kind?: string
  readonly seq?: number
  readonly exchange?: string
  readonly instrument?: InstrumentName | null
  readonly time_received?: string
  readonly time_exchange?: string
  readonly data?: Readonly<Record<string, unknown>>
}

export interface BookData {
  readonly bids: Side
  readonly asks: Side
  readonly unchanged_since?: string
}

/** Microseconds count: `Date.parse` drops them. */
export function wallMs(text: string): number {
  const ms = Date.parse(text)
  const micros = /\.\d{3}(\d{3})/.exec(text)?.[1]
  return micros === undefined ? ms : ms + Number(micros) / 1_000
}
