// Carries out a plan, one run after the other, and prints the progress. A void run (simulator late, machine slow) is repeated,
// because it says nothing about the server. A fault of the server or a run that broke is a result: it is never repeated.

import type { PeerStore, RunKey } from '../results/peer-store.js'
import type { RunOutcome, RunRecord } from '../results/run-record.js'
import type { PlannedRun } from './bench-plan.js'
import { measureRun, type RunSpec } from './run-measurement.js'
import type { BenchScenario } from './scenarios.js'

export interface BenchOptions {
  readonly runs: readonly PlannedRun[]
  /** Rounds differ by seed; the variants of a round do not. */
  readonly seed: number
  readonly isStopped: () => boolean
  readonly printLine: (line: string) => void
  /** The Python for a witness beside the probe; absent: none. */
  readonly python?: string | undefined
  /** Keeps what was measured, run by run. */
  readonly store?: PeerStore | undefined
  /** For tests. */
  readonly measure?: (spec: RunSpec) => Promise<RunOutcome>
}

const ATTEMPTS_MAX = 3
/** Repeats of all runs together, by their number: a machine that voids most runs will void their repeats too. */
const REPEATS_PER_RUN = 0.5

/** One record per attempt, in order. */
export async function runBench(options: BenchOptions): Promise<RunRecord[]> {
  const { runs, printLine, isStopped, store } = options
  const records: RunRecord[] = []
  const startMs = performance.now()
  let repeatsLeft = Math.max(ATTEMPTS_MAX - 1, runs.length * REPEATS_PER_RUN)
  for (const [index, run] of runs.entries()) {
    const ofRun: RunRecord[] = []
    for (let attempt = 1; attempt <= ATTEMPTS_MAX && !isStopped(); attempt += 1) {
      const outcome = await attemptRun(run, options)
      const { scenario, variant, round } = run
      ofRun.push(...recordsOf(outcome, { scenario, variant: variant.name, round, attempt }))
      const progress = `[${index + 1}/${runs.length}] ${remainingTime(startMs, index + 1, runs.length)}`
      printLine(
        `${progress} round ${round} ${scenario.name.padEnd(13)} ${variant.name.padEnd(13)} ${describe(outcome)}`,
      )
      if (!isVoid(outcome) || attempt === ATTEMPTS_MAX) break
      if (repeatsLeft < 1) {
        printLine('  … void, and no repeat is left')
        break
      }
      repeatsLeft -= 1
      printLine('  … void, repeating it')
    }
    records.push(...ofRun)
    if (!isStopped()) await store?.add(keyOf(run), ofRun)
  }
  return records
}

function keyOf({ scenario, variant, round }: PlannedRun): RunKey {
  return { scenario: scenario.name, variant: variant.name, round }
}

async function attemptRun({ scenario, variant, round }: PlannedRun, options: BenchOptions): Promise<RunOutcome> {
  const { seed, python, measure = measureRun } = options
  try {
    return await measure({ scenario, variant, seed: seed + round, python })
  } catch (error) {
    return { kind: 'fault', by: 'run', faults: [error instanceof Error ? error.message : String(error)] }
  }
}

/** One of each phase; a fault is one of every phase of the run. */
function recordsOf(
  outcome: RunOutcome,
  run: { scenario: BenchScenario; variant: string; round: number; attempt: number },
): RunRecord[] {
  const about = { ...run, scenario: run.scenario.name }
  if (outcome.kind === 'figures') {
    return [...outcome.phases].map(([phase, figures]) => ({ ...about, phase, outcome: { kind: 'figures', figures } }))
  }
  return run.scenario.windows.map(({ phase }) => ({ ...about, phase, outcome }))
}

function isVoid(outcome: RunOutcome): boolean {
  return outcome.kind === 'fault' && outcome.by === 'machine'
}

function describe(outcome: RunOutcome): string {
  if (outcome.kind === 'fault') return `no figure (${outcome.by}): ${outcome.faults.slice(0, 3).join('; ')}`
  const ms = (us: number): string => (us / 1_000).toFixed(2)
  return [...outcome.phases]
    .map(([phase, { scheduled }]) => `${phase} p50 ${ms(scheduled.p50Us)}  p99 ${ms(scheduled.p99Us)} ms`)
    .join('   ')
}

function remainingTime(startMs: number, doneCount: number, runCount: number): string {
  const leftS = ((performance.now() - startMs) / doneCount / 1_000) * (runCount - doneCount)
  return leftS < 60 ? `${Math.round(leftS)} s left` : `${Math.round(leftS / 60)} min left`
}
