// A stressed thread: killed at any moment, or exiting by itself in mid-write, and started again on the same memory until it
// finishes. A successor starts only after `exit`, as under the supervisor.

import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { type Random, RECORDS_MAX } from './stress-plan.js'

/** A worker that exits with this code did so on purpose, in mid-write. */
export const DEATH_EXIT_CODE = 77

const KILL_MS_MIN = 20
const KILL_MS_MAX = 250
const KILLS_UNTIL_QUIET = 8
const RECORDS_BETWEEN_KILLS = 500
/** After this the test fails, whatever its threads are doing. */
const FINISH_MS_MAX = 20_000

export class StressThread {
  kills = 0
  deaths = 0
  failure: unknown = null
  isFinished = false
  #isAbandoned = false
  /** Killed in this life: whatever its exit code, it has not finished. One killed before it began exits with 0. */
  #isKilled = false
  #worker: Worker
  #lives = 0
  readonly #entry: URL
  readonly #task: object

  /** `task` comes to the worker as `workerData`, with the number of its life. */
  constructor(entry: URL, task: object) {
    this.#entry = entry
    this.#task = task
    this.#worker = this.#start()
  }

  async kill(): Promise<void> {
    if (this.isFinished || this.failure !== null) return
    this.kills += 1
    this.#isKilled = true
    await this.#worker.terminate()
  }

  async abandon(): Promise<void> {
    this.#isAbandoned = true
    await this.#worker.terminate()
  }

  #start(): Worker {
    const worker = new Worker(this.#entry, { workerData: { ...this.#task, life: this.#lives } })
    this.#lives += 1
    this.#isKilled = false
    worker.once('error', error => {
      this.failure = error
    })
    worker.once('exit', exitCode => {
      if (exitCode === DEATH_EXIT_CODE) this.deaths += 1
      if (exitCode === 0 && !this.#isKilled) this.isFinished = true
      else if (this.failure === null && !this.#isAbandoned) this.#worker = this.#start()
    })
    return worker
  }
}

/**
 * Kills one of the threads at random times, until `records()` reaches `RECORDS_MAX` or `msMax` are over; throws the failure of
 * a thread. The lane makes progress between two kills: otherwise slow starts would be all that is ever killed.
 */
export async function killAtRandom(options: {
  threads: readonly StressThread[]
  random: Random
  records: () => number
  msMax: number
  /** After some of the kills, a time without any. */
  quietMs?: number
}): Promise<void> {
  const { threads, random, records, msMax, quietMs = 0 } = options
  const deadlineMs = performance.now() + msMax
  const isOver = (): boolean => records() >= RECORDS_MAX || performance.now() > deadlineMs
  for (let kills = 1; !isOver(); kills += 1) {
    const isQuiet = kills % KILLS_UNTIL_QUIET === 0
    const before = records()
    await sleep(KILL_MS_MIN + random.below(KILL_MS_MAX - KILL_MS_MIN) + (isQuiet ? quietMs : 0))
    while (records() - before < RECORDS_BETWEEN_KILLS && !isOver()) {
      throwFailure(threads)
      await sleep(5)
    }
    throwFailure(threads)
    await threads[random.below(threads.length)]?.kill()
  }
}

/** Waits until the threads have finished by themselves. */
export async function finish(threads: readonly StressThread[]): Promise<void> {
  const deadlineMs = performance.now() + FINISH_MS_MAX
  while (threads.some(thread => !thread.isFinished)) {
    throwFailure(threads)
    if (performance.now() > deadlineMs) throw new Error('a thread did not finish in time')
    await sleep(5)
  }
}

function throwFailure(threads: readonly StressThread[]): void {
  for (const { failure } of threads) if (failure !== null) throw failure
}

const silence = new Int32Array(new SharedArrayBuffer(4))

export function block(ms: number): void {
  Atomics.wait(silence, 0, 0, ms)
}

export function spin(rounds: number): void {
  for (let round = 0; round < rounds; round += 1) Atomics.load(silence, 0)
}
