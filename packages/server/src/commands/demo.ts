// `tradelane demo`: simulated venues and gateway together, as two processes. What `npm start` runs.

import { type ChildProcess, fork } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { coloursFor } from '../colours.js'
import { deferred } from '../deferred.js'
import type { Fault } from '../demo-faults.js'
import { NaiveSocket } from '../naive/naive-socket.js'
import { printBeside, printError, printLine } from '../print.js'
import { EXITS_MAX } from '../restart-policy.js'
import type { Settings } from '../settings.js'
import type { Scenario, SimMessage } from '../sim-options.js'
import { line } from '../start-screen.js'
import { catchStopSignals, type StopSignals } from '../stop-signals.js'
import type { Supervisor } from '../supervisor.js'
import { DemoReport, type ReportForm } from './demo-report.js'
import { serve } from './serve.js'

export interface DemoOptions {
  /** The settings to serve with, given the simulator's URL. */
  readonly settingsFor: (sim: string) => Settings
  /** SIGHUP reads them again. */
  readonly isReloading: boolean
  readonly scenario: Scenario
  readonly simPort: number
  readonly l2Rate?: number
  readonly seed: number
  /** Absent: a file in the temporary folder, removed at the end. */
  readonly journal?: string
  /** Absent: until a signal, and nothing is reported. */
  readonly report?: ReportForm
  readonly timeScale: number
  /** Simulated, of all products together. */
  readonly instrumentCount?: number
  readonly fault?: Fault
}

const FAULT_EVERY_MS = 2_000
/** One more exit of a thread within a minute would be a crash loop. */
const FAULTS_WINDOW_MS = 65_000
const SIM_START_MS_MAX = 20_000
const SIM_STOP_MS_MAX = 1_500

export async function demo(options: DemoOptions): Promise<number> {
  const signals = catchStopSignals()
  const { scenario, seed } = options
  const journal = options.journal ?? join(await mkdtemp(join(tmpdir(), 'tradelane-')), 'journal.txt')
  const report = options.report && new DemoReport(options.report)
  // What a program reads is the report alone.
  const print = options.report?.json || options.report?.csv ? printBeside : printLine
  print(`Starting simulated venues: scenario ${scenario}, seed ${seed}. No live venue is contacted.`)
  const child = forkSim(options, journal)
  let faults: NodeJS.Timeout | undefined
  let naive: NaiveSocket | undefined
  try {
    const port = await Promise.race([listening(child), signals.first.then(() => null)])
    if (port === null) return 0
    const url = `ws://127.0.0.1:${port}`
    const simDied = new Promise<void>(resolve => child.once('exit', () => resolve()))
    void simDied.then(() => print('Simulated venues exited.'))
    const settings = options.settingsFor(url)
    const reported = deferred<number>()
    const code = await serve({
      settings,
      ...(options.isReloading ? { readAgain: () => options.settingsFor(url) } : {}),
      venues: `simulated venues on ${url}`,
      signals: report === undefined ? signals : afterReport(signals, report),
      isOver: reported.promise.then(() => {}),
      print,
      onServing: (supervisor, clientsUrl) => {
        const { bold } = coloursFor(process.stdout, process.env)
        print(line(bold('journal'), `${journal}: what the venues sent; \`probe --journal FILE\` compares`))
        naive = compareWithNaive(supervisor, settings)
        faults = injectFaults(supervisor, options, print)
        if (report === undefined) return
        const { stateBoard, bookBoard } = supervisor.naiveStart()
        const boards = [stateBoard, bookBoard]
        void report.start({ url: clientsUrl, journal, sim: url, settings, boards }).then(reported.resolve)
      },
    })
    if (code !== 0 || report?.isStarted !== true) return code
    return await Promise.race([reported.promise, signals.second.then(() => 1)])
  } catch (error) {
    printError(error instanceof Error ? error.message : String(error))
    return 1
  } finally {
    clearInterval(faults)
    report?.kill()
    await Promise.all([naive?.stop(), stopSim(child)])
    if (options.journal === undefined) await rm(dirname(journal), { recursive: true, force: true })
    signals.release()
  }
}

/** The first signal ends the listening, and what follows the report; a second one ends all at once. */
function afterReport(signals: StopSignals, report: DemoReport): StopSignals {
  const first = signals.first.then(async signal => {
    await Promise.race([report.stop(), signals.second])
    return signal
  })
  return { ...signals, first }
}

/** Only its page connects to it. */
function compareWithNaive(supervisor: Supervisor, { hasNaiveSocket, adminAddr }: Settings): NaiveSocket | undefined {
  if (hasNaiveSocket !== true || adminAddr === null) return undefined
  return new NaiveSocket({ startOf: () => supervisor.naiveStart(), onListening: port => supervisor.setNaivePort(port) })
}

function forkSim(options: DemoOptions, journal: string): ChildProcess {
  const { simPort, scenario, seed, timeScale, l2Rate, instrumentCount } = options
  const args = ['sim', '--port', String(simPort), '--scenario', scenario, '--seed', String(seed), '--journal', journal]
  args.push('--time-scale', String(timeScale), ...(l2Rate === undefined ? [] : ['--l2-rate', String(l2Rate)]))
  if (instrumentCount !== undefined) args.push('--instruments', String(instrumentCount))
  const main = fileURLToPath(new URL('../main.js', import.meta.url))
  // Its own process group, so that Ctrl-C reaches only this process, which stops the simulator itself.
  return fork(main, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], detached: true })
}

async function listening(child: ChildProcess): Promise<number> {
  return await new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`simulated venues did not start within ${SIM_START_MS_MAX} ms`)),
      SIM_START_MS_MAX,
    )
    child.once('exit', code => {
      clearTimeout(timer)
      reject(new Error(`simulated venues exited with code ${code}`))
    })
    child.once('message', (message: SimMessage) => {
      clearTimeout(timer)
      if (message.type === 'listening') resolve(message.port)
      else reject(new Error(message.message))
    })
  })
}

function injectFaults(
  supervisor: Supervisor,
  { fault }: DemoOptions,
  print: (line: string) => void,
): NodeJS.Timeout | undefined {
  if (fault === undefined) return undefined
  const target = fault === 'kill-l2' ? 'L2 worker' : 'ingest'
  if (fault === 'kill-l2' ? supervisor.shards.length === 0 : !supervisor.roles.includes('ingest')) {
    print(`Fault ${fault}: ${target} has no thread of its own to kill.`)
    return undefined
  }
  print(`Fault ${fault}: killing ${target} threads every ${FAULT_EVERY_MS} ms, at most ${EXITS_MAX} times in a minute.`)
  const killedMs: number[] = []
  const kill = (): void => {
    const nowMs = performance.now()
    const { shards } = supervisor
    if (nowMs - (killedMs.at(-EXITS_MAX) ?? Number.NEGATIVE_INFINITY) < FAULTS_WINDOW_MS) return
    if (fault === 'kill-l2') supervisor.killL2(shards[killedMs.length % shards.length] ?? -1)
    else supervisor.killIngest()
    killedMs.push(nowMs)
  }
  return setInterval(kill, FAULT_EVERY_MS)
}

/** The simulator exits when the channel to it closes; it is killed when it does not. */
async function stopSim(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = new Promise<void>(resolve => child.once('exit', () => resolve()))
  if (child.connected) child.disconnect()
  const timer = setTimeout(() => child.kill('SIGKILL'), SIM_STOP_MS_MAX)
  await exited
  clearTimeout(timer)
}
