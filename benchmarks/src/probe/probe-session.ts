// One measurement: clients of every target, a warm-up, a window of the schedule, and the join with the simulator's journal.
// Built from the parts of `tradelane probe`; nothing but stamping and counting happens before the window is over.

import { ArrivalClock } from '@tradelane/probe/arrival-clock'
import { JournalJoin } from '@tradelane/probe/journal-join'
import type { ScheduleWindow } from '@tradelane/probe/ledger'
import { ProbeClient } from '@tradelane/probe/probe-client'
import { reportOf } from '@tradelane/probe/probe-report'
import { ProbeTarget } from '@tradelane/probe/probe-target'
import { PRODUCTS } from '@tradelane/venues/registry'
import { figuresOf } from '../results/latency-figures.js'
import { type BookReturn, usToCurrent, usToFresh } from './book-return.js'
import { readJournalWindow, tradedMarkets } from './journal-window.js'
import type { ProbeMessage, ProbeRequest, ProbeResult, TargetRequest, TargetResult } from './probe-messages.js'

/** What was scheduled within the window must have arrived so long after it; later counts as lost. */
const DRAIN_MS = 1_000
/** Books must be back so long after the end of a load, and so soon after a stop. */
const RETURN_MS_MAX = 5_000
const FOLLOW_MS = 1_000
const COMMAND_MS_MAX = 5_000
const NO_LIMITS = { p50Ms: null, p95Ms: null, p99Ms: null, isScheduledToo: false }

export async function runProbeSession(
  request: ProbeRequest,
  tell: (message: ProbeMessage) => void,
): Promise<ProbeResult> {
  const clock = new ArrivalClock()
  const sessions = request.targets.map(target => openTarget(target, clock))
  await Promise.all(sessions.flatMap(({ clients }) => clients.map(client => client.opened())))
  const follower = setInterval(() => clock.follow(), FOLLOW_MS)
  await sleep(request.warmUpMs)
  for (const { target } of sessions) target.received.clear()
  tell({ type: 'measuring' })
  const sinceUs = clock.monotonicUs(clock.localUs())
  await sleep(request.measureMs)
  const untilUs = clock.monotonicUs(clock.localUs())
  tell({ type: 'measured' })
  if (request.loadAfter !== null) {
    await command(request.sim, `scenario?name=${request.loadAfter}`)
    await sleep(RETURN_MS_MAX)
  }
  await sleep(DRAIN_MS)
  clearInterval(follower)
  for (const { clients } of sessions) for (const client of clients) client.close()
  for (const { target } of sessions) target.queue.finish()
  await command(request.sim, 'flush')
  const targets: TargetResult[] = []
  for (const session of sessions) targets.push(await judge(session, request.journal, { sinceUs, untilUs }))
  return { targets }
}

interface Session {
  readonly request: TargetRequest
  readonly target: ProbeTarget
  readonly join: JournalJoin
  readonly clients: readonly ProbeClient[]
}

function openTarget(request: TargetRequest, clock: ArrivalClock): Session {
  const join = new JournalJoin(PRODUCTS)
  const { url, isStrict } = request
  const target = new ProbeTarget({ url, clock, join, isStrict, isReviewDeferred: true })
  const clients = Array.from(
    { length: request.clients },
    (_, index) => new ProbeClient({ target, index, isMeasured: true, isReviewed: index === 0 }),
  )
  return { request, target, join, clients }
}

async function judge(session: Session, journal: string, window: ScheduleWindow): Promise<TargetResult> {
  const { request, target, join, clients } = session
  const joined = await join.join(journal, window)
  const findings = { target, clients, joined, products: PRODUCTS, required: request.require, limits: NO_LIMITS }
  const { failures, overtaken } = reportOf(findings)
  const scheduled = joined.scheduled.sum(() => true)
  const { tradeCount, loadEnd } = await readJournalWindow(journal, tradedMarkets(target.series.all), window)
  const expectedCount = tradeCount * clients.length
  const current = loadEnd === null ? null : usToCurrent(join.bookArrivals(), loadEnd)
  const fresh = request.isStopped ? usToFresh(join.bookArrivals()) : null
  const missingCount = expectedCount - scheduled.count - joined.trades.announced
  return {
    name: request.name,
    failures: [
      ...failures,
      ...(request.isStrict && overtaken > 0 ? [`${overtaken} trades behind a newer book`] : []),
      // What is lost within a client's stream is told already; this is what never came at its end.
      ...(missingCount > 0 && joined.trades.lost === 0 ? [`${missingCount} trades did not arrive in time`] : []),
      ...late(current, 'after the load'),
      ...late(fresh, 'after the stop'),
      ...(expectedCount === 0 ? ['no trade was scheduled in the window'] : []),
    ],
    tradeCount: scheduled.count,
    scheduled: figuresOf(scheduled),
    received: target.received.sum(name => name.endsWith(' trade')).percentiles(),
    bookAge: target.received.sum(name => name.endsWith(' order_book_l2')).percentiles(),
    lateness: joined.senderLateness,
    booksChecked: joined.books.checked,
    frameBytesMax: target.frameBytesMax,
    usToCurrent: current?.us ?? null,
    usToFresh: fresh?.us ?? null,
  }
}

function late(back: BookReturn | null, when: string): string[] {
  if (back === null || back.us <= RETURN_MS_MAX * 1_000) return []
  const how = Number.isFinite(back.us) ? `came ${(back.us / 1e6).toFixed(1)} s` : 'did not come'
  return [`the book of ${back.market} ${how} ${when}, and is due after ${RETURN_MS_MAX / 1_000} s`]
}

async function command(sim: string, what: string): Promise<void> {
  const answer = await fetch(`${sim}/control/${what}`, { method: 'POST', signal: AbortSignal.timeout(COMMAND_MS_MAX) })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`the simulator refuses ${what}: HTTP ${answer.status} ${text}`)
}

async function sleep(ms: number): Promise<void> {
  await new Promise(resolve => setTimeout(resolve, ms))
}
