// Why any trade of the last minute took as long as it did. Nothing is noted per trade for it: its stamps up to the log are in its
// record, and each gateway's fan-out, the first that began after it was logged, is among that gateway's activities.

import { TradeBatch, TradeLogReader } from '@tradelane/shared/lanes/trade-log'
import type { MonotonicUs } from '@tradelane/shared/market/nouns'
import type { AdminStart } from '@tradelane/shared/thread/thread-messages'
import { type Activity, ActivityRingReader } from '@tradelane/shared/trace/activity-ring'
import { ACTIVITIES_COMPLETE_MS, KEEP_AFTER_REQUEST_MS } from '../limits.js'
import { breakdownOf, type HopBreakdown } from './hop-breakdown.js'
import { KeptActivities } from './kept-activities.js'

type AccountStart = Pick<
  AdminStart,
  'traces' | 'tradeLog' | 'threads' | 'ingestThread' | 'gatewayThreads' | 'products' | 'instruments'
>

export interface TradeAccount {
  readonly seq: number
  /** `early`: some thread may still note what it did; `old`: what they did is not kept any more, or was not. */
  readonly state: 'known' | 'early' | 'old'
  readonly product: string
  readonly symbol: string
  /** From the venue's time of it to its arrival here, by two clocks. */
  readonly arrivalMs: number | null
  readonly gateways: readonly { readonly thread: string; readonly account: readonly HopBreakdown[] }[]
}

interface KeptThread {
  readonly role: string
  readonly activities: KeptActivities
}

export class TradeAccounts {
  readonly #start: AccountStart
  readonly #log: TradeLogReader
  readonly #batch = new TradeBatch(1)
  readonly #nowUs: () => MonotonicUs
  #requestedMs = Number.NEGATIVE_INFINITY
  #ingest: KeptThread | undefined
  #gateways: readonly KeptThread[] = []

  constructor(start: AccountStart, nowUs: () => MonotonicUs) {
    this.#start = start
    this.#log = new TradeLogReader(start.tradeLog)
    this.#nowUs = nowUs
  }

  /** A page is open. */
  keep(): void {
    const nowUs = this.#nowUs()
    this.#requestedMs = nowUs / 1_000
    if (this.#ingest !== undefined) return
    const { traces, threads, ingestThread, gatewayThreads } = this.#start
    const kept = (index: number): KeptThread => ({
      role: threads.find(thread => thread.index === index)?.role ?? '',
      activities: new KeptActivities(new ActivityRingReader(traces, index), nowUs),
    })
    this.#ingest = kept(ingestThread)
    this.#gateways = gatewayThreads.map(kept)
  }

  /** To be called some times a second. */
  collect(): void {
    if (this.#ingest === undefined) return
    const nowUs = this.#nowUs()
    if (nowUs / 1_000 - this.#requestedMs > KEEP_AFTER_REQUEST_MS) {
      this.#ingest = undefined
      this.#gateways = []
      return
    }
    for (const { activities } of [this.#ingest, ...this.#gateways]) activities.collect(nowUs)
  }

  accountOf(sequence: number): TradeAccount {
    const unknown = { seq: sequence, product: '', symbol: '', arrivalMs: null, gateways: [] }
    const batch = this.#batch
    const ingest = this.#ingest
    if (sequence > this.#log.newest()) return { ...unknown, state: 'early' }
    this.#log.read(sequence, batch, 1)
    if (ingest === undefined || batch.count === 0 || batch.sequence[0] !== sequence) return { ...unknown, state: 'old' }
    const [readUs, loggedUs] = [batch.readUs[0]!, Math.max(batch.readUs[0]!, batch.loggedUs[0]!)]
    if (this.#nowUs() / 1_000 - loggedUs / 1_000 < ACTIVITIES_COMPLETE_MS) return { ...unknown, state: 'early' }
    this.collect()
    const gateways = this.#gateways.flatMap(gateway => {
      const { activities, role } = gateway
      const fanOut = activities.firstFrom(FAN_OUT, loggedUs)
      if (fanOut === undefined || !activities.span(loggedUs, loggedUs + 1).isComplete) return []
      const stampsUs = [readUs, readUs, loggedUs, fanOut.startUs, fanOut.endUs] as const
      // How late it arrived, above the fastest, only its gateway knows.
      const account = breakdownOf(stampsUs, ingest, gateway).filter(({ hop }) => hop !== 'arrival')
      return [{ thread: role, account }]
    })
    const { products, instruments } = this.#start
    return {
      seq: sequence,
      state: gateways.length > 0 ? 'known' : 'old',
      product: products.find(({ index }) => index === batch.product[0])?.id ?? '',
      symbol: instruments.find(({ id }) => id === batch.instrument[0])?.symbol ?? '',
      arrivalMs: (batch.receivedUs[0]! - batch.venueUs[0]!) / 1_000,
      gateways,
    }
  }
}

const FAN_OUT = 'fanOut' satisfies keyof typeof Activity
