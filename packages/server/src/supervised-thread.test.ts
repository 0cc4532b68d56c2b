// One supervised thread: in virtual time with a launch made of promises, and twice with real worker threads.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ThreadState } from '@tradelane/shared/thread/parking'
import type { SupervisorToIngest, ThreadToSupervisor } from '@tradelane/shared/thread/thread-messages'
import { RESTART_MS_MIN, RESTART_RULES } from './restart-policy.js'
import { CPU_WAIT_MS_MAX, HUNG_MS } from './supervised-thread.js'
import { nextTurn, settle, supervised } from './test/supervised-fixture.js'
import { type Launch, launchThread } from './thread-launch.js'

test('a thread that runs is reported once; its cell has its state, also while it stops and after it exited', async () => {
  const { thread, launches, cell, events } = supervised()
  thread.start()
  assert.equal(cell.state(), ThreadState.starting)
  launches.last().send({ type: 'running' })
  await thread.running
  assert.equal(cell.state(), ThreadState.running)
  assert.deepEqual(events, [])
  const stopped = thread.stop(1_000)
  assert.equal(cell.state(), ThreadState.stopping)
  await launches.last().exit(null)
  await stopped
  assert.equal(cell.state(), ThreadState.stopped)
})

test('messages of a thread are passed on, and messages to it reach it', () => {
  const { thread, launches, messages } = supervised()
  const resync = { type: 'resync', instrument: 3, reason: 1 } as SupervisorToIngest & ThreadToSupervisor
  thread.post(resync)
  thread.start()
  thread.post(resync)
  launches.last().send(resync)
  assert.deepEqual(launches.last().posted, [resync])
  assert.deepEqual(messages, [resync])
})

test('a thread that ended is started again after the backoff, and its second running is a restart', async () => {
  const { thread, launches, events, lines, timers } = supervised()
  thread.start()
  launches.last().send({ type: 'running' })
  await launches.last().exit(new Error('a bad turn\nat somewhere'))
  assert.deepEqual(events, ['exited'])
  assert.match(lines.join('\n'), /warn thread exited, restarting .*"a bad turn".*"delayMs":100/)
  timers.advance(99)
  assert.equal(launches.all.length, 1)
  timers.advance(1)
  assert.equal(launches.all.length, 2)
  assert.deepEqual(events, ['exited'])
  launches.last().send({ type: 'running' })
  assert.deepEqual(events, ['exited', 'restarted'])
})

test('a thread that just returns is started again, too', async () => {
  const { thread, launches, timers } = supervised()
  thread.start()
  await launches.last().exit(null)
  timers.advance(100)
  assert.equal(launches.all.length, 2)
})

test('the sixth exit within a minute is a crash loop, reported once with the reason, and no start follows', async () => {
  const { thread, launches, events, timers } = supervised()
  thread.start()
  for (let start = 1; start <= 5; start += 1) {
    await launches.last().exit(new Error('no such file'))
    timers.advance(5_000)
    assert.equal(launches.all.length, start + 1)
  }
  await launches.last().exit(new Error('no such file'))
  timers.advance(60_000)
  assert.equal(launches.all.length, 6)
  const reasons = events.filter(event => event !== 'exited')
  assert.deepEqual(reasons, ['crash loop: thread odd-0 is in a crash loop, last exit: no such file'])
})

test('in a crash loop a thread that the process can do without is tried once a minute, and stopped like any other', async () => {
  const { thread, launches, events, lines, timers } = supervised({ rule: RESTART_RULES.admin })
  thread.start()
  for (let exit = 1; exit <= 5; exit += 1) {
    await launches.last().exit(new Error('no memory'))
    timers.advance(5_000)
    assert.equal(launches.all.length, exit + 1)
  }
  for (let minute = 1; minute <= 3; minute += 1) {
    await launches.last().exit(new Error('no memory'))
    timers.advance(59_999)
    assert.equal(launches.all.length, 5 + minute)
    timers.advance(1)
    assert.equal(launches.all.length, 6 + minute)
  }
  assert.ok(!events.some(event => event.startsWith('crash loop')), 'the process goes on')
  assert.equal(lines.filter(line => /^error thread is in a crash loop, .*"no memory"/.test(line)).length, 3)
  await launches.last().exit(null)
  assert.equal(await thread.stop(1_000), true)
  timers.advance(600_000)
  assert.equal(launches.all.length, 9)
})

test('no thread starts after stop, whether it waits for its restart or has yet to exit', async () => {
  const waiting = supervised()
  waiting.thread.start()
  await waiting.launches.last().exit(new Error('x'))
  assert.equal(await waiting.thread.stop(1_000), true)
  const living = supervised()
  living.thread.start()
  const stopped = living.thread.stop(1_000)
  assert.ok(living.cell.isStopping())
  await living.launches.last().exit(new Error('while stopping'))
  assert.equal(await stopped, true)
  for (const { timers } of [waiting, living]) timers.advance(60_000)
  assert.deepEqual([waiting.launches.all.length, living.launches.all.length], [1, 1])
})

test('a thread that was never started is stopped at once', async () => {
  assert.equal(await supervised().thread.stop(1_000), true)
})

test('a thread that ignores its flag is reported as not stopped', async () => {
  const { thread, launches, timers } = supervised()
  thread.start()
  const stopped = thread.stop(1_000)
  timers.advance(1_000)
  assert.equal(await stopped, false)
  const again = thread.stop(1_000)
  thread.terminate()
  assert.equal(await again, true)
  assert.equal(launches.last().terminations, 1)
})

