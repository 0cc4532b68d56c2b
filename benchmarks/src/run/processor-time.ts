// The processor time of the calling thread. Linux only.

import { openSync, readSync } from 'node:fs'

const SPACE = 0x20
const ZERO = 0x30

const figure = Buffer.alloc(64)
let schedule = -1

/** Since the thread started. */
export function processorNs(): number {
  // The kernel counts the time of a running thread every 4 ms; this call makes it count now.
  process.cpuUsage()
  // Opened by the thread itself: the path names the thread that opens it.
  schedule = schedule === -1 ? openSync('/proc/thread-self/schedstat', 'r') : schedule
  const length = readSync(schedule, figure, 0, figure.length, 0)
  let ns = 0
  for (let at = 0; at < length && figure[at] !== SPACE; at += 1) ns = ns * 10 + (figure[at] as number) - ZERO
  return ns
}
