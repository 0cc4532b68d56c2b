// The simulated venues in virtual time: their markets, protocols and REST APIs, driven by one schedule, without sockets.

import assert from 'node:assert/strict'
import { Outbox } from '@tradelane/venue-sim/connection/connection'
import { DIALECTS } from '@tradelane/venue-sim/dialects'
import { type ListedMarket, listedMarket } from '@tradelane/venue-sim/market/listing'
import type { ListingState } from '@tradelane/venue-sim/market/listing-state'
import { Lateness } from '@tradelane/venue-sim/schedule/lateness'
import type { Scenario } from '@tradelane/venue-sim/schedule/scenario'
import { Schedule } from '@tradelane/venue-sim/schedule/schedule'
import { ImmediateSends } from '@tradelane/venue-sim/sending/sends'
import { createSites, type Site } from '@tradelane/venue-sim/server/site'
import type { VenueTruth } from './market-truth.js'
import type { VirtualTime } from './virtual-time.js'

export interface VenueRates {
  readonly tradesPerSecond: number
  readonly quotesPerSecond: number
  readonly deltasPerSecond: number
  readonly liquidationsPerSecond: number
  readonly tickersPerSecond: number
}

export interface VirtualVenuesOptions {
  readonly time: VirtualTime
  readonly wallMs: (us: number) => number
  readonly truth: VenueTruth
  readonly seed: number
  readonly products: readonly string[]
  readonly pairs: readonly { readonly base: string; readonly quote: string }[]
  readonly rates: VenueRates
}

export interface Place {
  readonly site: Site
  readonly path: string
  readonly query: URLSearchParams
}

export class VirtualVenues {
  /** Multiplies the rate of book deltas. */
  burstFactor = 1
  readonly outbox = new Outbox()
  readonly sites: readonly Site[]
  readonly markets: readonly ListedMarket[]
  /** Of each market. */
  /** By product and instrument, delisted or not. */
  readonly #symbols: readonly (readonly string[])[]
  readonly #products: readonly string[]
  readonly #time: VirtualTime
  readonly #schedule: Schedule
  #isStopped = false

  constructor({ time, wallMs, truth, seed, products, pairs, rates }: VirtualVenuesOptions) {
    this.#time = time
    const clock = { nowUs: time.nowUs, wallMs }
    const context = {
      pairs,
      seed,
      clock,
      journal: truth,
      sends: new ImmediateSends(clock, new Lateness()),
      hasCyclicBooks: false,
      timeScale: 1,
    }
    const dialects = DIALECTS.filter(({ product }) => products.includes(product))
    this.#products = dialects.map(({ product }) => product)
    this.markets = dialects.map(dialect => listedMarket(dialect.createMarket(context)))
    this.#symbols = this.markets.map(market => market.listed().map(({ symbol }) => symbol))
    const sources = dialects.map((dialect, index) => {
      const market = this.markets[index] as ListedMarket
      return { dialect, topics: market.topics, rest: market }
    })
    this.sites = createSites(sources, { clock, seed, timeScale: 1, timers: time })
    const scenario: Scenario = {
      ...rates,
      backgroundDeltasPerBook: 1,
      deltasPerSecond: () => rates.deltasPerSecond * this.burstFactor,
    }
    const { markets, outbox } = this
    this.#schedule = new Schedule({ seed, startUs: time.nowUs(), scenario, markets, outbox })
    this.#next()
  }

  /** What the list of a product says of one of its instruments, which sends nothing while it does not trade. */
  setState(product: string, instrument: number, state: ListingState): void {
    const index = this.#products.indexOf(product)
    const symbol = this.#symbols[index]?.[instrument]
    assert(symbol !== undefined, 'a state is of an instrument of the run')
    this.markets[index]?.setState(symbol, state)
  }

  /** No market changes from now on. */
  stop(): void {
    this.#isStopped = true
  }

  /** One trade of each instrument, so that its id shows whether trades before it are missing. */
  tradeOnce(): void {
    for (const market of this.markets) {
      for (let instrument = 0; instrument < market.instrumentCount; instrument += 1) {
        market.trade(instrument, 1, this.#time.nowUs())
      }
    }
    this.outbox.flush()
  }

  /** By the first segment of the path, as on the simulator's port. */
  locate(url: string): Place | undefined {
    const { pathname, searchParams: query } = new URL(url)
    const [, prefix = '', path = ''] = /^\/([^/]+)(\/.*)$/.exec(pathname) ?? []
    const site = this.sites.find(candidate => candidate.prefix === prefix)
    return site && { site, path, query }
  }

  #next(): void {
    const atUs = Math.max(Math.ceil(this.#schedule.nextUs()), this.#time.nowUs())
    this.#time.at(atUs, () => {
      if (this.#isStopped) return
      this.#schedule.fire()
      this.#schedule.flush()
      this.#next()
    })
  }
}
