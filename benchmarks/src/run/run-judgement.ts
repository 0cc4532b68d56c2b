// Turns what a run brought into figures or faults. A figure exists only where nothing was wrong: no loss, no disorder, no
// wrong book, no broken connection, and a simulator that kept its schedule.

import type { Percentiles } from '@tradelane/probe/latency'
import type { ProbeResult, TargetResult } from '../probe/probe-messages.js'
import type { LinkFigures, RunOutcome, RunUsage } from '../results/run-record.js'
import type { BenchScenario } from './scenarios.js'
import type { RunMeters } from './usage-meter.js'

/** As `latenessP99UsMax` of the scenario. */
export const LATENESS_P50_US_MAX = 500
/**
 * Of a message to another process and back. A trade makes two such ways and is handed on between threads besides: where this
 * alone takes as much as the limit of a trade's median, nothing can be said of a server.
 */
export const ECHO_P50_US_MAX = 700

export interface RunEvidence {
  readonly scenario: Pick<BenchScenario, 'clients' | 'drainedClients' | 'latenessP99UsMax'>
  readonly result: ProbeResult
  readonly meters: RunMeters
  readonly echo: Percentiles | null
  /** Connections of drained clients that ended. */
  readonly drainFaults: readonly string[]
}

export function judgeRun({ scenario, result, meters, echo, drainFaults }: RunEvidence): RunOutcome {
  const [main, ...linked] = result.targets
  if (main === undefined) return { kind: 'fault', by: 'run', faults: ['the probe measured nothing'] }
  const serverFaults = [...result.targets.flatMap(namedFailures), ...drainFaults]
  if (serverFaults.length > 0) return { kind: 'fault', by: 'server', faults: serverFaults }
  if (main.scheduled === null) return { kind: 'fault', by: 'server', faults: ['no trade was delivered'] }
  const { lateness } = main
  if (lateness === null || isLate(lateness, scenario)) {
    return { kind: 'fault', by: 'machine', faults: [`the simulator was late: ${describeLateness(lateness, scenario)}`] }
  }
  if (echo === null || echo.p50Us > ECHO_P50_US_MAX) {
    const text = echo === null ? 'nothing' : `p50 ${echo.p50Us / 1_000} ms (limit ${ECHO_P50_US_MAX / 1_000})`
    return { kind: 'fault', by: 'machine', faults: [`the machine is slow: a message and its echo took ${text}`] }
  }
  const tradesDelivered = (main.tradeCount / scenario.clients) * (scenario.clients + scenario.drainedClients)
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
      usToCurrent: main.usToCurrent,
      usage: usageOf(meters, tradesDelivered),
      links: Object.fromEntries(linked.flatMap(linkFigures)),
    },
  }
}

function isLate({ p50Us, p99Us }: Percentiles, { latenessP99UsMax }: RunEvidence['scenario']): boolean {
  return p50Us > LATENESS_P50_US_MAX || p99Us > latenessP99UsMax
}

function describeLateness(lateness: Percentiles | null, { latenessP99UsMax }: RunEvidence['scenario']): string {
  if (lateness === null) return 'it sent no trade'
  const limits = `limits ${LATENESS_P50_US_MAX / 1_000} and ${latenessP99UsMax / 1_000}`
  return `p50 ${lateness.p50Us / 1_000} ms, p99 ${lateness.p99Us / 1_000} ms (${limits})`
}

function namedFailures({ name, failures }: TargetResult): string[] {
  return failures.map(failure => (name === '' ? failure : `${name}: ${failure}`))
}

function linkFigures({ name, scheduled, bookAge, frameBytesMax, usToFresh }: TargetResult): [string, LinkFigures][] {
  return scheduled === null ? [] : [[name, { scheduled, bookAge, frameBytesMax, usToFresh }]]
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
