// The CPU priority of an L2 worker's own thread: below that of the threads that carry trades. Lowered for good: it takes
// privilege to raise it again.

import { setPriority } from 'node:os'
import type { Log } from '@tradelane/shared/thread/log'

/** Says so when the system refuses; the worker does its work all the same. */
export function lowerPriority(nice: number, log: Log): void {
  // Only on Linux is pid 0 the calling thread; elsewhere it would slow down the whole process.
  if (nice === 0 || process.platform !== 'linux') return
  try {
    setPriority(0, nice)
  } catch (error) {
    log.warn('the order books keep normal CPU priority', { nice, reason: String(error) })
  }
}
