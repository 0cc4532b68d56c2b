// The named load scenarios: events of each kind per second, of all products together. The rate of book deltas applies to the
// books that clients have subscribed, so that what is sent is what the name says. The other books change in the background at
// the pace of venues, so that a later subscriber finds a book that changes.

import { rateFactor } from '../market/many-instruments.js'

export const SCENARIO_NAMES = ['quiet', 'normal', 'burst', 'storm', 'overload'] as const
export type ScenarioName = (typeof SCENARIO_NAMES)[number]

export interface Scenario {
  readonly tradesPerSecond: number
  readonly quotesPerSecond: number
  readonly liquidationsPerSecond: number
  readonly tickersPerSecond: number
  /** Of each book that is not subscribed, per second. */
  readonly backgroundDeltasPerBook: number
  /** Book deltas per second over `bookCount` books, at a time counted from the start. */
  deltasPerSecond(sinceStartUs: number, bookCount: number): number
}

/** A delta each 100 ms: Binance `@depth@100ms`, Bybit `orderbook.200`, OKX `books`. */
const VENUE_PACE = 10
const QUIET_PACE = 1
const NORMAL = {
  tradesPerSecond: 100,
  quotesPerSecond: 1_089,
  liquidationsPerSecond: 2,
  tickersPerSecond: 8,
  backgroundDeltasPerBook: VENUE_PACE,
}
const QUIET = {
  tradesPerSecond: 100,
  quotesPerSecond: 1.5,
  liquidationsPerSecond: 1,
  tickersPerSecond: 2,
  backgroundDeltasPerBook: QUIET_PACE,
}
const NORMAL_DELTAS = 900
const BURST_DELTAS = 18_000
const STORM_DELTAS = 30_000
const OVERLOAD_DELTAS = 100_000
// A higher rate cannot be drawn and written as text on time, beside the programs that receive it.
const DRAWN_DELTAS_MAX = 15_000
const BURST_PERIOD_US = 4_000_000
const BURST_LENGTH_US = 2_000_000

/** Whether a load needs books whose deltas are encoded beforehand. */
export function needsCyclicBooks(name: ScenarioName, deltaRate?: number): boolean {
  const peaks = { quiet: 0, normal: NORMAL_DELTAS, burst: BURST_DELTAS, storm: STORM_DELTAS, overload: OVERLOAD_DELTAS }
  return (deltaRate ?? peaks[name]) > DRAWN_DELTAS_MAX
}

/** The rates replace those of the scenario, which are those of three pairs: more pairs have more. */
export function scenarioOf(name: ScenarioName, deltaRate?: number, tradeRate?: number, pairCount = 1): Scenario {
  const scenario = namedScenario(name, deltaRate, tradeRate)
  const factor = rateFactor(pairCount)
  if (factor === 1) return scenario
  return {
    ...scenario,
    tradesPerSecond: scenario.tradesPerSecond * (tradeRate === undefined ? factor : 1),
    quotesPerSecond: scenario.quotesPerSecond * factor,
    liquidationsPerSecond: scenario.liquidationsPerSecond * factor,
    tickersPerSecond: scenario.tickersPerSecond * factor,
    deltasPerSecond: (us, bookCount) =>
      scenario.deltasPerSecond(us, bookCount) * (deltaRate === undefined ? factor : 1),
  }
}

function namedScenario(name: ScenarioName, deltaRate?: number, tradeRate?: number): Scenario {
  const named = name === 'quiet' ? QUIET : NORMAL
  const rest = { ...named, tradesPerSecond: tradeRate ?? named.tradesPerSecond }
  if (deltaRate !== undefined) return { ...rest, deltasPerSecond: () => deltaRate }
  switch (name) {
    case 'quiet':
      return { ...rest, deltasPerSecond: (_us, bookCount) => bookCount * QUIET_PACE }
    case 'normal':
      return { ...rest, deltasPerSecond: () => NORMAL_DELTAS }
    case 'burst':
      // The calm half comes first, so that a client can connect and be measured before the first burst.
      return { ...rest, deltasPerSecond: us => (us % BURST_PERIOD_US < BURST_LENGTH_US ? NORMAL_DELTAS : BURST_DELTAS) }
    case 'storm':
      return { ...rest, deltasPerSecond: () => STORM_DELTAS }
    case 'overload':
      return { ...rest, deltasPerSecond: () => OVERLOAD_DELTAS }
  }
}
