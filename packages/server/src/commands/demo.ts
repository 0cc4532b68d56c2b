// `tradelane demo`: simulated venues and gateway in one go, as two processes. What `npm start` runs.

import { type ChildProcess, fork } from 'node:child_process'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Fault } from '../demo-faults.js'
import { printError, printLine } from '../print.js'
import type { Settings } from '../settings.js'
import type { Scenario, SimMessage } from '../sim-options.js'
import { catchStopSignals } from '../stop-signals.js'
import type { Supervisor } from '../supervisor.js'
import { serve } from './serve.js'

export interface DemoOptions {
  /** With the simulator's URL, the settings to serve with. */
  readonly settingsFor: (sim: string) => Settings
  /** SIGHUP reads them again. */
  readonly isReloading: boolean
  readonly scenario: Scenario
  readonly simPort: number
  readonly l2Rate?: number
  readonly seed: number
  /** A file in the temporary folder when absent. */
  readonly journal?: string
  readonly timeScale: number
  readonly fault?: Fault
}

const FAULT_EVERY_MS = 2_000
const SIM_START_MS_MAX = 20_000
const SIM_STOP_MS_MAX = 1_500

export async function demo(options: DemoOptions): Promise<number> {
  const signals = catchStopSignals()
  const journal = options.journal ?? join(await mkdtemp(join(tmpdir(), 'tradelane-')), 'journal.txt')
  printLine(`Starting simulated venues: scenario ${options.scenario}, seed ${options.seed}`)
  const child = forkSim(options, journal)
  let faults: NodeJS.Timeout | undefined
  try {
    const port = await Promise.race([listening(child), signals.first.then(() => null)])
    if (port === null) return 0
    const url = `ws://127.0.0.1:${port}`
    const simDied = new Promise<void>(resolve => child.once('exit', () => resolve()))
    void simDied.then(() => printLine('The simulated venues ended.'))
    return await serve({
      settings: options.settingsFor(url),
      ...(options.isReloading ? { readAgain: () => options.settingsFor(url) } : {}),
      venues: `simulated venues on ${url}`,
      signals,
      onServing: supervisor => {
        printLine(`Journal of what the venues sent: ${journal}`)
        printLine('Try: npx tradelane probe, or any WebSocket client on the address above.')
        faults = injectFaults(supervisor, options)
      },
    })
  } catch (error) {
    printError(error instanceof Error ? error.message : String(error))
    return 1
  } finally {
    clearInterval(faults)
    signals.release()
    await end(child)
  }
}

function forkSim(options: DemoOptions, journal: string): ChildProcess {
  const { simPort, scenario, seed, timeScale, l2Rate } = options
  const args = ['sim', '--port', String(simPort), '--scenario', scenario, '--seed', String(seed), '--journal', journal]
  args.push('--time-scale', String(timeScale), ...(l2Rate === undefined ? [] : ['--l2-rate', String(l2Rate)]))
  const main = fileURLToPath(new URL('../main.js', import.meta.url))
  // Its own process group, so that Ctrl-C is ours alone to hand on.
  return fork(main, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], detached: true })
}

async function listening(child: ChildProcess): Promise<number> {
  return await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the simulated venues do not start')), SIM_START_MS_MAX)
    child.once('exit', code => {
      clearTimeout(timer)
      reject(new Error(`the simulated venues ended with code ${code}`))
    })
    child.once('message', (message: SimMessage) => {
      clearTimeout(timer)
      if (message.type === 'listening') resolve(message.port)
      else reject(new Error(message.message))
    })
  })
}

function injectFaults(supervisor: Supervisor, { fault }: DemoOptions): NodeJS.Timeout | undefined {
  if (fault === undefined) return undefined
  const victim = fault === 'kill-l2' ? 'L2 worker' : 'ingest thread'
  if (fault === 'kill-l2' ? supervisor.shards.length === 0 : !supervisor.roles.includes('ingest')) {
    printLine(`Fault ${fault}: there is no ${victim} apart that could be killed.`)
    return undefined
  }
  printLine(`Fault ${fault}: an ${victim} is killed every ${FAULT_EVERY_MS} ms.`)
  let next = 0
  return setInterval(() => {
    const { shards } = supervisor
    if (fault === 'kill-l2') supervisor.killL2(shards[next % shards.length] ?? -1)
    else supervisor.killIngest()
    next += 1
  }, FAULT_EVERY_MS)
}

/** The simulator ends when the channel to it closes; by force when it does not. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise<void>(resolve => child.once('exit', () => resolve()))
  if (child.connected) child.disconnect()
  const timer = setTimeout(() => child.kill('SIGKILL'), SIM_STOP_MS_MAX)
  await gone
  clearTimeout(timer)
}
