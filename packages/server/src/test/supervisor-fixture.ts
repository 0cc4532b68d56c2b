// All threads of a gateway process, in this process, on venues that do not answer unless the test has some; and its clients.

import assert from 'node:assert/strict'
import { afterEach } from 'node:test'
import type { Log } from '@tradelane/shared/thread/log'
import { WebSocket } from 'ws'
import { createLanes, type Lanes } from '../lanes.js'
import { type Environment, readSettings } from '../settings.js'
import { Supervisor, type SupervisorOptions } from '../supervisor.js'
import { type Topology, topologyOf } from '../topology.js'
import { bundledEntryOf } from './bundled-entry.js'

const DEAD_SIMULATOR = 'ws://127.0.0.1:1'
const FREE_PORTS = { WS_ADDR: '127.0.0.1:0', ADMIN_ADDR: '127.0.0.1:0' }
/** For a test to which the admin thread does not matter: it is a fifth of what a start takes. */
export const WITHOUT_ADMIN = { ADMIN_ADDR: 'off' }
const UNDER_TEST = { L2_NICE: '0', ADMIN_NICE: '0', WARM_UP_MS: '0' }
const STOP_MS_MAX = 5_000
const ANSWERS_MS_MAX = 20_000

/** A test that fails leaves its threads running, which would keep the test file from ending. */
const started = new Set<Supervisor>()
afterEach(async () => {
  for (const supervisor of started) await supervisor.stop()
  started.clear()
})

export function supervisorWith(
  env: Environment,
  simulator = DEAD_SIMULATOR,
  entryOf: SupervisorOptions['entryOf'] = bundledEntryOf,
): SupervisorFixture {
  const { settings } = readSettings({ ...FREE_PORTS, ...UNDER_TEST, ...env }, {}, simulator)
  const topology = topologyOf(settings)
  const lanes = createLanes(settings, topology)
  const lines: Line[] = []
  const write: Log['info'] = (message, { thread, reason } = {}) =>
    void lines.push({ message, thread: String(thread), reason: String(reason) })
  const log: Log = { debug: write, info: write, warn: write, error: write }
  const supervisor = new Supervisor({ settings, topology, lanes, stream: 'test0000', version: '0.0.0', log, entryOf })
  started.add(supervisor)
  return { supervisor, topology, lanes, lines }
}

export interface SupervisorFixture {
  readonly supervisor: Supervisor
  readonly topology: Topology
  readonly lanes: Lanes
  readonly lines: readonly Line[]
}

interface Line {
  readonly message: string
  readonly thread: string
  readonly reason: string
}

export function restartsIn(lines: readonly Line[]): readonly string[] {
  return lines.filter(({ message }) => message === 'thread restarted').map(({ thread }) => thread)
}

export async function stopped(supervisor: Supervisor): Promise<void> {
  await inTime(supervisor.stop(), STOP_MS_MAX, 'it stops')
}

export async function statusOf(port: number, path: string): Promise<number> {
  return (await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } })).status
}

/** Of the admin pages, after a restart or an attack. */
export async function untilAnswers(port: number): Promise<void> {
  const deadlineMs = performance.now() + ANSWERS_MS_MAX
  while ((await statusOf(port, '/healthz').catch(() => 0)) !== 200) {
    assert.ok(performance.now() < deadlineMs, `not within ${ANSWERS_MS_MAX} ms: it answers again`)
    await sleep(50)
  }
}

export interface Frame {
  readonly type?: string
  readonly kind?: string
  readonly product?: string
  readonly of?: string
  readonly state?: string
  readonly since?: string
  readonly reason?: string
}

interface Client {
  readonly frames: Frame[]
  readonly closeCode: Promise<number>
  until(isTrue: (frames: readonly Frame[]) => boolean, what: string): Promise<void>
  leave(): void
}

/** Resolves with the welcome: a client that is merely open may not have its place in the trade log yet. */
export async function connect(port: number): Promise<Client> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`)
  const frames: Frame[] = []
  socket.on('message', text => frames.push(JSON.parse(String(text))))
  const closeCode = new Promise<number>(resolve => socket.once('close', resolve))
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  await until(() => frames.length > 0, 'the welcome', 3_000)
  return {
    frames,
    closeCode,
    until: (isTrue, what) => until(() => isTrue(frames), what, 3_000),
    leave: () => socket.terminate(),
  }
}

export async function until(isTrue: () => boolean, what: string, ms: number): Promise<void> {
  const deadlineMs = performance.now() + ms
  while (!isTrue()) {
    assert.ok(performance.now() < deadlineMs, `not within ${ms} ms: ${what}`)
    await sleep(2)
  }
}

export async function inTime<Value>(promise: Promise<Value>, ms: number, what: string): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${ms} ms: ${what}`)), ms)
  })
  return await Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

export async function sleep(ms: number): Promise<void> {
  await new Promise(resolve => setTimeout(resolve, ms))
}
