// The rounds of each variant in each scenario as one row: medians and spread, or what was wrong. A row has figures only when
// every round of it has.

import type { FaultBy, RunFigures, RunRecord } from './run-record.js'
import { type Spread, spreadOfAll } from './statistics.js'

export interface Row {
  readonly scenario: string
  readonly variant: string
  /** Rounds with figures. */
  readonly roundCount: number
  /** Null unless all its rounds have figures. */
  readonly figures: RowFigures | null
  /** Of all attempts, those that were repeated included. */
  readonly faults: readonly string[]
  /** Attempts in which the server itself lost, reordered or falsified something. */
  readonly serverFaultCount: number
  /** Attempts that say nothing of the server, for the simulator was late. */
  readonly machineFaultCount: number
}

export interface RowFigures {
  readonly p50Us: Spread
  readonly p95Us: Spread
  readonly p99Us: Spread
  readonly p999Us: Spread
  readonly maxUs: Spread
  /** `time_received` → client. */
  readonly receivedP50Us: Spread | null
  readonly receivedP99Us: Spread | null
  readonly bookAgeP99Us: Spread | null
  readonly bookAgeMaxUs: Spread | null
  readonly latenessP50Us: Spread
  readonly latenessP99Us: Spread
  readonly echoP50Us: Spread
  readonly tradesDelivered: Spread
  readonly usToCurrent: Spread | null
  readonly cpuUsPerTrade: Spread | null
  readonly serverCores: Spread | null
  readonly serverResidentBytes: Spread | null
  readonly simCores: Spread | null
  readonly probeCores: Spread | null
  /** At each of `CURVE_PERCENTILES`, as far as all rounds reach. */
  readonly curveUs: readonly Spread[]
  readonly links: Readonly<Record<string, LinkRow>>
}

export interface LinkRow {
  readonly p50Us: Spread
  readonly p99Us: Spread
  readonly bookAgeMaxUs: Spread | null
  readonly frameBytesMax: Spread | null
  readonly usToFresh: Spread | null
}

/** Rows in the order of their first record. */
export function summarize(records: readonly RunRecord[]): readonly Row[] {
  const groups = new Map<string, RunRecord[]>()
  for (const record of records) {
    const key = `${record.scenario} ${record.variant}`
    groups.set(key, [...(groups.get(key) ?? []), record])
  }
  return [...groups.values()].map(rowOf)
}

/** The figures of each round, in their order; a round without one is left out. */
export function figuresByRound(
  records: readonly RunRecord[],
  scenario: string,
  variant: string,
): ReadonlyMap<number, RunFigures> {
  const byRound = new Map<number, RunFigures>()
  for (const record of records) {
    if (record.scenario !== scenario || record.variant !== variant || record.outcome.kind !== 'figures') continue
    byRound.set(record.round, record.outcome.figures)
  }
  return byRound
}

function rowOf(records: readonly RunRecord[]): Row {
  const [{ scenario, variant }] = records as [RunRecord]
  const rounds = [...figuresByRound(records, scenario, variant).values()]
  const faults = records.flatMap(({ outcome, round, attempt }) =>
    outcome.kind === 'fault' ? outcome.faults.map(fault => `round ${round}, attempt ${attempt}: ${fault}`) : [],
  )
  const countBy = (by: FaultBy): number =>
    records.filter(({ outcome }) => outcome.kind === 'fault' && outcome.by === by).length
  const roundCount = new Set(records.map(({ round }) => round)).size
  const figures = rounds.length === roundCount ? rowFigures(rounds) : null
  return {
    scenario,
    variant,
    roundCount: rounds.length,
    figures,
    faults,
    serverFaultCount: countBy('server'),
    machineFaultCount: countBy('machine'),
  }
}

function rowFigures(rounds: readonly RunFigures[]): RowFigures {
  const known = (read: (figures: RunFigures) => number): Spread => spreadOfAll(rounds.map(read)) as Spread
  const perhaps = (read: (figures: RunFigures) => number | null | undefined): Spread | null =>
    spreadOfAll(rounds.map(read))
  return {
    p50Us: known(({ scheduled }) => scheduled.p50Us),
    p95Us: known(({ scheduled }) => scheduled.p95Us),
    p99Us: known(({ scheduled }) => scheduled.p99Us),
    p999Us: known(({ scheduled }) => scheduled.p999Us),
    maxUs: known(({ scheduled }) => scheduled.maxUs),
    receivedP50Us: perhaps(({ received }) => received?.p50Us),
    receivedP99Us: perhaps(({ received }) => received?.p99Us),
    bookAgeP99Us: perhaps(({ bookAge }) => bookAge?.p99Us),
    bookAgeMaxUs: perhaps(({ bookAge }) => bookAge?.maxUs),
    latenessP50Us: known(({ lateness }) => lateness.p50Us),
    latenessP99Us: known(({ lateness }) => lateness.p99Us),
    echoP50Us: known(({ echo }) => echo.p50Us),
    tradesDelivered: known(({ tradesDelivered }) => tradesDelivered),
    usToCurrent: perhaps(({ usToCurrent }) => usToCurrent),
    cpuUsPerTrade: perhaps(({ usage }) => usage.serverCpuUsPerTrade),
    serverCores: perhaps(({ usage }) => usage.serverCores),
    serverResidentBytes: perhaps(({ usage }) => usage.serverResidentBytes),
    simCores: perhaps(({ usage }) => usage.simCores),
    probeCores: perhaps(({ usage }) => usage.probeCores),
    curveUs: curveOf(rounds),
    links: linksOf(rounds),
  }
}

function curveOf(rounds: readonly RunFigures[]): Spread[] {
  const length = Math.min(...rounds.map(({ scheduled }) => scheduled.curveUs.length))
  return Array.from(
    { length },
    (_, step) => spreadOfAll(rounds.map(({ scheduled }) => scheduled.curveUs[step])) as Spread,
  )
}

function linksOf(rounds: readonly RunFigures[]): Record<string, LinkRow> {
  const names = Object.keys(rounds[0]?.links ?? {})
  return Object.fromEntries(
    names.flatMap((name): [string, LinkRow][] => {
      const p50Us = spreadOfAll(rounds.map(({ links }) => links[name]?.scheduled.p50Us))
      const p99Us = spreadOfAll(rounds.map(({ links }) => links[name]?.scheduled.p99Us))
      const bookAgeMaxUs = spreadOfAll(rounds.map(({ links }) => links[name]?.bookAge?.maxUs))
      const frameBytesMax = spreadOfAll(rounds.map(({ links }) => links[name]?.frameBytesMax))
      const usToFresh = spreadOfAll(rounds.map(({ links }) => links[name]?.usToFresh))
      if (p50Us === null || p99Us === null) return []
      return [[name, { p50Us, p99Us, bookAgeMaxUs, frameBytesMax, usToFresh }]]
    }),
  )
}
