// The CPU priority of a thread whose work yields to the threads that carry trades. Lowered once, by the thread itself: it
// takes privilege to raise it again.

import { setPriority } from 'node:os'
import type { Log } from './log.js'

/** A system that refuses is reported; the thread does its work with normal priority. */
export function lowerPriority(nice: number, log: Pick<Log, 'warn'>): void {
  // Only on Linux is pid 0 the calling thread; elsewhere it would slow down the whole process.
  if (nice === 0 || process.platform !== 'linux') return
  try {
    setPriority(0, nice)
  } catch (error) {
    log.warn('thread keeps normal CPU priority', { nice, reason: String(error) })
  }
}
