// Everything that clients received and the simulator's journal can judge: ledgers of trades and liquidations, and the digest
// of every book emission. Filled while the run lasts, joined once after it.

import { type BookArrival, BookLedger, type BookTotals, type ReceivedBook } from './book-ledger.js'
import { type JournalLiquidation, type JournalSink, type JournalTrade, readJournal } from './journal.js'
import { Latencies, Latency, type Percentiles } from './latency.js'
import { ALWAYS, isWithin, Ledger, type LedgerTotals, type LedgerValues, type ScheduleWindow } from './ledger.js'
import type { ProbeProduct } from './probe-product.js'
import type { Series } from './series.js'

export interface JoinReport {
  readonly trades: LedgerTotals
  readonly liquidations: LedgerTotals
  readonly books: BookTotals
  /** Scheduled send → client, by series label; trades only. */
  readonly scheduled: Latencies
  /** Scheduled → handed to the simulator's socket: its own lateness. */
  readonly senderLateness: Percentiles | null
  /** The same of each window, in the order in which they were given. */
  readonly windows: readonly WindowLatencies[]
  /** When liquidations were scheduled (`process.hrtime` µs), by series label; also of instruments of which none came. */
  readonly liquidationsUs: ReadonlyMap<string, readonly number[]>
  readonly malformedLines: number
  /** Series of no known product: nothing of them could be judged. */
  readonly unknownProducts: readonly string[]
}

export interface WindowLatencies {
  /** Scheduled send → client, trades of all products. */
  readonly scheduled: Latency
  readonly senderLateness: Percentiles | null
}

export class JournalJoin {
  readonly #products: readonly ProbeProduct[]
  /** Series labels of products whose amounts are contracts. */
  readonly #contractLabels: ReadonlySet<string>
  readonly #trades = new Map<string, { ledger: Ledger; label: string }>()
  readonly #liquidations = new Map<string, { ledger: Ledger; label: string; occurrences: Map<string, number> }>()
  readonly #books = new BookLedger()
  readonly #markets = new Map<number, string | undefined>()
  readonly #unknownProducts = new Set<string>()
  readonly #senderLateness = new Latency()
  #windows: readonly { readonly span: ScheduleWindow; readonly senderLateness: Latency }[] = []

  constructor(products: Iterable<ProbeProduct>) {
    this.#products = [...products]
    const withContracts = this.#products.filter(product => product.hasContracts)
    this.#contractLabels = new Set(withContracts.map(({ exchange, marketType }) => `${exchange} ${marketType}`))
  }

  receiveTrade(series: Series, client: number, id: string, monotonicUs: number): void {
    this.#ledgerOf(series)?.receive(client, id, monotonicUs)
  }

  /** A liquidation has no id: the occurrence makes equal ones distinct, per client as in the journal. */
  receiveLiquidation(series: Series, client: number, frame: LiquidationFields, monotonicUs: number): void {
    const name = `${Date.parse(frame.time)} ${frame.price}`
    const ledger = this.#ledgerOf(series)
    const market = this.#marketOf(series)
    const occurrences = market === undefined ? undefined : this.#liquidations.get(market)?.occurrences
    if (ledger === undefined || occurrences === undefined) return
    const id = nextOccurrence(occurrences, `${client} ${name}`, name)
    ledger.receive(client, id, monotonicUs)
    if (frame.order_side !== undefined) {
      ledger.noteValues(id, { price: frame.price, amount: Number.NaN, side: frame.order_side })
    }
  }

  /**
   * A count is of trades alone. What cannot be counted is announced by its time span: liquidations always; a frame that counts
   * some trades says nothing of them.
   */
  announceGap(series: Series, client: number, gap: UpstreamGapFields): void {
    const ledger = this.#ledgerOf(series)
    if (series.kind === 'trade') ledger?.announce(client, { missed: gap.missed })
    else if (gap.missed === null || gap.missed === 0) {
      const span = {
        fromMs: gap.from_time === null ? Number.NEGATIVE_INFINITY : Date.parse(gap.from_time),
        toMs: gap.to_time === null ? Number.POSITIVE_INFINITY : Date.parse(gap.to_time),
      }
      ledger?.announce(client, { missed: null, span })
    }
  }

  noteTrade(series: Series, id: string, values: LedgerValues): void {
    // Contracts or base currency, by the server's setting.
    const amount = this.#contractLabels.has(series.label) ? Number.NaN : values.amount
    this.#ledgerOf(series)?.noteValues(id, { ...values, amount })
  }

  receiveBook(series: Series, book: ReceivedBook): void {
    const market = this.#marketOf(series)
    if (market !== undefined) this.#books.receive(market, book)
  }

  /** In the order of arrival; repeats of one sequence and text once. */
  bookArrivals(): BookArrival[] {
    return this.#books.arrivals()
  }

