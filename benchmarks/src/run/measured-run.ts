// One run: simulator, server and probe, each a process of its own, for one variant in one scenario. Either everything was
// right and there are figures, or there is a list of faults and no figure.

import type { ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SimMessage } from '@tradelane/server/sim-options'
import { measureEcho } from '../echo/echo.js'
import type { LinksMessage, LinksRequest } from '../links/links-process.js'
import type { ProbeMessage, ProbeRequest, ProbeResult, TargetRequest } from '../probe/probe-messages.js'
import type { RunOutcome } from '../results/run-record.js'
import type { RunningVariant, Variant } from '../variants/variant.js'
import { type Child, forkChild } from './child.js'
import { judgeRun } from './run-judgement.js'
import type { BenchScenario } from './scenarios.js'
import { type RunMeters, UsageMeter } from './usage-meter.js'

export interface RunSpec {
  readonly scenario: BenchScenario
  readonly variant: Variant
  /** The same for all variants of a round: they get the same markets. */
  readonly seed: number
  readonly warmUpMs: number
}

/** About as often as trades come in `normal`. */
const ECHO_PAUSE_MS = 10
const ECHO_MS = 1_000
const PROBE_MS_EXTRA = 30_000
const SUBSCRIBED_POLL_MS = 150
const OWN_SETTLING: Settling = { quietMs: SUBSCRIBED_POLL_MS, msMax: 20_000 }
/** It found no simulator between its runs: its connections come back one by one, as their backoffs end. */
const PEER_SETTLING: Settling = { quietMs: 30_000, msMax: 180_000 }

/** Rejects only when a process could not be started or went away. */
export async function measureRun(spec: RunSpec): Promise<RunOutcome> {
  const echo = (await measureEcho(ECHO_PAUSE_MS, ECHO_MS)).percentiles()
  const folder = await mkdtemp(join(tmpdir(), 'tradelane-bench-'))
  const children: { stop(): Promise<void> }[] = []
  try {
    const journal = join(folder, 'journal.txt')
    const sim = await startSimulator(spec, journal)
    children.push(sim.child)
    const server = await spec.variant.start(`ws://127.0.0.1:${sim.port}`)
    children.push(server)
    const simUrl = `http://127.0.0.1:${sim.port}`
    await untilSubscribed(simUrl, spec.variant.simPort === undefined ? OWN_SETTLING : PEER_SETTLING)
    const links = await startLinks(spec.scenario, server.url)
    if (links !== null) children.push(links.child)
    const probe = await startProbe()
    children.push(probe.child)
    const meters: RunMeters = {
      server: new UsageMeter(server.pid),
      sim: new UsageMeter(sim.child.pid),
      probe: new UsageMeter(probe.child.pid),
    }
    const { measureMs } = spec.scenario
    const targets = targetsOf(spec, server, links?.urls ?? [])
    const { loadAfter } = spec.scenario
    const request = { targets, journal, sim: simUrl, warmUpMs: spec.warmUpMs, measureMs, loadAfter }
    const result = await runProbe(probe, request, meters)
    return judgeRun({ scenario: spec.scenario, result, meters, echo, drainFaults: links?.faults ?? [] })
  } finally {
    for (const child of children.reverse()) await child.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

function targetsOf(
  { scenario, variant }: RunSpec,
  server: RunningVariant,
  linkUrls: readonly string[],
): TargetRequest[] {
  const { isStrict, require } = variant
  return [
    { name: '', url: server.url, clients: scenario.clients, isStopped: false, isStrict, require },
    ...scenario.links.map(({ name, stop }, index) => ({
      name,
      url: linkUrls[index] ?? '',
      clients: 1,
      isStopped: stop !== undefined,
      isStrict,
      // A slow line need not carry every rare kind in time.
      require: ['trade'] as const,
    })),
  ]
}

async function startSimulator(
  { scenario, variant, seed }: RunSpec,
  journal: string,
): Promise<{ child: Child; port: number }> {
  const args = ['sim', '--port', String(variant.simPort ?? 0), '--scenario', scenario.load]
  args.push('--seed', String(seed), '--journal', journal)
  const main = new URL(import.meta.resolve('@tradelane/server/main'))
  const { child, answer } = await forkChild(main, args, message => {
    const { type } = message as SimMessage
    return type === 'listening' || type === 'failed' ? (message as SimMessage) : undefined
  })
  if (answer.type === 'listening') return { child, port: answer.port }
  await child.stop()
  throw new Error(`the simulator: ${answer.message}`)
}

interface Settling {
  /** No topic is added for so long. */
  readonly quietMs: number
  readonly msMax: number
}

/** The server has its venues: sockets are there, and no more are coming. */
async function untilSubscribed(sim: string, { quietMs, msMax }: Settling): Promise<void> {
  const endMs = performance.now() + msMax
  let topicCount = 0
  let changedMs = performance.now()
  while (topicCount === 0 || performance.now() - changedMs < quietMs) {
    await new Promise(resolve => setTimeout(resolve, SUBSCRIBED_POLL_MS))
    const answer = await fetch(`${sim}/control/stats`)
    const { topics } = (await answer.json()) as { topics: Record<string, number> }
    const { length } = Object.keys(topics)
    if (length !== topicCount) changedMs = performance.now()
    topicCount = length
    if (performance.now() > endMs) throw new Error('the server does not subscribe at the simulator')
  }
}

async function startLinks(
  { links, drainedClients }: BenchScenario,
  url: string,
): Promise<{ child: Child; urls: readonly string[]; faults: string[] } | null> {
  if (links.length === 0 && drainedClients === 0) return null
  const module = new URL('../links/links-process.js', import.meta.url)
  const { child, process } = await forkChild(module, [], message => (isOf(message, 'ready') ? true : undefined))
  const faults: string[] = []
  const urls = new Promise<readonly string[]>((resolve, reject) => {
    process.on('message', (message: LinksMessage) => {
      if (message.type === 'linked') resolve(message.urls)
      if (message.type === 'failed') faults.push(message.message)
    })
    void child.exited.then(how => reject(new Error(`the clients' lines: ${how}`)))
  })
  process.send({ url, drainedClients, links } satisfies LinksRequest)
  return { child, urls: await urls, faults }
}

async function startProbe(): Promise<{ child: Child; process: ChildProcess }> {
  const module = new URL('../probe/probe-process.js', import.meta.url)
  return await forkChild(module, [], message => (isOf(message, 'ready') ? true : undefined))
}

async function runProbe(
  probe: { child: Child; process: ChildProcess },
  request: ProbeRequest,
  meters: RunMeters,
): Promise<ProbeResult> {
  let timer: NodeJS.Timeout | undefined
  try {
    return await new Promise<ProbeResult>((resolve, reject) => {
      const limitMs = request.warmUpMs + request.measureMs + PROBE_MS_EXTRA
      timer = setTimeout(() => reject(new Error('the probe does not end')), limitMs)
      void probe.child.exited.then(how => reject(new Error(`the probe ${how}`)))
      probe.process.on('message', (message: ProbeMessage) => {
        if (message.type === 'measuring') for (const meter of Object.values(meters)) meter.start()
        if (message.type === 'measured') for (const meter of Object.values(meters)) meter.end()
        if (message.type === 'result') resolve(message.result)
        if (message.type === 'failed') reject(new Error(message.message))
      })
      probe.process.send(request)
    })
  } finally {
    clearTimeout(timer)
  }
}

function isOf(message: unknown, type: string): boolean {
  return (message as { readonly type?: unknown }).type === type
}
