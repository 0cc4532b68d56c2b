import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ActivityRing, ActivityRingReader } from '../trace/activity-ring.js'
import { createTraces } from '../trace/trace-layout.js'
import type { Agent } from './agent.js'
import { monotonicUs } from './clock.js'
import { createControlBlock, ThreadCell } from './parking.js'
import { type Evented, PARK_MS_MAX, runBlocking, runEvented } from './runner.js'
import { systemTimers, type Timers } from './timers.js'

/** Works off `items`; what it does per turn is counted. */
class CountingAgent implements Agent {
  items = 0
  turns = 0
  closes = 0
  deadlineMs = Number.POSITIVE_INFINITY
  onTurn: () => void = () => {}

  doWork(): number {
    this.turns += 1
    this.onTurn()
    if (this.items === 0) return 0
    this.items -= 1
    return 1
  }

  msToNextDeadline(): number {
    return this.deadlineMs
  }

  close(): void {
    this.closes += 1
  }
}

class WatchedCell extends ThreadCell {
  waits: number[] = []
  isParked = false
  onWait: () => void = () => {}
  outstanding = 0
  outstandingMax = 0

  override setParked(isParked: boolean): void {
    this.isParked = isParked
    super.setParked(isParked)
  }

  override wait(seen: number, timeoutMs: number): void {
    this.waits.push(timeoutMs)
    this.onWait()
    super.wait(seen, timeoutMs)
  }

  override waitAsync(seen: number): Promise<unknown> | null {
    const waiting = super.waitAsync(seen)
    if (waiting === null) return null
    this.outstanding += 1
    this.outstandingMax = Math.max(this.outstandingMax, this.outstanding)
    return waiting.finally(() => {
      this.outstanding -= 1
    })
  }
}

const newCell = (): WatchedCell => new WatchedCell(createControlBlock(1), 0)
const sleep = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

interface Started {
  agent: CountingAgent
  cell: WatchedCell
  runner: Evented
  stop: () => Promise<void>
}

function startEvented(agent = new CountingAgent()): Started {
  const cell = newCell()
  let runner!: Evented
  const stopped = new Promise<void>(resolve => {
    runner = runEvented([agent], cell, { onStopped: resolve })
  })
  const stop = (): Promise<void> => {
    cell.requestStop()
    return stopped
  }
  return { agent, cell, runner, stop }
}

test('an evented thread turns while there is work, then parks', async () => {
  const agent = new CountingAgent()
  agent.items = 50
  const { cell, stop } = startEvented(agent)
  for (let round = 0; round < 100 && (agent.items > 0 || cell.outstanding === 0); round += 1) await sleep(20)
  assert.equal(agent.items, 0)
  assert.equal(cell.outstanding, 1)
  const { turns } = agent
  await sleep(50)
  assert.ok(agent.turns - turns <= 2, 'a parked thread does not turn')
  await stop()
})

test('a ring wakes a parked evented thread long before its next beat', async () => {
  const { agent, cell, stop } = startEvented()
  const times: number[] = []
  for (let round = 0; round < 20; round += 1) {
    await sleep(2)
    agent.items = 1
    const worked = new Promise<void>(resolve => {
      agent.onTurn = resolve
    })
    const startMs = performance.now()
    cell.ring()
    await worked
    times.push(performance.now() - startMs)
  }
  await stop()
  // Its own beats would take half of that time in the median.
  const medianMs = times.sort((one, other) => one - other)[10] ?? Number.NaN
  assert.ok(medianMs < PARK_MS_MAX / 8, `${medianMs} ms`)
})

test('there is never a second waiter, however often sockets start a turn while one waits', async () => {
  const { agent, cell, runner, stop } = startEvented()
  await sleep(10)
  for (let round = 0; round < 100; round += 1) {
    runner.wake()
    if (round % 3 === 0) cell.ring()
    await new Promise(resolve => setImmediate(resolve))
  }
  assert.ok(agent.turns > 50)
  assert.equal(cell.outstandingMax, 1)
  await stop()
})

test('any number of calls for a turn make one turn, never a nested one', async () => {
  const { agent, runner, stop } = startEvented()
  await sleep(10)
  let isInTurn = false
  agent.onTurn = () => {
    assert.equal(isInTurn, false)
    isInTurn = true
    runner.wake()
    isInTurn = false
    agent.onTurn = () => {}
  }
  const { turns } = agent
  for (let call = 0; call < 100; call += 1) runner.wake()
  assert.equal(agent.turns, turns, 'not inside the call')
  await sleep(10)
  assert.ok(agent.turns > turns)
  assert.ok(agent.turns - turns <= 6, 'a wake, another one, and a look at every lane before parking')
  await stop()
})

test('a nested turn is caught: it would start where timers call back at once', () => {
  const agent = new CountingAgent()
  let firstTurn: (() => void) | undefined
  const setImmediate = (callback: () => void): void => {
    if (firstTurn === undefined) firstTurn = callback
    else callback()
  }
  const timers: Timers = { ...systemTimers, setInterval: () => ({}), setImmediate }
  const runner = runEvented([agent], newCell(), { onStopped: () => {}, timers })
  agent.onTurn = () => runner.wake()
  assert.throws(() => firstTurn?.(), /a turn is never nested/)
  assert.equal(agent.turns, 1)
})

