// A gateway process on venues that do not answer, for a test of priorities: starts, has ingest and a gateway end, and prints what
// the system says of its threads before and after. Run as a process of its own, maybe as a user without privileges.

import { readFileSync } from 'node:fs'
import { ThreadCell } from '@tradelane/shared/thread/parking'
import { niceOfThreads } from '@tradelane/shared/thread/test/thread-nice'
import { collectAlone, helperThreads } from '../engine.js'
import { createLanes } from '../lanes.js'
import { readSettings } from '../settings.js'
import { Supervisor } from '../supervisor.js'
import { topologyOf } from '../topology.js'
import { bundledEntryOf } from './bundled-entry.js'

/** Of the roles, and of the engine's threads. */
export interface NiceReport {
  readonly before: Readonly<Record<string, number>>
  readonly after: Readonly<Record<string, number>>
  readonly helpers: readonly number[]
  /** The scheduling policies of the helpers; 0 is the usual one. */
  readonly policies: readonly number[]
}

const POLICY_FIELD = 38 // of /proc/…/stat, counted after the name
const SETTLED_MS_MAX = 5_000

const { settings } = readSettings(
  { WS_ADDR: '127.0.0.1:0', ADMIN_ADDR: 'off', WARM_UP_MS: '50', ...nicenessSettings() },
  {},
  'ws://127.0.0.1:1',
)
collectAlone()
const helpers = helperThreads()
const topology = topologyOf(settings)
const lanes = createLanes(settings, topology)
const silent = (): void => undefined
const log = { debug: silent, info: silent, warn: silent, error: silent }
const options = { settings, topology, lanes, stream: 'test0000', version: '0.0.0', helperThreads: helpers }
const supervisor = new Supervisor({ ...options, log, entryOf: bundledEntryOf })
await supervisor.start()
const cells = new Map(topology.threads.map(({ role, index }) => [role, new ThreadCell(lanes.control, index)]))
const before = niceByRole()
supervisor.killIngest()
// Without TLS there is nothing to renew: the gateway ends with an assertion.
supervisor.renewCertificate()
await until(() =>
  ['ingest', 'gateway-0'].every(role => cells.get(role)?.startCount() === 2 && nice(role) !== undefined),
)
// Newer engines end one of them after the start.
const remaining = helpers.filter(id => niceOfThreads().has(String(id)))
const niceOfHelpers = remaining.map(id => niceOfThreads().get(String(id)) ?? Number.NaN)
const report: NiceReport = { before, after: niceByRole(), helpers: niceOfHelpers, policies: policies() }
process.stdout.write(`${JSON.stringify(report)}\n`)
await supervisor.stop()

function nicenessSettings(): Record<string, string> {
  const { TRADE_NICE = '0', L2_NICE = '10' } = process.env
  return { TRADE_NICE, L2_NICE }
}

function nice(role: string): number | undefined {
  return niceOfThreads().get(String(cells.get(role)?.threadId()))
}

function niceByRole(): Record<string, number> {
  return Object.fromEntries([...cells.keys()].map(role => [role, nice(role) ?? Number.NaN]))
}

function policies(): number[] {
  return remaining.map(id => {
    const stat = readFileSync(`/proc/self/task/${id}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[POLICY_FIELD])
  })
}

/** Or until the time is over: the test judges. */
async function until(isTrue: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + SETTLED_MS_MAX
  while (!isTrue() && performance.now() < deadlineMs) await new Promise(resolve => setTimeout(resolve, 20))
}
