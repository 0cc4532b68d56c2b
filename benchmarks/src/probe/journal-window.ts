// What the simulator's journal alone says about a window. First, how many trades of the delivered markets were scheduled in it:
// the join judges only what lies between a client's first and last trade, so without this count a server that falls silent
// would pass. Second, the sequence of each book when the load ended.

import assert from 'node:assert/strict'
import { type JournalSink, readJournal } from '@tradelane/probe/journal'
import { isWithin, type ScheduleWindow } from '@tradelane/probe/ledger'
import type { Series } from '@tradelane/probe/series'
import { PRODUCTS } from '@tradelane/venues/registry'

export interface JournalWindow {
  /** Of each window. */
  readonly tradeCounts: readonly number[]
  /** Null where the load did not change. */
  readonly loadEnd: LoadEnd | null
}

export interface LoadEnd {
  readonly atUs: number
  /** The newest sequence of each market at that time. */
  readonly sequences: ReadonlyMap<string, number>
}

/** The simulator's note of a change of its scenario. */
const SCENARIO_NOTE = /^scenario \S+ (\d+)$/

/** `<product> <symbol>` as the journal writes it. */
export function marketsWithTrades(seriesList: readonly Series[]): ReadonlySet<string> {
  const markets = new Set<string>()
  for (const series of seriesList) {
    if (series.kind !== 'trade') continue
    const product = PRODUCTS.find(
      ({ exchange, marketType }) => exchange === series.exchange && marketType === series.marketType,
    )
    if (product !== undefined) markets.add(`${product.id} ${product.symbolOf(series.base, series.quote)}`)
  }
  return markets
}

/** Reads the journal from byte `start` on. */
export async function readJournalWindow(
  journal: string,
  markets: ReadonlySet<string>,
  windows: readonly ScheduleWindow[],
  start = 0,
): Promise<JournalWindow> {
  for (const window of windows) assert(window.sinceUs < window.untilUs, 'a window ends after it begins')
  const tradeCounts = windows.map(() => 0)
  let endUs: number | null = null
  const sequences = new Map<string, number>()
  const sink: JournalSink = {
    onTrade: (market, { scheduledUs }) => {
      if (!markets.has(market)) return
      for (const [index, window] of windows.entries()) if (isWithin(window, scheduledUs)) tradeCounts[index]! += 1
    },
    onLiquidation: () => {},
    onBook: (market, sequence) => {
      if (endUs === null) sequences.set(market, sequence)
    },
    onNote: note => {
      const [, us] = SCENARIO_NOTE.exec(note) ?? []
      if (us !== undefined) endUs ??= Number(us)
    },
  }
  await readJournal(journal, sink, start)
  const isAfterAll = windows.every(({ untilUs }) => (endUs ?? Number.POSITIVE_INFINITY) >= untilUs)
  assert(isAfterAll, 'the load changes after the windows only')
  return { tradeCounts, loadEnd: endUs === null ? null : { atUs: endUs, sequences } }
}
