// The launch of an L2 worker with the real entry on real lanes; and of files that misbehave.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { ThreadCell } from '@tradelane/shared/thread/parking'
import type { ThreadToSupervisor } from '@tradelane/shared/thread/thread-messages'
import { readSettings } from './settings.js'
import { startOptionsOf } from './test/start-options.js'
import { settledThreadCount, skipWithoutProc, threadCountAtRest } from './test/thread-count.js'
import { type LaunchedThread, launchThread } from './thread-launch.js'
import { threadEntryOf } from './thread-starts.js'

const folder = mkdtempSync(join(tmpdir(), 'tradelane-thread-launch-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const { settings } = readSettings({ L2_NICE: '0' }, {}, 'ws://127.0.0.1:1')
const options = startOptionsOf(settings)
const { topology, lanes } = options
const thread = topology.threads.find(({ agents }) => agents[0]?.kind === 'l2')
assert.ok(thread)
const cell = new ThreadCell(lanes.control, thread.index)
const entry = threadEntryOf(options, thread)

test('the real entry reports that it runs, beats, and returns once its flag is set', async () => {
  const { launched } = await running()
  const beats = cell.heartbeat()
  await until(() => cell.heartbeat() > beats, 'a heartbeat')
  cell.requestStop()
  assert.equal(await inTime(launched.exited), null)
})

test('a terminated worker has exited when that is reported, again and again', {
  skip: skipWithoutProc,
}, async () => {
  const atRest = await threadCountAtRest()
  for (let round = 0; round < 5; round += 1) {
    const { launched } = await running()
    launched.terminate()
    const failure = await inTime(launched.exited)
    const beats = cell.heartbeat()
    assert.ok(failure instanceof Error)
    await sleep(20)
    assert.equal(cell.heartbeat(), beats, 'no thread turns on the memory of the next one')
  }
  assert.ok((await settledThreadCount(atRest)) <= atRest, 'no thread is left over')
})

test('a worker terminated while it loads exits, too', { skip: skipWithoutProc }, async () => {
  const atRest = await threadCountAtRest()
  for (const delayMs of [0, 0, 1, 5, 20, 40]) {
    cell.clearForStart()
    const launched = launchThread(entry, () => {})
    if (delayMs > 0) await sleep(delayMs)
    launched.terminate()
    launched.terminate()
    assert.ok((await inTime(launched.exited)) instanceof Error)
  }
  assert.ok((await settledThreadCount(atRest)) <= atRest, 'no thread is left over')
})

const RUNS = 'import { parentPort } from "node:worker_threads"\nparentPort.postMessage({ type: "running" })\n'
const MISBEHAVIOUR: readonly (readonly [about: string, source: string, ended: RegExp | 'terminated' | null])[] = [
  ['throws while it loads', 'throw new Error("no such thing")', /no such thing/],
  ['imports what does not exist', 'import "./absent.mjs"', /absent/],
  ['exits while it loads', 'process.exit(3)', /3/],
  ['has nothing to do', 'export default 7', null],
  ['throws in its turn', `${RUNS}throw new Error("a bad turn")`, /a bad turn/],
  ['throws what is no error', `${RUNS}throw undefined`, /./],
  ['exits in its turn', `${RUNS}process.exit(4)`, /4/],
  ['throws in a timer', `${RUNS}setTimeout(() => { throw new Error("late") }, 1)`, /late/],
  ['rejects', `${RUNS}void Promise.reject(new Error("not handled"))`, /not handled/],
  ['waits for a promise that nothing settles', 'await new Promise(() => {})', /13/],
  ['never ends loading', 'await new Promise(() => setInterval(() => {}, 1000))', 'terminated'],
  ['spins while it loads', 'for (;;);', 'terminated'],
  ['spins in its turn', `${RUNS}for (;;);`, 'terminated'],
  ['waits without end', `${RUNS}Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)`, 'terminated'],
]

for (const [about, source, ended] of MISBEHAVIOUR) {
  test(`a worker that ${about} ends${ended === 'terminated' ? ' when terminated' : ''} and leaves no thread`, {
    skip: skipWithoutProc,
  }, async () => {
    const atRest = await threadCountAtRest()
    const filename = join(folder, `${about.replaceAll(' ', '-')}.mjs`)
    writeFileSync(filename, source)
    const launched = launchThread({ file: pathToFileURL(filename), start: { role: 'odd-0' }, heapLimits: {} }, () => {})
    if (ended === 'terminated') {
      assert.equal(await Promise.race([launched.exited, sleep(150)]), undefined)
      launched.terminate()
      assert.ok((await inTime(launched.exited)) instanceof Error)
    } else {
      const failure = await inTime(launched.exited)
      if (ended === null) assert.equal(failure, null)
      else assert.match(failure?.message ?? '', ended)
    }
    assert.ok((await settledThreadCount(atRest)) <= atRest, 'no thread is left over')
  })
}

async function running(): Promise<{ launched: LaunchedThread; messages: ThreadToSupervisor[] }> {
  const messages: ThreadToSupervisor[] = []
  cell.clearForStart()
  const launched = launchThread(entry, message => messages.push(message))
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
