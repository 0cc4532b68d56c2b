// The series that a server was seen to send: one per exchange, instrument and kind, known by the unchanging middle of its
// frames (`FrameScan.seriesKey`).

export interface Series {
  readonly index: number
  readonly exchange: string
  readonly base: string
  readonly quote: string
  readonly marketType: string
  readonly kind: string
  /** Trades and liquidations: every one must arrive. */
  readonly isLossless: boolean
  /** `<exchange> <market type>`: some exchanges have one name for several products. */
  readonly label: string
}

/** A server that invents instruments cannot fill our memory. */
const SERIES_MAX = 20_000

export class SeriesTable {
  readonly all: Series[] = []
  readonly #byKey = new Map<string, Series | undefined>()

  /** Undefined where the key is none, or there are too many. */
  at(key: string): Series | undefined {
    const known = this.#byKey.get(key)
    if (known !== undefined || this.#byKey.has(key) || this.#byKey.size >= SERIES_MAX) return known
    const series = readKey(key, this.all.length)
    // The key was cut from a frame: without a copy it would keep the frame's whole text alive.
    this.#byKey.set(Buffer.from(key, 'latin1').toString('latin1'), series)
    if (series !== undefined) this.all.push(series)
    return series
  }
}

function readKey(key: string, index: number): Series | undefined {
  try {
    const { exchange, instrument, kind } = JSON.parse(`{${key}}`)
    const { base, quote, kind: marketType } = instrument
    for (const text of [exchange, base, quote, marketType, kind]) if (typeof text !== 'string') return undefined
    const isLossless = kind === 'trade' || kind === 'liquidation'
    return { index, exchange, base, quote, marketType, kind, isLossless, label: `${exchange} ${marketType}` }
  } catch {
    return undefined
  }
}
