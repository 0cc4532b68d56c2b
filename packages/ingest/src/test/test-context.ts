// What the feeds of a product publish to, without a thread around it. Used by this package's tests.

import { BoardWriter } from '@tradelane/shared/lanes/board'
import { TradeLogWriter } from '@tradelane/shared/lanes/trade-log'
import { RateLimitedLog } from '@tradelane/shared/thread/log'
import { wireTable } from '@tradelane/shared/wire/instrument-wire'
import { ContractSizes } from '@tradelane/venues/sizes'
import type { IngestContext } from '../ingest-context.js'
import { CvdTotals } from '../publish/cvd-totals.js'
import { DepthForwarder } from '../publish/depth-forwarder.js'
import { LargeTradeLog } from '../publish/large-trade-log.js'
import { LinkPublisher } from '../publish/link-publisher.js'
import { TradePublisher } from '../publish/trade-publisher.js'
import { InstrumentListReader } from '../rest/instrument-list-reader.js'
import type { RecordedLog } from './recorded-log.js'
import { BINANCE, INSTRUMENTS, STREAM, type TestLanes } from './test-lanes.js'

/** Publishers and boards over these lanes: Binance's ids are contiguous, Bybit's are not. */
export function contextOf(lanes: TestLanes, log: RecordedLog): IngestContext {
  const { clock, counters, activities } = lanes
  const trades = new TradePublisher({
    log: new TradeLogWriter(lanes.tradeLog, [lanes.gateway]),
    wires: wireTable(INSTRUMENTS),
    clock,
    counters,
    hops: lanes.hops,
    cvd: new CvdTotals(clock, { publishCvd: () => undefined }),
    largeTrades: new LargeTradeLog(log, Number.POSITIVE_INFINITY, () => performance.now()),
    stream: STREAM,
    hasContiguousIds: INSTRUMENTS.map(({ product }) => product === BINANCE),
  })
  const shardOfInstrument = INSTRUMENTS.map(() => 0)
  return {
    trades,
    sink: { trades, states: { publishTop: () => undefined, publishOpenInterest: () => undefined } },
    depth: new DepthForwarder([lanes.producer()], shardOfInstrument, counters),
    links: new LinkPublisher(new BoardWriter(lanes.stateBoard, [lanes.gateway]), clock),
    sizes: new ContractSizes('venue'),
    lists: new InstrumentListReader(),
    clock,
    counters,
    activities,
    limitedLog: new RateLimitedLog(log),
    nowMs: () => performance.now(),
    planOptions: { binanceFuturesTrades: 'aggTrade' },
    tap: undefined,
  }
}
