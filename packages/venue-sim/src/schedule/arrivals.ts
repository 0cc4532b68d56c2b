// When the events of one kind happen: in clusters, as orders that trigger each other do. Time is cut into cells with one
// cluster each, at a random place. A cell is as long as the size of its cluster requires, so the rate is exact over any
// second or two while the distances vary. The times follow from the seed only, not from how fast the simulator runs.
import assert from 'node:assert/strict'
import type { Random } from '../market/random.js'

interface ArrivalsOptions {
  readonly random: Random
  readonly startUs: number
  readonly clusterMax: number
  /** Chance that a whole cluster happens at one instant, like an order that trades at several prices. */
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
  /** Drawn once per cluster: selects the instrument. */
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
    const beforeUs = this.nextUs
    if (this.#left > 0) {
      this.#left -= 1
      this.nextUs += this.#spacingUs
    } else {
      this.#startCluster()
    }
    assert(this.nextUs >= beforeUs, 'time never goes back')
  }

  /** Replaces the events planned after `us`, because the rate has changed. */
  restart(us: number): void {
    this.#cellEndUs = us
    this.#left = 0
    this.#startCluster()
    assert(this.nextUs >= us, 'no event is planned before the restart')
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
