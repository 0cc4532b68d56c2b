// `npm run bench -- --peers` and `-- --links`: Tradelane beside what else programs use. Goes on where an earlier one ended; reports, and
// judges nothing.

import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { farNamespace, missingLinks, runBehindLinks } from '../network/link.js'
import type { BenchArguments } from '../options.js'
import { describeMachine } from '../results/machine.js'
import { PeerStore } from '../results/peer-store.js'
import { formatPeers, writePeers } from '../results/peer-table.js'
import { summarize } from '../results/summary.js'
import { runBench } from '../run/bench.js'
import { planOf } from '../run/bench-plan.js'
import { announce, catchInterrupt, printLine, witnessPython } from '../run/command.js'
import { builtInVariants } from '../variants/variant-table.js'
import { peerSet } from './peer-variants.js'

const RESULTS = fileURLToPath(new URL('../../results/', import.meta.url))
const DOCUMENT = fileURLToPath(new URL('../../RESULTS.md', import.meta.url))

/** Resolves with the exit code. */
export async function benchPeers(choice: BenchArguments): Promise<number> {
  if (choice.hasLinks && farNamespace === undefined) {
    const why = missingLinks()
    if (why === null) return await runBehindLinks(process.argv.slice(2))
    printLine(`Not measured: ${why}.`)
    return 1
  }
  const { variants } = await peerSet(builtInVariants(), choice.variants, printLine)
  const plan = planOf({ ...choice, variants, isNamed: true, peers: [] })
  await mkdir(RESULTS, { recursive: true })
  const store = await PeerStore.open(`${RESULTS}peers.json`, choice.seed, choice.isFresh)
  const runs = plan.runs.filter(({ scenario, variant, round }) => {
    return !store.isDone({ scenario: scenario.name, variant: variant.name, round })
  })
  if (runs.length < plan.runs.length) printLine(`${plan.runs.length - runs.length} runs are measured already.`)
  announce({ ...plan, runs }, choice.roundCount)
  const { isStopped, release } = catchInterrupt()
  const python = witnessPython(choice.hasWitness)
  await runBench({ runs, seed: choice.seed, python, store, isStopped, printLine })
  release()
  const { variants: about, absent } = await peerSet(builtInVariants(), [], printLine)
  const lines = formatPeers({ about, rows: summarize(store.records), absent })
  printLine(`\nLatency of trades, scheduled send → client, warm, ms: p50 / p99\n\n${lines.join('\n')}\n`)
  if (choice.hasDocument && !isStopped()) {
    await writePeers(DOCUMENT, [aboutRuns(choice.roundCount), ...lines])
    printLine(`Document: ${DOCUMENT}`)
  }
  return isStopped() ? 1 : 0
}

function aboutRuns(roundCount: number): string {
  const { processor, cpuCount, memoryGiB, system, node } = describeMachine()
  const date = new Date().toISOString().slice(0, 10)
  const command = `npm run bench -- ${process.argv.slice(2).join(' ')}`
  const rounds = roundCount === 1 ? 'one run each' : `medians of ${roundCount} runs each`
  return `Written by \`${command}\`, ${date}, ${rounds}: ${processor}, ${cpuCount} CPUs, ${memoryGiB} GiB, ${system}, Node ${node}.`
}
