// When the events of one kind happen: in clusters, as orders that set off each other do. Time is cut into cells, one cluster
// in each at a random place, and a cell is as long as its cluster's size asks, so the rate is exact over any second or two
// while the gaps are not. The times depend on the seed only, never on how fast the simulator runs.
import type { Random } from './random.js'

export interface ArrivalsOptions {
  readonly random: Random
  readonly startUs: number
  readonly clusterMax: number
  /** Chance that a whole cluster happens at one instant, as an order that sweeps several levels. */
  readonly sweepChance: number
  /** Events per second at a time counted from the start; 0 or less means never. */
  ratePerSecond(sinceStartUs: number): number
}

const SPACING_US_MAX = 120

export class Arrivals {
  /** The time of the next event, hrtime µs. */
  nextUs = 0
  /** How many happen at that instant. */
  count = 1
  /** Drawn once per cluster: which part of the market it concerns. */
  clusterDraw = 0
  readonly #options: ArrivalsOptions
  #cellStartUs: number
  #cellEndUs: number
  #spacingUs = 0
  #left = 0

  constructor(options: ArrivalsOptions) {
    this.#options = options
    this.#cellStartUs = options.startUs
    this.#cellEndUs = options.startUs
    this.#startCluster()
  }

  advance(): void {
    if (this.#left > 0) {
      this.#left -= 1
      this.nextUs += this.#spacingUs
      return
    }
    this.#startCluster()
  }

  /** The rate has changed: what was to come by the old one is forgotten. */
  restart(us: number): void {
    this.#cellEndUs = us
    this.#left = 0
    this.#startCluster()
  }

  #startCluster(): void {
    const { random, ratePerSecond, startUs, clusterMax, sweepChance } = this.#options
    this.#cellStartUs = this.#cellEndUs
    const rate = ratePerSecond(this.#cellStartUs - startUs)
    if (rate <= 0) {
      this.nextUs = Number.POSITIVE_INFINITY
      return
    }
    const size = 1 + random.below(clusterMax)
    const cellUs = (size * 1e6) / rate
    this.#cellEndUs = this.#cellStartUs + cellUs
    this.#spacingUs = Math.min(SPACING_US_MAX, (0.35 * cellUs) / size) * (0.2 + random.fraction())
    this.nextUs = this.#cellStartUs + random.fraction() * 0.55 * cellUs
    this.clusterDraw = random.bits()
    const isSweep = size > 1 && random.fraction() < sweepChance
    this.count = isSweep ? size : 1
    this.#left = isSweep ? 0 : size - 1
  }
}
