// `npm run bench`: plans and measures the runs, prints the results, and writes `results/latest.json` and `results/latest.html`.
// Exit code 0: all gates passed; 1: a gate failed, or the benchmark was interrupted; 2: wrong usage; 3: no gate failed, but some
// are unmeasured because every attempt of a run was void.

import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type BenchArguments, HELP, readArguments } from './options.js'
import { accept, readBaseline, writeBaseline } from './results/baseline.js'
import { type GateResult, judgeGates } from './results/gates.js'
import { judgeGoals } from './results/goals.js'
import { describeMachine } from './results/machine.js'
import { RATIOS, ratiosOf } from './results/ratios.js'
import { type BenchReport, formatPage } from './results/report-page.js'
import { writeDocument } from './results/results-document.js'
import type { RunRecord } from './results/run-record.js'
import { summarize } from './results/summary.js'
import { formatResults } from './results/table.js'
import { runBench } from './run/bench.js'
import { type Plan, planOf, ROUNDS_FOR_FIGURES_MIN, selectVariants } from './run/bench-plan.js'
import { killChildren } from './run/child.js'
import { endOf } from './run/phases.js'
import { BENCH_SCENARIOS } from './run/scenarios.js'
import { pythonWithWebsockets } from './run/witness.js'
import { builtInVariants, peerVariant } from './variants/variant-table.js'

/** What a run takes beside its windows: start, end, judgement. Measured; only for the announced duration. */
const RUN_MS_EXTRA = 5_500
const BASELINE = fileURLToPath(new URL('../baseline.json', import.meta.url))
const RESULTS = fileURLToPath(new URL('../results/', import.meta.url))
const DOCUMENT = {
  file: fileURLToPath(new URL('../RESULTS.md', import.meta.url)),
  curves: fileURLToPath(new URL('../curves', import.meta.url)),
  curvesPath: 'curves',
}

process.exitCode = await main(process.argv.slice(2))

async function main(argv: readonly string[]): Promise<number> {
  let choice: BenchArguments | 'help'
  try {
    choice = readArguments(argv)
  } catch (error) {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : error}\n${HELP}`)
    return 2
  }
  if (choice === 'help') {
    process.stdout.write(HELP)
    return 0
  }
  return await bench(choice)
}

async function bench(choice: BenchArguments): Promise<number> {
  const baseline = await readBaseline(BASELINE)
  const variants = selectVariants(builtInVariants(choice.faults), choice.variants)
  const peers = choice.peers.map(({ name, url }) => peerVariant(name, url, choice.simPort))
  const { roundCount } = choice
  const plan = planOf({ ...choice, variants, isNamed: choice.variants.length > 0, peers })
  announce(plan, roundCount)
  const python = choice.hasWitness ? (pythonWithWebsockets() ?? undefined) : undefined
  if (choice.hasWitness && python === undefined) printLine('No witness: python3-websockets is missing here.')
  const startedAt = new Date().toISOString()
  const interrupt = catchInterrupt()
  const { isStopped } = interrupt
  const records = await runBench({ runs: plan.runs, seed: choice.seed, python, isStopped, printLine })
  interrupt.release()
  const rows = summarize(records)
  const ratios = ratiosOf(records, RATIOS)
  const goals = judgeGoals(rows, records)
  const gates = judgeGates(rows, ratios, baseline)
  const about = [...variants, ...peers].map(({ name, about }) => ({ name, about }))
  const scenarios = BENCH_SCENARIOS.map(({ name, about }) => ({ name, about }))
  const machine = describeMachine()
  const report = { startedAt, machine, roundCount, about, scenarios, rows, ratios, goals, gates, baseline }
  await writeReports(report, records)
  printLine(`\n${formatResults(report)}\n`)
  printLine(`Report: ${RESULTS}latest.html and latest.json`)
  if (choice.hasDocument && !isStopped()) {
    const words = process.argv.slice(2).join(' ')
    await writeDocument(report, DOCUMENT, `npm run bench -- ${words}`)
    printLine(`Document: ${DOCUMENT.file}`)
  }
  const exitCode = isStopped() ? 1 : exitCodeOf(gates)
  if (exitCode === 0 && choice.isBaseline) {
    await writeBaseline(BASELINE, accept(baseline, ratios))
    printLine(`Baseline written: ${BASELINE}`)
  }
  return exitCode
}

function announce({ runs, unavailable }: Plan, roundCount: number): void {
  const ms = runs.reduce((sum, { scenario }) => sum + endOf(scenario.windows) + RUN_MS_EXTRA, 0)
  printLine(
    `${runs.length} runs, about ${Math.ceil(ms / 60_000)} min; simulator, server and probe are separate processes.`,
  )
  if (unavailable.length > 0) printLine(`Skipped, the simulator does not offer the scenario: ${unavailable.join(', ')}`)
  if (roundCount < ROUNDS_FOR_FIGURES_MIN) {
    printLine(`Fewer than ${ROUNDS_FOR_FIGURES_MIN} rounds: a quick look, not figures to quote.`)
  }
}

async function writeReports(report: BenchReport, records: readonly RunRecord[]): Promise<void> {
  await mkdir(RESULTS, { recursive: true })
  await writeFile(`${RESULTS}latest.json`, `${JSON.stringify({ ...report, records }, null, 1)}\n`)
  await writeFile(`${RESULTS}latest.html`, await formatPage(report))
}

function exitCodeOf(gates: readonly GateResult[]): number {
  if (gates.some(({ verdict }) => verdict === 'failed')) return 1
  return gates.some(({ verdict }) => verdict === 'unmeasured') ? 3 : 0
}

/** The first signal ends the runs, kills the processes of the current one, and the results so far are still printed. */
function catchInterrupt(): { isStopped(): boolean; release(): void } {
  let isStopped = false
  const interrupt = (): void => {
    if (isStopped) process.exit(1)
    isStopped = true
    killChildren()
  }
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt)
  process.on('exit', killChildren)
  return {
    isStopped: () => isStopped,
    release: () => void process.off('SIGINT', interrupt).off('SIGTERM', interrupt),
  }
}

function printLine(line: string): void {
  process.stdout.write(`${line}\n`)
}
