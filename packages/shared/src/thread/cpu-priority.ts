// The CPU priority of a thread: lowered where its work yields to the threads that carry trades, or raised for these. Set once,
// by the thread itself: to raise one takes privilege.

import { setPriority } from 'node:os'
import type { Log } from './log.js'

/** A system that refuses is reported; the thread does its work with the priority that it has. */
export function setNiceness(nice: number, log: Pick<Log, 'warn'>): void {
  // Only on Linux is pid 0 the calling thread; elsewhere it would slow down the whole process.
  if (nice === 0 || process.platform !== 'linux') return
  try {
    setPriority(0, nice)
  } catch (error) {
    log.warn('thread keeps normal CPU priority', { nice, reason: String(error) })
  }
}
