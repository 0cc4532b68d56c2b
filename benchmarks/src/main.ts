// `npm run bench`: plans and measures the runs, prints the results, and writes `results/latest.json` and `results/latest.html`.
// Exit code 0: all gates passed; 1: a gate failed, or the benchmark was interrupted; 2: wrong usage; 3: no gate failed, but some
// are unmeasured because every attempt of a run was void, or because a hypervisor took the processors.

import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type BenchArguments, HELP, readArguments } from './options.js'
import { benchPeers } from './peers/bench-peers.js'
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
import { planOf, selectVariants } from './run/bench-plan.js'
import { announce, catchInterrupt, printLine, witnessPython } from './run/command.js'
import { BENCH_SCENARIOS } from './run/scenarios.js'
import { builtInVariants, peerVariant } from './variants/variant-table.js'

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
  if (choice.isPeers || choice.hasLinks) return await benchPeers(choice)
  const variants = selectVariants(builtInVariants(choice.faults), choice.variants)
  const peers = choice.peers.map(({ name, url }) => peerVariant(name, url, choice.simPort))
  const { roundCount } = choice
  const plan = planOf({ ...choice, variants, isNamed: choice.variants.length > 0, peers })
  announce(plan, roundCount)
  const python = witnessPython(choice.hasWitness)
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

async function writeReports(report: BenchReport, records: readonly RunRecord[]): Promise<void> {
  await mkdir(RESULTS, { recursive: true })
  await writeFile(`${RESULTS}latest.json`, `${JSON.stringify({ ...report, records }, null, 1)}\n`)
  await writeFile(`${RESULTS}latest.html`, await formatPage(report))
}

function exitCodeOf(gates: readonly GateResult[]): number {
  if (gates.some(({ verdict }) => verdict === 'failed')) return 1
  return gates.some(({ verdict }) => verdict === 'unmeasured') ? 3 : 0
}
