// Warms a shard up, see `shared/thread/warm-up.ts`: another agent on a ring and a board of its own applies sample deltas and
// publishes each book. In slices, because nothing else runs in this thread meanwhile.

import { createDepthRing, DepthRecordKind, DepthRingProducer, depthRingBytes } from '@tradelane/shared/lanes/depth-ring'
import { encodeLinkUp } from '@tradelane/shared/lanes/depth-ring-link-up'
import type { Decimal, Instrument } from '@tradelane/shared/market/nouns'
import { monotonicUs } from '@tradelane/shared/thread/clock'
import { readThreadCounters } from '@tradelane/shared/thread/counters'
import { ThreadCell } from '@tradelane/shared/thread/parking'
import type { L2Start } from '@tradelane/shared/thread/thread-messages'
import { copyOfMemory, guardWarmUp, SILENT_LOG, type WarmUpLimits, warmUpStart } from '@tradelane/shared/thread/warm-up'
import { productById } from '@tradelane/venues/registry'
import type { Product } from '@tradelane/venues/venue'
import type { L2Agent } from './l2-agent.js'
import { newL2Agent } from './start-l2.js'

/** Of all products: more bring nothing new to compile. */
const BOOKS_MAX = 12
/** After so many rounds everything is compiled. */
const ROUNDS_MAX = 4_000
/** The longest snapshot of a venue does not come, those of samples fit. */
const RING_FRAMES = 2_048
const ONE = '1' as Decimal

/** `work` goes first, and what it does is not counted. Resolves to the number of books that were published. */
export async function warmUp(
  start: L2Start,
  { ms, isOver }: WarmUpLimits,
  work: () => number = () => 0,
): Promise<number> {
  return await guardWarmUp(ms, () => {
    const shard = new ShardWarmUp(start, ms)
    while (!isOver() && (work() > 0 || shard.runSlice())) {}
    return shard.bookCount
  })
}

interface SampleBook {
  readonly instrument: Instrument
  readonly product: Product
}

class ShardWarmUp {
  readonly #untilMs: number
  readonly #books: readonly SampleBook[]
  readonly #cell: ThreadCell
  readonly #producer: DepthRingProducer
  readonly #agent: L2Agent
  readonly #counters: SharedArrayBuffer
  readonly #threadIndex: number
  #round = 0

  constructor(start: L2Start, ms: number) {
    this.#untilMs = performance.now() + ms
    this.#books = sampleBooks(start).slice(0, BOOKS_MAX)
    const own = ownStart(start)
    this.#counters = own.counters
    this.#threadIndex = own.threadIndex
    this.#cell = new ThreadCell(own.control, own.threadIndex)
    this.#producer = new DepthRingProducer(own.depthRing, this.#cell)
    this.#agent = newL2Agent(own, { log: SILENT_LOG, nowUs: monotonicUs, requestResync: () => {} })
    for (const { instrument, product } of this.#books) {
      this.#offer(DepthRecordKind.linkUp, instrument, encodeLinkUp(ONE))
      const kind = product.depth.snapshotSource === 'rest' ? DepthRecordKind.rest : DepthRecordKind.stream
      this.#offer(kind, instrument, Buffer.from(product.sampleFrames.snapshot(instrument.symbol, Date.now())))
    }
  }

  get bookCount(): number {
    return readThreadCounters(this.#counters, this.#threadIndex).booksPublished
  }

  /** False: it is over. */
  runSlice(): boolean {
    if (this.#books.length === 0 || this.#round === ROUNDS_MAX || performance.now() > this.#untilMs) return false
    this.#round += 1
    // Rings are of gateways that are parked, and of gateways that are not.
    this.#cell.setParked(this.#round % 2 === 0)
    const atMs = Date.now()
    for (const { instrument, product } of this.#books) {
      const frame = Buffer.from(product.sampleFrames.delta(instrument.symbol, this.#round, atMs))
      this.#offer(DepthRecordKind.stream, instrument, frame)
    }
    this.#agent.doWork()
    return true
  }

  #offer(kind: DepthRecordKind, { id }: Instrument, frame: Uint8Array): void {
    this.#producer.offer(kind, id, monotonicUs(), frame)
  }
}

/** One of each product first. */
function sampleBooks({ books, instruments, products }: L2Start): readonly SampleBook[] {
  const all = books.flatMap(({ instrument: id }) => {
    const instrument = instruments.find(each => each.id === id)
    const product = productById(products.find(({ index }) => index === instrument?.product)?.id ?? '')
    return instrument === undefined || product === undefined ? [] : [{ instrument, product }]
  })
  const isFirst = ({ product }: SampleBook, index: number): boolean =>
    all.findIndex(each => each.product === product) === index
  return [...all.filter(isFirst), ...all.filter((each, index) => !isFirst(each, index))]
}

function ownStart(start: L2Start): L2Start {
  const bytes = depthRingBytes(RING_FRAMES)
  return {
    ...warmUpStart(start),
    depthRing: createDepthRing({ bytes, instrumentCount: start.instruments.length }),
    bookBoard: copyOfMemory(start.bookBoard),
    // Each change is published.
    books: start.books.map(({ instrument }) => ({ instrument, throttleMs: 0 })),
    gatewayThreads: [start.threadIndex],
  }
}
