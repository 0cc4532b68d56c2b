// The rounds of each variant in each scenario and phase as one row: medians and ranges, or what was wrong. A row has figures only when
// every one of its rounds has.

import type { Phase } from '../run/phases.js'
import type { FaultBy, RunFigures, RunRecord } from './run-record.js'
import { type Spread, spreadOfAll } from './statistics.js'

export interface Row {
  readonly scenario: string
  readonly phase: Phase
  readonly variant: string
  /** Rounds with figures. */
  readonly roundCount: number
  /** Null unless all its rounds have figures. */
  readonly figures: RowFigures | null
  /** Of all attempts; those that decide the gates first. */
  readonly faults: readonly string[]
  /** Attempts in which the server lost, reordered or altered something. */
  readonly serverFaultCount: number
  /** Void attempts. */
  readonly voidCount: number
  /** Attempts in which a process did not start or ended early. */
  readonly brokenCount: number
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
  readonly distinctTrades: Spread
  readonly witnessP50Us: Spread | null
  readonly witnessP99Us: Spread | null
  readonly currentAfterUs: Spread | null
  readonly cpuUsPerTrade: Spread | null
  readonly serverCores: Spread | null
  readonly serverResidentBytes: Spread | null
  readonly simCores: Spread | null
  readonly probeCores: Spread | null
  /** Of the machine's processor time; 0..1. */
  readonly stolenShare: Spread | null
  /** Of one processor, by thread. */
  readonly threadLoads: Readonly<Record<string, Spread>>
  /** At each of `CURVE_PERCENTILES`, as far as all rounds reach. */
  readonly curveUs: readonly Spread[]
  readonly paths: Readonly<Record<string, PathRow>>
  /** Of all rounds. */
  readonly pathFaults: readonly string[]
}

export interface PathRow {
  readonly p50Us: Spread
  readonly p99Us: Spread
  readonly bookAgeMaxUs: Spread | null
  readonly frameBytesMax: Spread | null
  readonly freshAfterUs: Spread | null
}

const FAULTS_BY_WEIGHT: readonly FaultBy[] = ['server', 'run', 'machine']

/** Rows in the order of their first record. */
export function summarize(records: readonly RunRecord[]): readonly Row[] {
  const groups = new Map<string, RunRecord[]>()
  for (const record of records) {
    const key = `${record.scenario} ${record.variant} ${record.phase}`
    groups.set(key, [...(groups.get(key) ?? []), record])
  }
  return [...groups.values()].map(rowOf)
}

/** The figures of each round, in order; a round without figures is left out. */
export function figuresByRound(
  records: readonly RunRecord[],
  { scenario, variant, phase }: { scenario: string; variant: string; phase: Phase },
): ReadonlyMap<number, RunFigures> {
  const byRound = new Map<number, RunFigures>()
  for (const record of records) {
    if (record.scenario !== scenario || record.variant !== variant || record.phase !== phase) continue
    if (record.outcome.kind !== 'figures') continue
    byRound.set(record.round, record.outcome.figures)
  }
  return byRound
}

function rowOf(records: readonly RunRecord[]): Row {
  const [first] = records as [RunRecord]
  const { scenario, variant, phase } = first
  const rounds = [...figuresByRound(records, first).values()]
  const faultsBy = (by: FaultBy): string[] =>
    records.flatMap(({ outcome, round, attempt }) =>
      outcome.kind === 'fault' && outcome.by === by
        ? outcome.faults.map(fault => `round ${round}, attempt ${attempt}: ${fault}`)
        : [],
    )
  const faults = FAULTS_BY_WEIGHT.flatMap(faultsBy)
  const countBy = (by: FaultBy): number =>
    records.filter(({ outcome }) => outcome.kind === 'fault' && outcome.by === by).length
  const roundCount = new Set(records.map(({ round }) => round)).size
  const figures = rounds.length === roundCount ? rowFigures(rounds) : null
  return {
    scenario,
    variant,
    phase,
    roundCount: rounds.length,
    figures,
    faults,
    serverFaultCount: countBy('server'),
    voidCount: countBy('machine'),
    brokenCount: countBy('run'),
  }
}

