// What a probe found, as data (`--json` prints it) and the judgement of it: every broken expectation is one line in
// `failures`, and no line means that the target passed. `report-text.ts` has the text form.

import { KIND_NAMES, Kind, WIRE_KINDS, type WireKind } from '@tradelane/shared/market/nouns'
import type { BookTotals } from './book-ledger.js'
import type { JoinReport } from './journal-join.js'
import type { Percentiles } from './latency.js'
import { isWithin, type LedgerTotals, type ScheduleWindow } from './ledger.js'
import type { ProbeClient } from './probe-client.js'
import type { ProbeProduct } from './probe-product.js'
import type { GapTally, ProbeTarget } from './probe-target.js'

export interface ProbeReport {
  readonly seconds: number
  /** Of the processor time for which the probe's machine had work: what its hypervisor gave to others. 0..1; null: unknown. */
  readonly stolenShare: number | null
  readonly targets: readonly TargetReport[]
  /** Of all targets; empty means passed. */
  readonly failures: readonly string[]
}

export interface TargetReport {
  readonly url: string
  readonly clients: number
  readonly measuredClients: number
  readonly frames: number
  readonly bytes: number
  readonly products: readonly ProductReport[]
  /** `time_received` → client, trades of all products together. */
  readonly received: Percentiles | null
  readonly schema: { readonly checked: number; readonly faultCount: number; readonly skipped: number }
  /** What `seq` alone shows, over all measured clients. */
  readonly sequence: { readonly missed: number; readonly disordered: number }
  /** Trades that came after a book which the server had received later; reported, not judged. */
  readonly overtaken: number
  readonly gaps: GapTally
  readonly statuses: { readonly live: number; readonly stale: number; readonly down: number }
  readonly journal: JournalReport | null
  readonly failures: readonly string[]
}

export interface ProductReport {
  /** `<exchange> <market type>`. */
  readonly label: string
  /** Frames of each kind over all measured clients. */
  readonly frames: Readonly<Record<WireKind, number>>
  /** Instruments with a book: `btc-usdt`. */
  readonly books: readonly string[]
  /** `time_received` → client, by kind; state sent on connect is left out. */
  readonly received: Readonly<Partial<Record<WireKind, Percentiles>>>
  /** Scheduled send → client, trades. */
  readonly scheduled: Percentiles | null
}

export interface JournalReport {
  readonly trades: LedgerTotals
  readonly liquidations: LedgerTotals
  readonly books: BookTotals
  readonly senderLateness: Percentiles | null
}

/** Beyond it the simulator, not the server, makes the tail: the latencies of this run say nothing. */
const SENDER_LATENESS_US_MAX = 5_000

export function areLatenciesVoid({ senderLateness }: JournalReport): boolean {
  return senderLateness !== null && senderLateness.p99Us > SENDER_LATENESS_US_MAX
}

/** Null is no limit. */
export interface LatencyLimits {
  readonly p50Ms: number | null
  readonly p95Ms: number | null
  readonly p99Ms: number | null
  /** Scheduled → client must keep the limits too. */
  readonly isScheduledToo: boolean
}

/** What a report needs of a client, whatever it reads. */
export type JudgedClient = Pick<ProbeClient, 'index' | 'isMeasured' | 'failure' | 'order' | 'overtaking' | 'frameCount'>

export interface Findings {
  readonly target: ProbeTarget
  readonly clients: readonly JudgedClient[]
  readonly joined: JoinReport | null
  readonly products: readonly ProbeProduct[]
  /** Null: what each product is subscribed to by default. */
  readonly required: readonly WireKind[] | null
  /** When the clients listened; absent: long enough for every kind. */
  readonly listened?: ScheduleWindow
  readonly limits: LatencyLimits
}

