// The trade and the state feed of a product: frames are decoded here, in the thread that received them, and go straight to
// the publishers. A lost connection is a doubt about the trades and the liquidations that it carried: both of an instrument,
// or one of them, for its streams may be on two connections.

import {
  type Instrument,
  Kind,
  type ProductIndex,
  StatusReason,
  type SubscribedKind,
  type WallUs,
} from '@tradelane/shared/nouns'
import {
  FrameClass,
  type FrameDecoder,
  type FrameHead,
  type Product,
  type Stream,
  type SymbolIndex,
} from '@tradelane/venues/venue'
import type { IngestContext } from './ingest-context.js'
import type { Line, LineEvents } from './line.js'

export class DecodedFeed implements LineEvents {
  readonly #context: IngestContext
  readonly #product: Product
  readonly #productIndex: ProductIndex
  readonly #decoder: FrameDecoder
  readonly #kinds: ReadonlySet<SubscribedKind>
  readonly #carried: ReadonlyMap<Instrument, ReadonlySet<SubscribedKind>>
  /** When its connections last brought anything. Null before the first. */
  #heardUs: WallUs | null = null

  /** One per line: a decoder merges what one connection sends. */
  constructor(
    context: IngestContext,
    product: Product,
    index: ProductIndex,
    instruments: SymbolIndex,
    streams: readonly Stream[],
  ) {
    this.#context = context
    this.#product = product
    this.#productIndex = index
    this.#decoder = product.newDecoder(instruments, context.sink, context.sizes)
    this.#kinds = new Set(streams.map(({ kind }) => kind))
    this.#carried = kindsByInstrument(streams)
    for (const kind of this.#kinds) context.links.declare(index, kind, this)
  }

  onUp(_line: Line, isSeamless: boolean): void {
    const { clock, trades } = this.#context
    for (const [instrument, kinds] of this.#carried) {
      if (kinds.has(Kind.liquidation)) trades.turnOverLiquidations(instrument)
    }
    this.#heardUs = clock.wallUs()
    if (!isSeamless) this.#decoder.reset(this.#heardUs)
    this.#setLinks(true, StatusReason.connected)
  }

  onSettled(): void {
    for (const [instrument, kinds] of this.#carried) this.#context.trades.resume(instrument, kinds)
  }

  onFrame(_line: Line, frame: Buffer, head: FrameHead, receivedUs: WallUs): void {
    this.#heardUs = receivedUs
    const malformedCount = this.#decoder.decode(frame, head.frameClass, receivedUs)
    if (malformedCount > 0) this.#malformed(malformedCount, frame, head)
  }

  onChunkEnd(): void {
    // Every event was published, and its readers rung, as it came.
  }

  onDown(_line: Line, reason: StatusReason): void {
    // What was missed before the first connection is before the stream.
    if (this.#heardUs !== null) {
      for (const [instrument, kinds] of this.#carried) this.#context.trades.doubt(instrument, kinds, this.#heardUs)
    }
    this.#setLinks(false, reason)
  }

  #setLinks(isLive: boolean, reason: StatusReason): void {
    for (const kind of this.#kinds) this.#context.links.set(this.#productIndex, kind, this, isLive, reason)
  }

  #malformed(count: number, frame: Buffer, head: FrameHead): void {
    const { counters, notices } = this.#context
    counters.add(head.frameClass === FrameClass.trade ? 'tradesMalformed' : 'framesMalformed', count)
    notices.say('warn', 'a venue sent malformed events; they are left out', this.#product.id, {
      symbol: head.instrument?.symbol,
      start: frame.toString('latin1', 0, 80),
    })
  }
}

function kindsByInstrument(streams: readonly Stream[]): Map<Instrument, Set<SubscribedKind>> {
  const found = new Map<Instrument, Set<SubscribedKind>>()
  for (const { instrument, kind } of streams) {
    const kinds = found.get(instrument)
    if (kinds === undefined) found.set(instrument, new Set([kind]))
    else kinds.add(kind)
  }
  return found
}
