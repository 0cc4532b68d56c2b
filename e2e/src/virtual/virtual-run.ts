// One run from start to verdict. Faults end some minutes before the run, so that the product recovers; the venues stop some
// seconds before, so that everything arrives.

import { readCounters } from '@tradelane/shared/thread/counters'
import { FaultRunner } from './fault-runner.js'
import { drawClockSteps, drawFaults, drawListings, drawSilences, drawSpoils, type Fault } from './fault-script.js'
import { RunJudge } from './run-judge.js'
import type { Verdict } from './verdict.js'
import { type ClientSpec, NEAR_CLIENT, VirtualClient } from './virtual-client.js'
import type { VenueRates } from './virtual-venues.js'
import { START_US, VirtualWorld } from './virtual-world.js'

export interface RunOptions {
  readonly seed: number
  readonly seconds: number
  /** Instead of faults drawn from the seed. */
  readonly faults?: readonly Fault[]
  /** Instead of about 50 frames a second. */
  readonly rates?: VenueRates
  /** File for the journal's text. */
  readonly journalPath?: string | undefined
}

export interface RunReport {
  /** Of the journal. */
  readonly digest: string
  readonly verdict: Verdict
  /** Of events, faults and the product's counters. */
  readonly counts: Readonly<Record<string, number>>
}

const SECOND_US = 1_000_000
const STARTING_US = 30 * SECOND_US
/** Longer than a ban and the longest backoff. */
const RECOVERY_US = 240 * SECOND_US
/** For throttles and slow paths. Shorter than what ingest takes for a silence. */
const SETTLE_US = 11 * SECOND_US

const PRODUCTS = ['binance-spot', 'binance-futures', 'bybit-linear', 'okx-swap']
const PAIRS = [
  { base: 'btc', quote: 'usdt' },
  { base: 'eth', quote: 'usdt' },
]
/** About 50 frames a second in all. */
const RATES = {
  tradesPerSecond: 8,
  quotesPerSecond: 16,
  deltasPerSecond: 20,
  liquidationsPerSecond: 0.5,
  tickersPerSecond: 1,
}

const VISITOR: ClientSpec = {
  ...NEAR_CLIENT,
  name: 'visitor',
  path: { bytesPerS: 2e6, latencyUs: 30_000 },
  isNear: false,
}
const OTHERS: readonly ClientSpec[] = [
  { ...VISITOR, name: 'slow', path: { bytesPerS: 24_000, latencyUs: 15_000 } },
  { ...VISITOR, name: 'silent', answersPings: false },
  { ...VISITOR, name: 'packed', isPacked: true, acknowledges: true },
]

export async function runVirtually(options: RunOptions): Promise<RunReport> {
  const { seed, seconds, journalPath, rates = RATES } = options
  const endUs = START_US + seconds * SECOND_US
  const world = new VirtualWorld({ seed, products: PRODUCTS, pairs: PAIRS, rates, journalPath })
  const judge = new RunJudge(world, START_US + STARTING_US)
  const visitor = clientOf(world, judge, VISITOR)
  const clients = [clientOf(world, judge, NEAR_CLIENT), visitor, ...OTHERS.map(spec => clientOf(world, judge, spec))]
  const random = world.random('faults')
  const span = { fromUs: START_US + STARTING_US, untilUs: endUs - RECOVERY_US }
  const drawn = [
    ...drawFaults(random, PRODUCTS, span),
    ...drawSpoils(world.random('spoils'), PRODUCTS, span),
    ...drawListings(world.random('listings'), PRODUCTS, { ...span, startUs: START_US }),
    ...drawSilences(world.random('silences'), PRODUCTS, span),
    ...drawClockSteps(world.random('clock'), PRODUCTS, span),
  ]
  const faults = options.faults ?? drawn
  const faultRunner = new FaultRunner(
    { world, products: PRODUCTS, random, disturbances: judge.disturbances, visitor },
    faults,
  )
  await world.runUntil(endUs - SETTLE_US)
  // When all markets stop, at once and for good, that is a silence.
  const silencesWhileTrading = readCounters(world.lanes.counters)['silences'] ?? 0
  world.venues.stop()
  world.venues.tradeOnce()
  await world.runUntil(endUs)
  judge.finish()
  const counts = { ...countsOf(world, clients), silencesWhileTrading, ...Object.fromEntries(faultRunner.counts) }
  return { digest: world.journal.digest(), verdict: judge.verdict, counts }
}

function clientOf(world: VirtualWorld, judge: RunJudge, spec: ClientSpec): VirtualClient {
  const { time, journal, uws } = world
  return new VirtualClient({
    spec,
    time,
    random: world.random(spec.name),
    journal,
    uws,
    judge: spec.isPacked ? undefined : judge.judgeOf(spec),
    onFinding: what => judge.verdict.report(what),
  })
}

function countsOf(world: VirtualWorld, clients: readonly VirtualClient[]): Record<string, number> {
  const { time, network, truth, journal, lanes } = world
  return {
    events: time.eventCount,
    venueFrames: network.frameCount,
    trades: truth.tradeCount,
    liquidations: truth.liquidationCount,
    books: truth.bookCount,
    clientFrames: clients.reduce((sum, { frameCount }) => sum + frameCount, 0),
    clientBytes: clients.reduce((sum, { byteCount }) => sum + byteCount, 0),
    journalEntries: journal.entryCount,
    journalBytes: journal.byteCount,
    ...Object.fromEntries([...network.refusals].map(([status, count]) => [`rest${status}`, count])),
    ...Object.fromEntries(clients.map(({ spec, endedCount }) => [`ended ${spec.name}`, endedCount])),
    ...readCounters(lanes.counters),
  }
}
