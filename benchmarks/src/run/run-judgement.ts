// Turns the result of a run into figures or faults. A run has figures only when nothing was wrong: nothing lost or out of order,
// no wrong book, no ended connection, and a simulator and a machine that kept up.

import type { Percentiles } from '@tradelane/probe/latency'
import type { PhaseResult, ProbeResult, TargetResult } from '../probe/probe-messages.js'
import type { PathFigures, RunFigures, RunOutcome, RunUsage } from '../results/run-record.js'
import type { Phase } from './phases.js'
import type { BenchScenario } from './scenarios.js'
import type { ThreadLoads } from './thread-loads.js'
import type { RunMeters } from './usage-meter.js'
import type { WitnessFigures } from './witness.js'

/** The limit of p99 is `latenessP99UsMax` of the scenario. */
export const LATENESS_P50_US_MAX = 500
/**
 * Of a message to another process and back. A trade takes about as long twice and is handed from thread to thread: a machine that
 * is slower than this cannot show whether a server meets the limit of the median.
 */
export const ECHO_P50_US_MAX = 700

export interface RunEvidence {
  readonly scenario: Pick<BenchScenario, 'clientCount' | 'drainClientCount' | 'latenessP99UsMax'>
  /** What its slow clients lose is reported beside its figures. */
  readonly isPeer?: boolean
  readonly result: ProbeResult
  /** Of each phase. */
  readonly meters: ReadonlyMap<Phase, RunMeters>
  /** Of each phase. */
  readonly threadLoads: ReadonlyMap<Phase, ThreadLoads | null>
  /** Of the warm phase. */
  readonly witnessed: WitnessFigures | null
  readonly echo: Percentiles | null
  /** Drain clients whose connection ended. */
  readonly drainFaults: readonly string[]
}

export function judgeRun({
  scenario,
  isPeer = false,
  result,
  meters,
  threadLoads,
  witnessed,
  echo,
  drainFaults,
}: RunEvidence): RunOutcome {
  const [main, ...onPaths] = result.targets
  if (main === undefined) return { kind: 'fault', by: 'run', faults: ['the probe measured nothing'] }
  const judged = isPeer ? [main] : result.targets
  const serverFaults = [...judged.flatMap(namedFailures), ...drainFaults]
  if (serverFaults.length > 0) return { kind: 'fault', by: 'server', faults: serverFaults }
  const machineFaults = [...main.phases.flatMap(phase => lateFaults(phase, scenario)), ...slowFaults(echo)]
  const phases = new Map<Phase, RunFigures>()
  for (const [index, result] of main.phases.entries()) {
    const { phase, scheduled, lateness } = result
    if (scheduled === null) return { kind: 'fault', by: 'server', faults: [`no trade was delivered${inWindow(phase)}`] }
    if (lateness === null || echo === null) continue
    const factor = (scenario.clientCount + scenario.drainClientCount) / scenario.clientCount
    const tradesDelivered = result.tradeCount * factor
    phases.set(phase, {
      scheduled,
      received: result.received,
      bookAge: result.bookAge,
      lateness,
      echo,
      tradesDelivered,
      distinctTrades: result.distinctCount,
      witnessed: phase === 'warm' ? witnessed : null,
      booksChecked: main.booksChecked,
      currentAfterUs: main.currentAfterUs,
      usage: { ...usageOf(meters.get(phase), tradesDelivered), threadLoads: threadLoads.get(phase) ?? null },
      paths: Object.fromEntries(onPaths.flatMap(path => pathFigures(path, index))),
      pathFaults: onPaths.flatMap(namedFailures),
    })
  }
  return machineFaults.length > 0
    ? { kind: 'fault', by: 'machine', faults: machineFaults }
    : { kind: 'figures', phases }
}

function lateFaults({ phase, lateness }: PhaseResult, scenario: RunEvidence['scenario']): string[] {
  if (lateness !== null && !isLate(lateness, scenario)) return []
  return [`the simulator was late${inWindow(phase)}: ${describeLateness(lateness, scenario)}`]
}

function slowFaults(echo: Percentiles | null): string[] {
  if (echo !== null && echo.p50Us <= ECHO_P50_US_MAX) return []
  const text = echo === null ? 'too long' : `p50 ${echo.p50Us / 1_000} ms (limit ${ECHO_P50_US_MAX / 1_000})`
  return [`the machine is slow: a message to another process and back took ${text}`]
}

function inWindow(phase: Phase): string {
  return phase === 'warm' ? '' : ` in the ${phase} window`
}

function isLate({ p50Us, p99Us }: Percentiles, { latenessP99UsMax }: RunEvidence['scenario']): boolean {
  return p50Us > LATENESS_P50_US_MAX || p99Us > latenessP99UsMax
}

function describeLateness(lateness: Percentiles | null, { latenessP99UsMax }: RunEvidence['scenario']): string {
  if (lateness === null) return 'no trade was sent'
  const limits = `limits ${LATENESS_P50_US_MAX / 1_000} and ${latenessP99UsMax / 1_000}`
  return `p50 ${lateness.p50Us / 1_000} ms, p99 ${lateness.p99Us / 1_000} ms (${limits})`
}

function namedFailures({ name, failures }: TargetResult): string[] {
  return failures.map(failure => (name === '' ? failure : `${name}: ${failure}`))
}

function pathFigures(path: TargetResult, index: number): [string, PathFigures][] {
  const { name, phases, frameBytesMax, freshAfterUs } = path
  const { scheduled, bookAge } = phases[index] ?? { scheduled: null, bookAge: null }
  return scheduled === null ? [] : [[name, { scheduled, bookAge, frameBytesMax, freshAfterUs }]]
}

function usageOf(meters: RunMeters | undefined, tradesDelivered: number): Omit<RunUsage, 'threadLoads'> {
  const cpuMs = meters?.server.cpuMs ?? null
  return {
    serverCores: meters?.server.cores ?? null,
    serverCpuUsPerTrade: cpuMs === null ? null : (cpuMs * 1_000) / tradesDelivered,
    serverResidentBytes: meters?.server.residentBytes ?? null,
    simCores: meters?.sim.cores ?? null,
    probeCores: meters?.probe.cores ?? null,
    stolenShare: meters?.machine.share ?? null,
  }
}
