// How many trades the journal has in the window, of the markets that a server was seen to carry: the join by itself judges
// only what lies between a client's first and last trade, so a server that falls silent would look well.

import { readJournal } from '@tradelane/server/probe/journal'
import { isWithin, type ScheduleWindow } from '@tradelane/server/probe/ledger'
import type { Stream } from '@tradelane/server/probe/streams'
import { PRODUCTS } from '@tradelane/venues/registry'

/** `<product> <symbol>` as the journal writes it. */
export function marketsOf(streams: readonly Stream[]): ReadonlySet<string> {
  const markets = new Set<string>()
  for (const stream of streams) {
    if (stream.kind !== 'trade') continue
    const product = PRODUCTS.find(
      ({ exchange, marketKind }) => exchange === stream.exchange && marketKind === stream.marketKind,
    )
    if (product !== undefined) markets.add(`${product.id} ${product.symbolOf(stream.base, stream.quote)}`)
  }
  return markets
}

export async function countScheduled(
  journal: string,
  markets: ReadonlySet<string>,
  window: ScheduleWindow,
): Promise<number> {
  let count = 0
  await readJournal(journal, {
    onTrade: (market, { scheduledUs }) => {
      if (markets.has(market) && isWithin(window, scheduledUs)) count += 1
    },
    onLiquidation: () => {},
    onBook: () => {},
  })
  return count
}
