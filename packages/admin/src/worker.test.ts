// The admin thread as the supervisor starts it.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { ThreadCell } from '@tradelane/shared/thread/parking'
import { niceOfThreads, skipWithoutThreadNice } from '@tradelane/shared/thread/test/thread-nice'
import type { AdminStart, ThreadToSupervisor } from '@tradelane/shared/thread/thread-messages'
import { newAdminStart, until } from './test/admin-fixture.js'

test('it runs, beats, answers at a lower CPU priority, and ends with code 0 when its flag is set', async t => {
  const { worker, start, messages, port } = await startWorker(t, { nice: 7 })
  const cell = new ThreadCell(start.control, start.threadIndex)
  assert.deepEqual(messages.map(({ type }) => type).sort(), ['admin-listening', 'running'])
  assert.equal((await fetch(`http://127.0.0.1:${port}/healthz`)).status, 200)
  const beats = cell.heartbeat()
  await until(() => cell.heartbeat() > beats, 'it beats')
  assert.ok(cell.threadId() > 0)
  if (skipWithoutThreadNice === false) assert.equal(niceOfThreads().get(String(cell.threadId())), 7)
  await until(() => cell.heap().limitBytes > 0, 'it reports its heap')
  const exited = once(worker, 'exit')
  cell.requestStop()
  assert.deepEqual(await exited, [0])
  await assert.rejects(fetch(`http://127.0.0.1:${port}/healthz`))
})

test('it runs although its port is in use, and ends when its flag is set', async t => {
  const { port } = await startWorker(t)
  const { worker, start, messages } = await startWorker(t, { port }, ({ type }) => type === 'log')
  assert.deepEqual(messages.map(({ type }) => type).sort(), ['log', 'running'])
  const exited = once(worker, 'exit')
  new ThreadCell(start.control, start.threadIndex).requestStop()
  assert.deepEqual(await exited, [0])
})

interface StartedWorker {
  readonly worker: Worker
  readonly start: AdminStart
  readonly messages: readonly ThreadToSupervisor[]
  readonly port: number
}

async function startWorker(
  t: TestContext,
  more: Partial<AdminStart> = {},
  isReady = ({ type }: ThreadToSupervisor): boolean => type === 'admin-listening',
): Promise<StartedWorker> {
  const start = newAdminStart(more)
  const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: start })
  const messages: ThreadToSupervisor[] = []
  worker.on('message', message => messages.push(message))
  t.after(async () => void (await worker.terminate()))
  await until(() => messages.some(isReady) && messages.some(({ type }) => type === 'running'), 'it runs', 20_000)
  const listening = messages.find(message => message.type === 'admin-listening')
  return { worker, start, messages, port: listening?.port ?? 0 }
}
