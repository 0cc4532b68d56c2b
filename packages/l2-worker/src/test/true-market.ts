// A market that knows its own book, for tests: each step changes some levels, is remembered under its sequence, and is
// written in the dialect of a venue. A test compares what a shard shows with what the market knows. Seeded, so that a
// failure can be repeated.

export interface TrueDelta {
  readonly firstId: number
  readonly lastId: number
  readonly previousId: number
  readonly bids: readonly Level[]
  readonly asks: readonly Level[]
}
export type Level = readonly [price: string, amount: string]

export const DIALECTS = ['binance-futures', 'bybit-linear', 'binance-spot', 'okx-swap'] as const
export type Dialect = (typeof DIALECTS)[number]

export class TrueMarket {
  readonly #random: () => number
  readonly #bids = new Map<number, string>()
  readonly #asks = new Map<number, string>()
  readonly #tops = new Map<number, string>()
  readonly #levelCount: number
  readonly #symbol: string
  readonly #dialect: Dialect
  #midTicks = 5_000
  lastId = 1_000

  constructor(options: { seed: number; symbol: string; dialect: Dialect; levelCount: number }) {
    this.#random = seededRandom(options.seed)
    this.#symbol = options.symbol
    this.#dialect = options.dialect
    this.#levelCount = options.levelCount
    for (let rank = 0; rank < 60; rank += 1) {
      this.#bids.set(this.#midTicks - 1 - rank * 2, this.#amount())
      this.#asks.set(this.#midTicks + rank * 2, this.#amount())
    }
    this.#remember()
  }

  /** The best levels after `sequence`, as `topText` writes them; undefined for an unknown sequence. */
  topAt(sequence: number): string | undefined {
    return this.#tops.get(sequence)
  }

  step(): TrueDelta {
    const bids: Level[] = []
    const asks: Level[] = []
    this.#midTicks += this.#below(5) - 2
    for (const ticks of this.#bids.keys()) if (ticks >= this.#midTicks) bids.push([priceText(ticks), '0.000'])
    for (const ticks of this.#asks.keys()) if (ticks < this.#midTicks) asks.push([priceText(ticks), '0.000'])
    const changeCount = this.#below(12)
    for (let change = 0; change < changeCount; change += 1) {
      // Some deletions name levels that do not exist, as venues do.
      const amount = this.#random() < 0.4 ? '0.000' : this.#amount()
      const distance = this.#below(150)
      if (this.#random() < 0.5) bids.push([priceText(this.#midTicks - 1 - distance), amount])
      else asks.push([priceText(this.#midTicks + distance), amount])
    }
    change(this.#bids, bids)
    change(this.#asks, asks)
    const previousId = this.lastId
    const jumpMax = { 'bybit-linear': 0, 'binance-spot': 0, 'binance-futures': 50, 'okx-swap': 50 }[this.#dialect]
    const firstId = previousId + 1 + this.#below(jumpMax)
    this.lastId = firstId + (this.#dialect.startsWith('binance') ? this.#below(20) : 0)
    this.#remember()
    return { firstId, lastId: this.lastId, previousId, bids, asks }
  }

  deltaFrame({ firstId: U, lastId: u, previousId: pu, bids, asks }: TrueDelta): Buffer {
    const head = { e: 'depthUpdate', E: FRAME_MS + 2, s: this.#symbol, U, u }
    const stream = `${this.#symbol.toLowerCase()}@depth@100ms`
    switch (this.#dialect) {
      case 'binance-futures':
        return frame({ stream, data: { ...head, T: FRAME_MS, pu, b: bids, a: asks } })
      case 'binance-spot':
        return frame({ stream, data: { ...head, b: bids, a: asks } })
      case 'bybit-linear':
        return this.#bybitFrame('delta', bids, asks, u)
      case 'okx-swap':
        return this.#okxFrame('update', bids, asks, u, pu)
    }
  }

  /** A REST answer or a snapshot on the socket, as the dialect has it, with the best `levelsMax` levels. */
  snapshotFrame(levelsMax = 1_000): Buffer {
    const bids = best(this.#bids, -1, levelsMax)
    const asks = best(this.#asks, 1, levelsMax)
    switch (this.#dialect) {
      case 'binance-futures':
        return frame({ lastUpdateId: this.lastId, E: FRAME_MS + 2, T: FRAME_MS, bids, asks })
      case 'binance-spot':
        return frame({ lastUpdateId: this.lastId, bids, asks })
      case 'bybit-linear':
        return this.#bybitFrame('snapshot', bids, asks, this.lastId)
      case 'okx-swap':
        return this.#okxFrame('snapshot', bids, asks, this.lastId, -1)
    }
  }

  /** The delta that deletes every level. */
  clear(): TrueDelta {
    const gone = (side: ReadonlyMap<number, string>): Level[] => [...side.keys()].map(ticks => [priceText(ticks), '0'])
    const [bids, asks] = [gone(this.#bids), gone(this.#asks)]
    const { firstId, lastId, previousId } = this.step()
    return { firstId, lastId, previousId, bids, asks }
  }

  #bybitFrame(type: string, b: readonly Level[], a: readonly Level[], u: number): Buffer {
    const data = { s: this.#symbol, b, a, u, seq: u }
    return frame({ topic: `orderbook.200.${this.#symbol}`, type, ts: FRAME_MS + 2, data, cts: FRAME_MS })
  }

  #okxFrame(action: string, bids: readonly Level[], asks: readonly Level[], seqId: number, prevSeqId: number): Buffer {
    const full = (levels: readonly Level[]): string[][] => levels.map(level => [...level, '0', '1'])
    const book = { asks: full(asks), bids: full(bids), ts: String(FRAME_MS), checksum: 0, prevSeqId, seqId }
    return frame({ arg: { channel: 'books', instId: this.#symbol }, action, data: [book] })
  }

  #remember(): void {
    this.#tops.set(
      this.lastId,
      topText(best(this.#bids, -1, this.#levelCount).flat(), best(this.#asks, 1, this.#levelCount).flat()),
    )
  }

  #amount(): string {
    return ((1 + this.#below(99_999)) / 1_000).toFixed(3)
  }

  #below(bound: number): number {
    return Math.floor(this.#random() * bound)
  }
}

export function topText(bids: readonly string[], asks: readonly string[]): string {
  return `${bids.join(' ')} | ${asks.join(' ')}`
}

/** Mulberry32. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const FRAME_MS = 1_790_000_000_100

function frame(content: object): Buffer {
  return Buffer.from(JSON.stringify(content))
}

function priceText(ticks: number): string {
  return (ticks / 10).toFixed(1)
}

function change(side: Map<number, string>, levels: readonly Level[]): void {
  for (const [price, amount] of levels) {
    const ticks = Math.round(Number(price) * 10)
    if (Number(amount) === 0) side.delete(ticks)
    else side.set(ticks, amount)
  }
}

function best(side: ReadonlyMap<number, string>, direction: 1 | -1, levelCount: number): Level[] {
  return [...side]
    .sort(([left], [right]) => direction * (left - right))
    .slice(0, levelCount)
    .map(([ticks, amount]) => [priceText(ticks), amount])
}
