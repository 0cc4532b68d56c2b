// Whether clients are served as they should be, and if not, why: by the states of the threads and of the venues' links.

import { BoardReader } from '@tradelane/shared/lanes/board-reader'
import { isServing } from '@tradelane/shared/lanes/first-status'
import { Kind } from '@tradelane/shared/market/nouns'
import { ThreadCell, ThreadState } from '@tradelane/shared/thread/parking'
import type { AdminStart, ThreadLabel } from '@tradelane/shared/thread/thread-messages'

type ReadinessStart = Pick<AdminStart, 'control' | 'threadIndex' | 'threads' | 'gatewayThreads' | 'stateBoard'>

/** What `/readyz` answers. */
export interface ReadinessReport {
  readonly ready: boolean
  readonly reasons: readonly string[]
}

export class Readiness {
  readonly #start: ReadinessStart
  readonly #states: BoardReader
  #threads: readonly ThreadLabel[]

  constructor(start: ReadinessStart) {
    this.#start = start
    this.#states = new BoardReader(start.stateBoard)
    this.#threads = start.threads
  }

  /** The books are spread over other threads. */
  setThreads(threads: readonly ThreadLabel[]): void {
    this.#threads = threads
  }

  report(): ReadinessReport {
    const reasons = [...this.#threadReasons()]
    if (!this.#hasLiveTradeLink()) reasons.push('no venue trade connection is live')
    return { ready: reasons.length === 0, reasons }
  }

  *#threadReasons(): Generator<string> {
    const { control, threadIndex, gatewayThreads } = this.#start
    const cells = gatewayThreads.map(index => new ThreadCell(control, index))
    if (cells.some(cell => cell.isStopping())) yield 'stopping'
    for (const { role, index } of this.#threads) {
      // This thread runs: it answers.
      if (index === threadIndex || new ThreadCell(control, index).state() === ThreadState.running) continue
      yield `${role} is not ${gatewayThreads.includes(index) ? 'listening' : 'running'}`
    }
  }

  #hasLiveTradeLink(): boolean {
    this.#states.scan([])
    return this.#states.cells.some(({ kind, about }, cell) => {
      const copy = this.#states.copies[cell]
      return kind === Kind.link && about === Kind.trade && copy !== undefined && isServing(copy)
    })
  }
}
