// One virtual WebSocket between ingest and a simulated venue. Ingest holds it as its `Socket`; the venue holds the other end
// as a stream that takes frames. Faults act on it from outside.

import type { Duplex } from 'node:stream'
import type { HandshakeRefusal, Socket, SocketEvents, SocketOptions } from '@tradelane/ingest/connection/socket'
import { Connection, type Outbox } from '@tradelane/venue-sim/connection/connection'
import type { WebSocket } from 'ws'
import { payloadsOf } from './frame-bytes.js'
import { type InboundItem, InboundPath } from './inbound-path.js'
import type { RunJournal } from './run-journal.js'
import type { SeededRandom } from './seeded-random.js'
import { ServerEnd } from './server-end.js'
import type { VirtualTime } from './virtual-time.js'
import type { Place } from './virtual-venues.js'

export interface VenueConnectionOptions {
  readonly id: string
  readonly place: Place
  readonly time: VirtualTime
  readonly random: SeededRandom
  readonly journal: RunJournal
  readonly outbox: Outbox
  /** How the venue refuses the handshake; undefined where it accepts. */
  readonly refusal: () => HandshakeAnswer | undefined
  /** Its answer to a request that it refuses. */
  readonly refusalOfRequest: (text: string) => string | undefined
  /** Once, just before ingest learns that it ended. */
  readonly onEnded: (connection: VenueConnection) => void
}

interface HandshakeAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
}

/** Applied to the next frame that matches. */
export interface FrameFault {
  readonly matches: RegExp
  readonly effect: 'lose' | 'double' | 'spoil'
}

