// The single-loop server without its clients' side: venue frames, books and encoders take turns on one event loop, and what they
// make goes to a sink: the clients of the loop itself, or a peer's publisher.

import { readSettings } from '@tradelane/server/settings'
import { l2ThrottleKey } from '@tradelane/server/settings-table'
import { type Topology, topologyOf } from '@tradelane/server/topology'
import { Clock, ClockSource, createClock } from '@tradelane/shared/thread/clock'
import type { Log } from '@tradelane/shared/thread/log'
import { InstrumentWire } from '@tradelane/shared/wire/instrument-wire'
import type { FrameSink } from './frame-sink.js'
import { MarketState } from './market-state.js'
import { OrderBooks } from './order-books.js'
import { ProductSession } from './product-session.js'

const CLOCK_SAMPLE_MS = 1_000

export class SingleLoop {
  readonly #sessions: readonly ProductSession[]
  readonly #state: MarketState

  /** `sim` is the simulator's URL. */
  constructor(sim: string | undefined, sink: FrameSink) {
    const { settings } = readSettings({}, {}, sim)
    const topology = topologyOf(settings)
    const wires = topology.instruments.map(instrument => new InstrumentWire(instrument))
    const clock = sampledClock()
    this.#state = new MarketState({ wires, sink, clock, throttleMs: settings.l1ThrottleMs })
    const state = this.#state
    const books = new OrderBooks({
      sink,
      wires,
      depthLevels: settings.l2Depth,
      clock,
      books: topology.shards.flatMap(({ instruments }) =>
        instruments.map(id => {
          const { id: productId, venue } = productOf(topology, id)
          return { instrument: instrumentAt(topology, id), productId, throttleMs: settings[l2ThrottleKey(venue)] }
        }),
      ),
      requestSnapshot: instrument =>
        void this.#sessions.find(each => each.owns(instrument))?.requestSnapshot(instrument),
    })
    this.#sessions = topology.products.map(
      ({ id: productId }) =>
        new ProductSession({ settings, topology, productId, clock, state, books, feeds: ['trade', 'state', 'book'] }),
    )
  }

  /** Of the newest trade or liquidation. */
  get sequence(): number {
    return this.#state.sequence
  }

  start(): void {
    for (const session of this.#sessions) void session.start()
  }
}

function sampledClock(): Clock {
  const shared = createClock()
  const log: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore }
  const source = new ClockSource(shared, log)
  setInterval(() => source.sample(), CLOCK_SAMPLE_MS)
  return new Clock(shared)
}

function instrumentAt(topology: Topology, id: number): Topology['instruments'][number] {
  const instrument = topology.instruments[id]
  if (instrument === undefined) throw new Error(`no instrument ${id}`)
  return instrument
}

function productOf(topology: Topology, id: number): Topology['products'][number] {
  const product = topology.products[instrumentAt(topology, id).product]
  if (product === undefined) throw new Error(`no product of instrument ${id}`)
  return product
}

function ignore(): void {}
