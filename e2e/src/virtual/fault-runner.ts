// Applies the faults of the script: to venues, connections, shards, clients. Registers how long each disturbs a product,
// recovery included.

import type { ListingState } from '@tradelane/venue-sim/market/listing-state'
import { productById } from '@tradelane/venues/registry'
import type { Disturbances } from './disturbances.js'
import type { Fault, FaultKind } from './fault-script.js'
import type { SeededRandom } from './seeded-random.js'
import type { FrameFault, VenueConnection } from './venue-connection.js'
import type { HostState } from './venue-network.js'
import type { VirtualClient } from './virtual-client.js'
import type { VirtualWorld } from './virtual-world.js'

export interface FaultRunnerOptions {
  readonly world: VirtualWorld
  readonly products: readonly string[]
  readonly random: SeededRandom
  readonly disturbances: Disturbances
  /** The client that client faults act on. */
  readonly visitor: VirtualClient
}

const SECOND_US = 1_000_000
/** Until books are live again: backoff, handshake, snapshot. */
const RECOVERY_US = 20 * SECOND_US
/** The same after a grown pause, or when the request budget of a minute is used up. */
const LONG_RECOVERY_US = 90 * SECOND_US
const BAN_US = 120 * SECOND_US
/** Until ingest reads a list again while it awaits something. */
const LIST_US = 60 * SECOND_US
/** Those of a run have at least as many. */
const INSTRUMENTS_PER_PRODUCT = 2
/** Either way. */
const CLOCK_STEP_US_MAX = 20 * SECOND_US
/** Until a silence is noticed, at the rates of a run. */
const SILENCE_US = 30 * SECOND_US
/** Fills the ring of a hung shard within a second. */
const BURST_FACTOR = 200
const DELTA = /depthUpdate|"type":"delta"|"action":"update"/
const TRADE = /"e":"(?:agg)?[Tt]rade"|"channel":"trades"|"topic":"publicTrade/
const LIQUIDATION = /@forceOrder"|"topic":"allLiquidation|"channel":"liquidation-orders/

export class FaultRunner {
  readonly counts = new Map<FaultKind, number>()
  readonly #options: FaultRunnerOptions
  readonly #effects: Readonly<Record<FaultKind, (fault: Fault) => void>> = {
    'cut one connection': ({ product }) => this.#cut(this.#pickOf(product), RECOVERY_US),
    'cut all connections': ({ product }) => {
      for (const connection of this.#allOf(product)) this.#cut(connection, RECOVERY_US)
    },
    outage: ({ product, us }) => this.#outage(product, us),
    'rotation notice': fault => this.#rotate(fault),
    'quiet connection': ({ product, us }) => {
      this.#pickOf(product)?.blockUntil(this.#nowUs + us)
      this.#disturb(product, us + LONG_RECOVERY_US)
    },
    'silent trades': ({ product }) => this.#silence(product, false),
    'silent books': ({ product }) => this.#silence(product, true),
    'lost delta': ({ product }) => this.#arm(product, DELTA, 'lose'),
    'doubled delta': ({ product }) => this.#arm(product, DELTA, 'double'),
    'lost trade': ({ product }) => this.#arm(product, TRADE, 'lose'),
    'doubled trade': ({ product }) => this.#arm(product, TRADE, 'double'),
    halt: fault => this.#leave(fault, 'halted'),
    delisting: fault => this.#leave(fault, 'delisted'),
    'late listing': fault => this.#leave(fault, 'pending'),
    'clock step': ({ us }) => {
      const { world } = this.#options
      const byUs = (us % (2 * CLOCK_STEP_US_MAX)) - CLOCK_STEP_US_MAX
      world.stepClock(byUs)
      world.time.after(us, () => world.stepClock(-byUs))
    },
    'spoiled trade': ({ product }) => this.#arm(product, TRADE, 'spoil'),
    'spoiled liquidation': ({ product }) => this.#arm(product, LIQUIDATION, 'spoil'),
    'used-up budget': ({ product }) => this.#useUp(product, 30, LONG_RECOVERY_US),
    ban: ({ product }) => this.#useUp(product, 120, BAN_US + LONG_RECOVERY_US),
    'slow REST': ({ product, us }) => {
      this.#hostOf(product).restIsSlowUntilUs = this.#nowUs + us
      this.#cutBooks(product, us + LONG_RECOVERY_US)
    },
    'failing REST': ({ product, us }) => {
      this.#hostOf(product).restFailsUntilUs = this.#nowUs + us
      this.#cutBooks(product, us + LONG_RECOVERY_US)
    },
    'hung shard': ({ us }) => this.#hang(us),
    'restarted shard': ({ us }) => {
      const { world, random } = this.#options
      const shard = random.below(world.shards.length)
      this.#hang(us)
      world.time.after(us, () => world.restartShard(shard))
    },
    burst: ({ us }) => {
      const { venues, time } = this.#options.world
      venues.burstFactor = BURST_FACTOR
      time.after(us, () => {
        venues.burstFactor = 1
      })
      this.#hang(us)
    },
    'stopped client': ({ us }) => {
      const { visitor, world } = this.#options
      visitor.stopReading()
      world.time.after(us, () => visitor.readOn())
    },
    'absent client': ({ us }) => {
      const { visitor } = this.#options
      if (visitor.isConnected) visitor.leave(us)
    },
  }

