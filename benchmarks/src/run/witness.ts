// A neutral witness beside the probe: one client in Python (`witness.py`) that shares no code with this benchmark, so that its
// figures can be held against ours.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export interface WitnessFigures {
  readonly count: number
  /** Trades whose ids the journal does not have. */
  readonly unknown: number
  readonly p50Us: number
  readonly p99Us: number
}

const SCRIPT = fileURLToPath(new URL('../../witness.py', import.meta.url))

/** The Python that has `websockets`, or null. Debian's package serves /usr/bin/python3 only. */
export function pythonWithWebsockets(): string | null {
  for (const python of ['/usr/bin/python3', 'python3']) {
    if (spawnSync(python, ['-c', 'import websockets'], { stdio: 'ignore' }).status === 0) return python
  }
  return null
}

export class Witness {
  readonly #process: ChildProcess
  #output = ''
  #errors = ''

  /** Counts what is scheduled in the window, in ms from when it is connected. */
  constructor(python: string, { url, journal, fromMs, forMs }: WitnessOptions) {
    const args = [SCRIPT, url, journal, String(fromMs / 1_000), String(forMs / 1_000)]
    this.#process = spawn(python, args, { stdio: ['pipe', 'pipe', 'pipe'] })
    this.#process.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text
    })
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errors += text
    })
    this.#process.on('error', error => {
      this.#errors += error.message
    })
  }

  /** When the journal is complete and the window over. Rejects when it has no figures. */
  async figures(): Promise<WitnessFigures> {
    this.#process.stdin?.end()
    if (this.#process.exitCode === null) await once(this.#process, 'close')
    const { count, unknown, p50Us, p99Us } = JSON.parse(this.#output || 'null') ?? {}
    if (!(count > 0)) throw new Error(`the witness has no figures: ${this.#errors.trim().split('\n').at(-1)}`)
    return { count, unknown, p50Us, p99Us }
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    this.#process.kill()
    await once(this.#process, 'close')
  }
}

export interface WitnessOptions {
  readonly url: string
  readonly journal: string
  readonly fromMs: number
  readonly forMs: number
}