  /**
   * Everything is judged; latency and lateness are those of what was scheduled within the window, and of each of `windows`.
   * `start`: the byte of the journal from which on it is read.
   */
  async join(
    journalPath: string,
    window: ScheduleWindow = ALWAYS,
    start = 0,
    windows: readonly ScheduleWindow[] = [],
  ): Promise<JoinReport> {
    this.#windows = windows.map(span => ({ span, senderLateness: new Latency() }))
    const journalOccurrences = new Map<string, number>()
    const liquidationsUs = new Map<string, number[]>()
    const sink: JournalSink = {
      onTrade: (market, trade) => this.#meet(this.#trades.get(market)?.ledger, trade.id, trade, window),
      onLiquidation: (market, liquidation) => {
        this.#noteSent(liquidationsUs, market, liquidation.scheduledUs)
        const ledger = this.#liquidations.get(market)?.ledger
        if (ledger === undefined) return
        const name = `${liquidation.venueTimeMs} ${Number(liquidation.price)}`
        this.#meet(ledger, nextOccurrence(journalOccurrences, `${market} ${name}`, name), liquidation, window)
      },
      onBook: (market, sequence, digest, baseDigest) => this.#books.meetJournal(market, sequence, digest, baseDigest),
    }
    const malformedLines = await readJournal(journalPath, sink, start)
    const scheduled = new Latencies()
    const [trades, liquidations] = [newTotals(), newTotals()]
    for (const { ledger, label } of this.#trades.values()) ledger.account(trades, scheduled.of(label), window)
    const ignored = new Latency()
    for (const { ledger } of this.#liquidations.values()) ledger.account(liquidations, ignored)
    return {
      trades,
      liquidations,
      books: this.#books.totals(),
      scheduled,
      senderLateness: this.#senderLateness.percentiles(),
      windows: this.#windows.map(({ span, senderLateness }) => ({
        scheduled: this.#scheduledWithin(span),
        senderLateness: senderLateness.percentiles(),
      })),
      liquidationsUs,
      malformedLines,
      unknownProducts: [...this.#unknownProducts],
    }
  }

  #noteSent(liquidationsUs: Map<string, number[]>, market: string, scheduledUs: number): void {
    const product = this.#products.find(({ id }) => market.startsWith(`${id} `))
    if (product === undefined) return
    const label = `${product.exchange} ${product.marketType}`
    const known = liquidationsUs.get(label)
    if (known === undefined) liquidationsUs.set(label, [scheduledUs])
    else known.push(scheduledUs)
  }

  #meet(ledger: Ledger | undefined, id: string, sent: JournalTrade | JournalLiquidation, window: ScheduleWindow): void {
    if (ledger === undefined) return
    const values = { price: Number(sent.price), amount: Number(sent.amount), side: sent.side }
    const venueTimeMs = 'venueTimeMs' in sent ? sent.venueTimeMs : undefined
    if (!ledger.meetJournal(id, sent.scheduledUs, values, venueTimeMs)) return
    const latenessUs = sent.sentUs - sent.scheduledUs
    if (isWithin(window, sent.scheduledUs)) this.#senderLateness.record(latenessUs)
    for (const { span, senderLateness } of this.#windows) {
      if (isWithin(span, sent.scheduledUs)) senderLateness.record(latenessUs)
    }
  }

  #scheduledWithin(span: ScheduleWindow): Latency {
    const scheduled = new Latency()
    for (const { ledger } of this.#trades.values()) ledger.account(newTotals(), scheduled, span)
    return scheduled
  }

  #ledgerOf(series: Series): Ledger | undefined {
    const market = this.#marketOf(series)
    if (market === undefined) return undefined
    if (series.kind === 'trade') {
      const known = this.#trades.get(market)
      if (known !== undefined) return known.ledger
      const ledger = new Ledger()
      this.#trades.set(market, { ledger, label: series.label })
      return ledger
    }
    const known = this.#liquidations.get(market)
    if (known !== undefined) return known.ledger
    const ledger = new Ledger()
    this.#liquidations.set(market, { ledger, label: series.label, occurrences: new Map() })
    return ledger
  }

  /** `<product> <symbol>` as the journal writes it. */
  #marketOf(series: Series): string | undefined {
    const known = this.#markets.get(series.index)
    if (known !== undefined || this.#markets.has(series.index)) return known
    const product = this.#products.find(
      ({ exchange, marketType }) => exchange === series.exchange && marketType === series.marketType,
    )
    const market = product && `${product.id} ${product.symbolOf(series.base, series.quote)}`
    if (market === undefined) this.#unknownProducts.add(series.label)
    this.#markets.set(series.index, market)
    return market
  }
}

export interface LiquidationFields {
  readonly time: string
  readonly price: number
  /** Tradelane's addition: absent at other servers, whose `side` means different things by venue. */
  readonly order_side?: string
}

export interface UpstreamGapFields {
  readonly missed: number | null
  readonly from_time: string | null
  readonly to_time: string | null
}

function newTotals(): LedgerTotals {
  return {
    received: 0,
    expected: 0,
    lost: 0,
    announced: 0,
    understated: 0,
    doubled: 0,
    disordered: 0,
    unknown: 0,
    altered: 0,
  }
}

function nextOccurrence(occurrences: Map<string, number>, key: string, name: string): string {
  const occurrence = (occurrences.get(key) ?? 0) + 1
  occurrences.set(key, occurrence)
  return `${name} ${occurrence}`
}
