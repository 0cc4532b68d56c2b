// One connection or line towards a scripted venue, with the clock of its watchdogs moved by hand and everything it says
// written down. Used by this package's tests.

import {
  type Feed,
  type Instrument,
  Kind,
  type StatusReason,
  type SubscribedKind,
} from '@tradelane/shared/market/nouns'
import type { Counters } from '@tradelane/shared/thread/counters'
import { newSymbolIndex } from '@tradelane/venues/symbol-index'
import type { Product, Subscription } from '@tradelane/venues/venue'
import { Connection, type ConnectionEvents, type ConnectionOptions } from '../connection/connection.js'
import { RecordedLog } from './recorded-log.js'
import { BTC, ETH, TestLanes } from './test-lanes.js'

export interface TestOptions {
  readonly product: Product
  readonly feed: Feed
  readonly endpoint: string
  readonly kinds?: readonly SubscribedKind[]
  readonly instruments?: readonly Instrument[]
  readonly lanes?: TestLanes
}

const KIND_OF_FEED = { trade: Kind.trade, state: Kind.orderBookL1, book: Kind.orderBookL2 } as const
const PLAN_OPTIONS = { binanceFuturesTrades: 'aggTrade' } as const

export class ConnectionDesk implements ConnectionEvents {
  readonly lanes: TestLanes
  readonly log = new RecordedLog()
  readonly options: Omit<ConnectionOptions, 'events'>
  /** `up`, `settled`, `frame …`, `closing soon`, `ended …`. */
  readonly events: string[] = []
  reason: StatusReason | undefined
  #aheadMs = 0

  constructor(options: TestOptions) {
    this.lanes = options.lanes ?? new TestLanes()
    this.options = connectionOptions(options, this.lanes, this.log, () => performance.now() + this.#aheadMs)
  }

  get counters(): Counters {
    return this.lanes.counters
  }

  /** Lets that much time pass at once. */
  pass(ms: number): void {
    this.#aheadMs += ms
  }

  connect(): Connection {
    return new Connection({ ...this.options, events: this })
  }

  has(event: string): boolean {
    return this.events.includes(event)
  }

  get ended(): string | undefined {
    return this.events.find(event => event.startsWith('ended'))
  }

  onUp(): void {
    this.events.push('up')
  }

  onSettled(): void {
    this.events.push('settled')
  }

  onFrame(_connection: Connection, frame: Buffer): void {
    this.events.push(`frame ${frame.toString('latin1', 0, 60)}`)
  }

  onChunkEnd(): void {
    // Follows every chunk.
  }

  onClosingSoon(): void {
    this.events.push('closing soon')
  }

  onEnded(_connection: Connection, reason: StatusReason, detail: string): void {
    this.reason = reason
    this.events.push(`ended ${detail}`)
  }
}

export function connectionOptions(
  options: TestOptions,
  lanes: TestLanes,
  log: RecordedLog,
  nowMs: () => number,
): Omit<ConnectionOptions, 'events'> {
  const { product, feed, endpoint } = options
  const instruments = options.instruments ?? [BTC, ETH]
  const streams: Subscription[] = (options.kinds ?? [KIND_OF_FEED[feed]]).flatMap(kind =>
    instruments.map(instrument => ({ kind, instrument })),
  )
  const [plan] = product.plan(feed, streams, PLAN_OPTIONS)
  if (plan === undefined) throw new Error('these streams need no connection')
  return {
    product,
    feed,
    plan,
    endpoint,
    planOptions: PLAN_OPTIONS,
    instruments: newSymbolIndex(instruments),
    clock: lanes.clock,
    counters: lanes.counters,
    activities: lanes.activities,
    limitedLog: log.limitedLog,
    nowMs,
    tap: undefined,
  }
}
