// The agent of the admin thread: its HTTP server, and the explanation of late trades. Sockets and messages drive it; its turns
// explain trades and end connections that do not read.

import type { MonotonicUs } from '@tradelane/shared/market/nouns'
import type { Agent } from '@tradelane/shared/thread/agent'
import { Counters } from '@tradelane/shared/thread/counters'
import type { Log } from '@tradelane/shared/thread/log'
import type { AdminStart, SupervisorToAdmin } from '@tradelane/shared/thread/thread-messages'
import type { Timers } from '@tradelane/shared/thread/timers'
import { AdminServer } from './http/admin-server.js'
import { CachedReport } from './http/cached-report.js'
import { MetricsPage } from './metrics/metrics-page.js'
import { PageSite } from './page/page-site.js'
import { Readiness } from './readiness.js'
import { StatReporter } from './stat/stat-report.js'
import { Tail } from './tail/tail.js'
import { TradeAccounts } from './tail/trade-accounts.js'

/** What the agent takes from its thread. */
export interface AdminParts {
  readonly log: Log
  readonly timers: Timers
  /** The only clock; its milliseconds are derived from it. */
  readonly nowUs: () => MonotonicUs
  readonly onListening: (port: number) => void
}

export class AdminAgent implements Agent {
  readonly #start: AdminStart
  readonly #nowMs: () => number
  readonly #readiness: Readiness
  readonly #tail: Tail
  readonly #accounts: TradeAccounts
  readonly #site: PageSite
  readonly #server: AdminServer
  #stat: StatReporter
  #wake: () => void = () => {}

  constructor(start: AdminStart, { log, timers, nowUs, onListening }: AdminParts) {
    this.#start = start
    this.#nowMs = () => nowUs() / 1_000
    this.#readiness = new Readiness(start)
    this.#tail = new Tail(start)
    this.#accounts = new TradeAccounts(start, nowUs)
    this.#site = new PageSite({ ...start, needsToken: start.access.tokenDigest !== null })
    this.#stat = new StatReporter(start)
    const cached = <Report>(make: () => Report): CachedReport<Report> => new CachedReport(make, this.#nowMs)
    const readiness = cached(() => this.#readiness.report())
    const stat = cached(() => this.#stat.report(nowUs()))
    const { traces, products } = start
    const tail = cached(() => this.#tail.report())
    this.#server = new AdminServer({
      host: start.host,
      port: start.port,
      hostNames: start.hostNames,
      access: start.access,
      certificate: start.certificate,
      reports: {
        readiness,
        stat,
        tail,
        metrics: new MetricsPage({ stat, readiness, traces, products }),
      },
      page: { site: this.#site, accounts: this.#accounts, tail },
      counters: new Counters(start.counters, start.threadIndex),
      log,
      timers,
      nowMs: this.#nowMs,
      onListening,
    })
    this.#server.open()
  }

  /** Sets how a message requests a turn. Called by the code that runs it. */
  onWake(wake: () => void): void {
    this.#wake = wake
  }

  accept(message: SupervisorToAdmin): void {
    switch (message.type) {
      case 'certificate':
        this.#server.renewCertificate()
        return
      case 'late-trades':
        this.#tail.accept(message.thread, message)
        this.#wake()
        return
      case 'naive-listening':
        this.#site.naivePort = message.port
        return
      case 'threads': {
        const sources = { ...this.#start, ...message }
        this.#readiness.setThreads(sources.threads)
        this.#stat = new StatReporter(sources)
      }
    }
  }

  doWork(): number {
    this.#server.sweep()
    this.#tail.explainReady(this.#nowMs())
    this.#accounts.collect()
    return 0
  }

  msToNextDeadline(): number {
    return this.#tail.msToNext(this.#nowMs())
  }

  close(): void {
    this.#server.close()
  }
}
