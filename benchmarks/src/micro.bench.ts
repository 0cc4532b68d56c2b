// What single steps of the paths cost, in one process without sockets: lanes, classification, decoding, book, encoding, the
// gateway's turn. Figures of one run compare with each other; those of different runs also differ by the load of the machine.

import { Book } from '@tradelane/l2-worker/book'
import { BoardWriter, createBoard, newCellHeader } from '@tradelane/shared/lanes/board'
import { BoardReader } from '@tradelane/shared/lanes/board-reader'
import {
  createDepthRing,
  DepthRecordKind,
  DepthRingConsumer,
  DepthRingProducer,
} from '@tradelane/shared/lanes/depth-ring'
import { createTradeLog, TradeBatch, TradeLogReader, TradeLogWriter } from '@tradelane/shared/lanes/trade-log'
import { CellStatus, Kind, type WallUs } from '@tradelane/shared/market/nouns'
import { monotonicUs } from '@tradelane/shared/thread/clock'
import { createControlBlock, ThreadCell } from '@tradelane/shared/thread/parking'
import { encodeBook, packBook } from '@tradelane/shared/wire/encode-book'
import { encodeTrade, packTrade } from '@tradelane/shared/wire/encode-trade'
import { InstrumentWire } from '@tradelane/shared/wire/instrument-wire'
import { newDepthFrame } from '@tradelane/venues/depth-protocol'
import { type ClassifiedHead, FrameClass } from '@tradelane/venues/frame-class'
import { newSymbolIndex } from '@tradelane/venues/symbol-index'
import { addDecoders } from './decoder-steps.js'
import {
  BINANCE_TRADE,
  BTC,
  BYBIT_TRADE,
  binanceDelta,
  binanceSnapshot,
  exampleTrade,
  RECEIVED_US,
} from './example-market.js'
import { addFrames } from './frame-steps.js'
import { printSteps, StepBench } from './micro-table.js'
import { addPump, addTurn, TRADE_RECORD } from './turn-steps.js'
import { productOf } from './variants/venue-plans.js'

const isQuick = process.argv.includes('--quick')
const bench = new StepBench({ time: isQuick ? 100 : 500, warmupTime: isQuick ? 50 : 200 })

const STAMP_US = monotonicUs()
const cell = new ThreadCell(createControlBlock(1), 0)
const wire = new InstrumentWire(BTC)
const binance = productOf('binance-futures')
const bybit = productOf('bybit-linear')
const symbols = newSymbolIndex([BTC])

addLanes()
addFrames(bench)
addClassifiers()
addDecoders(bench)
addBooks()
addEncoders()
for (const sessionCount of [1, 10, 100]) addTurn(bench, sessionCount)
for (const sessionCount of [1, 100]) addPump(bench, sessionCount)

await bench.run()
printSteps(bench)

function addLanes(): void {
  const log = createTradeLog(10_000)
  const writer = new TradeLogWriter(log, [cell])
  const reader = new TradeLogReader(log)
  const batch = new TradeBatch(1)
  const trade = exampleTrade(STAMP_US)
  const json = encodeTrade(trade, wire, 1, RECEIVED_US)
  const packed = Buffer.from(packTrade(trade, wire, 1, RECEIVED_US))
  bench.add('trade log: append', () => {
    writer.append(TRADE_RECORD, json, packed)
  })
  bench.add('trade log: read one and validate', () => {
    reader.read(reader.newest(), batch, 1)
  })
  const spec = { kind: Kind.orderBookL2, about: Kind.orderBookL2, instrument: BTC.id, product: BTC.product }
  const board = createBoard([spec], 8_192)
  const boardWriter = new BoardWriter(board, [cell])
  const boardReader = new BoardReader(board)
  const book = 'x'.repeat(6_000)
  const header = { ...newCellHeader(), status: CellStatus.live }
  const changed: number[] = []
  bench.add('board: publish a book of 6 kB and read it', () => {
    boardWriter.publish(0, header, book, null)
    changed.length = 0
    boardReader.scan(changed)
  })
  const ring = createDepthRing({ bytes: 1 << 20, instrumentCount: 1 })
  const producer = new DepthRingProducer(ring, cell)
  const consumer = new DepthRingConsumer(ring)
  const frame = binanceDelta(20, 100)
  bench.add(`depth ring: offer and read a frame of ${frame.length} B`, () => {
    producer.offer(DepthRecordKind.stream, BTC.id, STAMP_US, frame)
    consumer.read()
  })
}

function addClassifiers(): void {
  const head: ClassifiedHead = { frameClass: FrameClass.ignored, instrument: undefined, wasParsed: false }
  const delta = binanceDelta(20, 100)
  bench.add('classify: Binance depth', () => {
    binance.classify(delta, symbols, head)
  })
  bench.add('classify: Binance aggTrade', () => {
    binance.classify(BINANCE_TRADE, symbols, head)
  })
  bench.add('classify: Bybit trade', () => {
    bybit.classify(BYBIT_TRADE, symbols, head)
  })
}

function addBooks(): void {
  const frames = Array.from({ length: 64 }, (_, seed) => binanceDelta(20, seed * 10))
  const into = newDepthFrame()
  let next = 0
  bench.add('decode: Binance depth of 20 levels', () => {
    binance.depth.decode(frames[next++ & 63] as Buffer, 'stream', into)
  })
  const book = createBook()
  bench.add('book: decode and apply a delta of 20 levels', () => {
    binance.depth.decode(frames[next++ & 63] as Buffer, 'stream', into)
    book.apply(into)
  })
}

function addEncoders(): void {
  bench.add('encode: trade, JSON', () => {
    encodeTrade(exampleTrade(STAMP_US), wire, 123_456, RECEIVED_US)
  })
  bench.add('encode: trade, MessagePack', () => {
    packTrade(exampleTrade(STAMP_US), wire, 123_456, RECEIVED_US)
  })
  const book = createBook()
  const emission = {
    sequence: 1,
    engineUs: 1 as WallUs,
    venueUs: 1 as WallUs,
    receivedUs: 1 as WallUs,
    unchangedSinceUs: 1 as WallUs,
    confirmedUs: 1 as WallUs,
    bids: [] as string[],
    asks: [] as string[],
  }
  bench.add('encode: book of 50 levels a side, JSON', () => {
    book.bids.copyTop(50, emission.bids)
    book.asks.copyTop(50, emission.asks)
    encodeBook(emission, wire, 50)
  })
  bench.add('encode: book of 50 levels a side, MessagePack', () => {
    packBook(emission, wire, 50)
  })
}

function createBook(): Book {
  const book = new Book()
  const snapshot = newDepthFrame()
  binance.depth.decode(binanceSnapshot(1_000), 'rest', snapshot)
  book.replace(snapshot, 1_000)
  return book
}