export function reportOf(findings: Findings): TargetReport {
  const { target, clients, joined } = findings
  const measured = clients.filter(({ isMeasured }) => isMeasured)
  const products = productReports(target, measured, joined)
  const { trades, liquidations, books, senderLateness } = joined ?? {}
  return {
    url: target.url,
    clients: clients.length,
    measuredClients: measured.length,
    frames: target.frames,
    bytes: target.bytes,
    products,
    received: target.received.sum(name => name.endsWith(' trade')).percentiles(),
    schema: {
      checked: target.review.checked,
      faultCount: target.review.faultCount,
      skipped: target.queue.skipped,
    },
    sequence: {
      missed: sum(measured.map(({ order }) => order.missed)),
      disordered: sum(measured.map(({ order }) => order.disordered)),
    },
    overtaken: sum(measured.map(({ overtaking }) => overtaking.count)),
    gaps: target.gaps,
    statuses: target.statuses,
    journal:
      trades && liquidations && books ? { trades, liquidations, books, senderLateness: senderLateness ?? null } : null,
    failures: [
      ...clientFailures(clients),
      ...kindFailures(findings, measured, products),
      ...frameFailures(target, measured),
      ...latencyFailures(products, findings.limits),
      ...(joined === null ? [] : journalFailures(joined, products)),
    ],
  }
}

function productReports(
  target: ProbeTarget,
  clients: readonly JudgedClient[],
  joined: JoinReport | null,
): readonly ProductReport[] {
  const labels = [...new Set(target.series.all.map(({ label }) => label))].sort()
  return labels.map(label => {
    const ofLabel = target.series.all.filter(each => each.label === label)
    const frames = Object.fromEntries(WIRE_KINDS.map(kind => [kind, 0])) as Record<WireKind, number>
    const received: Partial<Record<WireKind, Percentiles>> = {}
    for (const kind of WIRE_KINDS) {
      const ofKind = ofLabel.filter(each => each.kind === kind)
      frames[kind] = sum(ofKind.flatMap(({ index }) => clients.map(client => client.frameCount(index))))
      const percentiles = target.received.percentiles(`${label} ${kind}`)
      if (percentiles !== null) received[kind] = percentiles
    }
    const books = ofLabel.filter(({ kind }) => kind === 'order_book_l2').map(({ base, quote }) => `${base}-${quote}`)
    return { label, frames, books: books.sort(), received, scheduled: joined?.scheduled.percentiles(label) ?? null }
  })
}

const FAILED_CLIENTS_SAID = 3

function clientFailures(clients: readonly JudgedClient[]): string[] {
  const failures = clients.flatMap(({ failure }) => (failure === null ? [] : [failure]))
  const said = failures.slice(0, FAILED_CLIENTS_SAID)
  return failures.length > said.length ? [...said, `${failures.length - said.length} more clients failed`] : said
}

/** A market may have no liquidation for long: without a journal, one is expected of each product only in this time. */
const LIQUIDATION_SECONDS_MIN = 30

function kindFailures(
  { target, joined, products, required, listened }: Findings,
  clients: readonly JudgedClient[],
  reports: readonly ProductReport[],
): string[] {
  if (reports.length === 0) return ['no event came']
  const failures: string[] = []
  for (const exchange of target.statusExchanges) {
    if (!reports.some(({ label }) => label.startsWith(`${exchange} `))) failures.push(`${exchange}: no event came`)
  }
  for (const { label } of reports) {
    const ofLabel = target.series.all.filter(each => each.label === label)
    const product = products.find(({ exchange, marketType }) => `${exchange} ${marketType}` === label)
    for (const kind of requiredKinds(product, required)) {
      if (kind === 'liquidation' && required === null && !isLiquidationOwed(label, joined, listened)) continue
      const ofKind = ofLabel.filter(each => each.kind === kind)
      const without = clients.filter(client => !ofKind.some(({ index }) => client.frameCount(index) > 0)).length
      if (without > 0) failures.push(`${label}: no ${kind} came to ${without} of ${clients.length} clients`)
    }
  }
  return failures
}

function isLiquidationOwed(label: string, joined: JoinReport | null, listened: ScheduleWindow | undefined): boolean {
  if (listened === undefined) return true
  if (joined === null) return listened.untilUs - listened.sinceUs >= LIQUIDATION_SECONDS_MIN * 1_000_000
  return joined.liquidationsUs.get(label)?.some(scheduledUs => isWithin(listened, scheduledUs)) === true
}

