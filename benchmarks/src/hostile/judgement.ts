// Whether an attack was borne: the ratio of the honest clients' p99, memory, refusals, losses, and that the product still lives.

import type { Percentiles } from '@tradelane/probe/latency'
import { spreadOf } from '../results/statistics.js'
import { LATENESS_P50_US_MAX } from '../run/run-judgement.js'
import type { AttackRecord, Pair } from './attack-record.js'
import { faultsOf } from './faults.js'
import { PLAIN_LATENESS_P99_US_MAX, PLAIN_SPREAD_MAX, RATIO_P99_MAX } from './limits.js'

export type Verdict = 'passed' | 'failed' | 'unmeasured'

export interface Judgement {
  readonly verdict: Verdict
  /** Of the product's p99 to that beside the plain listener; the median of the pairs. Null where all are void. */
  readonly ratioP99: number | null
  /** Why it did not pass. */
  readonly reasons: readonly string[]
}

/** `pairCount`: the pairs that a verdict needs. */
export function judgeAttack(record: AttackRecord, pairCount: number): Judgement {
  const valid = validPairs(record)
  const ratioP99 = spreadOf(valid.map(ratioOf))?.median ?? null
  const faults = [...faultsOf(record), ...(record.pairs.at(-1)?.product.faults ?? [])]
  const late = lateness(valid, ratioP99, pairCount)
  const reasons = [...faults, ...(late.reason === null ? [] : [late.reason])]
  return { verdict: faults.length > 0 ? 'failed' : late.verdict, ratioP99, reasons }
}

export function validPairs({ pairs }: Pick<AttackRecord, 'pairs'>): readonly Pair[] {
  return pairs.filter(pair => !isVoid(pair))
}

/** Whether the machine was too slow to judge this pair: with the attackers elsewhere, the simulator was late by itself. */
export function isVoid({ plain }: Pair): boolean {
  const { lateness, scheduled } = plain
  if (lateness === null || scheduled === null) return true
  return lateness.p50Us > LATENESS_P50_US_MAX || lateness.p99Us > PLAIN_LATENESS_P99_US_MAX
}

function lateness(
  pairs: readonly Pair[],
  ratioP99: number | null,
  pairCount: number,
): { verdict: Verdict; reason: string | null } {
  if (ratioP99 === null || pairs.length < pairCount) {
    return {
      verdict: 'unmeasured',
      reason: `the machine is too slow: ${pairs.length} of ${pairCount} pairs can be judged`,
    }
  }
  if (ratioP99 <= RATIO_P99_MAX) return { verdict: 'passed', reason: null }
  // What the plain listener's own figures differ by proves nothing about the product.
  const plain = spreadOf(pairs.map(pair => p99Of(pair.plain.scheduled)))
  const noise = plain === null ? 1 : plain.max / plain.min
  const text = `p99 is ${ratioP99.toFixed(2)} times that beside a plain listener (limit ${RATIO_P99_MAX})`
  if (noise <= PLAIN_SPREAD_MAX || ratioP99 > RATIO_P99_MAX * noise) return { verdict: 'failed', reason: text }
  return { verdict: 'unmeasured', reason: `${text}, but those differ by ${noise.toFixed(1)} among themselves` }
}

function ratioOf({ product, plain }: Pair): number {
  return p99Of(product.scheduled) / p99Of(plain.scheduled)
}

/** Without any trade it is beyond every limit. */
function p99Of(figures: Percentiles | null): number {
  return figures === null ? Number.POSITIVE_INFINITY : Math.max(1, figures.p99Us)
}
