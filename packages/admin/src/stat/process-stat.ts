// The process as a whole, for a report.

import { readdirSync, readFileSync } from 'node:fs'
import type { StolenTime } from '@tradelane/shared/thread/stolen-time'
import { CpuShare, cpuTimeOfProcess } from './cpu-time.js'
import type { Figures } from './gauge-table.js'
import type { StatSources } from './stat-sources.js'

export interface ProcessReport extends Figures<'process'> {
  readonly version: string
  readonly stream: string
  readonly pid: number
}

export class ProcessStat {
  readonly #sources: StatSources
  readonly #cpu: CpuShare
  readonly #stolen: StolenTime

  constructor(sources: StatSources, nowUs: number, stolen: StolenTime) {
    this.#sources = sources
    this.#cpu = new CpuShare(nowUs, cpuTimeOfProcess())
    this.#stolen = stolen
    stolen.start()
  }

  report(nowUs: number): ProcessReport {
    const { version, stream, processStartUs } = this.#sources
    this.#cpu.sample(nowUs, cpuTimeOfProcess())
    this.#stolen.end()
    const stolenTime = this.#stolen.share
    this.#stolen.start()
    return {
      version,
      stream,
      pid: process.pid,
      uptimeMs: Math.round((nowUs - processStartUs) / 1_000),
      load: this.#cpu.load,
      stolenTime: stolenTime === null ? null : Math.round(stolenTime * 1_000) / 1_000,
      residentBytes: process.memoryUsage.rss(),
      laneBytes: laneBytesOf(this.#sources),
      descriptors: descriptorCount(),
      descriptorsMax: descriptorLimit(),
    }
  }
}

function laneBytesOf(sources: StatSources): number {
  const { control, clock, counters, traces, tradeLog, stateBoard, bookBoard, clientTable, depthRings } = sources
  const all = [control, clock, counters, traces, tradeLog, stateBoard, bookBoard, clientTable, ...depthRings]
  return all.reduce((sum, { byteLength }) => sum + byteLength, 0)
}

function descriptorCount(): number | null {
  try {
    // Without the one that reads the folder.
    return readdirSync('/proc/self/fd').length - 1
  } catch {
    return null
  }
}

function descriptorLimit(): number | null {
  try {
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1]
    return limit === undefined ? null : Number(limit)
  } catch {
    return null
  }
}
