// What the admin address answers about late trades, as far as the page reads it.

export interface Doing {
  readonly activity: string
  readonly times: number
  readonly us: number
  readonly longestUs: number
  readonly items: number
}

export interface HopAccount {
  readonly hop: string
  readonly us: number
  readonly thread: string
  readonly doing: readonly Doing[]
  readonly otherUs: number
  readonly isComplete: boolean
}

export interface LateTrade {
  readonly seq: number
  readonly received: string
  readonly product: string
  readonly symbol: string
  readonly lateUs: number
  readonly account: readonly HopAccount[]
}

interface HopFigures {
  readonly count: number
  readonly p50Us: number
  readonly p99Us: number
  readonly p999Us: number
  readonly maxUs: number
}

export interface LateReport {
  readonly hops: Readonly<Record<string, HopFigures>>
  readonly gateways: readonly { readonly thread: string; readonly worst: readonly LateTrade[] }[]
}

/** Of any trade. `early`: it is not known yet what the threads did; `old`: no longer. */
export interface TradeAccount {
  readonly seq: number
  readonly state: 'known' | 'early' | 'old'
  readonly product: string
  readonly symbol: string
  /** From the venue's time of it to its arrival here, by two clocks; null where it is not of interest. */
  readonly arrivalMs: number | null
  readonly gateways: readonly { readonly thread: string; readonly account: readonly HopAccount[] }[]
}
