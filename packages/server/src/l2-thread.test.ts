// The launch of an L2 worker with the real Piscina, the real task and real lanes; and with files that misbehave.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { ThreadCell, ThreadState } from '@tradelane/shared/thread/parking'
import type { ThreadToSupervisor } from '@tradelane/shared/thread/thread-messages'
import { l2Launch } from './l2-thread.js'
import { createLanes } from './lanes.js'
import type { Launch, LaunchedThread } from './launched-thread.js'
import { readSettings } from './settings.js'
import { settledThreadCount, skipWithoutProc, threadCountAtRest } from './test/thread-count.js'
import { launchOf } from './thread-starts.js'
import { topologyOf } from './topology.js'

const folder = mkdtempSync(join(tmpdir(), 'tradelane-l2-thread-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const { settings } = readSettings({ L2_NICE: '0' }, {}, 'ws://127.0.0.1:1')
const topology = topologyOf(settings)
const lanes = createLanes(settings, topology)
const options = { settings, topology, lanes, stream: 'test0000', version: '0', isRecording: false, port: 0 }
const thread = topology.threads.find(({ agents }) => agents[0]?.kind === 'l2')
assert.ok(thread)
const cell = new ThreadCell(lanes.control, thread.index)
const launchReal = launchOf(options, thread)

test('the real task says that it runs, beats, and returns once its flag is set', async () => {
  const { launched } = await running(launchReal)
  const beats = cell.heartbeat()
  await until(() => cell.heartbeat() > beats, 'a heartbeat')
  cell.requestStop()
  assert.equal(await inTime(launched.exited), null)
  assert.equal(cell.state(), ThreadState.stopped)
})

test('a worker ended by force is gone when it is said to be gone, again and again', {
  skip: skipWithoutProc,
}, async () => {
  const atRest = await threadCountAtRest()
  for (let round = 0; round < 5; round += 1) {
    const { launched } = await running(launchReal)
    launched.terminate()
    const failure = await inTime(launched.exited)
    const beats = cell.heartbeat()
    assert.ok(failure instanceof Error)
    await sleep(20)
    assert.equal(cell.heartbeat(), beats, 'nobody turns on the memory of the next one')
  }
  assert.ok((await settledThreadCount(atRest)) <= atRest, 'no thread is left over')
})

test('a worker ended by force while it loads is gone, too', { skip: skipWithoutProc }, async () => {
  const atRest = await threadCountAtRest()
  for (const delayMs of [0, 0, 1, 5, 20, 40]) {
    cell.clearForStart()
    const launched = launchReal(() => {})
    if (delayMs > 0) await sleep(delayMs)
    launched.terminate()
    launched.terminate()
    assert.ok((await inTime(launched.exited)) instanceof Error)
  }
  assert.ok((await settledThreadCount(atRest)) <= atRest, 'no thread is left over')
})

const MISBEHAVIOUR: readonly (readonly [about: string, source: string, ended: RegExp | 'by force'])[] = [
  ['throws while it loads', 'throw new Error("no such thing")', /no such thing/],
  ['imports what does not exist', 'import "./absent.mjs"\nexport default () => {}', /absent/],
  ['exits while it loads', 'process.exit(3)', /3/],
  ['is not a function', 'export default 7', /./],
  ['throws in its task', 'export default () => { throw new Error("a bad turn") }', /a bad turn/],
  ['rejects', 'export default async () => { throw undefined }', /./],
  ['exits in its task', 'export default () => process.exit(4)', /4/],
  [
    'throws outside its task',
    'export default () => { setTimeout(() => { throw new Error("late") }, 1); return new Promise(() => {}) }',
    /late/,
  ],
  ['never ends loading', 'await new Promise(() => setInterval(() => {}, 1000))', 'by force'],
  ['spins while it loads', 'for (;;);', 'by force'],
  ['spins in its task', 'export default () => { for (;;); }', 'by force'],
  [
    'waits for ever',
    'export default () => { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0) }',
    'by force',
  ],
]

for (const [about, source, ended] of MISBEHAVIOUR) {
  test(`a worker that ${about} ends${ended === 'by force' ? ' by force' : ''} and leaves no thread`, {
    skip: skipWithoutProc,
  }, async () => {
    const atRest = await threadCountAtRest()
    const filename = join(folder, `${about.replaceAll(' ', '-')}.mjs`)
    writeFileSync(filename, source)
    const launched = l2Launch(taskWithoutPort(), filename)(() => {})
    if (ended === 'by force') {
      assert.equal(await Promise.race([launched.exited, sleep(150)]), undefined)
      launched.terminate()
      assert.ok((await inTime(launched.exited)) instanceof Error)
    } else assert.match((await inTime(launched.exited))?.message ?? '', ended)
    assert.ok((await settledThreadCount(atRest)) <= atRest, 'no thread is left over')
  })
}

function taskWithoutPort(): Parameters<typeof l2Launch>[0] {
  return { role: 'l2-0' } as Parameters<typeof l2Launch>[0]
}

async function running(launch: Launch): Promise<{ launched: LaunchedThread; messages: ThreadToSupervisor[] }> {
  const messages: ThreadToSupervisor[] = []
  cell.clearForStart()
  const launched = launch(message => messages.push(message))
  await until(() => messages.some(({ type }) => type === 'running'), 'running')
  return { launched, messages }
}

async function until(isTrue: () => boolean, what: string): Promise<void> {
  const deadlineMs = performance.now() + 5_000
  while (!isTrue()) {
    assert.ok(performance.now() < deadlineMs, `no ${what}`)
    await sleep(2)
  }
}

/** A pool does not keep the process alive: the timer does. */
async function inTime<Value>(promise: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('not within 3 s')), 3_000)
  })
  return await Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

async function sleep(ms: number): Promise<void> {
  await new Promise(resolve => setTimeout(resolve, ms))
}
