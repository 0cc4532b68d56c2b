// What the tail report costs a trade: everything that is stamped, counted and recorded between a venue's socket and the
// clients, and nothing else. A step is a hundred trades, because a single one is near the resolution of the clock.

import { HopStamps } from '@tradelane/gateway/tail/hop-stamps'
import { TradeBatch } from '@tradelane/shared/lanes/trade-log'
import { Kind } from '@tradelane/shared/market/nouns'
import { monotonicUs } from '@tradelane/shared/thread/clock'
import { Activity, ActivityRing } from '@tradelane/shared/trace/activity-ring'
import { Hop, HopHistograms } from '@tradelane/shared/trace/hop-histograms'
import { createTraces } from '@tradelane/shared/trace/trace-layout'
import { Bench } from 'tinybench'
import { printSteps } from './micro-table.js'

const TRADES = 100
const INGEST = 0
const GATEWAY = 1
const isQuick = process.argv.includes('--quick')
const bench = new Bench({ time: isQuick ? 100 : 500, warmupTime: isQuick ? 50 : 200 })

for (const clientCount of [1, 10, 100]) addTail(clientCount)

await bench.run()
printSteps(bench)

/** Each trade alone in its chunk, its batch and its turn: the most expensive case. */
function addTail(clientCount: number): void {
  const traces = createTraces(2)
  const ingest = { hops: new HopHistograms(traces, INGEST), activities: new ActivityRing(traces, INGEST) }
  const runner = new ActivityRing(traces, GATEWAY)
  const stamps = new HopStamps(traces, GATEWAY, monotonicUs)
  const batch = new TradeBatch(1)
  batch.count = 1
  batch.kind[0] = Kind.trade
  bench.add(`tail: ${TRADES} trades to ${clientCount} client(s), each alone`, () => {
    for (let trade = 0; trade < TRADES; trade += 1) {
      const readUs = monotonicUs()
      const loggedUs = monotonicUs()
      ingest.hops.count(0, Hop.arrival, 1_000)
      ingest.hops.count(0, Hop.decode, loggedUs - readUs)
      ingest.activities.note(Activity.tradeRead, readUs, monotonicUs(), 1)
      batch.readUs[0] = readUs
      batch.loggedUs[0] = loggedUs
      runner.note(Activity.parked, readUs, monotonicUs(), 0)
      stamps.turnStarted(monotonicUs() / 1_000)
      stamps.pickedUp()
      for (let client = 0; client < clientCount; client += 1) stamps.sent(1)
      stamps.fannedOut(batch)
      monotonicUs()
    }
  })
}