test('the stop flag of before does not stop the next start', async () => {
  const { thread, launches, cell } = supervised()
  cell.requestStop()
  thread.start()
  assert.ok(!cell.isStopping())
  await launches.last().exit(null)
})

test('a thread without a heartbeat for longer than the limit is hung; a beat or a restarted watch is in time', () => {
  const { thread, cell, events, timers } = supervised()
  thread.start()
  timers.advance(HUNG_MS - 100)
  thread.watch()
  assert.deepEqual(events, [])
  cell.beat()
  timers.advance(100)
  thread.watch()
  timers.advance(HUNG_MS)
  thread.watch()
  assert.deepEqual(events, [])
  timers.advance(HUNG_MS)
  thread.restartWatch()
  timers.advance(HUNG_MS)
  thread.watch()
  assert.deepEqual(events, [])
  timers.advance(1)
  thread.watch()
  assert.deepEqual(events, ['hung'])
})

test('the time in which a thread waited for a CPU is not counted, since its start and since its last beat', () => {
  let waitedMs = 0
  const { thread, cell, events, timers } = supervised({ cpuWaitMs: id => (id === 7 ? waitedMs : 0) })
  thread.start()
  timers.advance(HUNG_MS - 100)
  thread.watch()
  assert.deepEqual(events, [])
  cell.setThreadId(7)
  waitedMs = 3_000
  timers.advance(3_000)
  thread.watch()
  assert.deepEqual(events, [], 'it waited while it started')
  cell.beat()
  timers.advance(100)
  thread.watch()
  waitedMs += 10_000
  timers.advance(10_000 + HUNG_MS)
  thread.watch()
  assert.deepEqual(events, [])
  timers.advance(1)
  thread.watch()
  assert.deepEqual(events, ['hung'], 'it had its CPU since')
})

test('a thread that never gets a CPU is hung in the end', () => {
  let waitedMs = 0
  const { thread, events, timers } = supervised({ cpuWaitMs: () => waitedMs })
  thread.start()
  waitedMs = 10 * CPU_WAIT_MS_MAX
  timers.advance(CPU_WAIT_MS_MAX + HUNG_MS)
  thread.watch()
  assert.deepEqual(events, [])
  timers.advance(1)
  thread.watch()
  assert.deepEqual(events, ['hung'])
})

test('a thread that never begins to run is hung by the same limit', () => {
  const { thread, events, timers } = supervised()
  thread.start()
  timers.advance(HUNG_MS)
  thread.watch()
  assert.deepEqual(events, [])
  timers.advance(1)
  thread.watch()
  assert.deepEqual(events, ['hung'])
})

test('a thread that was terminated is not found hung again, its successor is', async () => {
  const { thread, launches, events, timers } = supervised()
  thread.start()
  thread.terminate()
  timers.advance(10 * HUNG_MS)
  thread.watch()
  assert.deepEqual(events, [], 'its exit is awaited')
  await settle()
  thread.watch()
  assert.deepEqual(events, ['exited'], 'no thread is there to hang')
  timers.advance(100)
  assert.equal(launches.all.length, 2)
  timers.advance(HUNG_MS + 1)
  thread.watch()
  assert.deepEqual(events, ['exited', 'hung'])
})

test('a thread is started once, not after a stop, and sends nothing after its exit', async () => {
  const { thread, launches } = supervised()
  thread.start()
  assert.throws(() => thread.start(), /a thread is started once/)
  const first = launches.last()
  first.send({ type: 'running' })
  assert.throws(() => first.send({ type: 'running' }), /reports once per start that it runs/)
  await first.exit(null)
  assert.throws(() => first.send({ type: 'running' }), /sends nothing after its exit/)
  const stopped = supervised()
  await stopped.thread.stop(1_000)
  assert.throws(() => stopped.thread.start(), /a thread is started once|does not start/)
})

test('a hung real thread is found by its heartbeat, terminated, and started again', { timeout: 10_000 }, async () => {
  const hangs = `
    import { parentPort } from 'node:worker_threads'
    parentPort.postMessage({ type: 'running' })
    for (;;);`
  let hungCount = 0
  const { thread, events, timers } = supervised({
    launch: realLaunch(hangs),
    onHung: hung => {
      hungCount += 1
      hung.terminate()
    },
  })
  thread.start()
  await thread.running
  timers.advance(HUNG_MS + 1)
  thread.watch()
  assert.equal(hungCount, 1)
  await thread.exited
  timers.advance(RESTART_MS_MIN)
  while (!events.includes('restarted')) await nextTurn()
  assert.deepEqual(events, ['exited', 'restarted'])
  const stopped = thread.stop(1_000)
  timers.advance(1_000)
  assert.equal(await stopped, false)
  thread.terminate()
  assert.equal(await thread.stop(1_000), true)
})

test('a real thread that throws is restarted with its reason; stop finds it gone', { timeout: 10_000 }, async () => {
  const throws = `
    import { parentPort } from 'node:worker_threads'
    parentPort.postMessage({ type: 'running' })
    setTimeout(() => { throw new Error('a bad turn') }, 5)`
  const { thread, events, lines, timers } = supervised({ launch: realLaunch(throws) })
  thread.start()
  await thread.exited
  timers.advance(RESTART_MS_MIN)
  while (!events.includes('restarted')) await nextTurn()
  thread.terminate()
  assert.equal(await thread.stop(1_000), true)
  assert.match(lines.join('\n'), /"a bad turn"/)
})

function realLaunch(source: string): Launch {
  const file = new URL(`data:text/javascript,${encodeURIComponent(source)}`)
  return onMessage => launchThread({ file, start: { role: 'odd-0' }, heapLimits: {} }, onMessage)
}