/** What was asked for, as far as the venue of the product has it. */
function requiredKinds(product: ProbeProduct | undefined, required: readonly WireKind[] | null): readonly WireKind[] {
  if (product === undefined) return required ?? []
  const names = (required === null ? product.defaultKinds : product.kinds).map(kind => KIND_NAMES[kind as Kind])
  const expected = new Set<string>(names)
  const hasTotals = required !== null || product.marketType === 'Perpetual'
  if (expected.has(KIND_NAMES[Kind.trade]) && hasTotals) expected.add(KIND_NAMES[Kind.cumulativeVolumeDelta])
  return (required ?? WIRE_KINDS).filter(kind => expected.has(kind))
}

function frameFailures(target: ProbeTarget, clients: readonly JudgedClient[]): string[] {
  const { review } = target
  const missed = sum(clients.map(({ order }) => order.missed))
  const disordered = sum(clients.map(({ order }) => order.disordered))
  return [
    ...review.faults.map(fault => `schema: ${fault}`),
    ...counted(review.faultCount - review.faults.length, 'more frames broke the schema'),
    ...counted(target.queue.skipped, 'frames could not be checked in time'),
    ...counted(target.unrecognised, 'frames of no known shape'),
    ...counted(target.early, 'frames arrived more than 2 ms before their time_received'),
    ...counted(missed, 'sequences missed without a gap frame'),
    ...counted(disordered, 'sequences out of order'),
  ]
}

function latencyFailures(products: readonly ProductReport[], limits: LatencyLimits): string[] {
  return products.flatMap(({ label, received, scheduled }) => [
    ...overLimits(`${label}: receive → client`, received.trade ?? null, limits),
    ...(limits.isScheduledToo ? overLimits(`${label}: scheduled → client`, scheduled, limits) : []),
  ])
}

function overLimits(subject: string, percentiles: Percentiles | null, limits: LatencyLimits): string[] {
  if (percentiles === null) return []
  const cases = [
    ['p50', percentiles.p50Us, limits.p50Ms],
    ['p95', percentiles.p95Us, limits.p95Ms],
    ['p99', percentiles.p99Us, limits.p99Ms],
  ] as const
  return cases.flatMap(([name, us, limitMs]) =>
    limitMs !== null && us >= limitMs * 1_000 ? [`${subject} ${name} ${us / 1_000} ms, limit ${limitMs} ms`] : [],
  )
}

function journalFailures(joined: JoinReport, products: readonly ProductReport[]): string[] {
  const { books } = joined
  const hasTrades = products.some(({ frames }) => frames.trade > 0)
  const hasBooks = products.some(product => product.frames.order_book_l2 > 0)
  return [
    ...totalsFailures('trades', joined.trades),
    ...totalsFailures('liquidations', joined.liquidations),
    ...(hasTrades && joined.trades.expected === 0 ? ['journal: no trade of it was received'] : []),
    ...(hasBooks && books.checked === 0 ? ['journal: no book could be compared'] : []),
    ...counted(books.mismatched, 'books differ from the journal at their sequence'),
    ...counted(books.unmatched, 'books have a sequence that the journal does not know'),
    ...counted(joined.malformedLines, 'malformed journal lines'),
    ...joined.unknownProducts.map(label => `journal: no product is known as ${label}`),
  ]
}

function totalsFailures(noun: string, totals: LedgerTotals): string[] {
  return [
    ...counted(totals.lost, `${noun} lost`),
    ...counted(totals.understated, `gap frames that report fewer ${noun} missing than there are`),
    ...counted(totals.doubled, `${noun} received twice`),
    ...counted(totals.disordered, `${noun} out of order`),
    ...counted(totals.unknown, `${noun} that the journal does not know`),
    ...counted(totals.altered, `${noun} with another price, amount or side than sent`),
  ]
}

function counted(count: number, what: string): string[] {
  return count > 0 ? [`${count} ${what}`] : []
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0)
}
