// The trade and the state feed of a product: frames are decoded here, in the thread that received them, and go straight to
// the publishers. A lost connection is a doubt about the trades and the liquidations that it carried: both of an instrument,
// or one of them, for its streams may be on two connections. The doubt about a stream that the next connection is refused
// stays, until one carries it again; until then the link of its kind is not live.

import {
  type Instrument,
  Kind,
  type MonotonicUs,
  type ProductIndex,
  StatusReason,
  type SubscribedKind,
} from '@tradelane/shared/market/nouns'
import {
  FrameClass,
  type FrameDecoder,
  type FrameHead,
  type Product,
  type Subscription,
  type SymbolIndex,
} from '@tradelane/venues/venue'
import type { DurableConnection, LineEvents } from '../connection/durable-connection.js'
import type { IngestContext } from '../ingest-context.js'

export class DecodedFeed implements LineEvents {
  readonly #context: IngestContext
  readonly #product: Product
  readonly #productIndex: ProductIndex
  readonly #decoder: FrameDecoder
  readonly #kinds: ReadonlySet<SubscribedKind>
  readonly #streams: readonly Subscription[]
  /** Acknowledged once. What was refused from the start was never promised: nothing of it is lost. */
  readonly #served = new Set<Subscription>()
  /** By the connection in use. Empty until it is settled. */
  #refused: ReadonlySet<Subscription> = NONE
  /** Served before, refused when last asked for. */
  readonly #withdrawn = new Set<Subscription>()
  readonly #ended = new Set<Instrument>()
  #isUp = false
  /** When its connections last brought anything. Null before the first. */
  #heardUs: MonotonicUs | null = null

  /** One per line: a decoder merges what one connection sends. */
  constructor(
    context: IngestContext,
    product: Product,
    index: ProductIndex,
    instruments: SymbolIndex,
    streams: readonly Subscription[],
  ) {
    this.#context = context
    this.#product = product
    this.#productIndex = index
    this.#decoder = product.newDecoder(instruments, context.sink, context.sizes)
    this.#kinds = new Set(streams.map(({ kind }) => kind))
    this.#streams = streams
    for (const kind of this.#kinds) context.links.declare(index, kind, this)
  }

  onUp(_line: DurableConnection, isSeamless: boolean): void {
    const { clock, trades } = this.#context
    for (const { kind, instrument } of this.#streams) {
      if (kind === Kind.liquidation) trades.onConnectionChanged(instrument)
    }
    this.#isUp = true
    this.#refused = NONE
    this.#heardUs = clock.monotonicUs()
    if (!isSeamless) this.#decoder.reset(clock.wallUs())
    this.#setLinksUp()
  }

  onSettled(_line: DurableConnection, refused: ReadonlySet<Subscription>): void {
    this.#refused = refused
    this.#withdrawn.clear()
    for (const stream of this.#streams) {
      if (!refused.has(stream)) this.#served.add(stream)
      else if (this.#served.has(stream)) this.#withdrawn.add(stream)
    }
    // A connection that was replaced in time carried them until now.
    this.#doubt(stream => this.#withdrawn.has(stream))
    // Of an ended instrument nothing is told, unless something comes all the same, and then before it.
    const back = this.#streams.filter(stream => !refused.has(stream) && !this.#ended.has(stream.instrument))
    for (const [instrument, kinds] of kindsByInstrument(back)) this.#context.trades.resume(instrument, kinds)
    this.#setLinksUp()
  }

  /** The venue lists these instruments no more: nobody waits for them. */
  end(instruments: readonly Instrument[]): void {
    for (const instrument of instruments) this.#ended.add(instrument)
    if (this.#isUp) this.#setLinksUp()
  }

  onFrame(_line: DurableConnection, frame: Buffer, head: FrameHead, receivedUs: MonotonicUs): void {
    this.#heardUs = receivedUs
    const malformedCount = this.#decoder.decode(frame, head.frameClass, receivedUs)
    if (malformedCount > 0) this.#malformed(malformedCount, frame, head)
  }

  onChunkEnd(): void {
    // Every event was published, and its readers rung, as it came.
  }

  onDown(_line: DurableConnection, reason: StatusReason): void {
    // What was missed before the first connection is before the stream.
    if (this.#heardUs !== null) this.#doubt(stream => !this.#refused.has(stream))
    this.#isUp = false
    for (const kind of this.#kinds) this.#context.links.set(this.#productIndex, kind, this, false, reason)
  }

  #doubt(isMeant: (stream: Subscription) => boolean): void {
    for (const [instrument, kinds] of kindsByInstrument(this.#streams.filter(isMeant))) {
      this.#context.trades.markUncertain(instrument, kinds, this.#heardUs)
    }
  }

  #setLinksUp(): void {
    const missing = [...this.#withdrawn].filter(({ instrument }) => !this.#ended.has(instrument))
    const missingKinds = new Set(missing.map(({ kind }) => kind))
    for (const kind of this.#kinds) {
      const isLive = !missingKinds.has(kind)
      const reason = isLive ? StatusReason.connected : StatusReason.rejected
      this.#context.links.set(this.#productIndex, kind, this, isLive, reason)
    }
  }

  #malformed(count: number, frame: Buffer, head: FrameHead): void {
    const { counters, limitedLog } = this.#context
    counters.add(head.frameClass === FrameClass.trade ? 'tradesMalformed' : 'framesMalformed', count)
    limitedLog.write('warn', 'a venue sent malformed events; they are left out', this.#product.id, {
      symbol: head.instrument?.symbol,
      start: frame.toString('latin1', 0, 80),
    })
  }
}

const NONE: ReadonlySet<Subscription> = new Set()

function kindsByInstrument(streams: readonly Subscription[]): Map<Instrument, Set<SubscribedKind>> {
  const found = new Map<Instrument, Set<SubscribedKind>>()
  for (const { instrument, kind } of streams) {
    const kinds = found.get(instrument)
    if (kinds === undefined) found.set(instrument, new Set([kind]))
    else kinds.add(kind)
  }
  return found
}
