// The schedule of the market model: which event is next, on which instrument. All of it follows from the seed and the start.
import assert from 'node:assert/strict'
import type { Outbox } from '../connection/connection.js'
import type { Market } from '../dialect.js'
import { Random } from '../market/random.js'
import { LEAD_US, type ScheduledSends } from '../sending/scheduled-sends.js'
import { Arrivals } from './arrivals.js'
import type { EventSource } from './runner.js'
import type { Scenario } from './scenario.js'
import { ForegroundBooks, RoundRobin, type Target, targetsOf, WeightedTargets } from './targets.js'

const REPEATS_PER_SECOND = 4

interface ScheduleOptions {
  readonly seed: number
  readonly startUs: number
  readonly scenario: Scenario
  readonly markets: readonly Market[]
  readonly outbox: Outbox
  /** Where trades and liquidations are published ahead of their times; absent where publishing is sending. */
  readonly sends?: ScheduledSends | undefined
}

export interface EventCounts {
  trade: number
  quote: number
  /** Of the books that carry the scenario's rate. */
  delta: number
  /** Of all other books. */
  backgroundDelta: number
  liquidation: number
  ticker: number
}

export function zeroCounts(): EventCounts {
  return { trade: 0, quote: 0, delta: 0, backgroundDelta: 0, liquidation: 0, ticker: 0 }
}

/** The events of one kind. */
interface EventSeries {
  readonly arrivals: Arrivals
  /** Whether they are sent on time even when others are late. */
  readonly isUrgent: boolean
  /** How long before their time they are published. */
  readonly leadUs: number
  fire(arrivals: Arrivals): void
}

interface EventSeriesOptions {
  /** The source of random numbers for the times. */
  readonly randomSource: number
  /** 1 if absent. */
  readonly clusterMax?: number
  /** 0 if absent. */
  readonly sweepChance?: number
  /** False if absent. */
  readonly isUrgent?: boolean
  ratePerSecond(sinceStartUs: number): number
  fire(arrivals: Arrivals): void
}

export class Schedule implements EventSource {
  readonly counts: EventCounts = zeroCounts()
  readonly #options: ScheduleOptions
  readonly #targets: readonly Target[]
  readonly #weighted: WeightedTargets
  readonly #foreground: ForegroundBooks
  readonly #liquidated: RoundRobin
  readonly #withTickers: RoundRobin
  readonly #deltaRandom: Random
  readonly #quoteRandom: Random
  readonly #backgroundRandom: Random
  readonly #series: readonly EventSeries[]
  readonly #urgentSeries: readonly EventSeries[]
  #scenario: Scenario
  /** When the scenario began, counted from the start. */
  #scenarioUs = 0
  #next: EventSeries
  #nextUrgent: EventSeries

  constructor(options: ScheduleOptions) {
    const { seed, scenario, markets } = options
    this.#options = options
    this.#targets = targetsOf(markets)
    this.#weighted = new WeightedTargets(this.#targets)
    this.#foreground = new ForegroundBooks(this.#targets)
    this.#liquidated = new RoundRobin(this.#targets.filter(({ market }) => market.hasLiquidations))
    this.#withTickers = new RoundRobin(this.#targets.filter(({ market }) => market.hasTickers))
    this.#deltaRandom = new Random(seed, 10)
    this.#quoteRandom = new Random(seed, 11)
    this.#backgroundRandom = new Random(seed, 18)
    this.#scenario = scenario
    this.#series = this.#createSeries()
    this.#urgentSeries = this.#series.filter(({ isUrgent }) => isUrgent)
    this.#next = earliest(this.#series)
    this.#nextUrgent = earliest(this.#urgentSeries)
  }

