// The trade and the state feed of a product: frames are decoded here, in the thread that received them, and go straight to
// the publishers. For trades a lost connection is a doubt about every instrument that it carried.

import { Kind, type ProductIndex, StatusReason, type SubscribedKind, type WallUs } from '@tradelane/shared/nouns'
import { FrameClass, type FrameDecoder, type FrameHead, type Product, type SymbolIndex } from '@tradelane/venues/venue'
import type { IngestContext } from './ingest-context.js'
import type { Line, LineEvents } from './line.js'

export class DecodedFeed implements LineEvents {
  readonly #context: IngestContext
  readonly #product: Product
  readonly #productIndex: ProductIndex
  readonly #decoder: FrameDecoder
  readonly #kinds: ReadonlySet<SubscribedKind>
  #wasUp = false

  /** One per line: a decoder merges what one connection sends. */
  constructor(
    context: IngestContext,
    product: Product,
    index: ProductIndex,
    instruments: SymbolIndex,
    kinds: Iterable<SubscribedKind>,
  ) {
    this.#context = context
    this.#product = product
    this.#productIndex = index
    this.#decoder = product.newDecoder(instruments, context.sink, context.sizes)
    this.#kinds = new Set(kinds)
    for (const kind of this.#kinds) context.links.declare(index, kind, this)
  }

  onUp(line: Line, isSeamless: boolean): void {
    for (const { kind, instrument } of line.streams) {
      if (kind === Kind.liquidation) this.#context.trades.turnOverLiquidations(instrument)
    }
    if (!isSeamless) this.#decoder.reset(this.#context.clock.wallUs())
    this.#wasUp = true
    this.#setLinks(true, StatusReason.connected)
  }

  onSettled(line: Line): void {
    for (const { kind, instrument } of line.streams) {
      if (kind === Kind.trade) this.#context.trades.resume(instrument)
    }
  }

  onFrame(_line: Line, frame: Buffer, head: FrameHead, receivedUs: WallUs): void {
    const malformedCount = this.#decoder.decode(frame, head.frameClass, receivedUs)
    if (malformedCount > 0) this.#malformed(malformedCount, frame, head)
  }

  onChunkEnd(): void {
    // Every event was published, and its readers rung, as it came.
  }

  onDown(line: Line, reason: StatusReason): void {
    // What was missed before the first connection is before the stream.
    if (this.#wasUp) {
      for (const { kind, instrument } of line.streams) {
        if (kind === Kind.trade) this.#context.trades.doubt(instrument)
      }
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
