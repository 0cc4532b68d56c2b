// `tradelane probe`: connects clients as terminals do, listens for a while, and reports what came, how fast, and what was
// wrong with it. With the simulator's journal it also reports what did not come. A process of its own: it imports
// nothing that serves.

import type { WireKind } from '@tradelane/shared/market/nouns'
import { StolenTime } from '@tradelane/shared/thread/stolen-time'
import { PRODUCTS } from '@tradelane/venues/registry'
import { ArrivalClock } from './arrival-clock.js'
import { JournalJoin } from './journal-join.js'
import { ProbeClient } from './probe-client.js'
import type { ProbeProduct } from './probe-product.js'
import { type LatencyLimits, type ProbeReport, reportOf, type TargetReport } from './probe-report.js'
import { ProbeTarget } from './probe-target.js'

export interface ProbeOptions {
  /** Each gets its own clients and its own table. */
  readonly urls: readonly string[]
  readonly seconds: number
  /** Per URL; default 1. */
  readonly clients?: number
  /** The others only drain and count; default 10. */
  readonly measuredClients?: number
  /** The simulator's journal: turns on losses, doubles, order, book equality and scheduled → client. */
  readonly journal?: string
  /** `http://host:port` of the simulator, asked to flush its journal; without it the probe waits. */
  readonly sim?: string
  /** The p99 limit of trades, for receive → client and, with a journal, scheduled → client. Default: the specified limits. */
  readonly p99Ms?: number
  /**
   * Kinds that every product must show; default: those that it is subscribed to by default, liquidations where the journal has
   * one of the time, or without a journal from half a minute on.
   */
  readonly require?: readonly WireKind[]
  /** The clients acknowledge frames by message (`?ack=1`). */
  readonly ack?: boolean
  /** Holds the first client's frames against the strict schema; default true. */
  readonly isStrict?: boolean
  /** Of every handshake. */
  readonly headers?: Readonly<Record<string, string>>
  /** Ends the listening early. */
  readonly signal?: AbortSignal
  readonly products?: Iterable<ProbeProduct>
}

const MEASURED_CLIENTS = 10
/** Up to here all frames are kept until the end, so that no look at one delays the arrival of another. */
const DEFERRED_SECONDS_MAX = 120
/** What the server had received in the last second must still arrive. */
const DRAIN_MS = 500
/** The simulator writes its journal at least this often. */
const JOURNAL_DELAY_MS = 600
const FLUSH_MS_MAX = 5_000
const FOLLOW_MS = 1_000

/** The specified limits of receive → client. */
const DEFAULT_LIMITS: LatencyLimits = { p50Ms: 2, p95Ms: 15, p99Ms: 20, isScheduledToo: false }

export async function runProbe(options: ProbeOptions): Promise<ProbeReport> {
  const products = [...(options.products ?? PRODUCTS.values())]
  const clock = new ArrivalClock()
  const runs = options.urls.map(url => startRun(url, options, products, clock))
  await Promise.all(runs.flatMap(run => run.clients.map(client => client.opened())))
  const nowUs = (): number => clock.monotonicUs(clock.localUs())
  const follower = setInterval(() => clock.follow(), FOLLOW_MS)
  const stolen = new StolenTime()
  stolen.start()
  const sinceUs = nowUs()
  let untilUs = sinceUs
  if (runs.some(({ clients }) => clients.some(({ isOpen }) => isOpen))) {
    await sleep(options.seconds * 1_000, options.signal)
    untilUs = nowUs()
    await sleep(DRAIN_MS)
  }
  stolen.end()
  clearInterval(follower)
  for (const { clients } of runs) for (const client of clients) client.close()
  for (const { target } of runs) target.finish()
  if (options.journal !== undefined) await untilJournalIsWritten(options.sim)
  const targets: TargetReport[] = []
  for (const run of runs) {
    const joined = options.journal === undefined ? null : ((await run.join?.join(options.journal)) ?? null)
    const required = options.require ?? null
    const listened = { sinceUs, untilUs }
    targets.push(reportOf({ ...run, joined, products, required, listened, limits: limitsOf(options) }))
  }
  const failures = targets.flatMap(target => target.failures.map(failure => `${target.url}: ${failure}`))
  const seconds = options.signal?.aborted ? Math.round((untilUs - sinceUs) / 1_000_000) : options.seconds
  return { seconds, stolenShare: stolen.share, targets, failures }
}

interface Run {
  readonly target: ProbeTarget
  readonly join: JournalJoin | null
  readonly clients: readonly ProbeClient[]
}

function startRun(url: string, options: ProbeOptions, products: readonly ProbeProduct[], clock: ArrivalClock): Run {
  const join = options.journal === undefined ? null : new JournalJoin(products)
  const isStrict = options.isStrict ?? true
  const isDeferred = options.seconds <= DEFERRED_SECONDS_MAX
  const target = new ProbeTarget({ url, clock, join, isStrict, isDeferred })
  const measured = options.measuredClients ?? MEASURED_CLIENTS
  const isReviewing = isStrict || join !== null
  const clients = Array.from(
    { length: options.clients ?? 1 },
    (_, index) =>
      new ProbeClient({
        target,
        headers: options.headers,
        index,
        isMeasured: index < measured,
        isReviewed: isReviewing && index === 0,
        isAcknowledging: options.ack ?? false,
      }),
  )
  return { target, join, clients }
}

function limitsOf({ p99Ms }: ProbeOptions): LatencyLimits {
  return p99Ms === undefined ? DEFAULT_LIMITS : { p50Ms: null, p95Ms: null, p99Ms, isScheduledToo: true }
}

async function untilJournalIsWritten(sim: string | undefined): Promise<void> {
  if (sim === undefined) {
    await sleep(JOURNAL_DELAY_MS)
    return
  }
  const url = `${sim.replace(/^ws/, 'http').replace(/\/$/, '')}/control/flush`
  const isFlushed = await fetch(url, { method: 'POST', signal: AbortSignal.timeout(FLUSH_MS_MAX) }).then(
    async answer => {
      await answer.arrayBuffer()
      return answer.ok
    },
    () => false,
  )
  if (!isFlushed) await sleep(JOURNAL_DELAY_MS)
}

/** Resolves early when `signal` aborts. */
async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return
  await new Promise<void>(resolve => {
    const finish = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', finish)
      resolve()
    }
    const timer = setTimeout(finish, ms)
    signal?.addEventListener('abort', finish)
  })
}