  constructor(options: FaultRunnerOptions, faults: readonly Fault[]) {
    this.#options = options
    for (const fault of faults) options.world.time.at(fault.atUs, () => this.#happen(fault))
  }

  get #nowUs(): number {
    return this.#options.world.time.nowUs()
  }

  #happen(fault: Fault): void {
    const { kind, product, us } = fault
    this.#options.world.journal.note(this.#nowUs, 'fault', `${kind} ${product} ${us}`)
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1)
    this.#effects[kind](fault)
  }

  #allOf(product: string): VenueConnection[] {
    return [...this.#options.world.network.connections].filter(each => each.product === product && each.isOpen)
  }

  #pickOf(product: string): VenueConnection | undefined {
    const all = this.#allOf(product)
    return all.length === 0 ? undefined : this.#options.random.pick(all)
  }

  #cut(connection: VenueConnection | undefined, recoveryUs: number): void {
    if (connection === undefined) return
    this.#disturb(connection.product, recoveryUs)
    connection.cut()
  }

  /** Makes snapshots necessary. Ingest requests those of one venue one by one, so all products of the venue are disturbed. */
  #cutBooks(product: string, recoveryUs: number): void {
    for (const connection of this.#allOf(product)) if (connection.isBook) this.#cut(connection, recoveryUs)
    for (const other of this.#options.products) {
      if (venueOf(other) === venueOf(product)) this.#disturb(other, recoveryUs)
    }
  }

  #silence(product: string, isBook: boolean): void {
    const connection = this.#allOf(product).find(each => (isBook ? each.isBook : each.isTrade))
    if (connection === undefined) return
    connection.isSilent = true
    this.#disturb(product, SILENCE_US + RECOVERY_US)
  }

  #outage(product: string, us: number): void {
    this.#hostOf(product).refusesUntilUs = this.#nowUs + us
    for (const connection of this.#allOf(product)) this.#cut(connection, us + LONG_RECOVERY_US)
  }

  /** The venue announces the end of a connection, where its protocol does, and ends it. */
  #rotate({ product, us }: Fault): void {
    const connection = this.#pickOf(product)
    if (connection === undefined) return
    const ms = Math.floor(this.#nowUs / 1_000)
    const event = `{"e":"serverShutdown","E":${ms}}`
    if (product === 'binance-spot') {
      connection.inject(connection.isCombined ? `{"stream":"!serverShutdown","data":${event}}` : event)
    } else if (product.startsWith('okx')) {
      connection.inject(`{"event":"notice","code":"64008","msg":"service upgrade","connId":"${connection.id}"}`)
    }
    this.#disturb(product, us + RECOVERY_US)
    this.#options.world.time.after(us, () => connection.closeByVenue(1008, 'disconnected'))
  }

  #arm(product: string, matches: RegExp, effect: FrameFault['effect']): void {
    const isBookFault = matches === DELTA
    for (const connection of this.#allOf(product)) {
      if (isBookFault ? !connection.isBook : !connection.isTrade) continue
      // Without contiguous ids no one can notice a trade that the venue itself loses.
      if (effect === 'lose' && !isBookFault && productById(product)?.tradeIdRule({}) !== 'contiguous') continue
      connection.arm({ matches, effect })
      if (isBookFault) this.#disturb(product, RECOVERY_US)
    }
  }

  /** Others behind the same address use up the weight of this minute. */
  #useUp(product: string, requestCount: number, recoveryUs: number): void {
    const site = this.#options.world.venues.sites.find(({ products }) => products.some(({ name }) => name === product))
    const depth = DEPTH_PATHS[product]
    if (site === undefined || depth === undefined) {
      this.#cutBooks(product, RECOVERY_US)
      return
    }
    for (let count = 0; count < requestCount * depth.times; count += 1) {
      site.rest(depth.path, new URLSearchParams({ symbol: 'NONE', limit: depth.limit }))
    }
    this.#cutBooks(product, recoveryUs)
  }

  /** One of the product's instruments does not trade for a while; then ingest has to learn of it from the list. */
  #leave({ product, us, atUs }: Fault, state: ListingState): void {
    const { venues, time } = this.#options.world
    // By the fault itself: which one it is changes no other draw.
    const instrument = Math.floor(atUs + us) % INSTRUMENTS_PER_PRODUCT
    venues.setState(product, instrument, state)
    time.after(us, () => venues.setState(product, instrument, 'trading'))
    this.#disturb(product, us + LIST_US + LONG_RECOVERY_US)
  }

  #hang(us: number): void {
    const { disturbances, world } = this.#options
    for (const shard of world.shards) shard.hangUntil(this.#nowUs + us)
    disturbances.hang(this.#nowUs + us)
    disturbances.disturbAll(this.#nowUs + us + RECOVERY_US)
  }

  #disturb(product: string, us: number): void {
    this.#options.disturbances.disturb(product, this.#nowUs + us)
  }

  #hostOf(product: string): HostState {
    const { venues, network } = this.#options.world
    const site = venues.sites.find(({ products }) => products.some(({ name }) => name === product))
    return network.host(site?.prefix ?? product)
  }
}

function venueOf(product: string): string | undefined {
  return product.split('-')[0]
}

/** An expensive request; `times` of them are about a thirtieth of a minute's weight. */
const DEPTH_PATHS: Readonly<Record<string, { path: string; limit: string; times: number }>> = {
  'binance-spot': { path: '/api/v3/depth', limit: '5000', times: 1 },
  'binance-futures': { path: '/fapi/v1/depth', limit: '1000', times: 5 },
}
