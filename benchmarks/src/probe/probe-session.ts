// One measurement: clients of every target, a warm-up, a window of the schedule, and the join with the simulator's journal.
// Built from the parts of `tradelane probe`; before the window is over it only stamps and counts.

import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { ArrivalClock } from '@tradelane/probe/arrival-clock'
import { type JoinReport, JournalJoin } from '@tradelane/probe/journal-join'
import type { ScheduleWindow } from '@tradelane/probe/ledger'
import { ProbeClient } from '@tradelane/probe/probe-client'
import { reportOf } from '@tradelane/probe/probe-report'
import { ProbeTarget, type ReceivedWindow } from '@tradelane/probe/probe-target'
import { PRODUCTS } from '@tradelane/venues/registry'
import type { PeerProtocol } from '../peers/peer-protocol.js'
import { figuresOf } from '../results/latency-figures.js'
import type { Phase } from '../run/phases.js'
import { commandSimulator } from '../run/simulator-process.js'
import { type BookRecovery, currentAfterLoad, freshAfterStop } from './book-recovery.js'
import { drain } from './drain.js'
import { marketsWithTrades, readJournalWindow } from './journal-window.js'
import { PeerClient } from './peer-client.js'
import type {
  PhaseResult,
  ProbeMessage,
  ProbeRequest,
  ProbeResult,
  TargetRequest,
  TargetResult,
} from './probe-messages.js'

/** What was scheduled within the window must arrive at most this long after its end; what comes later counts as lost. */
const DRAIN_MS = 1_000
/** Books must be current this long after the end of a load, and fresh this long after a client's stop. */
const RECOVERY_MS_MAX = 5_000
const CLOCK_FOLLOW_MS = 1_000
const NO_LIMITS = { p50Ms: null, p95Ms: null, p99Ms: null, isScheduledToo: false }

export async function runProbeSession(
  request: ProbeRequest,
  send: (message: ProbeMessage) => void,
): Promise<ProbeResult> {
  const clock = new ArrivalClock()
  const sessions = request.targets.map(target => openTarget(target, clock, request.protocol))
  await Promise.all(sessions.flatMap(({ clients }) => clients.map(client => client.opened())))
  const follower = setInterval(() => clock.follow(), CLOCK_FOLLOW_MS)
  const openedMs = performance.now()
  const spans: ScheduleWindow[] = []
  for (const { phase, fromMs, forMs } of request.windows) {
    await sleep(openedMs + fromMs - performance.now())
    const received = sessions.map(({ target }) => target.beginWindow())
    send({ type: 'measuring', phase })
    const sinceUs = clock.monotonicUs(clock.localUs())
    await sleep(forMs)
    const untilLocalUs = clock.localUs()
    send({ type: 'measured', phase })
    for (const [index, window] of received.entries()) {
      window.untilUs = untilLocalUs
      sessions[index]?.windows.push(window)
    }
    spans.push({ sinceUs, untilUs: clock.monotonicUs(untilLocalUs) })
  }
  if (request.loadAfter !== null) {
    await commandSimulator(request.sim, `scenario?name=${request.loadAfter}`)
    await sleep(RECOVERY_MS_MAX)
  }
  await drain(DRAIN_MS)
  clearInterval(follower)
  for (const { clients } of sessions) for (const client of clients) client.close()
  for (const { target } of sessions) target.finish()
  await commandSimulator(request.sim, 'flush')
  const targets: TargetResult[] = []
  for (const session of sessions) targets.push(await judge(session, request, spans))
  return { targets }
}

interface Session {
  readonly request: TargetRequest
  readonly target: ProbeTarget
  readonly join: JournalJoin
  readonly clients: readonly (ProbeClient | PeerClient)[]
  /** As they ended. */
  readonly windows: ReceivedWindow[]
}

function openTarget(request: TargetRequest, clock: ArrivalClock, protocol: PeerProtocol | null): Session {
  assert(request.clientCount > 0, 'a target has clients')
  const join = new JournalJoin(PRODUCTS)
  const { url, isStrict } = request
  const target = new ProbeTarget({ url, clock, join, isStrict, isDeferred: true })
  const clients = Array.from({ length: request.clientCount }, (_, index) =>
    protocol === null
      ? new ProbeClient({ target, index, isMeasured: true, isReviewed: index === 0 })
      : new PeerClient({ target, index, protocol }),
  )
  return { request, target, join, clients, windows: [] }
}

async function judge(
  session: Session,
  { journal, windows }: ProbeRequest,
  spans: readonly ScheduleWindow[],
): Promise<TargetResult> {
  const { request, target, join, clients } = session
  const joined = await join.join(journal, undefined, undefined, spans)
  const findings = { target, clients, joined, products: PRODUCTS, required: request.require, limits: NO_LIMITS }
  const { failures, overtaken } = reportOf(findings)
  const { tradeCounts, loadEnd } = await readJournalWindow(journal, marketsWithTrades(target.series.all), spans)
  const current = loadEnd === null ? null : currentAfterLoad(join.bookArrivals(), loadEnd)
  const fresh = request.isStopped ? freshAfterStop(join.bookArrivals()) : null
  const phases = windows.map(({ phase }, index) => phaseResult(session, joined, tradeCounts, { phase, index }))
  // A server that has just started is still subscribing: what it misses then is not lost.
  const last = phases.at(-1)
  return {
    name: request.name,
    failures: [
      ...failures,
      ...(request.isStrict && overtaken > 0 ? [`${overtaken} trades behind a newer book`] : []),
      ...missingFailures(joined, last?.tradeCount ?? 0, (tradeCounts.at(-1) ?? 0) * clients.length),
      ...recoveryFailures(current, 'the end of the load'),
      ...recoveryFailures(fresh, "the end of the client's stop"),
    ],
    phases,
    booksChecked: joined.books.checked,
    frameBytesMax: target.frameBytesMax,
    currentAfterUs: current?.afterUs ?? null,
    freshAfterUs: fresh?.afterUs ?? null,
  }
}

function phaseResult(
  { windows }: Session,
  joined: JoinReport,
  tradeCounts: readonly number[],
  { phase, index }: { phase: Phase; index: number },
): PhaseResult {
  const of = joined.windows[index]
  const received = windows[index]?.received
  assert(of !== undefined && received !== undefined, 'every window was measured')
  return {
    phase,
    tradeCount: of.scheduled.count,
    distinctCount: tradeCounts[index] ?? 0,
    scheduled: figuresOf(of.scheduled),
    received: received.sum(name => name.endsWith(' trade')).percentiles(),
    bookAge: received.sum(name => name.endsWith(' order_book_l2')).percentiles(),
    lateness: of.senderLateness,
  }
}

/** Losses between a client's first and last trade are among the join's failures; these are those after its last. */
function missingFailures({ trades }: JoinReport, receivedCount: number, expectedCount: number): string[] {
  if (expectedCount === 0) return ['no trade was scheduled in the window']
  const missingCount = expectedCount - receivedCount - trades.announced
  return missingCount > 0 && trades.lost === 0 ? [`${missingCount} trades did not arrive in time`] : []
}

function recoveryFailures(recovery: BookRecovery | null, since: string): string[] {
  if (recovery === null || recovery.afterUs <= RECOVERY_MS_MAX * 1_000) return []
  const { afterUs, market } = recovery
  const text = Number.isFinite(afterUs) ? `came ${(afterUs / 1e6).toFixed(1)} s after` : 'did not come after'
  return [`the book of ${market} ${text} ${since}; expected within ${RECOVERY_MS_MAX / 1_000} s`]
}
