// One run of one variant in one scenario: simulator, server and probe, each a process of its own. Its outcome is figures or, where
// anything was wrong, a list of faults.

import type { ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { simulatedNames } from '@tradelane/server/simulated-instruments'
import { StolenTime } from '@tradelane/shared/thread/stolen-time'
import { measureEcho } from '../echo/echo.js'
import { farLauncher } from '../network/link.js'
import type { NetworkMessage, NetworkRequest } from '../network/network-process.js'
import { witnessUrlOf } from '../peers/peer-protocol.js'
import type { ProbeMessage, ProbeRequest, ProbeResult, TargetRequest } from '../probe/probe-messages.js'
import type { RunOutcome } from '../results/run-record.js'
import type { RunningVariant, Variant } from '../variants/variant.js'
import { type Child, forkChild } from './child.js'
import { endOf, type Phase, type PhaseWindow } from './phases.js'
import { judgeRun } from './run-judgement.js'
import type { BenchScenario } from './scenarios.js'
import { SETTLING, type Settling, startSimulator, untilSubscribed } from './simulator-process.js'
import { readThreadLoads, type ThreadLoads } from './thread-loads.js'
import { type RunMeters, UsageMeter } from './usage-meter.js'
import { Witness } from './witness.js'

export interface RunSpec {
  readonly scenario: BenchScenario
  readonly variant: Variant
  /** The same for all variants of a round: they get the same markets. */
  readonly seed: number
  /** The Python for a witness beside the probe; absent: none. */
  readonly python?: string | undefined
}

/** About as often as trades come in `normal`. */
const ECHO_PAUSE_MS = 10
const ECHO_MS = 1_000
const PROBE_MS_EXTRA = 60_000
/** Until first snapshots are sent. */
const RUNNING_SETTLING_MS = 2_000
/** Between runs a peer has no simulator, so its connections return one by one, as their backoffs end. */
const PEER_SETTLING: Settling = { quietMs: 30_000, msMax: 180_000 }

/** Rejects when a process does not start or ends early: the run broke. */
export async function measureRun(spec: RunSpec): Promise<RunOutcome> {
  const echo = (await measureEcho(ECHO_PAUSE_MS, ECHO_MS)).percentiles()
  const folder = await mkdtemp(join(tmpdir(), 'tradelane-bench-'))
  const children: { stop(): Promise<void> }[] = []
  try {
    const journal = join(folder, 'journal.txt')
    const { scenario, variant, seed } = spec
    const { tradeRate, instruments } = scenario
    const simOptions = { scenario: scenario.load, seed, port: variant.simPort ?? 0, journal, tradeRate, instruments }
    const sim = await startSimulator(simOptions)
    children.push(sim.child)
    // Before the server, whose first second counts.
    const probe = await startProbe()
    children.push(probe.child)
    const server = await spec.variant.start(
      `ws://127.0.0.1:${sim.port}`,
      instruments === undefined ? undefined : simulatedNames(instruments),
    )
    children.push(server)
    const simUrl = `http://127.0.0.1:${sim.port}`
    const isRunning = variant.simPort !== undefined
    // A server that ran before has no first seconds.
    const windows = isRunning ? warmOnly(scenario.windows) : scenario.windows
    const isEarly = windows.some(({ phase }) => phase === 'early')
    if (!isEarly) await untilSubscribed(simUrl, isRunning ? PEER_SETTLING : SETTLING)
    const network = await startNetwork(spec.scenario, server.url)
    if (network !== null) children.push(network.child)
    const meters = new Map<Phase, RunMeters>(
      windows.map(({ phase }) => [
        phase,
        {
          server: new UsageMeter(server.pid, server.otherPids),
          sim: new UsageMeter(sim.child.pid),
          probe: new UsageMeter(probe.child.pid),
          machine: new StolenTime(),
        },
      ]),
    )
    const targets = targetsOf(spec, server, network?.urls ?? [])
    const { loadAfter } = spec.scenario
    const { protocol = null, isPeer = false } = variant
    const request = { targets, journal, sim: simUrl, windows, loadAfter, protocol }
    const threads = new Map<Phase, Promise<ThreadLoads | null>>()
    const onMeasured = (phase: Phase): void => void threads.set(phase, readThreadLoads(server.admin))
    const witnessUrl = witnessUrlOf(server.url, protocol)
    const python = witnessUrl === null ? undefined : spec.python
    const witness = startWitness(python, windows, { url: witnessUrl ?? '', journal })
    if (witness !== null) children.push(witness)
    const result = await runProbe(probe, request, meters, onMeasured)
    const witnessed = (await witness?.figures()) ?? null
    const threadLoads = new Map<Phase, ThreadLoads | null>()
    for (const [phase, loads] of threads) threadLoads.set(phase, await loads)
    const drainFaults = network?.faults ?? []
    return judgeRun({ scenario: spec.scenario, isPeer, result, meters, threadLoads, witnessed, echo, drainFaults })
  } finally {
    for (const child of children.reverse()) await child.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

function targetsOf(
  { scenario, variant }: RunSpec,
  server: RunningVariant,
  pathUrls: readonly string[],
): TargetRequest[] {
  const { isStrict, require } = variant
  return [
    { name: '', url: server.url, clientCount: scenario.clientCount, isStopped: false, isStrict, require },
    ...scenario.paths.map(({ name, stop }, index) => ({
      name,
      url: pathUrls[index] ?? '',
      clientCount: 1,
      isStopped: stop !== undefined,
      isStrict,
      // A slow path may not carry every rare kind in time.
      require: ['trade'] as const,
    })),
  ]
}

/** Null where the scenario has neither paths nor drain clients. */
async function startNetwork(
  { paths, drainClientCount }: BenchScenario,
  url: string,
): Promise<{ child: Child; urls: readonly string[]; faults: string[] } | null> {
  if (paths.length === 0 && drainClientCount === 0) return null
  const module = new URL('../network/network-process.js', import.meta.url)
  const isReady = (message: unknown): true | undefined => (isOf(message, 'ready') ? true : undefined)
  const { child, process } = await forkChild(module, [], isReady, farLauncher())
  const faults: string[] = []
  const urls = new Promise<readonly string[]>((resolve, reject) => {
    process.on('message', (message: NetworkMessage) => {
      if (message.type === 'listening') resolve(message.urls)
      if (message.type === 'failed') faults.push(message.message)
    })
    void child.exited.then(how => reject(new Error(`the network process ${how}`)))
  })
  process.send({ url, drainClientCount, paths } satisfies NetworkRequest)
  return { child, urls: await urls, faults }
}

async function startProbe(): Promise<{ child: Child; process: ChildProcess }> {
  const module = new URL('../probe/probe-process.js', import.meta.url)
  return await forkChild(module, [], message => (isOf(message, 'ready') ? true : undefined))
}

async function runProbe(
  probe: { child: Child; process: ChildProcess },
  request: ProbeRequest,
  meters: ReadonlyMap<Phase, RunMeters>,
  onMeasured: (phase: Phase) => void,
): Promise<ProbeResult> {
  let timer: NodeJS.Timeout | undefined
  try {
    return await new Promise<ProbeResult>((resolve, reject) => {
      const limitMs = endOf(request.windows) + PROBE_MS_EXTRA
      timer = setTimeout(() => reject(new Error(`the probe has no result after ${limitMs} ms`)), limitMs)
      void probe.child.exited.then(how => reject(new Error(`the probe ${how}`)))
      probe.process.on('message', (message: ProbeMessage) => {
        if (message.type === 'measuring') for (const meter of metersOf(meters, message.phase)) meter.start()
        if (message.type === 'measured') {
          for (const meter of metersOf(meters, message.phase)) meter.end()
          onMeasured(message.phase)
        }
        if (message.type === 'result') resolve(message.result)
        if (message.type === 'failed') reject(new Error(message.message))
      })
      probe.process.send(request)
    })
  } finally {
    clearTimeout(timer)
  }
}

/** Null where there is none, or no warm window. */
function startWitness(
  python: string | undefined,
  windows: readonly PhaseWindow[],
  place: { url: string; journal: string },
): Witness | null {
  const warm = windows.find(({ phase }) => phase === 'warm')
  return python === undefined || warm === undefined ? null : new Witness(python, { ...place, ...warm })
}

function metersOf(meters: ReadonlyMap<Phase, RunMeters>, phase: Phase): readonly (UsageMeter | StolenTime)[] {
  return Object.values(meters.get(phase) ?? {})
}

function warmOnly(windows: readonly PhaseWindow[]): readonly PhaseWindow[] {
  return windows.filter(({ phase }) => phase === 'warm').map(window => ({ ...window, fromMs: RUNNING_SETTLING_MS }))
}

function isOf(message: unknown, type: string): boolean {
  return (message as { readonly type?: unknown }).type === type
}
