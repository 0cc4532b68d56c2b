// How full the heaps of gateways are, by their own last count. A full one cannot be ended alone, so the process ends in order
// before it comes to that.

import { type Log, RateLimitedLog } from '@tradelane/shared/thread/log'

/** Parts of a heap's limit. */
const HEAP_WARN = 0.8
const HEAP_END = 0.9

export class HeapWatch {
  readonly #limitedLog: RateLimitedLog
  readonly #onFull: (message: string) => void

  constructor(log: Log, onFull: (message: string) => void) {
    this.#limitedLog = new RateLimitedLog(log)
    this.#onFull = onFull
  }

  look({ role, heapRatio }: { readonly role: string; readonly heapRatio: number }): void {
    if (heapRatio < HEAP_WARN) return
    const percent = Math.round(heapRatio * 100)
    if (heapRatio < HEAP_END) this.#limitedLog.write('warn', 'heap of a gateway is nearly full', role, { percent })
    else this.#onFull(`the heap of ${role} is ${percent} % full`)
  }
}
