// What a process has used, from Linux's `/proc`. Null on other systems: the report has no CPU and memory there.

import { readFileSync } from 'node:fs'

export interface ProcessUsage {
  /** User and system time of all threads since the start of the process. */
  readonly cpuMs: number
  readonly residentBytes: number
}

/** `/proc` counts in hundredths of a second. */
const MS_PER_TICK = 10
const USER_TICKS = 11
const SYSTEM_TICKS = 12

export function readUsage(pid: number): ProcessUsage | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The program's name, in parentheses, may contain spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const cpuMs = (Number(fields[USER_TICKS]) + Number(fields[SYSTEM_TICKS])) * MS_PER_TICK
    const resident = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))
    return { cpuMs, residentBytes: Number(resident?.[1] ?? 0) * 1_024 }
  } catch {
    return null
  }
}
