// What the process does, from shared memory and /proc: `/stat`. Made in the admin thread; the other threads do not notice. It is
// built from a closed list of fields: nothing of the settings is in it.

import type { MonotonicUs } from '@tradelane/shared/market/nouns'
import { Clock, monotonicUs } from '@tradelane/shared/thread/clock'
import { StolenTime } from '@tradelane/shared/thread/stolen-time'
import { isoMs } from '@tradelane/shared/wire/timestamps'
import { BoardStat, type BoardsReport } from './board-stat.js'
import { ClientStat, type ClientsReport } from './client-stat.js'
import { type CountersReport, reportCounters } from './counter-stat.js'
import { type LaneReport, LaneStat } from './lane-stat.js'
import { type ProcessReport, ProcessStat } from './process-stat.js'
import type { StatSources } from './stat-sources.js'
import { OtherThreadsStat, type ThreadReport, ThreadStat } from './thread-stat.js'

export interface StatReport extends BoardsReport, CountersReport {
  readonly at: string
  readonly process: ProcessReport
  readonly threads: readonly ThreadReport[]
  readonly lanes: LaneReport
  readonly clients: ClientsReport
}

export class StatReporter {
  readonly #sources: StatSources
  readonly #clock: Clock
  readonly #process: ProcessStat
  readonly #mainThread: OtherThreadsStat
  /** Absent where none are known. */
  readonly #helpers: OtherThreadsStat | undefined
  readonly #threads: readonly ThreadStat[]
  readonly #lanes: LaneStat
  readonly #boards: BoardStat
  readonly #clients: ClientStat

  /** Loads of the first report are of the time since `nowUs`. */
  constructor(sources: StatSources, nowUs: MonotonicUs = monotonicUs(), stolen = new StolenTime()) {
    this.#sources = sources
    this.#clock = new Clock(sources.clock)
    this.#process = new ProcessStat(sources, nowUs, stolen)
    this.#mainThread = new OtherThreadsStat('supervisor', [process.pid], nowUs)
    const { control, counters, helperThreads } = sources
    if (helperThreads.length > 0) this.#helpers = new OtherThreadsStat('helpers', helperThreads, nowUs)
    this.#threads = sources.threads.map(thread => new ThreadStat({ ...thread, control, counters }, nowUs))
    this.#lanes = new LaneStat(sources)
    this.#boards = new BoardStat(sources)
    this.#clients = new ClientStat(sources)
  }

  report(nowUs: MonotonicUs): StatReport {
    return {
      at: isoMs(this.#clock.toWallUs(nowUs)),
      process: this.#process.report(nowUs),
      threads: [this.#mainThread, ...this.#threads, ...(this.#helpers === undefined ? [] : [this.#helpers])].map(
        thread => thread.report(nowUs),
      ),
      lanes: this.#lanes.report(nowUs),
      ...this.#boards.report(),
      clients: this.#clients.report(nowUs),
      ...reportCounters(this.#sources.counters),
    }
  }
}
