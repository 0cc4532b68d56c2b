// The machine on which the figures were measured: milliseconds mean nothing without it.

import { cpus, release, totalmem } from 'node:os'

export interface Machine {
  readonly processor: string
  readonly cpuCount: number
  readonly memoryGiB: number
  readonly system: string
  readonly node: string
}

export function describeMachine(): Machine {
  const processors = cpus()
  return {
    processor: processors[0]?.model ?? 'unknown',
    cpuCount: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${release()} ${process.arch}`,
    node: process.version,
  }
}
