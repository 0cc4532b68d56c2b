// One product with its instruments, a decoder and a recording sink, as a connection of ingest has them.

import type { MarketSink } from '@tradelane/shared/market/market-events'
import type {
  Decimal,
  Instrument,
  InstrumentId,
  MonotonicUs,
  ProductIndex,
  SizeUnits,
  SubscribedKind,
} from '@tradelane/shared/market/nouns'
import { newDepthFrame } from '../depth-protocol.js'
import { type ClassifiedHead, FrameClass } from '../frame-class.js'
import { productById } from '../registry.js'
import { ContractSizes } from '../sizes.js'
import { newSymbolIndex } from '../symbol-index.js'
import type { FrameDecoder, Product, Subscription } from '../venue.js'
import { RecordingSink } from './recording-sink.js'

export const RECEIVED_US = 7_000_000_500_000 as MonotonicUs

export interface FixtureSizes {
  readonly units: SizeUnits
  /** Of every instrument. */
  readonly contractValue: string
}

export class ProductFixture {
  readonly product: Product
  readonly instruments: readonly Instrument[]
  readonly index
  readonly sink = new RecordingSink()
  readonly head: ClassifiedHead = { frameClass: FrameClass.ignored, instrument: undefined, wasParsed: false }
  readonly depthFrame = newDepthFrame()
  readonly #sizes: ContractSizes
  decoder: FrameDecoder

  constructor(
    product: Product,
    symbols: Iterable<string>,
    sizes: FixtureSizes = { units: 'venue', contractValue: '1' },
  ) {
    this.product = product
    this.#sizes = new ContractSizes(sizes.units)
    this.instruments = [...symbols].map((symbol, id) => instrumentOf(product, symbol, id))
    for (const instrument of this.instruments) this.#sizes.set(instrument, sizes.contractValue as Decimal)
    this.index = newSymbolIndex(this.instruments)
    this.decoder = this.newDecoder()
  }

  newDecoder(): FrameDecoder {
    const { sink } = this
    const missed: MarketSink['missed'] = (kind, instrument) => sink.miss(kind, instrument)
    const decoder = this.product.newDecoder(this.index, { trades: sink, states: sink, missed }, this.#sizes)
    decoder.onConnected(RECEIVED_US, false)
    return decoder
  }

  classify(frame: string | Buffer): FrameClass {
    return this.product.classify(bytesOf(frame), this.index, this.head)
  }

  /** Classifies and decodes; the number of malformed events. */
  take(frame: string | Buffer): number {
    const bytes = bytesOf(frame)
    return this.decoder.decode(bytes, this.product.classify(bytes, this.index, this.head), RECEIVED_US)
  }

  decodeDepth(frame: string | Buffer, source: 'stream' | 'rest' = 'stream'): boolean {
    return this.product.depth.decode(bytesOf(frame), source, this.depthFrame)
  }
}

export function productOf(id: string): Product {
  const product = productById(id)
  if (product === undefined) throw new Error(`no product ${id}`)
  return product
}

export function instrumentOf(product: Product, symbol: string, id = 0): Instrument {
  return {
    id: id as InstrumentId,
    product: 0 as ProductIndex,
    exchange: product.exchange,
    marketType: product.marketType,
    base: symbol.toLowerCase(),
    quote: 'usdt',
    symbol,
  }
}

export function subscriptionsOf(product: Product, kind: SubscribedKind, symbols: readonly string[]): Subscription[] {
  return symbols.map((symbol, id) => ({ kind, instrument: instrumentOf(product, symbol, id) }))
}

function bytesOf(frame: string | Buffer): Buffer {
  return typeof frame === 'string' ? Buffer.from(frame) : frame
}
