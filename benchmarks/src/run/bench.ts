// Carries a plan out, one run after the other, each repeated once when the run itself was no good, and tells how far it is.

import type { RunOutcome, RunRecord } from '../results/run-record.js'
import type { PlannedRun } from './bench-plan.js'
import { measureRun } from './measured-run.js'

export interface BenchOptions {
  readonly runs: readonly PlannedRun[]
  readonly warmUpMs: number
  /** Rounds differ by seed; the variants of a round do not. */
  readonly seed: number
  readonly isStopped: () => boolean
  say(line: string): void
}

const ATTEMPTS_MAX = 3

export async function runBench(options: BenchOptions): Promise<RunRecord[]> {
  const { runs, say } = options
  const records: RunRecord[] = []
  const startMs = performance.now()
  for (const [index, run] of runs.entries()) {
    for (let attempt = 1; attempt <= ATTEMPTS_MAX && !options.isStopped(); attempt += 1) {
      const outcome = await attemptRun(run, options)
      const { scenario, variant, round } = run
      records.push({ scenario: scenario.name, variant: variant.name, round, attempt, outcome })
      const place = `[${index + 1}/${runs.length}] ${remaining(startMs, index + 1, runs.length)}`
      say(`${place} round ${round} ${scenario.name.padEnd(13)} ${variant.name.padEnd(13)} ${describe(outcome)}`)
      // What the server did wrong is the result.
      if (outcome.kind === 'figures' || outcome.by === 'server') break
      if (attempt < ATTEMPTS_MAX) say('  … once more')
    }
  }
  return records
}

async function attemptRun({ scenario, variant, round }: PlannedRun, options: BenchOptions): Promise<RunOutcome> {
  try {
    return await measureRun({ scenario, variant, seed: options.seed + round, warmUpMs: options.warmUpMs })
  } catch (error) {
    return { kind: 'fault', by: 'run', faults: [error instanceof Error ? error.message : String(error)] }
  }
}

function describe(outcome: RunOutcome): string {
  if (outcome.kind === 'fault') return `no figure (${outcome.by}): ${outcome.faults.slice(0, 3).join('; ')}`
  const { p50Us, p99Us, maxUs } = outcome.figures.scheduled
  const ms = (us: number): string => (us / 1_000).toFixed(2)
  return `p50 ${ms(p50Us)}  p99 ${ms(p99Us)}  max ${ms(maxUs)} ms`
}

function remaining(startMs: number, doneCount: number, runCount: number): string {
  const leftS = ((performance.now() - startMs) / doneCount / 1_000) * (runCount - doneCount)
  return leftS < 60 ? `${Math.round(leftS)} s left` : `${Math.round(leftS / 60)} min left`
}
