// The named load scenarios: how many events of each kind the whole simulator produces per second, all products together.

export type ScenarioName = 'quiet' | 'normal' | 'burst' | 'storm'

export const SCENARIO_NAMES: readonly ScenarioName[] = ['quiet', 'normal', 'burst', 'storm']

export interface Scenario {
  readonly tradesPerSecond: number
  readonly quotesPerSecond: number
  readonly liquidationsPerSecond: number
  readonly tickersPerSecond: number
  /** Book deltas per second, at a time counted from the start. */
  deltasPerSecond(sinceStartUs: number): number
}

const NORMAL = { tradesPerSecond: 100, quotesPerSecond: 1_089, liquidationsPerSecond: 2, tickersPerSecond: 8 }
const QUIET = { tradesPerSecond: 100, quotesPerSecond: 1.5, liquidationsPerSecond: 1, tickersPerSecond: 2 }
const NORMAL_DELTAS = 900
const BURST_DELTAS = 18_000
const STORM_DELTAS = 30_000
const BURST_PERIOD_US = 4_000_000
const BURST_LENGTH_US = 2_000_000

export function scenarioOf(name: ScenarioName, instrumentCount: number, deltaRate?: number): Scenario {
  const rest = name === 'quiet' ? QUIET : NORMAL
  if (deltaRate !== undefined) return { ...rest, deltasPerSecond: () => deltaRate }
  switch (name) {
    case 'quiet':
      return { ...rest, deltasPerSecond: () => instrumentCount }
    case 'normal':
      return { ...rest, deltasPerSecond: () => NORMAL_DELTAS }
    case 'burst':
      // The calm half comes first, so that a client can connect and be measured before the first burst.
      return { ...rest, deltasPerSecond: us => (us % BURST_PERIOD_US < BURST_LENGTH_US ? NORMAL_DELTAS : BURST_DELTAS) }
    case 'storm':
      return { ...rest, deltasPerSecond: () => STORM_DELTAS }
  }
}
