// The comparison: a plain server with one process and one event loop, well written on `ws`, with Tradelane's own decoders, books
// and encoders, so that only the architecture differs. Venue frames, books and clients take turns on the loop.
// Arguments: the simulator's URL; `gated`: a client gets books and other state only while nothing is unsent to it. Sends `{type: 'listening', port}` to its parent and ends with it.

import { readSettings } from '@tradelane/server/settings'
import { l2ThrottleKey } from '@tradelane/server/settings-table'
import { topologyOf } from '@tradelane/server/topology'
import { Clock, ClockSource, createClock } from '@tradelane/shared/thread/clock'
import type { Log } from '@tradelane/shared/thread/log'
import { InstrumentWire } from '@tradelane/shared/wire/instrument-wire'
import { announceListening, endWithParent } from '../variant-process.js'
import { ClientServer } from './client-server.js'
import { MarketState } from './market-state.js'
import { OrderBooks } from './order-books.js'
import { ProductSession } from './product-session.js'

const CLOCK_SAMPLE_MS = 1_000

const { settings } = readSettings({}, {}, process.argv[2])
const topology = topologyOf(settings)
const wires = topology.instruments.map(instrument => new InstrumentWire(instrument))

const sharedClock = createClock()
const log: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore }
const clockSource = new ClockSource(sharedClock, log)
setInterval(() => clockSource.sample(), CLOCK_SAMPLE_MS)
const clock = new Clock(sharedClock)

const clients = new ClientServer(() => state.sequence, process.argv[3] === 'gated' ? 0 : undefined)
const state = new MarketState({ wires, sink: clients, clock, throttleMs: settings.l1ThrottleMs })
const books = new OrderBooks({
  sink: clients,
  wires,
  depthLevels: settings.l2Depth,
  clock,
  books: topology.shards.flatMap(({ instruments }) =>
    instruments.map(id => {
      const { id: productId, venue } = productOf(id)
      return { instrument: instrumentAt(id), productId, throttleMs: settings[l2ThrottleKey(venue)] }
    }),
  ),
  requestSnapshot: instrument => void sessions.find(each => each.owns(instrument))?.requestSnapshot(instrument),
})
const sessions = topology.products.map(
  ({ id: productId }) =>
    new ProductSession({ settings, topology, productId, clock, state, books, feeds: ['trade', 'state', 'book'] }),
)

endWithParent()
for (const session of sessions) void session.start()
announceListening(await clients.listen())

function instrumentAt(id: number): (typeof topology.instruments)[number] {
  const instrument = topology.instruments[id]
  if (instrument === undefined) throw new Error(`no instrument ${id}`)
  return instrument
}

function productOf(id: number): (typeof topology.products)[number] {
  const product = topology.products[instrumentAt(id).product]
  if (product === undefined) throw new Error(`no product of instrument ${id}`)
  return product
}

function ignore(): void {}
