// What the journal alone can tell of a window: how many trades were scheduled in it, of the markets that a server was seen to
// carry (the join by itself judges only what lies between a client's first and last trade, so a server that falls silent
// would look well), and where the books stood when the load ended.

import { readJournal } from '@tradelane/probe/journal'
import { isWithin, type ScheduleWindow } from '@tradelane/probe/ledger'
import type { Series } from '@tradelane/probe/series'
import { PRODUCTS } from '@tradelane/venues/registry'

export interface JournalWindow {
  readonly tradeCount: number
  /** Null where the load was the same all the time. */
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
export function tradedMarkets(seriesList: readonly Series[]): ReadonlySet<string> {
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

export async function readJournalWindow(
  journal: string,
  markets: ReadonlySet<string>,
  window: ScheduleWindow,
): Promise<JournalWindow> {
  let tradeCount = 0
  let endUs: number | null = null
  const sequences = new Map<string, number>()
  await readJournal(journal, {
    onTrade: (market, { scheduledUs }) => {
      if (markets.has(market) && isWithin(window, scheduledUs)) tradeCount += 1
    },
    onLiquidation: () => {},
    onBook: (market, sequence) => {
      if (endUs === null) sequences.set(market, sequence)
    },
    onNote: note => {
      const [, us] = SCENARIO_NOTE.exec(note) ?? []
      if (us !== undefined) endUs ??= Number(us)
    },
  })
  return { tradeCount, loadEnd: endUs === null ? null : { atUs: endUs, sequences } }
}
