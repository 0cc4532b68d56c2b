// What the feeds of a product publish to, without a thread around it. Used by this package's tests.

import { BoardWriter } from '@tradelane/shared/board'
import { RateLimitedLog } from '@tradelane/shared/log'
import { TradeLogWriter } from '@tradelane/shared/trade-log'
import { wireTable } from '@tradelane/shared/wire/instrument-wire'
import { ContractSizes } from '@tradelane/venues/sizes'
import { CvdTotals } from '../cvd-totals.js'
import { DepthForwarder } from '../depth-forwarder.js'
import type { IngestContext } from '../ingest-context.js'
import { LinkBoard } from '../link-board.js'
import { ListReader } from '../list-reader.js'
import { TradePublisher } from '../trade-publisher.js'
import type { RecordedLog } from './recorded-log.js'
import { BINANCE, INSTRUMENTS, STREAM, type TestLanes } from './test-lanes.js'

/** Publishers and boards over these lanes: Binance's ids are contiguous, Bybit's are not. */
export function contextOf(lanes: TestLanes, log: RecordedLog): IngestContext {
  const { clock, counters, flights } = lanes
  const trades = new TradePublisher({
    log: new TradeLogWriter(lanes.tradeLog, [lanes.gateway]),
    wires: wireTable(INSTRUMENTS),
    clock,
    counters,
    hops: lanes.hops,
    cvd: new CvdTotals(() => undefined),
    stream: STREAM,
    hasContiguousIds: INSTRUMENTS.map(({ product }) => product === BINANCE),
  })
  const shardOfInstrument = INSTRUMENTS.map(() => 0)
  return {
    trades,
    sink: {
      onTrade: trade => trades.publishTrade(trade),
      onLiquidation: liquidation => trades.publishLiquidation(liquidation),
      onTop: () => undefined,
      onOpenInterest: () => undefined,
    },
    depth: new DepthForwarder([lanes.producer()], shardOfInstrument, counters),
    links: new LinkBoard(new BoardWriter(lanes.stateBoard, [lanes.gateway]), clock),
    sizes: new ContractSizes('venue'),
    lists: new ListReader(),
    clock,
    counters,
    flights,
    notices: new RateLimitedLog(log),
    nowMs: () => performance.now(),
    planOptions: { binanceFuturesTrades: 'aggTrade' },
    tap: undefined,
  }
}
