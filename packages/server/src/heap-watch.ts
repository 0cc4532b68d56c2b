// Watches the heaps of gateways, by what they last reported. A gateway whose heap is full cannot be terminated alone, so the
// process ends in order before that happens.

import { type Log, RateLimitedLog } from '@tradelane/shared/thread/log'

/** Shares of the heap limit. */
const HEAP_WARN = 0.8
const HEAP_END = 0.9

export class HeapWatch {
  readonly #limitedLog: RateLimitedLog
  readonly #onFull: (message: string) => void

  constructor(log: Log, onFull: (message: string) => void) {
    this.#limitedLog = new RateLimitedLog(log)
    this.#onFull = onFull
  }

  check({ role, heapRatio }: { readonly role: string; readonly heapRatio: number }): void {
    if (heapRatio < HEAP_WARN) return
    const percent = Math.round(heapRatio * 100)
    if (heapRatio < HEAP_END) this.#limitedLog.write('warn', 'gateway heap nearly full', role, { percent })
    else this.#onFull(`heap of ${role} ${percent} % full`)
  }
}
