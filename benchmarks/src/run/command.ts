// What `npm run bench` in its forms and `npm run hostile` have in common: words, the witness, and the end by a signal.

import { type Plan, ROUNDS_FOR_FIGURES_MIN } from './bench-plan.js'
import { killChildren } from './child.js'
import { endOf } from './phases.js'
import { pythonWithWebsockets } from './witness.js'

/** What a run takes beside its windows: start, end, judgement. Measured; only for the announced duration. */
const RUN_MS_EXTRA = 5_500

export function announce({ runs, unavailable }: Plan, roundCount: number): void {
  const ms = runs.reduce((sum, { scenario }) => sum + endOf(scenario.windows) + RUN_MS_EXTRA, 0)
  printLine(
    `${runs.length} runs, about ${Math.ceil(ms / 60_000)} min; simulator, server and probe are separate processes.`,
  )
  if (unavailable.length > 0) printLine(`Skipped, the simulator does not offer the scenario: ${unavailable.join(', ')}`)
  if (roundCount < ROUNDS_FOR_FIGURES_MIN) {
    printLine(`Fewer than ${ROUNDS_FOR_FIGURES_MIN} rounds: a quick look, not figures to quote.`)
  }
}

/** The Python of the witness, if it is wanted and there. */
export function witnessPython(isWanted: boolean): string | undefined {
  const python = isWanted ? (pythonWithWebsockets() ?? undefined) : undefined
  if (isWanted && python === undefined) printLine('No witness: python3-websockets is missing here.')
  return python
}

/** The first signal ends the runs, kills the processes of the current one, and the results so far are still printed. */
export function catchInterrupt(): { isStopped(): boolean; release(): void } {
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

export function printLine(line: string): void {
  process.stdout.write(`${line}\n`)
}