  /** Another scenario from `atUs` on. Trades and liquidations, whose rates hardly differ between scenarios, continue. */
  change(scenario: Scenario, atUs: number): void {
    assert(atUs >= this.#options.startUs, 'a scenario begins after the start')
    this.#scenario = scenario
    this.#scenarioUs = atUs - this.#options.startUs
    for (const { arrivals, isUrgent } of this.#series) if (!isUrgent) arrivals.restart(atUs)
    this.#next = earliest(this.#series)
  }

  nextUs(): number {
    return Math.min(publishUs(this.#next), this.#waitingUs())
  }

  /** Of trades and liquidations. */
  nextUrgentUs(): number {
    return Math.min(publishUs(this.#nextUrgent), this.#waitingUs())
  }

  fire(): void {
    if (this.#waitingUs() <= publishUs(this.#next)) this.#options.sends?.sendNext()
    else this.#fire(this.#next)
  }

  fireUrgent(): void {
    if (this.#waitingUs() <= publishUs(this.#nextUrgent)) this.#options.sends?.sendNext()
    else this.#fire(this.#nextUrgent)
  }

  flush(): void {
    this.#options.outbox.flush()
    this.#options.sends?.post()
  }

  #waitingUs(): number {
    return this.#options.sends?.nextUs() ?? Number.POSITIVE_INFINITY
  }

  #fire(series: EventSeries): void {
    assert(Number.isFinite(series.arrivals.nextUs), 'an event that never happens is not fired')
    const sends = series.isUrgent ? this.#options.sends : undefined
    sends?.begin(series.arrivals.nextUs)
    series.fire(series.arrivals)
    sends?.end()
    series.arrivals.advance()
    this.#next = earliest(this.#series)
    if (series.isUrgent) this.#nextUrgent = earliest(this.#urgentSeries)
  }

  #createSeries(): EventSeries[] {
    return [
      this.#seriesOf({
        randomSource: 12,
        clusterMax: 5,
        sweepChance: 0.4,
        isUrgent: true,
        ratePerSecond: () => this.#scenario.tradesPerSecond,
        fire: arrivals => this.#fireTrade(arrivals),
      }),
      this.#seriesOf({
        randomSource: 13,
        clusterMax: 7,
        ratePerSecond: () => this.#scenario.quotesPerSecond,
        fire: ({ nextUs }) => this.#fireQuote(nextUs),
      }),
      this.#seriesOf({
        randomSource: 14,
        clusterMax: 15,
        ratePerSecond: us => this.#scenario.deltasPerSecond(us - this.#scenarioUs, this.#foreground.targets.length),
        fire: ({ nextUs }) => this.#fireDelta(nextUs),
      }),
      this.#seriesOf({
        randomSource: 19,
        clusterMax: 3,
        ratePerSecond: () => this.#scenario.backgroundDeltasPerBook * this.#targets.length,
        fire: ({ nextUs }) => this.#fireBackgroundDelta(nextUs),
      }),
      this.#seriesOf({
        randomSource: 15,
        isUrgent: true,
        ratePerSecond: () => (this.#liquidated.count > 0 ? this.#scenario.liquidationsPerSecond : 0),
        fire: ({ nextUs }) => this.#fireLiquidation(nextUs),
      }),
      this.#seriesOf({
        randomSource: 16,
        ratePerSecond: () => (this.#withTickers.count > 0 ? this.#scenario.tickersPerSecond : 0),
        fire: ({ nextUs }) => this.#fireTicker(nextUs),
      }),
      this.#seriesOf({
        randomSource: 17,
        ratePerSecond: () => REPEATS_PER_SECOND,
        fire: ({ nextUs }) => this.#fireRepeats(nextUs),
      }),
    ]
  }

  #seriesOf({
    randomSource,
    clusterMax = 1,
    sweepChance = 0,
    isUrgent = false,
    ratePerSecond,
    fire,
  }: EventSeriesOptions): EventSeries {
    const { seed, startUs } = this.#options
    const arrivals = new Arrivals({
      random: new Random(seed, randomSource),
      startUs,
      clusterMax,
      sweepChance,
      ratePerSecond,
    })
    return { arrivals, isUrgent, leadUs: isUrgent && this.#options.sends !== undefined ? LEAD_US : 0, fire }
  }

  #fireTrade({ clusterDraw, count, nextUs }: Arrivals): void {
    const { market, instrument } = this.#weighted.pickBy(clusterDraw)
    this.counts.trade += count
    market.trade(instrument, count, nextUs)
  }

  #fireQuote(atUs: number): void {
    const { market, instrument } = this.#weighted.pick(this.#quoteRandom)
    this.counts.quote += 1
    market.quote(instrument, atUs)
  }

  #fireDelta(atUs: number): void {
    const { market, instrument } = this.#foreground.pick(this.#deltaRandom)
    this.counts.delta += 1
    market.delta(instrument, atUs)
  }

  #fireBackgroundDelta(atUs: number): void {
    const target = this.#weighted.pick(this.#backgroundRandom)
    if (this.#foreground.has(target)) return
    this.counts.backgroundDelta += 1
    target.market.delta(target.instrument, atUs)
  }

  #fireLiquidation(atUs: number): void {
    const { market, instrument } = this.#liquidated.next()
    this.counts.liquidation += 1
    market.liquidation(instrument, atUs)
  }

  #fireTicker(atUs: number): void {
    const { market, instrument } = this.#withTickers.next()
    this.counts.ticker += 1
    market.ticker(instrument, atUs)
  }

  #fireRepeats(atUs: number): void {
    for (const market of this.#options.markets) market.repeat(atUs)
    this.#foreground.refresh()
  }
}

function earliest(series: readonly EventSeries[]): EventSeries {
  let first = series[0]!
  for (const each of series) if (publishUs(each) < publishUs(first)) first = each
  return first
}

function publishUs({ arrivals, leadUs }: EventSeries): number {
  return arrivals.nextUs - leadUs
}