function rowFigures(rounds: readonly RunFigures[]): RowFigures {
  const certain = (read: (figures: RunFigures) => number): Spread => spreadOfAll(rounds.map(read)) as Spread
  const optional = (read: (figures: RunFigures) => number | null | undefined): Spread | null =>
    spreadOfAll(rounds.map(read))
  return {
    p50Us: certain(({ scheduled }) => scheduled.p50Us),
    p95Us: certain(({ scheduled }) => scheduled.p95Us),
    p99Us: certain(({ scheduled }) => scheduled.p99Us),
    p999Us: certain(({ scheduled }) => scheduled.p999Us),
    maxUs: certain(({ scheduled }) => scheduled.maxUs),
    receivedP50Us: optional(({ received }) => received?.p50Us),
    receivedP99Us: optional(({ received }) => received?.p99Us),
    bookAgeP99Us: optional(({ bookAge }) => bookAge?.p99Us),
    bookAgeMaxUs: optional(({ bookAge }) => bookAge?.maxUs),
    latenessP50Us: certain(({ lateness }) => lateness.p50Us),
    latenessP99Us: certain(({ lateness }) => lateness.p99Us),
    echoP50Us: certain(({ echo }) => echo.p50Us),
    tradesDelivered: certain(({ tradesDelivered }) => tradesDelivered),
    distinctTrades: certain(({ distinctTrades }) => distinctTrades),
    witnessP50Us: optional(({ witnessed }) => witnessed?.p50Us),
    witnessP99Us: optional(({ witnessed }) => witnessed?.p99Us),
    currentAfterUs: optional(({ currentAfterUs }) => currentAfterUs),
    cpuUsPerTrade: optional(({ usage }) => usage.serverCpuUsPerTrade),
    serverCores: optional(({ usage }) => usage.serverCores),
    serverResidentBytes: optional(({ usage }) => usage.serverResidentBytes),
    simCores: optional(({ usage }) => usage.simCores),
    probeCores: optional(({ usage }) => usage.probeCores),
    stolenShare: optional(({ usage }) => usage.stolenShare),
    threadLoads: loadsOf(rounds),
    curveUs: curveOf(rounds),
    paths: pathsOf(rounds),
    pathFaults: rounds.flatMap(({ pathFaults }) => pathFaults ?? []),
  }
}

function curveOf(rounds: readonly RunFigures[]): Spread[] {
  const length = Math.min(...rounds.map(({ scheduled }) => scheduled.curveUs.length))
  return Array.from(
    { length },
    (_, step) => spreadOfAll(rounds.map(({ scheduled }) => scheduled.curveUs[step])) as Spread,
  )
}

function loadsOf(rounds: readonly RunFigures[]): Record<string, Spread> {
  const roles = Object.keys(rounds[0]?.usage.threadLoads ?? {})
  return Object.fromEntries(
    roles.flatMap((role): [string, Spread][] => {
      const load = spreadOfAll(rounds.map(({ usage }) => usage.threadLoads?.[role]))
      return load === null ? [] : [[role, load]]
    }),
  )
}

function pathsOf(rounds: readonly RunFigures[]): Record<string, PathRow> {
  const names = Object.keys(rounds[0]?.paths ?? {})
  return Object.fromEntries(
    names.flatMap((name): [string, PathRow][] => {
      const p50Us = spreadOfAll(rounds.map(({ paths }) => paths[name]?.scheduled.p50Us))
      const p99Us = spreadOfAll(rounds.map(({ paths }) => paths[name]?.scheduled.p99Us))
      const bookAgeMaxUs = spreadOfAll(rounds.map(({ paths }) => paths[name]?.bookAge?.maxUs))
      const frameBytesMax = spreadOfAll(rounds.map(({ paths }) => paths[name]?.frameBytesMax))
      const freshAfterUs = spreadOfAll(rounds.map(({ paths }) => paths[name]?.freshAfterUs))
      if (p50Us === null || p99Us === null) return []
      return [[name, { p50Us, p99Us, bookAgeMaxUs, frameBytesMax, freshAfterUs }]]
    }),
  )
}
