// Which runs, in which order: round by round over all scenarios, and within a scenario one variant after the other, so that runs
// that are compared are next to each other in time. Each scenario and each round begins with another variant.

import type { Variant } from '../variants/variant.js'
import { TRADELANE } from '../variants/variant-names.js'
import { BENCH_SCENARIOS, type BenchScenario, isOffered } from './scenarios.js'

export interface PlannedRun {
  readonly scenario: BenchScenario
  readonly variant: Variant
  /** From 1. */
  readonly round: number
}

export interface PlanChoice {
  readonly isQuick: boolean
  /** Names; empty: all. */
  readonly scenarios: readonly string[]
  readonly variants: readonly Variant[]
  /** The variants were named on the command line: all take part in every scenario. */
  readonly isNamed: boolean
  /** These take part in every scenario. */
  readonly peers: readonly Variant[]
  readonly roundCount: number
}

export interface Plan {
  readonly runs: readonly PlannedRun[]
  /** Scenarios that were requested and that the simulator does not offer. */
  readonly unavailable: readonly string[]
}

/** With fewer, the benchmark is only a quick look, and no scenario has its own number of rounds. */
export const ROUNDS_FOR_FIGURES_MIN = 3

/** Few rounds have to do: so many trades that a p99 rests on fifty. */
const QUICK_TRADE_RATE = 400

export function planOf(choice: PlanChoice): Plan {
  const requested = BENCH_SCENARIOS.filter(({ name, isQuick, variants }) =>
    // One that has no variants of its own is measured only when named.
    choice.scenarios.length > 0 ? choice.scenarios.includes(name) : isQuick || (!choice.isQuick && variants.length > 0),
  )
  const available = requested.filter(isOffered)
  const offered = choice.isQuick ? available.map(scenario => ({ ...scenario, tradeRate: QUICK_TRADE_RATE })) : available
  const ownRounds = offered.map(scenario => roundsOf(scenario, TRADELANE, choice.roundCount))
  const roundsMax = Math.max(choice.roundCount, ...ownRounds)
  const runs: PlannedRun[] = []
  for (let round = 1; round <= roundsMax; round += 1) {
    for (const [index, scenario] of offered.entries()) {
      const variants = participants(scenario, choice).filter(
        ({ name }) => round <= roundsOf(scenario, name, choice.roundCount),
      )
      for (const variant of rotated(variants, round - 1 + index)) runs.push({ scenario, variant, round })
    }
  }
  return { runs, unavailable: requested.filter(scenario => !isOffered(scenario)).map(({ name }) => name) }
}

/** `tradelane` itself is always measured. */
export function selectVariants(all: readonly Variant[], names: readonly string[]): readonly Variant[] {
  return names.length === 0 ? all : all.filter(({ name }) => name === TRADELANE || names.includes(name))
}

function participants(scenario: BenchScenario, { variants, isNamed, peers }: PlanChoice): readonly Variant[] {
  return [...variants.filter(({ name }) => isNamed || scenario.variants.includes(name)), ...peers]
}

function roundsOf({ ownRounds }: BenchScenario, variant: string, roundCount: number): number {
  const hasOwn = variant === TRADELANE && ownRounds !== null && roundCount >= ROUNDS_FOR_FIGURES_MIN
  return hasOwn ? ownRounds : roundCount
}

function rotated<Item>(items: readonly Item[], by: number): readonly Item[] {
  const start = items.length === 0 ? 0 : by % items.length
  return [...items.slice(start), ...items.slice(0, start)]
}
