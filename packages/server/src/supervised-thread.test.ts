// One supervised thread, once with real worker threads, and with a launch made of promises where hours would pass.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import type { Log } from '@tradelane/shared/thread/log'
import { createControlBlock, ThreadCell, ThreadState } from '@tradelane/shared/thread/parking'
import type { SupervisorToIngest, ThreadToSupervisor } from '@tradelane/shared/thread/thread-messages'
import { CPU_WAIT_MS_MAX, HUNG_MS, SupervisedThread, type SupervisedThreadOptions } from './supervised-thread.js'
import type { Launch } from './thread-launch.js'

test('a thread that runs is told once, and its cell says so', async () => {
  const { thread, launches, cell, events } = supervised()
  thread.start()
  assert.equal(cell.state(), ThreadState.starting)
  launches.last().say({ type: 'running' })
  await thread.running
  assert.equal(cell.state(), ThreadState.running)
  assert.deepEqual(events, [])
})

test('what a thread says is handed on, and what it is told reaches it', () => {
  const { thread, launches, messages } = supervised()
  const resync = { type: 'resync', instrument: 3, reason: 1 } as SupervisorToIngest & ThreadToSupervisor
  thread.post(resync)
  thread.start()
  thread.post(resync)
  launches.last().say(resync)
  assert.deepEqual(launches.last().posted, [resync])
  assert.deepEqual(messages, [resync])
})

test('a thread that ended is started again after the backoff, and its second running is a restart', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { thread, launches, events, lines } = supervised()
  thread.start()
  launches.last().say({ type: 'running' })
  await launches.last().exit(new Error('a bad turn\nat somewhere'))
  assert.deepEqual(events, ['exited'])
  assert.match(lines.join('\n'), /warn thread ended; it is started again .*"a bad turn".*100/)
  t.mock.timers.tick(99)
  assert.equal(launches.all.length, 1)
  t.mock.timers.tick(1)
  assert.equal(launches.all.length, 2)
  assert.deepEqual(events, ['exited'])
  launches.last().say({ type: 'running' })
  assert.deepEqual(events, ['exited', 'restarted'])
})

test('a thread that just returns is started again, too', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { thread, launches } = supervised()
  thread.start()
  await launches.last().exit(null)
  t.mock.timers.tick(100)
  assert.equal(launches.all.length, 2)
})

test('ten starts that never ran end in a crash loop, told once with the reason, and none follows', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { thread, launches, events } = supervised()
  thread.start()
  for (let start = 1; start < 10; start += 1) {
    await launches.last().exit(new Error('no such file'))
    t.mock.timers.tick(5_000)
    assert.equal(launches.all.length, start + 1)
  }
  await launches.last().exit(new Error('no such file'))
  t.mock.timers.tick(60_000)
  assert.equal(launches.all.length, 10)
  const reasons = events.filter(event => event !== 'exited')
  assert.deepEqual(reasons, ['crash loop: thread odd-0 failed to start again and again: no such file'])
})

test('no thread is started after stop, were its restart due or its end yet to come', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
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
  t.mock.timers.tick(60_000)
  assert.deepEqual([waiting.launches.all.length, living.launches.all.length], [1, 1])
})

test('a thread that was never started is stopped at once', async () => {
  assert.equal(await supervised().thread.stop(1_000), true)
})

test('a thread that does not hear its flag is told as not stopped', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { thread, launches } = supervised()
  thread.start()
  const stopped = thread.stop(1_000)
  t.mock.timers.tick(1_000)
  assert.equal(await stopped, false)
  const again = thread.stop(1_000)
  thread.terminate()
  assert.equal(await again, true)
  assert.equal(launches.last().terminations, 1)
})

test('the stop flag of before does not stop the next start', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { thread, launches, cell } = supervised()
  cell.requestStop()
  thread.start()
  assert.ok(!cell.isStopping())
  await launches.last().exit(null)
})

test('a thread whose heart stands still for longer than the limit hangs; a beat or forgiveness is in time', () => {
  const { thread, cell, events } = supervised()
  const nowMs = Math.ceil(performance.now())
  thread.start()
  thread.watch(nowMs + HUNG_MS - 100)
  assert.deepEqual(events, [])
  cell.beat()
  thread.watch(nowMs + HUNG_MS)
  thread.watch(nowMs + 2 * HUNG_MS)
  assert.deepEqual(events, [])
  thread.forgive(nowMs + 3 * HUNG_MS)
  thread.watch(nowMs + 4 * HUNG_MS)
  assert.deepEqual(events, [])
  thread.watch(nowMs + 4 * HUNG_MS + 1)
  assert.deepEqual(events, ['hung'])
})

test('the time in which a thread waited for a CPU is not counted, since its start and since its last beat', () => {
  let waitedMs = 0
  const { thread, cell, events } = supervised({ cpuWaitMs: id => (id === 7 ? waitedMs : 0) })
  const startMs = Math.ceil(performance.now())
  thread.start()
  thread.watch(startMs + HUNG_MS - 100)
  assert.deepEqual(events, [])
  cell.setThreadId(7)
  waitedMs = 3_000
  thread.watch(startMs + HUNG_MS + 2_900)
  assert.deepEqual(events, [], 'it waited while it started')
  cell.beat()
  const beatenMs = startMs + HUNG_MS + 3_000
  thread.watch(beatenMs)
  waitedMs += 10_000
  thread.watch(beatenMs + 10_000 + HUNG_MS)
  assert.deepEqual(events, [])
  thread.watch(beatenMs + 10_000 + HUNG_MS + 1)
  assert.deepEqual(events, ['hung'], 'it had its CPU since')
})

