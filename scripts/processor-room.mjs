// Whether the processors have room for one more test file. More files at a time than they can serve make no run shorter, and each
// test slower: what waits for a clock then sends, draws and parses for longer, and limits that a test judges are missed.

import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'

const SAMPLE_MS = 50
/** Of the mean: a file that has just started shows within this time. */
const MEAN_MS = 500
/** Threads that run or wait for a processor, for each processor: as many wait as run. */
const RUNNABLE_PER_PROCESSOR_MAX = 2

export class ProcessorRoom {
  /** () => the threads of this machine that run or wait for a processor now; null where the system does not say. */
  #countRunnable
  #runnableMax
  /** null without samples. */
  #mean = null
  #timer
  /** Those that ask are answered one by one. */
  #last = Promise.resolve()

  constructor({ countRunnable = runnableThreads, processors = availableParallelism() } = {}) {
    this.#countRunnable = countRunnable
    this.#runnableMax = RUNNABLE_PER_PROCESSOR_MAX * processors
  }

  /** Until `stop`, threads that yield to all others, `yieldingCount()` of them, are left out. */
  start(yieldingCount) {
    this.#timer = setInterval(() => this.#sample(yieldingCount()), SAMPLE_MS)
  }

  stop() {
    clearInterval(this.#timer)
    this.#mean = null
  }

  /**
   * Resolves when there is room for something with about so many busy threads, or `isAlone()`: then nothing that could end makes
   * room.
   */
  async wait(threadCount, isAlone) {
    const turn = this.#last.then(() => this.#waitInTurn(threadCount, isAlone))
    this.#last = turn
    await turn
  }

  get hasRoom() {
    return this.#mean === null || this.#mean <= this.#runnableMax
  }

  async #waitInTurn(threadCount, isAlone) {
    while (!this.hasRoom && !isAlone()) await pause(SAMPLE_MS)
    // They do not show yet.
    if (this.#mean !== null) this.#mean += threadCount
  }

  #sample(yieldingCount) {
    const count = this.#countRunnable()
    if (count === null) return
    const others = Math.max(0, count - yieldingCount)
    this.#mean = this.#mean === null ? others : this.#mean + (others - this.#mean) * (SAMPLE_MS / MEAN_MS)
  }
}

function runnableThreads() {
  try {
    const [, count] = /(\d+)\/\d+/.exec(readFileSync('/proc/loadavg', 'latin1')) ?? []
    return count === undefined ? null : Number(count)
  } catch {
    return null
  }
}
