// The ingest thread's agent: publishers over the lanes and a session for every product. It is driven by its sockets, not by
// turns: a trade is published in the event that brought it.

import type { Instrument, ProductLabel } from '@tradelane/shared/market/nouns'
import type { Agent } from '@tradelane/shared/thread/agent'
import { Counters } from '@tradelane/shared/thread/counters'
import { RateLimitedLog } from '@tradelane/shared/thread/log'
import type { IngestStart, ResyncRequest, SupervisorToIngest } from '@tradelane/shared/thread/thread-messages'
import { productById } from '@tradelane/venues/registry'
import type { Product, Subscription } from '@tradelane/venues/venue'
import { ProductSession } from './feed/product-session.js'
import { VenueHosts } from './host/venue-hosts.js'
import type { IngestContext } from './ingest-context.js'
import type { IngestEnvironment } from './ingest-environment.js'
import { Publishers } from './publish/publishers.js'
import { ResyncQueue } from './rest/resync-queue.js'

export class IngestAgent implements Agent {
  readonly #start: IngestStart
  readonly #context: IngestContext
  /** By product index. */
  readonly #sessions = new Map<number, ProductSession>()
  /** By product id. */
  readonly #resyncQueues = new Map<string, ResyncQueue>()

  constructor(start: IngestStart, environment: IngestEnvironment) {
    this.#start = start
    const counters = new Counters(start.counters, start.threadIndex)
    const limitedLog = new RateLimitedLog(environment.log, { nowMs: environment.nowMs })
    this.#context = {
      environment,
      publishers: new Publishers(start, environment, counters),
      counters,
      limitedLog,
      hosts: new VenueHosts({ ...environment, limitedLog }),
    }
  }

  /** Connects to every venue. Returns at once. */
  open(): void {
    for (const label of this.#start.products) {
      const product = productOf(label)
      const subscriptions = this.#subscriptionsOf(label, product)
      if (subscriptions.length === 0) continue
      const endpoints = this.#start.endpoints.find(candidate => candidate.productId === label.id)
      if (endpoints === undefined) throw new Error(`product "${label.id}" has no endpoints`)
      const { sizeUnits, venueSettings } = this.#start
      const session = new ProductSession(this.#context, {
        product,
        index: label.index,
        endpoints,
        subscriptions,
        sizeUnits,
        venueSettings,
        onTradesAgain: instrument => this.#resyncQueues.get(product.id)?.tradesAgain(instrument),
      })
      this.#sessions.set(label.index, session)
      void session.start()
    }
  }

  accept(message: SupervisorToIngest): void {
    switch (message.type) {
      case 'shard-started':
        for (const session of this.#sessions.values()) session.reopenBooks(message.shard)
        return
      case 'shards':
        for (const session of this.#sessions.values()) session.closeBooks()
        this.#context.publishers.reshard(message)
        for (const session of this.#sessions.values()) session.openBooks()
        return
      case 'resync':
        this.#requestResync(message)
    }
  }

  doWork(): number {
    this.#context.publishers.states.checkPacking()
    return 0
  }

  msToNextDeadline(): number {
    return Number.POSITIVE_INFINITY
  }

  close(): void {
    for (const session of this.#sessions.values()) session.close()
    for (const queue of this.#resyncQueues.values()) queue.close()
    this.#context.publishers.close()
    this.#context.environment.recorder?.close()
  }

  #requestResync(request: ResyncRequest): void {
    const instrument = this.#start.instruments.find(candidate => candidate.id === request.instrument)
    const label = this.#start.products.find(candidate => candidate.index === instrument?.product)
    if (instrument === undefined || label === undefined) return
    if (request.remedy === 'connection') this.#sessions.get(instrument.product)?.renewBook(instrument)
    else this.#resyncQueueOf(productOf(label)).request(instrument)
  }

  /** One per product: the ban or the spent budget of one stops no other. What they share is counted by their hosts. */
  #resyncQueueOf({ id }: Product): ResyncQueue {
    const resync = async (instrument: Instrument): Promise<void> => {
      await this.#sessions.get(instrument.product)?.resync(instrument)
    }
    const onWaiting = (isWaiting: boolean): void => {
      for (const { index } of this.#start.products.filter(label => label.id === id)) {
        this.#sessions.get(index)?.setSnapshotsWaiting(isWaiting)
      }
    }
    const queue = this.#resyncQueues.get(id) ?? new ResyncQueue(this.#context, { productId: id, resync, onWaiting })
    this.#resyncQueues.set(id, queue)
    return queue
  }

  #subscriptionsOf({ index }: ProductLabel, product: Product): readonly Subscription[] {
    return this.#start.subscriptions.flatMap(({ instrument: id, kinds }) => {
      const instrument = this.#start.instruments.find(candidate => candidate.id === id)
      if (instrument?.product !== index) return []
      return kinds.filter(kind => product.kinds.includes(kind)).map(kind => ({ kind, instrument }))
    })
  }
}

function productOf({ id }: ProductLabel): Product {
  const product = productById(id)
  if (product === undefined) throw new Error(`unknown product "${id}"`)
  return product
}
