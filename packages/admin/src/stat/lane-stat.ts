// How full the lanes are, for a report. Only their headers are read.

import { newCellHeader } from '@tradelane/shared/lanes/board'
import { BoardHeaderReader } from '@tradelane/shared/lanes/board-reader'
import { depthRingFill } from '@tradelane/shared/lanes/depth-ring'
import { TradeLogReader } from '@tradelane/shared/lanes/trade-log'
import type { Figures } from './gauge-table.js'
import type { StatSources } from './stat-sources.js'

export interface LaneReport {
  readonly tradeLog: Figures<'tradeLog'>
  /** By shard. */
  readonly depthRings: readonly (Figures<'depthRing'> & { readonly shard: number })[]
  readonly stateBoard: Figures<'board'>
  readonly bookBoard: Figures<'board'>
}

export class LaneStat {
  readonly #tradeLog: TradeLogReader
  readonly #depthRings: readonly SharedArrayBuffer[]
  readonly #stateBoard: BoardHeaderReader
  readonly #bookBoard: BoardHeaderReader

  constructor({ tradeLog, depthRings, stateBoard, bookBoard }: StatSources) {
    this.#tradeLog = new TradeLogReader(tradeLog)
    this.#depthRings = depthRings
    this.#stateBoard = new BoardHeaderReader(stateBoard)
    this.#bookBoard = new BoardHeaderReader(bookBoard)
  }

  report(nowUs: number): LaneReport {
    return {
      tradeLog: this.#reportLog(nowUs),
      depthRings: this.#depthRings.map((ring, shard) => {
        const { usedBytes, capacityBytes, oldestReceivedUs } = depthRingFill(ring)
        const oldestAgeMs = oldestReceivedUs === null ? 0 : Math.max(0, Math.round((nowUs - oldestReceivedUs) / 1_000))
        return {
          shard,
          usedBytes,
          capacityBytes,
          oldestAgeMs,
          usedShare: Math.round((usedBytes / capacityBytes) * 1_000) / 1_000,
        }
      }),
      stateBoard: reportBoard(this.#stateBoard),
      bookBoard: reportBoard(this.#bookBoard),
    }
  }

  #reportLog(nowUs: number): Figures<'tradeLog'> {
    const log = this.#tradeLog
    const newestSequence = log.newest()
    const loggedUs = newestSequence === 0 ? Number.NaN : log.loggedUs(newestSequence)
    return {
      newestSequence,
      newestAgeMs: Number.isNaN(loggedUs) ? null : Math.max(0, Math.round((nowUs - loggedUs) / 1_000)),
      usedRecords: Math.min(newestSequence, log.retained),
      capacityRecords: log.retained,
    }
  }
}

function reportBoard(board: BoardHeaderReader): Figures<'board'> {
  const header = newCellHeader()
  const writtenCells = board.cells.filter((_, cell) => board.read(cell, header)).length
  return { cells: board.cells.length, writtenCells }
}
