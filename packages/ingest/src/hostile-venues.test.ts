// Hostile venues, over virtual sockets and in virtual time: well-formed frames with ids from a small set, repeated,
// backwards and at the end of the numbers, counts, times and amounts of any size, answers without a request, refusals,
// notices and cuts at any moment, late timers, full rings. Offered to every product, from the socket to the lanes. Nothing throws.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Decimal, Instrument, MonotonicUs, ProductIndex, SubscribedKind } from '@tradelane/shared/market/nouns'
import { Clock } from '@tradelane/shared/thread/clock'
import { Counters } from '@tradelane/shared/thread/counters'
import { VirtualTimers } from '@tradelane/shared/thread/test/virtual-timers'
import { PRODUCTS } from '@tradelane/venues/registry'
import type { Product } from '@tradelane/venues/venue'
import type { Socket, SocketOptions } from './connection/socket.js'
import { ProductSession } from './feed/product-session.js'
import { VenueHosts } from './host/venue-hosts.js'
import type { IngestContext } from './ingest-context.js'
import { HELD_FRAMES_MAX } from './limits.js'
import { Publishers } from './publish/publishers.js'
import { RestError } from './rest/rest-client.js'
import { newHostileFrames } from './test/hostile-frames.js'
import { RecordedLog } from './test/recorded-log.js'
import { testEnvironment } from './test/test-environment.js'
import { ingestStart } from './test/test-ingest.js'
import { INSTRUMENTS, TestLanes } from './test/test-lanes.js'

const RUNS = 20
const STEPS = 220
const PASSES_MS = [0, 0, 0, 0.02, 1, 20, 300, 1_100, 1_100, 12_000, 130_000]

for (const product of PRODUCTS) {
  test(`${product.id}: no venue ends the thread, whatever it sends and when`, async () => {
    let recordCount = 0
    let refusedCount = 0
    for (let seed = 1; seed <= RUNS; seed += 1) {
      const world = new HostileVenue(product, seed)
      await world.start()
      for (let step = 0; step < STEPS; step += 1) await world.step()
      await world.close()
      recordCount += world.lanes.takeRecords().length
      refusedCount += world.lanes.count('rejections')
    }
    assert.ok(recordCount > RUNS && refusedCount > 0, `${recordCount} records, ${refusedCount} refusals`)
  })
}

/** A socket that does what the venue says; its end comes later, as a real one's. */
class VirtualSocket implements Socket {
  readonly texts: string[] = []
  state: 'opening' | 'open' | 'ending' | 'closed' = 'opening'
  detail = ''
  readonly isPausable: boolean
  readonly #events: SocketOptions['events']

  constructor({ events, isPausable }: SocketOptions) {
    this.#events = events
    this.isPausable = isPausable
  }

  send(text: string): void {
    if (this.state === 'open') this.texts.push(text)
  }

  ping(): void {
    if (this.state === 'open') this.#events.onPong()
  }

  pause(): void {
    assert.ok(this.isPausable)
  }

  resume(): void {}

  terminate(detail: string): void {
    this.detail ||= detail
    if (this.state !== 'closed') this.state = 'ending'
  }

  open(): void {
    if (this.state !== 'opening') return
    this.state = 'open'
    this.#events.onOpen()
  }

  /** Also after we ended it: the library hands over what it had read. */
  text(text: string, receivedUs: MonotonicUs): void {
    if (this.state === 'open' || this.state === 'ending') this.#events.onText(Buffer.from(text), receivedUs)
  }

  venuePing(): void {
    if (this.state === 'open') this.#events.onPing()
  }

  binary(): void {
    if (this.state === 'open') this.#events.onBinary()
  }

  chunkEnd(): void {
    if (this.state === 'open') this.#events.onChunkEnd?.()
  }

  close(): void {
    if (this.state === 'closed') return
    this.state = 'closed'
    this.#events.onClosed(this.detail)
  }
}

class HostileVenue {
  readonly lanes: TestLanes
  readonly #random: () => number
  readonly #timers = new VirtualTimers(1_000_000)
  readonly #sockets: VirtualSocket[] = []
  readonly #session: ProductSession
  readonly #context: IngestContext
  readonly #instruments: readonly Instrument[]
  readonly #frames: ReturnType<typeof newHostileFrames>
  readonly #ring
  #isListed = true

