// The market model's schedule: which event is next, on which product and instrument. All of it follows from seed and start.
import { Arrivals } from './arrivals.js'
import type { Outbox } from './connection.js'
import type { Market } from './dialect.js'
import { type Place, placesOf, Turns } from './places.js'
import { Random } from './random.js'
import type { EventSource } from './runner.js'
import type { Scenario } from './scenario.js'

const REPEATS_PER_SECOND = 4

export interface ScheduleOptions {
  readonly seed: number
  readonly startUs: number
  readonly scenario: Scenario
  readonly markets: readonly Market[]
  readonly outbox: Outbox
}

export interface EventCounts {
  trade: number
  quote: number
  /** Of books that somebody has asked for, or of all while nobody has. */
  delta: number
  unheardDelta: number
  liquidation: number
  ticker: number
}

interface Lane {
  readonly arrivals: Arrivals
  readonly isUrgent: boolean
  fire(arrivals: Arrivals): void
}

export function noEvents(): EventCounts {
  return { trade: 0, quote: 0, delta: 0, unheardDelta: 0, liquidation: 0, ticker: 0 }
}

export class Schedule implements EventSource {
  readonly counts: EventCounts = noEvents()
  readonly #options: ScheduleOptions
  /** Market and instrument, for each instrument of each market. */
  readonly #places: readonly Place[]
  /** The books that carry the scenario's rate: those that somebody has asked for, all while there are none. */
  #heardBooks: ReadonlySet<Place>
  #deltaPlaces: readonly Place[]
  readonly #lanes: readonly Lane[]
  readonly #urgent: readonly Lane[]
  #scenario: Scenario
  /** When the scenario began, counted from the start. */
  #scenarioUs = 0
  #next: Lane
  #nextUrgent: Lane

  constructor(options: ScheduleOptions) {
    this.#options = options
    this.#places = placesOf(options.markets)
    this.#deltaPlaces = this.#places
    this.#heardBooks = new Set(this.#places)
    this.#scenario = options.scenario
    this.#lanes = this.#createLanes()
    this.#urgent = this.#lanes.filter(lane => lane.isUrgent)
    this.#next = earliest(this.#lanes)
    this.#nextUrgent = earliest(this.#urgent)
  }

  /** Another scenario from `atUs` on. Trades and liquidations, whose rates are much the same in all, go on as they were. */
  change(scenario: Scenario, atUs: number): void {
    this.#scenario = scenario
    this.#scenarioUs = atUs - this.#options.startUs
    for (const { arrivals, isUrgent } of this.#lanes) if (!isUrgent) arrivals.restart(atUs)
    this.#next = earliest(this.#lanes)
  }

  nextUs(): number {
    return this.#next.arrivals.nextUs
  }

  /** Of trades and liquidations. */
  nextUrgentUs(): number {
    return this.#nextUrgent.arrivals.nextUs
  }

  fire(): void {
    this.#fire(this.#next)
  }

  fireUrgent(): void {
    this.#fire(this.#nextUrgent)
  }

  flush(): void {
    this.#options.outbox.flush()
  }

  #fire(lane: Lane): void {
    lane.fire(lane.arrivals)
    lane.arrivals.advance()
    this.#next = earliest(this.#lanes)
    if (lane.isUrgent) this.#nextUrgent = earliest(this.#urgent)
  }

  #createLanes(): Lane[] {
    const { seed, markets } = this.#options
    const [places, counts] = [this.#places, this.counts]
    const deltaRandom = new Random(seed, 10)
    const quoteRandom = new Random(seed, 11)
    const unheardRandom = new Random(seed, 18)
    const liquidations = new Turns(places.filter(place => place.market.hasLiquidations))
    const tickers = new Turns(places.filter(place => place.market.hasTickers))
    return [
      this.#lane(
        12,
        5,
        0.4,
        () => this.#scenario.tradesPerSecond,
        ({ clusterDraw, count, nextUs }) => {
          const place = places[clusterDraw % places.length]!
          counts.trade += count
          place.market.trade(place.instrument, count, nextUs)
        },
        true,
      ),
      this.#lane(
        13,
        7,
        0,
        () => this.#scenario.quotesPerSecond,
        ({ nextUs }) => {
          const place = places[quoteRandom.below(places.length)]!
          counts.quote += 1
          place.market.quote(place.instrument, nextUs)
        },
      ),
      this.#lane(
        14,
        15,
        0,
        us => this.#scenario.deltasPerSecond(us - this.#scenarioUs, this.#deltaPlaces.length),
        ({ nextUs }) => {
          const place = this.#deltaPlaces[deltaRandom.below(this.#deltaPlaces.length)]!
          counts.delta += 1
          place.market.delta(place.instrument, nextUs)
        },
      ),
      this.#lane(
        19,
        3,
        0,
        () => this.#scenario.unheardDeltasPerBook * places.length,
        ({ nextUs }) => {
          const place = places[unheardRandom.below(places.length)]!
          if (this.#heardBooks.has(place)) return
          counts.unheardDelta += 1
          place.market.delta(place.instrument, nextUs)
        },
      ),
      this.#lane(
        15,
        1,
        0,
        () => (liquidations.count > 0 ? this.#scenario.liquidationsPerSecond : 0),
        ({ nextUs }) => {
          const place = liquidations.take()
          counts.liquidation += 1
          place.market.liquidation(place.instrument, nextUs)
        },
        true,
      ),
      this.#lane(
        16,
        1,
        0,
        () => (tickers.count > 0 ? this.#scenario.tickersPerSecond : 0),
        ({ nextUs }) => {
          const place = tickers.take()
          counts.ticker += 1
          place.market.ticker(place.instrument, nextUs)
        },
      ),
      this.#lane(
        17,
        1,
        0,
        () => REPEATS_PER_SECOND,
        ({ nextUs }) => {
          for (const market of markets) market.repeat(nextUs)
          this.#listen()
        },
      ),
    ]
  }

  /** Once asked for, always: a book goes on changing while its listeners are cut off. */
  #listen(): void {
    const isHeard = (market: Market): boolean => {
      for (const topic of market.topics.all()) if (topic.feed === 'book' && topic.wasOffered) return true
      return false
    }
    const heardMarkets = new Set(this.#options.markets.filter(isHeard))
    if (heardMarkets.size === 0) return
    this.#deltaPlaces = this.#places.filter(({ market }) => heardMarkets.has(market))
    this.#heardBooks = new Set(this.#deltaPlaces)
  }

  #lane(
    stream: number,
    clusterMax: number,
    sweepChance: number,
    ratePerSecond: (sinceStartUs: number) => number,
    fire: (arrivals: Arrivals) => void,
    isUrgent = false,
  ): Lane {
    const { seed, startUs } = this.#options
    const random = new Random(seed, stream)
    return { arrivals: new Arrivals({ random, startUs, clusterMax, sweepChance, ratePerSecond }), isUrgent, fire }
  }
}

function earliest(lanes: readonly Lane[]): Lane {
  let first = lanes[0]!
  for (const lane of lanes) if (lane.arrivals.nextUs < first.arrivals.nextUs) first = lane
  return first
}
