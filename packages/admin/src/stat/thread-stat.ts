// One thread of the process, for a report: from its cell of the control block, its counters, and what Linux says of it.

import { readThreadCounters } from '@tradelane/shared/thread/counters'
import { METRICS, type NamesOf } from '@tradelane/shared/thread/metric-table'
import { ThreadCell, ThreadState } from '@tradelane/shared/thread/parking'
import { CpuShare, cpuTimeOf, nicenessOf } from './cpu-time.js'
import type { Figures } from './gauge-table.js'

export type ThreadReport = Figures<'thread'> &
  Readonly<Record<NamesOf<'thread'>, number | null>> & {
    readonly role: string
    readonly state: string
  }

const STATES: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(ThreadState).map(([name, state]) => [state, name]),
)
const OWN_COUNTERS = Object.keys(METRICS.thread) as NamesOf<'thread'>[]
/** L2 workers count their collections, but not how long they take. */
const L2_WORKER = /^l2-\d+$/
const COLLECTION_TIMES: ReadonlySet<NamesOf<'thread'>> = new Set(['scavengeUs', 'majorCollectionUs', 'collectionUsMax'])

export interface ThreadSources {
  readonly role: string
  readonly index: number
  readonly control: SharedArrayBuffer
  readonly counters: SharedArrayBuffer
}

export class ThreadStat {
  readonly #sources: ThreadSources
  readonly #cell: ThreadCell
  readonly #cpu: CpuShare
  #heartbeat: number
  #beatUs: number

  constructor(sources: ThreadSources, nowUs: number) {
    this.#sources = sources
    this.#cell = new ThreadCell(sources.control, sources.index)
    this.#cpu = new CpuShare(nowUs, cpuTimeOf(this.#cell.threadId()))
    this.#heartbeat = this.#cell.heartbeat()
    this.#beatUs = nowUs
  }

  report(nowUs: number): ThreadReport {
    const cell = this.#cell
    const threadId = cell.threadId()
    const { usedBytes, limitBytes } = cell.heap()
    this.#cpu.sample(nowUs, cpuTimeOf(threadId))
    this.#noteHeartbeat(nowUs)
    return {
      role: this.#sources.role,
      state: STATES[cell.state()] ?? 'unknown',
      starts: cell.startCount(),
      load: this.#cpu.load,
      cpuWait: this.#cpu.cpuWait,
      niceness: nicenessOf(threadId),
      silentMs: Math.round((nowUs - this.#beatUs) / 1_000),
      heapUsedBytes: usedBytes,
      heapLimitBytes: limitBytes,
      ...this.#counters(),
    }
  }

  #noteHeartbeat(nowUs: number): void {
    const heartbeat = this.#cell.heartbeat()
    if (heartbeat === this.#heartbeat) return
    this.#heartbeat = heartbeat
    this.#beatUs = nowUs
  }

  #counters(): Record<NamesOf<'thread'>, number | null> {
    const { role, counters, index } = this.#sources
    const all = readThreadCounters(counters, index)
    const isMeasured = (name: NamesOf<'thread'>): boolean => !(L2_WORKER.test(role) && COLLECTION_TIMES.has(name))
    return Object.fromEntries(
      OWN_COUNTERS.map(name => [name, isMeasured(name) ? Math.round(all[name]) : null]),
    ) as Record<NamesOf<'thread'>, number | null>
  }
}

/** The main thread and those of the engine have no cell: only what Linux says of them. */
export class OtherThreadsStat {
  readonly #role: string
  readonly #threadIds: readonly number[]
  readonly #cpu: readonly CpuShare[]

  constructor(role: string, threadIds: readonly number[], nowUs: number) {
    this.#role = role
    this.#threadIds = threadIds
    this.#cpu = threadIds.map(id => new CpuShare(nowUs, cpuTimeOf(id)))
  }

  /** Sums; of the niceness the least, which is closest to that of the threads with trades. */
  report(nowUs: number): ThreadReport {
    for (const [index, cpu] of this.#cpu.entries()) cpu.sample(nowUs, cpuTimeOf(this.#threadIds[index] ?? 0))
    const unknown = Object.fromEntries(OWN_COUNTERS.map(name => [name, null])) as Record<NamesOf<'thread'>, null>
    const niceness = this.#threadIds.map(nicenessOf).filter(nice => nice !== null)
    return {
      role: this.#role,
      state: 'running',
      starts: 1,
      load: sumOf(this.#cpu.map(({ load }) => load)),
      cpuWait: sumOf(this.#cpu.map(({ cpuWait }) => cpuWait)),
      niceness: niceness.length === 0 ? null : Math.min(...niceness),
      silentMs: null,
      heapUsedBytes: null,
      heapLimitBytes: null,
      ...unknown,
    }
  }
}

/** Null where none is known. */
function sumOf(shares: readonly (number | null)[]): number | null {
  const known = shares.filter(share => share !== null)
  return known.length === 0 ? null : Math.round(known.reduce((sum, share) => sum + share, 0) * 1_000) / 1_000
}
