// The CPU and memory of one process over the measured window.

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
  #startMs = 0
  #endMs = 0

  /** Null: a process that is not ours. */
  constructor(pid: number | null) {
    this.#pid = pid
  }

  start(): void {
    this.#startMs = performance.now()
    this.#first = this.#read()
  }

  end(): void {
    this.#endMs = performance.now()
    this.#last = this.#read()
  }

  /** Null where unknown; so is the rest. */
  get cpuMs(): number | null {
    return this.#first === null || this.#last === null ? null : this.#last.cpuMs - this.#first.cpuMs
  }

  /** CPU time per time. */
  get cores(): number | null {
    return this.cpuMs === null ? null : this.cpuMs / (this.#endMs - this.#startMs)
  }

  get residentBytes(): number | null {
    return this.#last?.residentBytes ?? null
  }

  #read(): ProcessUsage | null {
    return this.#pid === null ? null : readUsage(this.#pid)
  }
}
