// Drives the agents of one thread: turn while there is work, park when there is none. `runEvented` is for threads with
// sockets: it never blocks and parks with `waitAsync`, of which one is outstanding at most. `runBlocking` is for threads
// without: it parks with `Atomics.wait`, so no port event and no timer runs there. A turn is never nested in another.

import assert from 'node:assert/strict'
import { Activity, type ActivityRing } from '../trace/activity-ring.js'
import type { Agent } from './agent.js'
import { DOUBLE_ZERO, monotonicUs } from './clock.js'
import type { Counters } from './counters.js'
import type { ThreadCell } from './parking.js'
import { CollectionCount, HeapGauge } from './thread-watch.js'
import { systemTimers, type Timer, type Timers } from './timers.js'

/** Every parked thread wakes this often, so that a heartbeat that stops means a hung thread. */
export const PARK_MS_MAX = 250
/**
 * A blocking thread that has just worked looks again after this long before it parks: a producer of thousands of records a
 * second would pay a system call to wake it for most of them. Its work may start this much later.
 */
const REST_MS = 1
/** A longer turn is noted and counted. */
const LONG_TURN_US = 1_000

export interface Evented {
  /** Requests a turn soon. Call it from socket events; never nested, any number of calls make one turn. */
  wake(): void
}

interface EventedOptions {
  readonly onStopped: () => void
  readonly activities?: ActivityRing
  readonly counters?: Counters
  readonly timers?: Timers
}

export function runEvented(agents: readonly Agent[], cell: ThreadCell, options: EventedOptions): Evented {
  return new EventedRunner(agents, cell, options)
}

class EventedRunner implements Evented {
  readonly #agents: AgentSet
  readonly #cell: ThreadCell
  readonly #onStopped: () => void
  readonly #activities: ActivityRing | undefined
  readonly #counters: Counters | undefined
  readonly #timers: Timers
  readonly #heapGauge: HeapGauge
  readonly #beatTimer: Timer
  #deadlineTimer: Timer | undefined
  #deadlineMs = Number.POSITIVE_INFINITY
  #isScheduled = false
  /** A waiter is outstanding. A turn started by a socket leaves it in place; there is never a second one. */
  #isArmed = false
  #isStopped = false
  /** Since when there is nothing to do; 0 while there is. */
  #parkedUs = DOUBLE_ZERO

  constructor(agents: readonly Agent[], cell: ThreadCell, options: EventedOptions) {
    this.#agents = new AgentSet(agents)
    this.#cell = cell
    this.#onStopped = options.onStopped
    this.#activities = options.activities
    this.#counters = options.counters
    this.#timers = options.timers ?? systemTimers
    this.#heapGauge = new HeapGauge(cell)
    // Keeps the event loop alive too: a waiter does not.
    this.#beatTimer = this.#timers.setInterval(this.#beat, PARK_MS_MAX)
    this.wake()
  }

  wake(): void {
    if (this.#isScheduled || this.#isStopped) return
    this.#isScheduled = true
    this.#timers.setImmediate(this.#scheduledTurn)
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
    assert(this.#isArmed, 'a waiter ends once')
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
    if (this.#agents.turn() > 0) this.wake()
    else if (!this.#isScheduled) this.#park()
    const endUs = monotonicUs()
    if (!this.#isScheduled) this.#parkedUs = endUs
    if (endUs - startUs > LONG_TURN_US) this.#noteLong(startUs, endUs)
  }

  #noteLong(startUs: number, endUs: number): void {
    this.#activities?.note(Activity.longTurn, startUs, endUs, 0)
    this.#counters?.add('longTurns')
    this.#counters?.add('longTurnUs', Math.round(endUs - startUs))
  }

  #park(): void {
    const bell = this.#cell.bell()
    this.#cell.setParked(true)
    if (this.#agents.turn() > 0 || this.#cell.isStopping()) {
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
    const msToNext = this.#agents.msToNextDeadline()
    if (msToNext >= PARK_MS_MAX) return
    const deadlineMs = performance.now() + Math.max(0, msToNext)
    if (this.#deadlineTimer !== undefined && this.#deadlineMs <= deadlineMs) return
    this.#timers.clear(this.#deadlineTimer)
    this.#deadlineMs = deadlineMs
    this.#deadlineTimer = this.#timers.setTimeout(this.#deadline, Math.max(1, Math.ceil(msToNext)))
  }

  readonly #deadline = (): void => {
    this.#deadlineTimer = undefined
    this.#deadlineMs = Number.POSITIVE_INFINITY
    this.#turn()
  }

  #stop(): void {
    this.#isStopped = true
    this.#timers.clear(this.#beatTimer)
    this.#timers.clear(this.#deadlineTimer)
    Promise.allSettled(this.#agents.close()).then(() => this.#onStopped())
  }
}

interface BlockingOptions {
  readonly restMs?: number
  readonly counters?: Counters
}

/** Returns after the stop flag was set and the agents are closed. */
export function runBlocking(agents: readonly Agent[], cell: ThreadCell, options: BlockingOptions = {}): void {
  const { restMs = REST_MS, counters } = options
  const agentSet = new AgentSet(agents)
  const heapGauge = new HeapGauge(cell)
  const collections = counters && new CollectionCount(counters)
  let hasWorked = false
  while (!cell.isStopping()) {
    cell.beat()
    const nowMs = performance.now()
    heapGauge.sample(nowMs)
    collections?.sample(nowMs)
    const itemCount = agentSet.turn()
    if (itemCount === 0 && hasWorked) rest(agentSet, cell, restMs)
    else if (itemCount === 0) parkBlocking(agentSet, cell)
    hasWorked = itemCount > 0
  }
  agentSet.close()
}

/** A producer that rings a thread that is not parked makes no system call, and work collects meanwhile. */
function rest(agents: AgentSet, cell: ThreadCell, restMs: number): void {
  const ms = Math.min(restMs, agents.msToNextDeadline())
  if (ms > 0) cell.wait(cell.bell(), ms)
}

function parkBlocking(agents: AgentSet, cell: ThreadCell): void {
  const bell = cell.bell()
  cell.setParked(true)
  const itemCount = agents.turn()
  const msToNext = agents.msToNextDeadline()
  if (itemCount === 0 && msToNext > 0 && !cell.isStopping()) cell.wait(bell, msToNext)
  cell.setParked(false)
}

/** The agents of one thread, in order. */
class AgentSet {
  readonly #agents: readonly Agent[]
  #isInTurn = false

  constructor(agents: readonly Agent[]) {
    this.#agents = agents
  }

  /** One turn of each agent. Returns the items handled. */
  turn(): number {
    assert(!this.#isInTurn, 'a turn is never nested')
    this.#isInTurn = true
    let itemCount = 0
    // Neither loop here is `for … of`, which makes an object where it is not optimized.
    for (let index = 0; index < this.#agents.length; index += 1) itemCount += this.#agents[index]!.doWork()
    this.#isInTurn = false
    return itemCount
  }

  /** At most `PARK_MS_MAX`. */
  msToNextDeadline(): number {
    let msToNext = PARK_MS_MAX
    for (let index = 0; index < this.#agents.length; index += 1) {
      msToNext = Math.min(msToNext, this.#agents[index]!.msToNextDeadline())
    }
    return msToNext
  }

  close(): (void | Promise<void>)[] {
    assert(!this.#isInTurn, 'agents are closed between turns')
    return this.#agents.map(agent => agent.close())
  }
}