  constructor(product: Product, seed: number) {
    this.#random = seededRandom(seed)
    this.lanes = new TestLanes({ ringBytes: 1 << 14 })
    this.#ring = this.lanes.consumer()
    const { lanes } = this
    // Ids 0 and 1: the lanes say that they are contiguous. Ids 2 and 3: that they are not.
    const isContiguous = product.tradeIdRule({}) === 'contiguous'
    this.#instruments = INSTRUMENTS.filter(({ id }) => id < 2 === isContiguous).map(instrument => ({
      ...instrument,
      marketType: product.marketType,
      symbol: product.symbolOf(instrument.base, instrument.quote),
    }))
    this.#frames = newHostileFrames(product.id, this.#random, this.#instruments)
    const nowUs = (): MonotonicUs => (this.#timers.nowMs * 1_000) as MonotonicUs
    const log = new RecordedLog()
    const environment = testEnvironment(lanes, {
      clock: new Clock(lanes.clockMemory, nowUs),
      timers: this.#timers,
      nowMs: () => this.#timers.nowMs,
      random: this.#random,
      openSocket: (_url, options) => {
        const socket = new VirtualSocket(options)
        this.#sockets.push(socket)
        return socket
      },
      fetch: async () => ({ status: 200, ok: true, headers: { get: () => null }, body: bodyOf(this.#frames.answer()) }),
      lists: { read: async () => this.#listing() },
      log,
    })
    const publishers = new Publishers(
      { ...ingestStart(lanes), instruments: this.#allInstruments() },
      environment,
      new Counters(lanes.countersMemory, 0),
    )
    const { limitedLog } = log
    const hosts = new VenueHosts({ ...environment, limitedLog })
    this.#context = { environment, publishers, counters: lanes.counters, limitedLog, hosts }
    this.#session = new ProductSession(this.#context, {
      product,
      index: (isContiguous ? 0 : 1) as ProductIndex,
      endpoints: { ws: 'ws://venue', rest: 'http://venue' },
      subscriptions: this.#instruments.flatMap(instrument =>
        product.kinds.map((kind: SubscribedKind) => ({ kind, instrument })),
      ),
      sizeUnits: 'base',
      venueSettings: { BINANCE_FUTURES_TRADES: this.#pick(['raw', 'aggTrade']) },
      listRefreshMs: 5_000,
    })
  }

  async start(): Promise<void> {
    await this.#session.start()
    for (const socket of this.#sockets) socket.open()
  }

  async close(): Promise<void> {
    this.#session.close()
    for (const socket of this.#sockets) this.#give(socket, this.#frames.data())
    for (const socket of this.#sockets) socket.close()
    this.#context.publishers.close()
    await settleIo()
  }

  async step(): Promise<void> {
    const chance = this.#random()
    const live = this.#sockets.filter(({ state }) => state !== 'closed')
    const socket = live[Math.floor(this.#random() * live.length)]
    if (chance < 0.08 || socket === undefined) this.#pass()
    else if (chance < 0.55) this.#give(socket, this.#frames.data())
    else if (chance < 0.62) socket.open()
    else if (chance < 0.8) this.#answer(socket)
    else if (chance < 0.84) this.#give(socket, this.#frames.control(String(Math.floor(this.#random() * 30))))
    else if (chance < 0.86) socket.venuePing()
    else if (chance < 0.87) socket.binary()
    else if (chance < 0.89) socket.chunkEnd()
    else if (chance < 0.91) this.#flood(socket)
    else if (chance < 0.94) socket.close()
    else if (chance < 0.97) {
      void this.#session.resync(this.#pick(this.#instruments)).catch(expectRefusal)
      await settleIo()
    } else if (chance < 0.975) this.#session.reopenBooks(0)
    else if (chance < 0.98) this.#reshard()
    else this.#isListed = !this.#isListed
    if (this.#random() < 0.3) while (this.#ring.read());
    for (const each of live) if (each.state === 'ending' && this.#random() < 0.3) each.close()
    if (chance < 0.1) await settleIo()
  }

  #reshard(): void {
    this.#session.closeBooks()
    const start = ingestStart(this.lanes)
    this.#context.publishers.reshard(start)
    this.#session.openBooks()
  }

  #pass(): void {
    this.#timers.runLate(this.#timers.nowMs + this.#pick(PASSES_MS))
  }

  /** Acknowledges or refuses what was requested. */
  #answer(socket: VirtualSocket): void {
    const text = socket.texts.shift()
    if (text === undefined) return
    for (const answer of this.#frames.answersTo(text)) this.#give(socket, answer)
  }

  /** As many as are held while a connection is replaced, or as fill a ring. */
  #flood(socket: VirtualSocket): void {
    if (this.#random() > 0.05) return
    for (let count = 0; count <= HELD_FRAMES_MAX; count += 1) this.#give(socket, this.#frames.data())
  }

  #give(socket: VirtualSocket, text: string): void {
    socket.text(text, (this.#timers.nowMs * 1_000) as MonotonicUs)
  }

  #listing() {
    const isTrading = this.#isListed
    const contractValue = this.#pick(['0.01', '1', '9'.repeat(24)]) as Decimal
    const all = this.#instruments.map(({ symbol }) => ({ symbol, isTrading: true, contractValue }))
    return { listed: isTrading ? all : all.slice(1), examples: [], entryCount: all.length, nextCursor: null }
  }

  #allInstruments(): Instrument[] {
    return INSTRUMENTS.map(instrument => this.#instruments.find(({ id }) => id === instrument.id) ?? instrument)
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.#random() * items.length)] as Item
  }
}

function bodyOf(text: string): ReadableStream<Uint8Array> {
  return new Response(text).body ?? assert.fail('a response with bytes has a body')
}

/** The limits of REST refuse a snapshot; nothing else may. */
function expectRefusal(error: unknown): void {
  if (!(error instanceof RestError)) throw error
}

/** Until promises that wait for nothing but each other are done. */
function settleIo(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

/** Mulberry32. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
