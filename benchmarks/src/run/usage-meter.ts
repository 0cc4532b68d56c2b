// The processor time and memory of a process, or of some together, over the window.

import assert from 'node:assert/strict'
import type { StolenTime } from '@tradelane/shared/thread/stolen-time'
import { type ProcessUsage, readUsage } from './process-usage.js'

export interface RunMeters extends Readonly<Record<string, UsageMeter | StolenTime>> {
  readonly server: UsageMeter
  readonly sim: UsageMeter
  readonly probe: UsageMeter
  readonly machine: StolenTime
}

export class UsageMeter {
  readonly #pids: readonly number[] | null
  #first: ProcessUsage | null = null
  #last: ProcessUsage | null = null
  #startMs: number | null = null
  #endMs: number | null = null

  /** Null: a process that the benchmark did not start. Of `others` too, together. */
  constructor(pid: number | null, others: readonly number[] = []) {
    this.#pids = pid === null ? null : [pid, ...others]
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
    const usages = (this.#pids ?? []).map(readUsage).filter(usage => usage !== null)
    if (this.#pids === null || usages.length < this.#pids.length) return null
    return {
      cpuMs: usages.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
      residentBytes: usages.reduce((sum, { residentBytes }) => sum + residentBytes, 0),
    }
  }
}