test('a thread that waits for a CPU for ever is given up, too', () => {
  let waitedMs = 0
  const { thread, events } = supervised({ cpuWaitMs: () => waitedMs })
  const startMs = Math.ceil(performance.now())
  thread.start()
  waitedMs = 10 * CPU_WAIT_MS_MAX
  thread.watch(startMs + CPU_WAIT_MS_MAX + HUNG_MS - 100)
  assert.deepEqual(events, [])
  thread.watch(startMs + CPU_WAIT_MS_MAX + HUNG_MS + 1)
  assert.deepEqual(events, ['hung'])
})

test('a thread that never begins to run hangs by the same limit', () => {
  const { thread, events } = supervised()
  thread.start()
  thread.watch(performance.now() + HUNG_MS + 1)
  assert.deepEqual(events, ['hung'])
})

test('a thread that was ended by force is not found hanging again, its successor is', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { thread, launches, events } = supervised()
  thread.start()
  thread.terminate()
  thread.watch(performance.now() + 10 * HUNG_MS)
  assert.deepEqual(events, [], 'its end is awaited')
  await settle()
  thread.watch(performance.now() + 10 * HUNG_MS)
  assert.deepEqual(events, ['exited'], 'nobody is there to hang')
  t.mock.timers.tick(100)
  assert.equal(launches.all.length, 2)
  thread.watch(performance.now() + HUNG_MS + 1)
  assert.deepEqual(events, ['exited', 'hung'])
})

test('a hung real thread is found by its heartbeat, ended by force, and started again', async t => {
  const hangs = `
    const { parentPort } = require('node:worker_threads')
    parentPort.postMessage({ type: 'running' })
    for (;;);`
  let hungCount = 0
  const { thread, events } = supervised({
    launch: realLaunch(hangs),
    onHung: hung => {
      hungCount += 1
      hung.terminate()
    },
  })
  thread.start()
  await thread.running
  const startMs = performance.now()
  thread.watch(startMs + HUNG_MS + 1_000)
  assert.equal(hungCount, 1)
  while (!events.includes('restarted')) await sleep(5, startMs)
  assert.deepEqual(events, ['exited', 'restarted'])
  assert.equal(await thread.stop(10), false)
  thread.terminate()
  assert.equal(await thread.stop(2_000), true)
  t.diagnostic(`started again after ${Math.round(performance.now() - startMs)} ms`)
})

test('a real thread that throws is restarted with its reason; stop finds it gone', async () => {
  const throws = `
    require('node:worker_threads').parentPort.postMessage({ type: 'running' })
    setTimeout(() => { throw new Error('a bad turn') }, 5)`
  const { thread, events, lines } = supervised({ launch: realLaunch(throws) })
  const startMs = performance.now()
  thread.start()
  while (!events.includes('restarted')) await sleep(5, startMs)
  thread.terminate()
  assert.equal(await thread.stop(2_000), true)
  assert.match(lines.join('\n'), /"a bad turn"/)
})

interface Launched {
  say(message: ThreadToSupervisor): void
  exit(failure: Error | null): Promise<void>
  readonly posted: SupervisorToIngest[]
  readonly terminations: number
}

interface Supervised {
  readonly thread: SupervisedThread
  readonly cell: ThreadCell
  readonly launches: { readonly all: Launched[]; last(): Launched }
  readonly messages: ThreadToSupervisor[]
  readonly events: string[]
  readonly lines: string[]
}

function supervised(options: Partial<SupervisedThreadOptions> = {}): Supervised {
  const all: Launched[] = []
  const launches = { all, last: (): Launched => all.at(-1) ?? assert.fail('never launched') }
  const [messages, events, lines]: [ThreadToSupervisor[], string[], string[]] = [[], [], []]
  const cell = new ThreadCell(createControlBlock(1), 0)
  const thread = new SupervisedThread({
    role: 'odd-0',
    cell,
    launch: promisedLaunch(all),
    log: linesLog(lines),
    onMessage: message => messages.push(message),
    onExited: () => events.push('exited'),
    onRestarted: () => events.push('restarted'),
    onCrashLoop: reason => events.push(`crash loop: ${reason}`),
    onHung: () => events.push('hung'),
    ...options,
  })
  return { thread, cell, launches, messages, events, lines }
}

/** A thread that says and does what the test wants. */
function promisedLaunch(all: Launched[]): Launch {
  return onMessage => {
    let resolveExited: (failure: Error | null) => void = () => {}
    const exited = new Promise<Error | null>(resolve => {
      resolveExited = resolve
    })
    const launched = {
      posted: [] as SupervisorToIngest[],
      terminations: 0,
      say: onMessage,
      exit: async (failure: Error | null) => {
        resolveExited(failure)
        await settle()
      },
    }
    all.push(launched)
    return {
      exited,
      post: message => launched.posted.push(message),
      terminate: () => {
        launched.terminations += 1
        resolveExited(new Error('ended by force'))
      },
    }
  }
}

function realLaunch(source: string): Launch {
  return onMessage => {
    const worker = new Worker(source, { eval: true })
    let failure: Error | null = null
    worker.on('message', onMessage)
    worker.on('error', (error: Error) => {
      failure = error
    })
    return {
      exited: new Promise(resolve => worker.once('exit', () => resolve(failure))),
      post: message => worker.postMessage(message),
      terminate: () => void worker.terminate(),
    }
  }
}

function linesLog(lines: string[]): Log {
  const write =
    (level: string): Log['info'] =>
    (message, fields) =>
      void lines.push(`${level} ${message} ${JSON.stringify(fields)}`)
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise(resolve => setImmediate(resolve))
}

async function sleep(ms: number, startMs: number): Promise<void> {
  assert.ok(performance.now() - startMs < 5_000, 'in time')
  await new Promise(resolve => setTimeout(resolve, ms))
}