const LATENCY_US_MIN = 1_000
const LATENCY_US_MAX = 30_000
/** TCP and TLS take this many times the latency. */
const HANDSHAKE_LATENCIES = 3
const HEAD_CHARS = 256
const PRICE = /"(p|px|bkPx)":"/
const MARKET_DATA = /"stream":"|"topic":"|"data":\[/

export class VenueConnection implements Socket {
  readonly id: string
  readonly product: string
  readonly isTrade: boolean
  /** Names of the book topics that it carries, in upper case; empty until they are subscribed. */
  readonly bookTopics = new Set<string>()
  /** The venue sends no market data on it any more, and everything else. */
  isSilent = false
  /** Frames that ingest received. */
  frameCount = 0
  readonly #options: VenueConnectionOptions
  readonly #events: SocketEvents
  readonly #latencyUs: number
  readonly #inbound: InboundPath
  readonly #faults: FrameFault[] = []
  #server: Connection | undefined
  #serverEnd: ServerEnd | undefined
  #outboundUs = 0
  #isEnding = false
  #isEnded = false

  constructor(options: VenueConnectionOptions, { isPausable, events }: SocketOptions) {
    const { time, random, place } = options
    this.id = options.id
    this.product = place.site.products.map(({ name }) => name).join('+')
    this.isTrade = !isPausable
    this.#options = options
    this.#events = events
    this.#latencyUs = random.between(LATENCY_US_MIN, LATENCY_US_MAX)
    this.#inbound = new InboundPath({
      time,
      random,
      latencyUs: this.#latencyUs,
      onItem: this.#receive,
      onChunkEnd: () => events.onChunkEnd?.(),
    })
    time.after(HANDSHAKE_LATENCIES * this.#latencyUs, () => this.#handshake())
  }

  get isBook(): boolean {
    return this.bookTopics.size > 0
  }

  get isOpen(): boolean {
    return this.#server !== undefined && !this.#isEnding
  }

  /** Binance puts the stream's name around events where the client asked for it. */
  get isCombined(): boolean {
    return this.#server?.isCombined ?? false
  }

  send(text: string): void {
    if (!this.isOpen) return
    this.#sendOut(() => {
      const { journal, time, place } = this.#options
      journal.note(time.nowUs(), `${this.id}>`, text)
      if (this.#serverEnd?.isOpen !== true) return
      const refusal = this.#options.refusalOfRequest(text)
      if (refusal !== undefined) return this.#server!.sendText(refusal)
      place.site.protocol.receive(this.#server!, text)
      this.#noteTopics()
    })
  }

  ping(): void {
    if (!this.isOpen) return
    this.#sendOut(() => {
      if (this.#serverEnd?.isOpen === true) this.#inbound.add({ kind: 'pong' })
    })
  }

  pause(): void {
    this.#inbound.pause()
  }

  resume(): void {
    this.#inbound.resume()
  }

  terminate(detail: string): void {
    if (this.#isEnding) return
    this.#isEnding = true
    this.#inbound.close()
    this.#options.time.after(0, () => this.#end(detail))
    this.#sendOut(() => this.#serverEnd?.close())
  }

  /** The connection breaks; frames in flight are lost. */
  cut(): void {
    this.#serverEnd?.close()
    this.#inbound.drop()
    this.#inbound.add({ kind: 'close', detail: 'read ECONNRESET' })
  }

  /** The venue sends this besides what its protocol sends. */
  inject(text: string): void {
    if (this.#serverEnd?.isOpen) this.#server?.sendText(text)
  }

  closeByVenue(code: number, reason: string): void {
    this.#serverEnd?.socket.close(code, reason)
  }

  /** Both directions stop until then; what was sent meanwhile arrives after it. */
  blockUntil(atUs: number): void {
    this.#inbound.blockUntil(atUs)
    this.#outboundUs = Math.max(this.#outboundUs, atUs)
  }

  arm(fault: FrameFault): void {
    this.#faults.push(fault)
  }

  #handshake(): void {
    if (this.#isEnding) return
    const { place, refusal, outbox, time, id } = this.#options
    const refused = place.site.protocol.serves(place.path) ? refusal() : { status: 404, headers: {} }
    if (refused !== undefined) {
      this.#isEnding = true
      const { status, headers } = refused
      const retryAfterMs = headers['retry-after'] === undefined ? null : Number(headers['retry-after']) * 1_000
      time.after(this.#latencyUs, () => this.#end(`the venue answered HTTP ${status}`, { status, retryAfterMs }))
      return
    }
    const serverEnd = this.#newServerEnd()
    const { socket, stream } = serverEnd
    const server = new Connection(id, socket as unknown as WebSocket, stream as unknown as Duplex, outbox)
    serverEnd.onLeave = () => server.leave()
    this.#serverEnd = serverEnd
    this.#server = server
    const openUs = time.nowUs() + this.#latencyUs
    this.#inbound.startAt(openUs)
    time.at(openUs, () => {
      if (!this.#isEnding) this.#events.onOpen()
    })
    place.site.protocol.open(server, place.path, place.query)
    this.#noteTopics()
  }

  #newServerEnd(): ServerEnd {
    return new ServerEnd({
      onBytes: bytes => this.#sent(bytes),
      onPing: payload => this.#inbound.add({ kind: 'ping', payload }),
      onClose: (code, text) => this.#inbound.add({ kind: 'close', detail: `closed with ${code} ${text}` }),
      onCut: () => this.cut(),
    })
  }

  #noteTopics(): void {
    for (const { feed, name } of this.#server!.topics) if (feed === 'book') this.bookTopics.add(name.toUpperCase())
  }

  /** To the venue, in order. */
  #sendOut(deliver: () => void): void {
    const { time } = this.#options
    this.#outboundUs = Math.max(this.#outboundUs, time.nowUs() + this.#latencyUs)
    time.at(this.#outboundUs, deliver)
  }

  #sent(bytes: Buffer): void {
    const { journal, time } = this.#options
    for (const frame of payloadsOf(bytes)) {
      const isLost = this.isSilent && MARKET_DATA.test(frame.toString('latin1', 0, HEAD_CHARS))
      const effect = isLost ? 'lose' : this.#takeFault(frame)
      journal.note(time.nowUs(), effect === undefined ? this.id : `${this.id}!${effect}`, frame)
      if (effect === 'lose') continue
      this.#addFrame(effect === 'spoil' ? spoiled(frame) : frame)
      if (effect === 'double') this.#addFrame(Buffer.from(frame))
    }
  }

  #addFrame(frame: Buffer): void {
    this.#serverEnd!.unreadBytes += frame.length
    this.#inbound.add({ kind: 'text', frame })
  }

  #takeFault(frame: Buffer): FrameFault['effect'] | undefined {
    if (this.#faults.length === 0) return undefined
    const head = frame.toString('latin1', 0, HEAD_CHARS)
    const index = this.#faults.findIndex(({ matches }) => matches.test(head))
    return index < 0 ? undefined : this.#faults.splice(index, 1)[0]?.effect
  }

  readonly #receive = (item: InboundItem): void => {
    switch (item.kind) {
      case 'text':
        this.#serverEnd!.unreadBytes -= item.frame.length
        this.frameCount += 1
        this.#events.onText(item.frame, this.#options.time.nowUs())
        return
      case 'ping':
        this.#sendOut(() => this.#serverEnd?.pong(item.payload))
        this.#events.onPing()
        return
      case 'pong':
        this.#events.onPong()
        return
      case 'close':
        this.#isEnding = true
        this.#inbound.close()
        this.#end(item.detail)
    }
  }

  #end(detail: string, refusal?: HandshakeRefusal): void {
    if (this.#isEnded) return
    this.#isEnded = true
    const { journal, time, onEnded } = this.#options
    journal.note(time.nowUs(), `${this.id}x`, detail)
    onEnded(this)
    this.#events.onClosed(detail, refusal)
  }
}

/** The first event in it has a price that cannot be read. */
function spoiled(frame: Buffer): Buffer {
  return Buffer.from(frame.toString('latin1').replace(PRICE, '"$1":"x'), 'latin1')
}
