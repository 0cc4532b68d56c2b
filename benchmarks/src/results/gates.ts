// The gates, each judged once. A gate without a figure never passes: it is unmeasured where every attempt of a run was void
// because of the machine, or where its percentile would rest on fewer than ten trades, and otherwise it fails. A limit that is
// missed while a hypervisor took the processors is unmeasured too, a ratio's up to a bound. The exit code of the command shows which.

import { STOLEN_SHARES } from '@tradelane/probe/stolen-shares'
import { inPhase } from '../run/phases.js'
import { TRADELANE } from '../variants/variant-names.js'
import type { Baseline } from './baseline.js'
import type { Operand, Ratio } from './ratios.js'
import { tradesNeeded } from './sampling.js'
import type { Row } from './summary.js'

export interface GateResult {
  readonly name: string
  readonly verdict: Verdict
  /** What was measured, and the limit. */
  readonly detail: string
}

export type Verdict = 'passed' | 'failed' | 'unmeasured'

/** The specified limits, in milliseconds. */
const LIMITS_MS = [
  ['p50', 'p50Us', 2],
  ['p95', 'p95Us', 15],
  ['p99', 'p99Us', 20],
] as const
const LIMITED_SCENARIOS = ['normal', 'burst']
/**
 * The sides of a ratio run minutes apart, in which stolen time comes and goes: of one and the same server, p99 was 4.9 times as high
 * with 34 % stolen as with 0.04 %. A ratio above its limit by more than such a factor fails whatever was stolen.
 */
const STOLEN_FACTOR_MAX = 3
/**
 * From this share on either side the two are not comparable. A trade passes several threads, each of which may have to wait: of one
 * and the same server, p50 was a fifth higher with 12 to 14 % stolen than with 1 %, and half as much again with 33 %.
 */
const RATIO_STOLEN_SHARES = { p50: 0.1, p99: STOLEN_SHARES.p99 } as const

export function judgeGates(rows: readonly Row[], ratios: readonly Ratio[], baseline: Baseline): GateResult[] {
  const own = rows.filter(({ variant }) => variant === TRADELANE)
  return [
    ...own.filter(({ scenario }) => LIMITED_SCENARIOS.includes(scenario)).flatMap(latencyGates),
    ...own.map(faultGate),
    ...ratios.map(ratio => ratioGate(ratio, rows)),
    ...ratios.flatMap(ratio => baselineGate(ratio, rows, baseline)),
  ]
}

function latencyGates(row: Row): GateResult[] {
  const { scenario, phase, figures } = row
  return LIMITS_MS.map(([label, measure, limitMs]) => {
    const name = inPhase(phase, `${scenario} ${label} below ${limitMs} ms`)
    if (figures === null) return withoutFigure(name, [row])
    const { min } = figures.distinctTrades
    if (min < tradesNeeded(label)) return tooFewTrades(name)
    const ms = figures[measure].median / 1_000
    const detail = `${ms.toFixed(2)} ms`
    if (ms < limitMs) return { name, verdict: 'passed', detail }
    return missed(name, { detail, stolen: stolenIn(row), stolenLimit: STOLEN_SHARES[label] })
  })
}

/**
 * A trade that is due in stolen time is late: where as much was stolen as lies beyond the percentile, a miss proves nothing of the
 * server.
 */
function missed(
  name: string,
  { detail, stolen, stolenLimit }: { detail: string; stolen: number; stolenLimit: number },
): GateResult {
  if (stolen < stolenLimit) return { name, verdict: 'failed', detail }
  const percent = `${(stolen * 100).toFixed(1)} % of the processor time was stolen`
  return { name, verdict: 'unmeasured', detail: `${detail}, but ${percent} (limit ${stolenLimit * 100} %)` }
}

function stolenIn({ figures }: Row): number {
  return figures?.stolenShare?.median ?? 0
}

/** A fault of the server fails the gate, whatever other attempts and rounds brought. */
function faultGate(row: Row): GateResult {
  const { scenario, phase, figures, serverFaultCount, faults } = row
  const name = inPhase(phase, `${scenario}: measured, nothing lost, in order, no wrong book`)
  const verdict = serverFaultCount === 0 ? (figures === null ? withoutFigure(name, [row]).verdict : 'passed') : 'failed'
  return { name, verdict, detail: verdict === 'passed' ? 'yes' : (faults[0] ?? 'a round has no figure') }
}

function ratioGate(ratio: Ratio, rows: readonly Row[]): GateResult {
  const { spec, value, isThin } = ratio
  const name = `${spec.name} at most ${spec.limit}`
  if (isThin) return tooFewTrades(name)
  if (value === null) return withoutFigure(name, sidesOf(ratio, rows))
  const { median } = value
  return judgeRatio(name, { ratio, rows, median, limit: spec.limit, detail: median.toFixed(2) })
}

/** None for a ratio that was never accepted. */
function baselineGate(ratio: Ratio, rows: readonly Row[], { ratios, margin }: Baseline): GateResult[] {
  const { spec, value } = ratio
  const accepted = ratios[spec.name]
  if (accepted === undefined || value === null) return []
  const name = `${spec.name}: not worse than the accepted run`
  const { median } = value
  const detail = `${median.toFixed(2)}, accepted ${accepted.toFixed(2)} × margin ${margin}`
  return [judgeRatio(name, { ratio, rows, median, limit: accepted * margin, detail })]
}

function judgeRatio(
  name: string,
  judged: { ratio: Ratio; rows: readonly Row[]; median: number; limit: number; detail: string },
): GateResult {
  const { ratio, rows, median, limit, detail } = judged
  if (median <= limit) return { name, verdict: 'passed', detail }
  const { measure } = ratio.spec.over
  // Processor time is not counted while it is stolen.
  if (measure === 'cpuPerTrade' || median > limit * STOLEN_FACTOR_MAX) return { name, verdict: 'failed', detail }
  const stolen = Math.max(...sidesOf(ratio, rows).map(stolenIn))
  return missed(name, { detail, stolen, stolenLimit: RATIO_STOLEN_SHARES[measure] })
}

function sidesOf({ spec: { over, under } }: Ratio, rows: readonly Row[]): readonly Row[] {
  return rows.filter(row => isOf(over, row) || isOf(under, row))
}

/** Unmeasured only where nothing but the machine was at fault. */
function withoutFigure(name: string, rows: readonly Row[]): GateResult {
  return {
    name,
    verdict: rows.every(row => row.figures !== null || isVoid(row)) ? 'unmeasured' : 'failed',
    detail: 'no figure',
  }
}

/** It has no figure, and nothing but the machine was at fault; an attempt may have several such faults. */
export function isVoid({ figures, serverFaultCount, brokenCount, voidCount }: Row): boolean {
  return figures === null && voidCount > 0 && serverFaultCount === 0 && brokenCount === 0
}

function tooFewTrades(name: string): GateResult {
  return { name, verdict: 'unmeasured', detail: 'too few trades' }
}

function isOf(operand: Operand, { scenario, variant, phase }: Row): boolean {
  return operand.scenario === scenario && operand.variant === variant && operand.phase === phase
}
