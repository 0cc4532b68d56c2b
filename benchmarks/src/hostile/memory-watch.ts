// The most memory that a process has had, looked at often.

import { readUsage } from '../run/process-usage.js'

const LOOK_MS = 50

export class MemoryWatch {
  readonly #pid: number
  readonly #timer: NodeJS.Timeout
  readonly #startBytes: number
  #peakBytes: number

  constructor(pid: number) {
    this.#pid = pid
    this.#startBytes = this.#read()
    this.#peakBytes = this.#startBytes
    this.#timer = setInterval(() => this.#look(), LOOK_MS)
  }

  stop(): { readonly startBytes: number; readonly peakBytes: number } {
    this.#look()
    clearInterval(this.#timer)
    return { startBytes: this.#startBytes, peakBytes: this.#peakBytes }
  }

  #look(): void {
    this.#peakBytes = Math.max(this.#peakBytes, this.#read())
  }

  /** 0 where unknown. */
  #read(): number {
    return readUsage(this.#pid)?.residentBytes ?? 0
  }
}
