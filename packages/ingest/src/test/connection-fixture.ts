// One connection to a scripted venue: the test moves the clock of its watchdog, and everything that it reports is recorded.
// Used by this package's tests.

import { after } from 'node:test'
import {
  type Feed,
  type Instrument,
  Kind,
  type StatusReason,
  type SubscribedKind,
} from '@tradelane/shared/market/nouns'
import type { Counters } from '@tradelane/shared/thread/counters'
import { newSymbolIndex } from '@tradelane/venues/symbol-index'
import type { ConnectionLimits, ConnectionPlan, Product, Subscription } from '@tradelane/venues/venue'
import { Connection } from '../connection/connection.js'
import type { ConnectionChange } from '../connection/connection-change.js'
import type { FrameReceiver } from '../connection/connection-receiver.js'
import type { ConnectionSetup } from '../connection/connection-setup.js'
import { FieldWatch } from '../connection/field-watch.js'
import { VenueHosts } from '../host/venue-hosts.js'
import type { IngestEnvironment } from '../ingest-environment.js'
import { RecordedLog, until } from './recorded-log.js'
import { ScriptedVenue } from './scripted-venue.js'
import { testEnvironment } from './test-environment.js'
import { BTC, BYBIT_BTC, BYBIT_ETH, ETH, TestLanes } from './test-lanes.js'
import { binanceFutures, bybitLinear } from './test-products.js'

export interface TestOptions {
  readonly product: Product
  readonly feed: Feed
  readonly endpoint: string
  readonly kinds?: readonly SubscribedKind[]
  readonly instruments?: readonly Instrument[]
  readonly lanes?: TestLanes
  /** Instead of the product's. */
  readonly limits?: Partial<ConnectionLimits>
}

export type Wanted = Omit<TestOptions, 'endpoint'>
export const BINANCE_TRADES: Wanted = { product: binanceFutures, feed: 'trade' }
export const BINANCE_BOOKS: Wanted = { product: binanceFutures, feed: 'book' }
export const BYBIT_BOOKS: Wanted = { product: bybitLinear, feed: 'book', instruments: [BYBIT_BTC, BYBIT_ETH] }
export const BYBIT_TRADES: Wanted = { product: bybitLinear, feed: 'trade', instruments: [BYBIT_BTC, BYBIT_ETH] }

const KIND_OF_FEED = { trade: Kind.trade, state: Kind.orderBookL1, book: Kind.orderBookL2 } as const
const VENUE_SETTINGS = {}

export class ConnectionFixture implements FrameReceiver {
  readonly lanes: TestLanes
  readonly log = new RecordedLog()
  readonly #options: TestOptions
  /** `up`, `settled`, `frame …`, `closing soon`, `ended …`. */
  readonly events: string[] = []
  reason: StatusReason | undefined
  #aheadMs = 0

  constructor(options: TestOptions) {
    this.lanes = options.lanes ?? new TestLanes()
    this.#options = options
  }

  get counters(): Counters {
    return this.lanes.counters
  }

  /** Lets that much time pass at once. */
  pass(ms: number): void {
    this.#aheadMs += ms
  }

  connect(): Connection {
    const setup = connectionSetup(this.#options, this.lanes, this.log, {
      nowMs: () => performance.now() + this.#aheadMs,
    })
    const onChange = (_connection: Connection, change: ConnectionChange): void => this.#changed(change)
    return new Connection(setup, { feed: this.#options.feed, plan: planOf(this.#options), receiver: this, onChange })
  }

  has(event: string): boolean {
    return this.events.includes(event)
  }

  get ended(): string | undefined {
    return this.events.find(event => event.startsWith('ended'))
  }

  onFrame(frame: Buffer): void {
    this.events.push(`frame ${frame.toString('latin1', 0, 60)}`)
  }

  #changed(change: ConnectionChange): void {
    switch (change.kind) {
      case 'up':
      case 'settled':
        this.events.push(change.kind)
        return
      case 'opened':
        return
      case 'closing-soon':
        this.events.push('closing soon')
        return
      case 'ended':
        this.reason = change.reason
        this.events.push(`ended ${change.detail}`)
    }
  }
}

export function connectionSetup(
  { product, endpoint, instruments = [BTC, ETH], limits }: TestOptions,
  lanes: TestLanes,
  log: RecordedLog,
  change: Partial<IngestEnvironment>,
): ConnectionSetup {
  const environment = testEnvironment(lanes, { log, ...change })
  const hosts = new VenueHosts({ ...environment, limitedLog: log.limitedLog })
  return {
    product,
    endpoint,
    venueSettings: VENUE_SETTINGS,
    instruments: newSymbolIndex(instruments),
    environment,
    host: hosts.sockets({ ...product.limits, ...limits }),
    fields: new FieldWatch(product, { counters: lanes.counters, limitedLog: log.limitedLog }),
    counters: lanes.counters,
    limitedLog: log.limitedLog,
  }
}

/** The first connection for these options. */
export function planOf({
  product,
  feed,
  kinds = [KIND_OF_FEED[feed]],
  instruments = [BTC, ETH],
}: TestOptions): ConnectionPlan {
  const subscriptions: Subscription[] = kinds.flatMap(kind => instruments.map(instrument => ({ kind, instrument })))
  const [plan] = product.plan(feed, subscriptions, VENUE_SETTINGS)
  if (plan === undefined) throw new Error('these subscriptions need no connection')
  return plan
}

/** A venue of one connection, which is open when this returns. */
export async function opened(wanted: Wanted, answer: (text: string) => string | null) {
  const venue = await ScriptedVenue.open()
  venue.onPeer = peer => {
    peer.answer = answer
  }
  const fixture = new ConnectionFixture({ ...wanted, endpoint: venue.ws })
  const connection = fixture.connect()
  after(async () => {
    connection.end('the test is over')
    await venue.close()
  })
  const peer = await venue.peerCount(1)
  return { venue, fixture, connection, peer }
}

export async function settled(wanted: Wanted, answer: (text: string) => string | null) {
  const all = await opened(wanted, answer)
  await until('it is settled', () => all.fixture.has('settled'))
  return all
}

export function frameCount(fixture: ConnectionFixture): number {
  return fixture.events.filter(event => event.startsWith('frame')).length
}