test('an evented thread keeps the deadline of its agent', async () => {
  const agent = new CountingAgent()
  agent.deadlineMs = 30
  const { stop } = startEvented(agent)
  await sleep(10)
  const { turns } = agent
  await sleep(70)
  assert.ok(agent.turns > turns)
  await stop()
})

test('an idle evented thread still beats', async () => {
  const { cell, stop } = startEvented()
  await sleep(20)
  const beats = cell.heartbeat()
  await sleep(PARK_MS_MAX * 1.6)
  assert.ok(cell.heartbeat() > beats)
  await stop()
})

test('a stopped evented thread has closed its agents once and has no more turns', async () => {
  const { agent, cell, runner, stop } = startEvented()
  await sleep(5)
  await stop()
  assert.equal(agent.closes, 1)
  const { turns } = agent
  runner.wake()
  cell.ring()
  await sleep(20)
  assert.equal(agent.turns, turns)
})

test('a thread stops although the close of an agent fails', async () => {
  const agent = new CountingAgent()
  agent.close = () => Promise.reject(new Error('the socket is gone')) as never
  const { stop } = startEvented(agent)
  await stop()
})

test('a blocking thread works, waits at most until the next deadline, and returns after a request to stop', () => {
  const cell = newCell()
  const agent = new CountingAgent()
  agent.items = 3
  agent.deadlineMs = 7
  agent.onTurn = () => {
    if (cell.waits.length === 3) cell.requestStop()
  }
  runBlocking([agent], cell)
  assert.equal(agent.items, 0)
  assert.deepEqual(cell.waits, [1, 7, 7], 'after work it looks again soon')
  assert.equal(agent.closes, 1)
  assert.ok(cell.heartbeat() >= 5)
})

test('a blocking thread without deadlines still wakes for its heartbeat', () => {
  const cell = newCell()
  const agent = new CountingAgent()
  agent.onTurn = () => {
    if (cell.waits.length === 1) cell.requestStop()
  }
  runBlocking([agent], cell)
  assert.deepEqual(cell.waits, [PARK_MS_MAX])
})

test('a blocking thread that rests after work is not woken, and finds the work that came meanwhile', () => {
  const cell = newCell()
  const agent = new CountingAgent()
  agent.items = 1
  const parkedAtWaits: boolean[] = []
  cell.onWait = () => {
    parkedAtWaits.push(cell.isParked)
    if (cell.waits.length === 1) {
      agent.items = 1
      cell.ring()
    }
    if (cell.waits.length === 3) cell.requestStop()
  }
  runBlocking([agent], cell)
  assert.deepEqual(cell.waits, [1, 1, PARK_MS_MAX])
  assert.deepEqual(parkedAtWaits, [false, false, true])
  assert.equal(agent.items, 0)
})

test('a thread does not wait when work came between its last turn and parking', () => {
  const cell = newCell()
  const agent = new CountingAgent()
  agent.onTurn = () => {
    if (agent.turns === 2) agent.items = 1
    if (agent.turns === 4) cell.requestStop()
  }
  runBlocking([agent], cell)
  assert.deepEqual(cell.waits, [])
})

test('a ring between the last look and the wait ends the wait at once', () => {
  const cell = newCell()
  const agent = new CountingAgent()
  agent.onTurn = () => {
    if (agent.turns === 2) cell.ring()
    if (agent.turns === 4) cell.requestStop()
  }
  const startMs = performance.now()
  runBlocking([agent], cell)
  assert.equal(cell.waits.length, 1)
  assert.ok(performance.now() - startMs < PARK_MS_MAX / 2)
})

test('a long turn is noted, and how long there was nothing to do before the bell rang', async () => {
  const BUSY_MS = 50
  const [cell, agent, traces] = [newCell(), new CountingAgent(), createTraces(1)]
  const stopped = new Promise<void>(resolve => {
    runEvented([agent], cell, { onStopped: resolve, activities: new ActivityRing(traces, 0) })
  })
  await sleep(100)
  const wasBusy = new Promise<number>(resolve => {
    agent.onTurn = () => {
      agent.onTurn = () => {}
      const busyUs = monotonicUs()
      const untilMs = performance.now() + BUSY_MS
      while (performance.now() < untilMs);
      resolve(busyUs)
    }
  })
  cell.ring()
  const busyUs = await wasBusy
  await sleep(20)
  cell.requestStop()
  await stopped
  const { records, isComplete } = new ActivityRingReader(traces, 0).span(0, Number.POSITIVE_INFINITY)
  assert.equal(isComplete, true)
  // Others may have been long too, on a busy machine.
  const turn = records.find(
    ({ activity, startUs, endUs }) => activity === 'longTurn' && startUs <= busyUs && endUs >= busyUs + BUSY_MS * 1_000,
  )
  assert.ok(turn, 'the turn is noted')
  const parked = records.find(({ activity, endUs }) => activity === 'parked' && endUs === turn.startUs)
  assert.ok(parked && parked.endUs > parked.startUs, 'so is the pause before it')
})
