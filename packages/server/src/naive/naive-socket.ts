// Keeps the thread of the naive socket running while the demo does. It is no thread of the topology: nothing depends on it.

import { Worker } from 'node:worker_threads'
import type { NaiveListening, NaiveStart } from './naive-start.js'

export interface NaiveSocketOptions {
  /** Asked for at each start: a successor takes the same port, which the page knows. */
  readonly startOf: () => NaiveStart
  readonly onListening: (port: number) => void
}

const RESTART_MS = 5_000
const HEAP_LIMITS = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 12 }

export class NaiveSocket {
  readonly #options: NaiveSocketOptions
  #worker: Worker | undefined
  #timer: NodeJS.Timeout | undefined
  #isStopped = false

  constructor(options: NaiveSocketOptions) {
    this.#options = options
    this.#launch()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#timer)
    await this.#worker?.terminate()
  }

  #launch(): void {
    const { startOf, onListening } = this.#options
    const worker = new Worker(new URL('./naive-worker.js', import.meta.url), {
      workerData: startOf(),
      resourceLimits: HEAP_LIMITS,
      name: 'naive',
    })
    this.#worker = worker
    worker.on('message', ({ port }: NaiveListening) => onListening(port))
    // Whatever it was, the next try finds out; the exit follows.
    worker.on('error', () => {})
    worker.on('exit', () => {
      if (!this.#isStopped) this.#timer = setTimeout(() => this.#launch(), RESTART_MS)
    })
  }
}
