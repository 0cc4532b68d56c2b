// The processor time and memory of one process over the window.

import assert from 'node:assert/strict'
import { type ProcessUsage, readUsage } from './process-usage.js'

export interface RunMeters extends Readonly<Record<string, UsageMeter>> {
  readonly server: UsageMeter
  readonly sim: UsageMeter
  readonly probe: UsageMeter
}

export class UsageMeter {
  readonly #pid: number | null
  #first: ProcessUsage | null = null
  #last: ProcessUsage | null = null
  #startMs: number | null = null
  #endMs: number | null = null

  /** Null: a process that the benchmark did not start. */
  constructor(pid: number | null) {
    this.#pid = pid
  }

  start(): void {
    assert(this.#startMs === null, 'a usage meter is started once')
    this.#startMs = performance.now()
    this.#first = this.#read()
  }

  end(): void {
    assert(this.#startMs !== null && this.#endMs === null, 'a usage meter is ended once, after its start')
    this.#endMs = performance.now()
    this.#last = this.#read()
  }

  /** Null where unknown. */
  get cpuMs(): number | null {
    if (this.#first === null || this.#last === null) return null
    assert(this.#last.cpuMs >= this.#first.cpuMs, 'processor time never decreases')
    return this.#last.cpuMs - this.#first.cpuMs
  }

  /** Processor time per wall time; null where unknown. */
  get cores(): number | null {
    const { cpuMs } = this
    if (cpuMs === null || this.#startMs === null || this.#endMs === null) return null
    assert(this.#endMs > this.#startMs, 'the window takes time')
    return cpuMs / (this.#endMs - this.#startMs)
  }

  /** At the end; null where unknown. */
  get residentBytes(): number | null {
    return this.#last?.residentBytes ?? null
  }

  #read(): ProcessUsage | null {
    return this.#pid === null ? null : readUsage(this.#pid)
  }
}
