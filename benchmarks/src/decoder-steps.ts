// Decoding of each venue's trades and best prices, and the whole way of a trade in ingest from the bytes of its frame to the trade
// log, as steps of a micro-benchmark.

import { CvdTotals } from '@tradelane/ingest/publish/cvd-totals'
import { LargeTradeLog } from '@tradelane/ingest/publish/large-trade-log'
import { TradePublisher } from '@tradelane/ingest/publish/trade-publisher'
import { createTradeLog, TradeLogWriter } from '@tradelane/shared/lanes/trade-log'
import type { MarketSink } from '@tradelane/shared/market/market-events'
import type { Instrument } from '@tradelane/shared/market/nouns'
import { Clock, createClock, monotonicUs, threadMs } from '@tradelane/shared/thread/clock'
import { Counters, createCounters } from '@tradelane/shared/thread/counters'
import { SILENT_LOG } from '@tradelane/shared/thread/warm-up'
import { HopHistograms } from '@tradelane/shared/trace/hop-histograms'
import { createTraces } from '@tradelane/shared/trace/trace-layout'
import { wireTable } from '@tradelane/shared/wire/instrument-wire'
import { FrameClass } from '@tradelane/venues/frame-class'
import { ContractSizes } from '@tradelane/venues/sizes'
import { newSymbolIndex } from '@tradelane/venues/symbol-index'
import type { Product } from '@tradelane/venues/venue'
import type { Bench } from 'tinybench'
import { BINANCE_TOP, BINANCE_TRADE, BTC, BYBIT_TRADE } from './example-market.js'
import { productOf } from './variants/venue-plans.js'

const STAMP_US = monotonicUs()
const AT_MS = 1_790_000_000_020
const OKX_BTC: Instrument = { ...BTC, symbol: 'BTC-USDT' }
const SINK: MarketSink = {
  trades: { publishTrade: ignore, publishLiquidation: ignore },
  states: { publishTop: ignore, publishOpenInterest: ignore },
  missed: ignore,
}
const ID = /"a":(\d+)/

export function addDecoders(bench: Bench): void {
  const [binance, bybit, okx] = ['binance-futures', 'bybit-linear', 'okx-spot'].map(productOf) as [
    Product,
    Product,
    Product,
  ]
  addDecoder(bench, 'Binance aggTrade', binance, FrameClass.trade, [BINANCE_TRADE])
  addDecoder(bench, 'Bybit trade', bybit, FrameClass.trade, [BYBIT_TRADE])
  addDecoder(bench, 'OKX trade', okx, FrameClass.trade, [Buffer.from(okx.sampleFrames.trade('BTC-USDT', 1, AT_MS))])
  addDecoder(bench, 'Binance bookTicker', binance, FrameClass.top, [BINANCE_TOP])
  // One that comes again is not published.
  const tops = Array.from({ length: 64 }, (_, n) => Buffer.from(bybit.sampleFrames.top('BTCUSDT', n + 1, AT_MS)))
  addDecoder(bench, 'Bybit best price', bybit, FrameClass.top, tops)
  addDecoder(bench, 'OKX best price', okx, FrameClass.top, [Buffer.from(okx.sampleFrames.top('BTC-USDT', 1, AT_MS))])
  addPublisher(bench, binance)
}

function addDecoder(
  bench: Bench,
  name: string,
  product: Product,
  frameClass: FrameClass,
  frames: readonly Buffer[],
): void {
  const instrument = product.id.startsWith('okx') ? OKX_BTC : BTC
  const decoder = product.newDecoder(newSymbolIndex([instrument]), SINK, new ContractSizes('venue'))
  let next = 0
  bench.add(`decode: ${name}`, () => {
    decoder.decode(frames[next++ % frames.length]!, frameClass, STAMP_US)
  })
}

function addPublisher(bench: Bench, binance: Product): void {
  const clock = new Clock(createClock())
  const publisher = new TradePublisher({
    log: new TradeLogWriter(createTradeLog(10_000), []),
    wires: wireTable([BTC]),
    clock,
    counters: new Counters(createCounters(1), 0),
    hops: new HopHistograms(createTraces(1), 0),
    cvd: new CvdTotals(clock, { publishCvd: ignore }),
    largeTrades: new LargeTradeLog(SILENT_LOG, Number.POSITIVE_INFINITY, threadMs),
    stream: 'benchmrk',
    tradeIdRules: ['contiguous'],
  })
  const decoder = binance.newDecoder(newSymbolIndex([BTC]), { ...SINK, trades: publisher }, new ContractSizes('venue'))
  const frame = Buffer.from(BINANCE_TRADE)
  const [, digits = ''] = ID.exec(frame.toString()) ?? []
  const end = frame.indexOf(digits) + digits.length
  bench.add('publish: Binance aggTrade, from its bytes to the log', () => {
    countUp(frame, end)
    decoder.decode(frame, FrameClass.trade, monotonicUs())
  })
}

/** The id of the next trade, in place. */
function countUp(frame: Buffer, end: number): void {
  let at = end - 1
  for (; frame[at] === NINE; at -= 1) frame[at] = ZERO
  frame[at]! += 1
}

const ZERO = 0x30
const NINE = 0x39

function ignore(): void {}
