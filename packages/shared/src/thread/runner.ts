// Drives the agents of one thread: turn while there is work, park when there is none. `runEvented` is for threads with
// sockets: it never blocks and parks with `waitAsync` (LANES §4, exactly one waiter at a time). `runBlocking` is for threads
// without: it parks with `Atomics.wait`, so no port event and no timer runs there.

import { Activity, type ActivityRing } from '../trace/activity-ring.js'
import type { Agent } from './agent.js'
import { monotonicUs } from './clock.js'
import { HeapGauge } from './heap-gauge.js'
import { type ThreadCell, ThreadState } from './parking.js'

/** Every parked thread wakes this often, so that a still heartbeat means a hung thread. */
export const PARK_MS_MAX = 250
/**
 * A blocking thread that has just worked looks again after this long before it asks to be woken: a producer of thousands of
 * records a second would pay a system call for most of them. Nothing that it does is due sooner.
 */
const REST_MS = 1
/** A turn that takes longer is worth a note. */
const LONG_TURN_US = 1_000

export interface Evented {
  /** Asks for a turn soon. Call it from socket events; never nested, any number of calls make one turn. */
  wake(): void
}

export function runEvented(
  agents: readonly Agent[],
  cell: ThreadCell,
  options: { readonly onStopped: () => void; readonly activities?: ActivityRing },
): Evented {
  return new EventedRunner(agents, cell, options)
}

class EventedRunner implements Evented {
  readonly #agents: readonly Agent[]
  readonly #cell: ThreadCell
  readonly #onStopped: () => void
  readonly #activities: ActivityRing | undefined
  readonly #heapGauge: HeapGauge
  readonly #beatTimer: NodeJS.Timeout
  #deadlineTimer: NodeJS.Timeout | undefined
  #deadlineMs = Number.POSITIVE_INFINITY
  #isScheduled = false
  /** A waiter is outstanding. A turn started by a socket leaves it in place; there is never a second one. */
  #isArmed = false
  #isStopped = false
  /** Since when there is nothing to do; 0 while there is. */
  #parkedUs = 0

  constructor(
    agents: readonly Agent[],
    cell: ThreadCell,
    options: { readonly onStopped: () => void; readonly activities?: ActivityRing },
  ) {
    this.#agents = agents
    this.#cell = cell
    this.#onStopped = options.onStopped
    this.#activities = options.activities
    this.#heapGauge = new HeapGauge(cell)
    // Keeps the loop alive too: a waiter does not.
    this.#beatTimer = setInterval(this.#beat, PARK_MS_MAX)
    this.wake()
  }

  wake(): void {
    if (this.#isScheduled || this.#isStopped) return
    this.#isScheduled = true
    setImmediate(this.#scheduledTurn)
  }

  readonly #beat = (): void => {
    this.#heapGauge.sample(performance.now())
    this.#turn()
  }

  readonly #scheduledTurn = (): void => {
    this.#isScheduled = false
    this.#turn()
  }

  readonly #rung = (): void => {
    this.#isArmed = false
    this.#cell.setParked(false)
    // Not a turn right here: a loop inside promise callbacks would starve the sockets.
    this.wake()
  }

  readonly #turn = (): void => {
    if (this.#isStopped) return
    this.#cell.beat()
    if (this.#cell.isStopping()) {
      this.#stop()
      return
    }
    const startUs = monotonicUs()
    if (this.#parkedUs > 0) this.#activities?.note(Activity.parked, this.#parkedUs, startUs, 0)
    this.#parkedUs = 0
    if (this.#work() > 0) this.wake()
    else if (!this.#isScheduled) this.#park()
    const endUs = monotonicUs()
    if (!this.#isScheduled) this.#parkedUs = endUs
    if (endUs - startUs > LONG_TURN_US) this.#activities?.note(Activity.longTurn, startUs, endUs, 0)
  }

  #work(): number {
    let itemCount = 0
    for (const agent of this.#agents) itemCount += agent.doWork()
    return itemCount
  }

  #park(): void {
    const bell = this.#cell.bell()
    this.#cell.setParked(true)
    if (this.#work() > 0 || this.#cell.isStopping()) {
      this.#cell.setParked(this.#isArmed)
      this.wake()
      return
    }
    if (!this.#isArmed) {
      const waiting = this.#cell.waitAsync(bell)
      if (waiting === null) {
        this.#cell.setParked(false)
        this.wake()
        return
      }
      this.#isArmed = true
      waiting.then(this.#rung, this.#rung)
    }
    this.#setDeadline()
  }

  #setDeadline(): void {
    const msToNext = msToNextDeadline(this.#agents)
    if (msToNext >= PARK_MS_MAX) return
    const deadlineMs = performance.now() + Math.max(0, msToNext)
    if (this.#deadlineTimer !== undefined && this.#deadlineMs <= deadlineMs) return
    clearTimeout(this.#deadlineTimer)
    this.#deadlineMs = deadlineMs
    this.#deadlineTimer = setTimeout(this.#deadline, Math.max(1, Math.ceil(msToNext)))
  }

  readonly #deadline = (): void => {
    this.#deadlineTimer = undefined
    this.#deadlineMs = Number.POSITIVE_INFINITY
    this.#turn()
  }

  #stop(): void {
    this.#isStopped = true
    this.#cell.setState(ThreadState.stopping)
    clearInterval(this.#beatTimer)
    clearTimeout(this.#deadlineTimer)
    const closing = this.#agents.map(agent => agent.close())
    Promise.allSettled(closing).then(() => {
      this.#cell.setState(ThreadState.stopped)
      this.#onStopped()
    })
  }
}

/** Returns after the stop flag was set and the agents are closed. */
export function runBlocking(agents: readonly Agent[], cell: ThreadCell, { restMs } = { restMs: REST_MS }): void {
  const heapGauge = new HeapGauge(cell)
  let hasWorked = false
  cell.setState(ThreadState.running)
  while (!cell.isStopping()) {
    cell.beat()
    heapGauge.sample(performance.now())
    let itemCount = 0
    for (const agent of agents) itemCount += agent.doWork()
    if (itemCount === 0 && hasWorked) rest(agents, cell, restMs)
    else if (itemCount === 0) parkBlocking(agents, cell)
    hasWorked = itemCount > 0
  }
  cell.setState(ThreadState.stopping)
  for (const agent of agents) agent.close()
  cell.setState(ThreadState.stopped)
}

/** Whoever rings a thread that is not parked only counts: it makes no system call, and work collects meanwhile. */
function rest(agents: readonly Agent[], cell: ThreadCell, restMs: number): void {
  const ms = Math.min(restMs, msToNextDeadline(agents))
  if (ms > 0) cell.wait(cell.bell(), ms)
}

function parkBlocking(agents: readonly Agent[], cell: ThreadCell): void {
  const bell = cell.bell()
  cell.setParked(true)
  let itemCount = 0
  for (const agent of agents) itemCount += agent.doWork()
  const msToNext = msToNextDeadline(agents)
  if (itemCount === 0 && msToNext > 0 && !cell.isStopping()) cell.wait(bell, msToNext)
  cell.setParked(false)
}

function msToNextDeadline(agents: readonly Agent[]): number {
  let msToNext = PARK_MS_MAX
  for (const agent of agents) msToNext = Math.min(msToNext, agent.msToNextDeadline())
  return msToNext
}
