// How much CPU a thread of this process has used and waited for, as Linux counts it.

import { readFileSync } from 'node:fs'
import { getPriority } from 'node:os'

export interface CpuTime {
  readonly usedUs: number
  /** Ready to run, without a CPU. */
  readonly waitedUs: number
}

/** By the system's id of the thread. Null where it is not known, or the thread has exited. */
export function cpuTimeOf(threadId: number): CpuTime | null {
  if (threadId === 0) return null
  try {
    const [usedNs, waitedNs] = readFileSync(`/proc/self/task/${threadId}/schedstat`, 'latin1').split(' ').map(Number)
    return usedNs === undefined || waitedNs === undefined || Number.isNaN(usedNs + waitedNs)
      ? null
      : { usedUs: usedNs / 1_000, waitedUs: waitedNs / 1_000 }
  } catch {
    return null
  }
}

/** The same for all threads of the process; a wait of theirs is not known. */
export function cpuTimeOfProcess(): CpuTime {
  const { user, system } = process.cpuUsage()
  return { usedUs: user + system, waitedUs: 0 }
}

export function nicenessOf(threadId: number): number | null {
  if (threadId === 0 || process.platform !== 'linux') return null
  try {
    return getPriority(threadId)
  } catch {
    return null
  }
}

/** Shares of the time since the last sample. */
export class CpuShare {
  #atUs: number
  #time: CpuTime | null
  load: number | null = null
  cpuWait: number | null = null

  constructor(nowUs: number, time: CpuTime | null) {
    this.#atUs = nowUs
    this.#time = time
  }

  sample(nowUs: number, time: CpuTime | null): void {
    const [lastUs, last] = [this.#atUs, this.#time]
    this.#atUs = nowUs
    this.#time = time
    // A thread that restarted counts from 0 again.
    const isSame = time !== null && last !== null && time.usedUs >= last.usedUs && nowUs > lastUs
    this.load = isSame ? round((time.usedUs - last.usedUs) / (nowUs - lastUs)) : null
    this.cpuWait = isSame ? round((time.waitedUs - last.waitedUs) / (nowUs - lastUs)) : null
  }
}

function round(share: number): number {
  return Math.round(share * 1_000) / 1_000
}
