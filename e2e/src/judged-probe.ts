// The promise, judged by a probe of a running demo. Latencies are those of the trades of all products together: in so few
// seconds a single product has a hundred trades, and its p99 is one of them. All products together have several hundred, so
// that one pause of the machine decides a p99, too: latency is the median of three rounds, of which the first falls into the
// seconds in which code is compiled.

import { runProbe } from '@tradelane/probe/probe'
import { areLatenciesVoid, type ProbeReport, type TargetReport } from '@tradelane/probe/probe-report'
import { formatReport } from '@tradelane/probe/report-text'
import { STOLEN_SHARES } from '@tradelane/probe/stolen-shares'
import type { DemoProcess } from './demo-process.js'
import { isDecided, judgeRounds, type Round, type Votes } from './latency-votes.js'

/** With those that cannot be judged. */
const ROUNDS_MAX = 5
/** Until the code of the trade path is compiled. */
const WARM_UP_TRADES = 300
const OF_ONE_PRODUCT = /receive → client p\d+/
const WITHOUT_BOOKS = /: no order_book_l2 came to /
/** Of a round. Bursts take two thirds of two processors: with less, books are withheld, and five seconds may pass without one. */
const STOLEN_SHARE_WITHOUT_BOOKS = 0.25

export interface JudgedProbe extends Votes {
  /** For people. */
  readonly text: string
}

/** `seconds` are of each round. Latency is the median of the rounds; everything else is judged in each of them. */
export async function judgedProbe(demo: DemoProcess, clients: number, seconds: number): Promise<JudgedProbe> {
  await demo.untilTrades(WARM_UP_TRADES)
  const options = { urls: [demo.url], seconds, clients, journal: demo.journal, sim: demo.simUrl }
  const reports: ProbeReport[] = []
  while (!isDecided(reports.flatMap(roundsOf)) && reports.length < ROUNDS_MAX) reports.push(await runProbe(options))
  const rounds = reports.flatMap(roundsOf)
  const { failures, unmeasured } = rounds.length === 0 ? judgeLate(reports) : judgeRounds(rounds)
  return {
    text: reports.map(formatReport).join('\n'),
    failures: [...reports.flatMap(judgedFailures), ...failures],
    unmeasured,
  }
}

function judgedFailures({ failures, stolenShare }: ProbeReport): readonly string[] {
  const areBooksExcused = (stolenShare ?? 0) >= STOLEN_SHARE_WITHOUT_BOOKS
  return failures.filter(failure => !OF_ONE_PRODUCT.test(failure) && !(areBooksExcused && WITHOUT_BOOKS.test(failure)))
}

/** What held up the simulator held up the trades: such a round is measured again. */
function roundsOf({ targets, stolenShare }: ProbeReport): readonly Round[] {
  const judged = targets.filter(({ journal }) => journal === null || !areLatenciesVoid(journal))
  return judged.map(target => ({ figures: figuresOf(target), stolenShare: stolenShare ?? 0 }))
}

/** What made the simulator late in every round. */
function judgeLate(reports: readonly ProbeReport[]): Votes {
  const shares = reports.map(({ stolenShare }) => stolenShare ?? 0)
  const percents = shares.map(share => `${(share * 100).toFixed(1)} %`).join(', ')
  const text = `the simulator was late in every round, so that there is no latency to judge; stolen: ${percents}`
  return shares.every(share => share >= STOLEN_SHARES.p99)
    ? { failures: [], unmeasured: text }
    : { failures: [text], unmeasured: null }
}

function figuresOf({ received }: TargetReport): Round['figures'] {
  const ms = (us: number | undefined): number => (us === undefined ? Number.POSITIVE_INFINITY : us / 1_000)
  return { p50: ms(received?.p50Us), p95: ms(received?.p95Us), p99: ms(received?.p99Us) }
}
