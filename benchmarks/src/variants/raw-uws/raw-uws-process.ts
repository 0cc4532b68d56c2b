// The floor: what simulator, sockets and probe cost alone. Trades are received and decoded as in every variant and go straight
// out through uWebSockets.js; a timer sends frames of a book's size at a book's rate; another thread discards the simulator's
// books and state. There are no books, no lanes and no priority.
// Argument: the simulator's URL. Sends `{type: 'listening', port}` to its parent and ends with it.

import { Worker } from 'node:worker_threads'
import { LISTEN_EXCLUSIVE, loadUws, type Socket } from '@tradelane/gateway/uws'
import { readSettings } from '@tradelane/server/settings'
import { topologyOf } from '@tradelane/server/topology'
import { Clock, ClockSource, createClock } from '@tradelane/shared/thread/clock'
import { encodeBook } from '@tradelane/shared/wire/encode-book'
import { InstrumentWire } from '@tradelane/shared/wire/instrument-wire'
import { serverFrameJson, welcomeFrame } from '@tradelane/shared/wire/server-frames'
import { MarketState } from '../single-loop/market-state.js'
import { ProductSession } from '../single-loop/product-session.js'
import { announceListening, endWithParent } from '../variant-process.js'

const BOOK_INTERVAL_MS = 100
const BACKPRESSURE_BYTES_MAX = 64 << 20

const sim = process.argv[2] ?? ''
const { settings } = readSettings({}, {}, sim)
const topology = topologyOf(settings)
const wires = topology.instruments.map(instrument => new InstrumentWire(instrument))
const sharedClock = createClock()
new ClockSource(sharedClock, { debug: ignore, info: ignore, warn: ignore, error: ignore })
const clock = new Clock(sharedClock)

const sockets = new Set<Socket<unknown>>()
const sink = { sendLossless: sendToAll, sendState: ignore, withdraw: ignore }
const state = new MarketState({ wires, sink, clock, throttleMs: settings.l1ThrottleMs })

endWithParent()
new Worker(new URL('./drain-worker.js', import.meta.url), { workerData: sim })
for (const { id: productId } of topology.products) {
  void new ProductSession({ settings, topology, productId, clock, state, books: undefined, feeds: ['trade'] }).start()
}
sendFillers()
listen()

function listen(): void {
  const uws = loadUws()
  const app = uws.App()
  app.ws('/*', {
    compression: 0,
    maxBackpressure: BACKPRESSURE_BYTES_MAX,
    open: socket => {
      const wallUs = clock.wallUs()
      socket.send(serverFrameJson(welcomeFrame({ wallUs, stream: 'rawfloor', sequence: state.sequence, version: '0' })))
      sockets.add(socket)
    },
    close: socket => sockets.delete(socket),
  })
  app.listen('127.0.0.1', 0, LISTEN_EXCLUSIVE, listening => {
    if (listening === false) throw new Error('no free port on 127.0.0.1')
    announceListening(uws.us_socket_local_port(listening))
  })
}

function sendToAll(json: string): void {
  const frame = Buffer.from(json, 'latin1')
  for (const socket of sockets) socket.send(frame, false)
}

/** Each instrument's filler once per interval, evenly spread. */
function sendFillers(): void {
  const fillers = topology.shards.flatMap(({ instruments }) =>
    instruments.map(id => filler(wires[id] as InstrumentWire)),
  )
  let next = 0
  setInterval(
    () => {
      const frame = fillers[next % fillers.length]
      next += 1
      if (frame !== undefined) sendToAll(frame)
    },
    Math.max(1, BOOK_INTERVAL_MS / fillers.length),
  )
}

/** As large as a book, of a kind that the probe does not take for a book. */
function filler(wire: InstrumentWire): string {
  const levels = Array.from({ length: settings.l2Depth }, (_, rank) => [`${60_000 + rank}.50`, '1.234']).flat()
  const nowUs = clock.wallUs()
  const times = { engineUs: nowUs, venueUs: nowUs, receivedUs: nowUs, unchangedSinceUs: nowUs, confirmedUs: nowUs }
  const json = encodeBook({ sequence: 1, ...times, bids: levels, asks: levels }, wire, settings.l2Depth)
  return json.replace('"kind":"order_book_l2"', '"kind":"filler"')
}

function ignore(): void {}
