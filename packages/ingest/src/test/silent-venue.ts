// A venue in virtual time whose connections can fall silent, and one product of ours connected to it: sockets that open at once,
// acknowledge what is subscribed, answer pings, and carry what the test sends while they are not mute. Used by this package's tests.

import assert from 'node:assert/strict'
import type { Decimal, Instrument, MonotonicUs, ProductIndex, SubscribedKind } from '@tradelane/shared/market/nouns'
import { Clock } from '@tradelane/shared/thread/clock'
import { VirtualTimers } from '@tradelane/shared/thread/test/virtual-timers'
import type { ListedInstrument } from '@tradelane/venues/rest-protocol'
import type { Product } from '@tradelane/venues/venue'
import type { Socket, SocketOptions } from '../connection/socket.js'
import { ProductSession } from '../feed/product-session.js'
import { VenueHosts } from '../host/venue-hosts.js'
import type { IngestContext } from '../ingest-context.js'
import { Publishers } from '../publish/publishers.js'
import { RecordedLog } from './recorded-log.js'
import { testEnvironment } from './test-environment.js'
import { ingestStart } from './test-ingest.js'
import { TestLanes } from './test-lanes.js'

export class SilentVenue {
  readonly lanes = new TestLanes()
  readonly log = new RecordedLog()
  /** In the order of their opening. */
  readonly sockets: VirtualSocket[] = []
  /** It accepts no connection. */
  isAway = false
  /** Symbols that its list lacks. */
  readonly unlisted = new Set<string>()
  readonly #timers = new VirtualTimers(1_000)
  readonly #context: IngestContext
  readonly #session: ProductSession

  constructor(
    product: Product,
    index: ProductIndex,
    wanted: readonly { readonly instrument: Instrument; readonly kind: SubscribedKind }[],
    ack: (text: string) => string | null,
  ) {
    const { lanes, log } = this
    const nowUs = (): MonotonicUs => (this.#timers.nowMs * 1_000) as MonotonicUs
    const environment = testEnvironment(lanes, {
      clock: new Clock(lanes.clockMemory, nowUs),
      timers: this.#timers,
      nowMs: () => this.#timers.nowMs,
      openSocket: (_url, options) => {
        const socket = new VirtualSocket(options, this.#timers, nowUs, ack)
        if (this.isAway) socket.terminate('refused')
        this.sockets.push(socket)
        return socket
      },
      fetch: async () => ({ status: 200, ok: true, headers: { get: () => null }, body: bodyOf() }),
      lists: {
        read: async () => ({ listed: this.#listed(wanted), entryCount: wanted.length, examples: [], nextCursor: null }),
      },
      log,
    })
    const publishers = new Publishers(ingestStart(lanes), environment, lanes.counters)
    const { limitedLog } = log
    const hosts = new VenueHosts({ ...environment, limitedLog })
    this.#context = { environment, publishers, counters: lanes.counters, limitedLog, hosts }
    this.#session = new ProductSession(this.#context, {
      product,
      index,
      endpoints: { ws: 'ws://venue', rest: 'http://venue' },
      subscriptions: wanted,
      sizeUnits: 'venue',
      venueSettings: {},
    })
  }

  #listed(wanted: readonly { readonly instrument: Instrument }[]): ListedInstrument[] {
    const symbols = wanted.map(({ instrument }) => instrument.symbol).filter(symbol => !this.unlisted.has(symbol))
    return symbols.map(symbol => ({ symbol, isTrading: true, contractValue: '1' as Decimal }))
  }

  get openSockets(): VirtualSocket[] {
    return this.sockets.filter(({ isOpen }) => isOpen)
  }

  async start(): Promise<void> {
    await this.#session.start()
    await this.pass(1_000)
  }

  /** `each` is called every `everyMs`. */
  async pass(ms: number, everyMs = 250, each: () => void = () => undefined): Promise<void> {
    const untilMs = this.#timers.nowMs + ms
    while (this.#timers.nowMs < untilMs) {
      this.#timers.runUntil(Math.min(untilMs, this.#timers.nowMs + everyMs))
      each()
      // REST answers are promises.
      await new Promise(resolve => setImmediate(resolve))
    }
  }

  /** On each open connection that subscribed this text. */
  send(frame: string, subscribed: string): void {
    for (const socket of this.openSockets) {
      if (!socket.isMute && socket.texts.some(text => text.includes(subscribed))) socket.deliver(frame)
    }
  }

  close(): void {
    this.#session.close()
    this.#timers.runUntil(this.#timers.nowMs + 10)
    this.#context.publishers.close()
  }
}

export class VirtualSocket implements Socket {
  readonly texts: string[] = []
  /** Carries nothing but acknowledgements and pongs. */
  isMute = false
  isOpen = false
  #isEnded = false
  readonly #events: SocketOptions['events']
  readonly #timers: VirtualTimers
  readonly #nowUs: () => MonotonicUs
  readonly #ack: (text: string) => string | null

  constructor(
    { events }: SocketOptions,
    timers: VirtualTimers,
    nowUs: () => MonotonicUs,
    ack: (text: string) => string | null,
  ) {
    this.#events = events
    this.#timers = timers
    this.#nowUs = nowUs
    this.#ack = ack
    timers.setTimeout(() => {
      if (this.#isEnded) return
      this.isOpen = true
      events.onOpen()
    }, 10)
  }

  send(text: string): void {
    this.texts.push(text)
    const answer = this.#ack(text)
    if (answer !== null) this.#soon(() => this.deliver(answer))
  }

  ping(): void {
    this.#soon(() => this.#events.onPong())
  }

  pause(): void {}

  resume(): void {}

  terminate(detail: string): void {
    this.isOpen = false
    this.#isEnded = true
    this.#timers.setTimeout(() => this.#events.onClosed(detail), 1)
  }

  deliver(text: string): void {
    this.#events.onText(Buffer.from(text), this.#nowUs())
    this.#events.onChunkEnd?.()
  }

  #soon(callback: () => void): void {
    this.#timers.setTimeout(() => {
      if (this.isOpen) callback()
    }, 10)
  }
}

function bodyOf(): ReadableStream<Uint8Array> {
  const { body } = new Response('{"lastUpdateId":1,"bids":[],"asks":[]}')
  assert(body !== null, 'a response with bytes has a body')
  return body
}
