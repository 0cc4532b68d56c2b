// What the warm-ups of all threads share. A warm-up runs the agent of its thread, or the parts of it that every trade or book
// passes, on memory of its own, until V8 has compiled them: otherwise the compiler's threads take the CPU from trades in the
// first seconds of service. It is the same code with objects of the same shapes; what it publishes, counts, notes and logs stays
// in that memory, which is dropped afterwards.

import { setTimeout as sleep } from 'node:timers/promises'
import { createTraces } from '../trace/trace-layout.js'
import { createCounters } from './counters.js'
import type { Log } from './log.js'
import { createControlBlock, ThreadCell, threadCountOf } from './parking.js'
import type { ThreadStart } from './thread-messages.js'

export interface WarmUpLimits {
  readonly ms: number
  /** Then it ends early: the thread has other work by now. */
  readonly isOver: () => boolean
}

/** The start message with blocks of its own, in which this thread has the same place. */
export function warmUpStart<Start extends ThreadStart>(start: Start): Start {
  const threadCount = start.threadIndex + 1
  return {
    ...start,
    control: createControlBlock(threadCount),
    counters: createCounters(threadCount),
    traces: createTraces(threadCount, start.products.length),
  }
}

/** The cells of a board, for a writer of its own. */
export function copyOfMemory(memory: SharedArrayBuffer): SharedArrayBuffer {
  const copy = new SharedArrayBuffer(memory.byteLength)
  new Uint8Array(copy).set(new Uint8Array(memory))
  return copy
}

export const SILENT_LOG: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** Whatever fails in it, the thread serves; it is only slower at first. Resolves to what `work` did, 0 where it failed. */
export async function guardWarmUp(ms: number, work: () => Promise<number> | number): Promise<number> {
  if (ms === 0) return 0
  try {
    return await work()
  } catch {
    return 0
  }
}

const OTHERS_MS_MAX = 1_500
const OTHERS_LOOK_MS = 5

/** Resolves when every thread that was started is warm, or after a while: one that restarts is not waited for. */
export async function untilOthersAreWarm({ control, warmUpMs }: ThreadStart): Promise<void> {
  if (warmUpMs === 0) return
  const cells = Array.from({ length: threadCountOf(control) }, (_, index) => new ThreadCell(control, index))
  const untilMs = performance.now() + OTHERS_MS_MAX
  const areWarm = (): boolean => cells.every(cell => cell.startCount() === 0 || cell.isWarm())
  while (!areWarm() && performance.now() < untilMs) await sleep(OTHERS_LOOK_MS)
}
