// Publishes how full a thread's heap is, about once a second, from inside the thread: no other thread can see it.

import { getHeapStatistics } from 'node:v8'
import type { ThreadCell } from './parking.js'

const INTERVAL_MS = 1_000

export class HeapGauge {
  readonly #cell: ThreadCell
  #sampledMs = Number.NEGATIVE_INFINITY

  constructor(cell: ThreadCell) {
    this.#cell = cell
  }

  /** Cheap enough for every turn. */
  sample(nowMs: number): void {
    if (nowMs - this.#sampledMs < INTERVAL_MS) return
    this.#sampledMs = nowMs
    const { used_heap_size: usedBytes, heap_size_limit: limitBytes } = getHeapStatistics()
    this.#cell.setHeap(usedBytes, limitBytes)
  }
}
