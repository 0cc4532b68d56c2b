// What a process has used, as Linux tells it. Null elsewhere: then the report has no CPU and memory.

import { readFileSync } from 'node:fs'

export interface ProcessUsage {
  /** User and system time since its start, all threads. */
  readonly cpuMs: number
  readonly residentBytes: number
}

/** Linux has counted in hundredths of a second for user space since ever. */
const MS_PER_TICK = 10
const USER_TICKS = 11
const SYSTEM_TICKS = 12

export function readUsage(pid: number): ProcessUsage | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name of the program, in parentheses, may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const cpuMs = (Number(fields[USER_TICKS]) + Number(fields[SYSTEM_TICKS])) * MS_PER_TICK
    const resident = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))
    return { cpuMs, residentBytes: Number(resident?.[1] ?? 0) * 1_024 }
  } catch {
    return null
  }
}
