// What the command fails on. A gate whose figure is missing fails too: nothing passes unmeasured.

import { TRADELANE } from '../variants/variant-names.js'
import type { Baseline } from './baseline.js'
import type { Ratio } from './ratios.js'
import type { Row } from './summary.js'

export interface GateResult {
  readonly name: string
  readonly isPassed: boolean
  /** What was measured, and the limit. */
  readonly detail: string
}

/** The specified limits, in milliseconds. */
const LIMITS_MS = [
  ['p50', 'p50Us', 2],
  ['p95', 'p95Us', 15],
  ['p99', 'p99Us', 20],
] as const
const LIMITED_SCENARIOS = ['normal', 'burst']

export function judgeGates(rows: readonly Row[], ratios: readonly Ratio[], baseline: Baseline): GateResult[] {
  const own = rows.filter(({ variant }) => variant === TRADELANE)
  return [
    ...own.filter(({ scenario }) => LIMITED_SCENARIOS.includes(scenario)).flatMap(latencyGates),
    ...own.map(faultGate),
    ...ratios.map(ratioGate),
    ...ratios.flatMap(ratio => baselineGate(ratio, baseline)),
  ]
}

function latencyGates({ scenario, figures }: Row): GateResult[] {
  return LIMITS_MS.map(([label, measure, limitMs]) => {
    const name = `${scenario} ${label} below ${limitMs} ms`
    if (figures === null) return { name, isPassed: false, detail: 'no figure' }
    const ms = figures[measure].median / 1_000
    return { name, isPassed: ms < limitMs, detail: `${ms.toFixed(2)} ms` }
  })
}

/** A fault of the server counts though its repetition went well. */
function faultGate({ scenario, figures, serverFaultCount, faults }: Row): GateResult {
  const name = `${scenario}: measured, nothing lost, in order, no wrong book`
  const isPassed = serverFaultCount === 0 && figures !== null
  return { name, isPassed, detail: isPassed ? 'yes' : (faults[0] ?? 'rounds are missing') }
}

function ratioGate({ spec, value }: Ratio): GateResult {
  const name = `${spec.name} at most ${spec.limit}`
  if (value === null) return { name, isPassed: false, detail: 'no figure' }
  return { name, isPassed: value.median <= spec.limit, detail: value.median.toFixed(2) }
}

/** No line for a ratio that no accepted run has. */
function baselineGate({ spec, value }: Ratio, { ratios, margin }: Baseline): GateResult[] {
  const accepted = ratios[spec.name]
  if (accepted === undefined || value === null) return []
  const limit = accepted * margin
  const name = `${spec.name}: not worse than the accepted run`
  const detail = `${value.median.toFixed(2)}, accepted ${accepted.toFixed(2)} × margin ${margin}`
  return [{ name, isPassed: value.median <= limit, detail }]
}
