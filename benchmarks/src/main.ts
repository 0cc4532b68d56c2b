// `npm run bench`: plans, measures, tells, and writes `results/latest.json` and `results/latest.html`. Exit code 1 when a
// gate failed, 2 on wrong usage, 3 when none failed but some are unmeasured, for in every attempt the machine was too slow for
// a figure.

import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type BenchArguments, HELP, readArguments } from './options.js'
import { accept, readBaseline, writeBaseline } from './results/baseline.js'
import { judgeGates } from './results/gates.js'
import { judgeGoals } from './results/goals.js'
import { describeMachine } from './results/machine.js'
import { RATIOS, ratiosOf } from './results/ratios.js'
import { type BenchReport, formatPage } from './results/report-page.js'
import type { RunRecord } from './results/run-record.js'
import { summarize } from './results/summary.js'
import { formatResults } from './results/table.js'
import { runBench } from './run/bench.js'
import { chosenVariants, type Plan, planOf, ROUNDS_BELIEVED } from './run/bench-plan.js'
import { killChildren } from './run/child.js'
import { BENCH_SCENARIOS } from './run/scenarios.js'
import { builtInVariants, peerVariant } from './variants/variant-table.js'

const WARM_UP_MS = 2_000
/** What a run needs beside its window: starting, warming up, ending, judging. Measured, for the announcement. */
const RUN_MS_EXTRA = 5_500
const BASELINE = fileURLToPath(new URL('../baseline.json', import.meta.url))
const RESULTS = fileURLToPath(new URL('../results/', import.meta.url))

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
  const variants = chosenVariants(builtInVariants(choice.faults), choice.variants)
  const peers = choice.peers.map(({ name, url }) => peerVariant(name, url, choice.simPort))
  const { roundCount } = choice
  const plan = planOf({ ...choice, variants, isNamed: choice.variants.length > 0, peers })
  announce(plan, choice)
  const startedAt = new Date().toISOString()
  const stop = catchInterrupt()
  const options = { runs: plan.runs, warmUpMs: WARM_UP_MS, seed: choice.seed, isStopped: stop.isStopped, say }
  const records = await runBench(options)
  stop.release()
  const rows = summarize(records)
  const ratios = ratiosOf(records, RATIOS)
  const goals = judgeGoals(rows, records)
  const gates = judgeGates(rows, ratios, baseline)
  const about = [...variants, ...peers].map(({ name, about }) => ({ name, about }))
  const scenarios = BENCH_SCENARIOS.map(({ name, about }) => ({ name, about }))
  const machine = describeMachine()
  const report = { startedAt, machine, roundCount, about, scenarios, rows, ratios, goals, gates, baseline }
  await writeReports(report, records)
  say(`\n${formatResults(report)}\n`)
  say(`Report: ${RESULTS}latest.html and latest.json`)
  if (stop.isStopped()) return 1
  if (gates.some(({ verdict }) => verdict === 'failed')) return 1
  if (gates.some(({ verdict }) => verdict === 'unmeasured')) return 3
  if (choice.isAccepted) {
    await writeBaseline(BASELINE, accept(baseline, ratios))
    say(`Accepted: ${BASELINE}`)
  }
  return 0
}

function announce({ runs, leftOut }: Plan, { roundCount }: BenchArguments): void {
  const ms = runs.reduce((sum, { scenario }) => sum + scenario.measureMs + RUN_MS_EXTRA, 0)
  const about = `about ${Math.ceil(ms / 60_000)} minutes`
  say(`${runs.length} runs, ${about}; simulator, server and probe are processes of their own.`)
  if (leftOut.length > 0) say(`Left out, the simulator does not offer it: ${leftOut.join(', ')}`)
  if (roundCount < ROUNDS_BELIEVED) say(`Fewer than ${ROUNDS_BELIEVED} rounds: for a look, not for figures.`)
}

async function writeReports(report: BenchReport, records: readonly RunRecord[]): Promise<void> {
  await mkdir(RESULTS, { recursive: true })
  await writeFile(`${RESULTS}latest.json`, `${JSON.stringify({ ...report, records }, null, 1)}\n`)
  await writeFile(`${RESULTS}latest.html`, await formatPage(report))
}

/** The first signal ends the runs and still reports; the processes of the run at hand end at once. */
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

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
