// The named load scenarios: how many events of each kind the whole simulator produces per second, all products together.
// Book deltas are counted where a default subscriber has the books. Optional books (spot) change beside them, at the pace
// that their venues have, so that a named rate is what arrives and asking for them adds what it would add there.

export type ScenarioName = 'quiet' | 'normal' | 'burst' | 'storm'

export const SCENARIO_NAMES: readonly ScenarioName[] = ['quiet', 'normal', 'burst', 'storm']

export interface Scenario {
  readonly tradesPerSecond: number
  readonly quotesPerSecond: number
  readonly liquidationsPerSecond: number
  readonly tickersPerSecond: number
  /** Book deltas per second over `bookCount` books, at a time counted from the start. */
  deltasPerSecond(sinceStartUs: number, bookCount: number): number
  /** The same of the books that are optional. */
  optionalDeltasPerSecond(bookCount: number): number
}

const NORMAL = { tradesPerSecond: 100, quotesPerSecond: 1_089, liquidationsPerSecond: 2, tickersPerSecond: 8 }
const QUIET = { tradesPerSecond: 100, quotesPerSecond: 1.5, liquidationsPerSecond: 1, tickersPerSecond: 2 }
const NORMAL_DELTAS = 900
const BURST_DELTAS = 18_000
const STORM_DELTAS = 30_000
const BURST_PERIOD_US = 4_000_000
const BURST_LENGTH_US = 2_000_000
const QUIET_DELTAS_PER_BOOK = 1
/** One each 100 ms: Binance `@depth@100ms`, Bybit `orderbook.200`, OKX `books`. */
const VENUE_DELTAS_PER_BOOK = 10

export function scenarioOf(name: ScenarioName, deltaRate?: number): Scenario {
  return {
    ...(name === 'quiet' ? QUIET : NORMAL),
    deltasPerSecond: (sinceStartUs, bookCount) => deltaRate ?? namedRate(name, sinceStartUs, bookCount),
    optionalDeltasPerSecond: bookCount =>
      bookCount * (name === 'quiet' ? QUIET_DELTAS_PER_BOOK : VENUE_DELTAS_PER_BOOK),
  }
}

function namedRate(name: ScenarioName, sinceStartUs: number, bookCount: number): number {
  switch (name) {
    case 'quiet':
      return bookCount * QUIET_DELTAS_PER_BOOK
    case 'normal':
      return NORMAL_DELTAS
    case 'burst':
      // The calm half comes first, so that a client can connect and be measured before the first burst.
      return sinceStartUs % BURST_PERIOD_US < BURST_LENGTH_US ? NORMAL_DELTAS : BURST_DELTAS
    case 'storm':
      return STORM_DELTAS
  }
}
