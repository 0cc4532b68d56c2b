// Turns the result of a run into figures or faults. A run has figures only when nothing was wrong: nothing lost or out of order,
// no wrong book, no ended connection, and a simulator and a machine that kept up.

import type { Percentiles } from '@tradelane/probe/latency'
import type { ProbeResult, TargetResult } from '../probe/probe-messages.js'
import type { PathFigures, RunOutcome, RunUsage } from '../results/run-record.js'
import type { BenchScenario } from './scenarios.js'
import type { RunMeters } from './usage-meter.js'

/** The limit of p99 is `latenessP99UsMax` of the scenario. */
export const LATENESS_P50_US_MAX = 500
/**
 * Of a message to another process and back. A trade takes about as long twice and is handed from thread to thread: a machine that
 * is slower than this cannot show whether a server meets the limit of the median.
 */
export const ECHO_P50_US_MAX = 700

export interface RunEvidence {
  readonly scenario: Pick<BenchScenario, 'clientCount' | 'drainClientCount' | 'latenessP99UsMax'>
  readonly result: ProbeResult
  readonly meters: RunMeters
  readonly echo: Percentiles | null
  /** Drain clients whose connection ended. */
  readonly drainFaults: readonly string[]
}

export function judgeRun({ scenario, result, meters, echo, drainFaults }: RunEvidence): RunOutcome {
  const [main, ...onPaths] = result.targets
  if (main === undefined) return { kind: 'fault', by: 'run', faults: ['the probe measured nothing'] }
  const serverFaults = [...result.targets.flatMap(namedFailures), ...drainFaults]
  if (serverFaults.length > 0) return { kind: 'fault', by: 'server', faults: serverFaults }
  if (main.scheduled === null) return { kind: 'fault', by: 'server', faults: ['no trade was delivered'] }
  const { lateness } = main
  if (lateness === null || isLate(lateness, scenario)) {
    return { kind: 'fault', by: 'machine', faults: [`the simulator was late: ${describeLateness(lateness, scenario)}`] }
  }
  if (echo === null || echo.p50Us > ECHO_P50_US_MAX) {
    const text = echo === null ? 'too long' : `p50 ${echo.p50Us / 1_000} ms (limit ${ECHO_P50_US_MAX / 1_000})`
    return {
      kind: 'fault',
      by: 'machine',
      faults: [`the machine is slow: a message to another process and back took ${text}`],
    }
  }
  const tradesDelivered = (main.tradeCount / scenario.clientCount) * (scenario.clientCount + scenario.drainClientCount)
  return {
    kind: 'figures',
    figures: {
      scheduled: main.scheduled,
      received: main.received,
      bookAge: main.bookAge,
      lateness,
      echo,
      tradesDelivered,
      booksChecked: main.booksChecked,
      currentAfterUs: main.currentAfterUs,
      usage: usageOf(meters, tradesDelivered),
      paths: Object.fromEntries(onPaths.flatMap(pathFigures)),
    },
  }
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

function pathFigures({ name, scheduled, bookAge, frameBytesMax, freshAfterUs }: TargetResult): [string, PathFigures][] {
  return scheduled === null ? [] : [[name, { scheduled, bookAge, frameBytesMax, freshAfterUs }]]
}

function usageOf({ server, sim, probe }: RunMeters, tradesDelivered: number): RunUsage {
  return {
    serverCores: server.cores,
    serverCpuUsPerTrade: server.cpuMs === null ? null : (server.cpuMs * 1_000) / tradesDelivered,
    serverResidentBytes: server.residentBytes,
    simCores: sim.cores,
    probeCores: probe.cores,
  }
}
