// The honest clients, a process of their own that stays connected while attackers come and go. For each window that it is asked
// for, it answers with the latency of the trades that the simulator scheduled in it, by the simulator's journal.

import { statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { ArrivalClock } from '@tradelane/probe/arrival-clock'
import { JournalJoin } from '@tradelane/probe/journal-join'
import type { Latency, Percentiles } from '@tradelane/probe/latency'
import { ProbeClient } from '@tradelane/probe/probe-client'
import { ProbeTarget } from '@tradelane/probe/probe-target'
import { PRODUCTS } from '@tradelane/venues/registry'
import { marketsWithTrades, readJournalWindow } from '../probe/journal-window.js'
import { commandSimulator } from '../run/simulator-process.js'
import { clientFaults } from './client-faults.js'
import { trustCertificateOf } from './own-certificates.js'

export type HonestRequest =
  | {
      readonly type: 'connect'
      readonly url: string
      readonly headers: Readonly<Record<string, string>>
      readonly clientCount: number
      readonly journal: string
      /** `http://host:port`. */
      readonly sim: string
    }
  | { readonly type: 'open' }
  | { readonly type: 'close' }

export type HonestMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'connected' }
  | { readonly type: 'opened' }
  | { readonly type: 'window'; readonly figures: WindowFigures }
  | { readonly type: 'failed'; readonly message: string }

export interface WindowFigures {
  /** Scheduled send → client, all clients together. A trade that has not arrived counts with the time for which it was awaited. */
  readonly scheduled: Percentiles | null
  /** Scheduled → handed to the simulator's socket. */
  readonly lateness: Percentiles | null
  /** Trades of the window, over all clients, that had not arrived. */
  readonly missingCount: number
  /** Since the clients connected: losses, ended connections. */
  readonly faults: readonly string[]
}

/** Trades of the window have this long after its end. */
const DRAIN_MS = 300
const CLOCK_FOLLOW_MS = 1_000
const LIFE_MS_MAX = 20 * 60_000

class HonestClients {
  readonly #clock = new ArrivalClock()
  readonly #request: HonestRequest & { type: 'connect' }
  readonly #target: ProbeTarget
  readonly #clients: readonly ProbeClient[]
  readonly #follower = setInterval(() => this.#clock.follow(), CLOCK_FOLLOW_MS)
  #join = new JournalJoin(PRODUCTS)
  #sinceUs = 0
  /** Of the journal, when the window was opened: all lines so far are of earlier trades. */
  #journalBytes = 0

  constructor(request: HonestRequest & { type: 'connect' }) {
    this.#request = request
    const { url, headers, clientCount } = request
    trustCertificateOf(url)
    this.#target = new ProbeTarget({ url, clock: this.#clock, join: null, isStrict: false })
    this.#clients = Array.from(
      { length: clientCount },
      (_, index) => new ProbeClient({ target: this.#target, headers, index, isMeasured: true, isReviewed: false }),
    )
  }

  async connected(): Promise<void> {
    await Promise.all(this.#clients.map(client => client.opened()))
  }

  open(): void {
    this.#join = new JournalJoin(PRODUCTS)
    this.#target.join = this.#join
    this.#journalBytes = statSync(this.#request.journal).size
    this.#sinceUs = this.#nowUs()
  }

  async close(): Promise<WindowFigures> {
    const { journal, sim } = this.#request
    const window = { sinceUs: this.#sinceUs, untilUs: this.#nowUs() }
    await sleep(DRAIN_MS)
    this.#target.join = null
    await commandSimulator(sim, 'flush')
    const start = this.#journalBytes
    const joined = await this.#join.join(journal, window, start)
    const markets = marketsWithTrades(this.#target.series.all)
    const { tradeCounts } = await readJournalWindow(journal, markets, [window], start)
    const scheduled = joined.scheduled.sum(() => true)
    const missingCount = (tradeCounts[0] ?? 0) * this.#clients.length - scheduled.count
    countMissing(scheduled, missingCount)
    return {
      scheduled: scheduled.percentiles(),
      lateness: joined.senderLateness,
      missingCount,
      faults: clientFaults(this.#target, this.#clients),
    }
  }

  disconnect(): void {
    clearInterval(this.#follower)
    for (const client of this.#clients) client.close()
  }

  #nowUs(): number {
    return this.#clock.monotonicUs(this.#clock.localUs())
  }
}

/** With the least that their latency can be. */
function countMissing(scheduled: Latency, missingCount: number): void {
  for (let index = 0; index < missingCount; index += 1) scheduled.record(DRAIN_MS * 1_000)
}

let clients: HonestClients | undefined

process.on('message', (request: HonestRequest) => {
  serve(request).then(send, error =>
    send({ type: 'failed', message: error instanceof Error ? error.message : String(error) }),
  )
})
process.on('SIGINT', () => {})
process.once('disconnect', () => process.exit(0))
setTimeout(() => process.exit(0), LIFE_MS_MAX)
send({ type: 'ready' })

async function serve(request: HonestRequest): Promise<HonestMessage> {
  if (request.type === 'connect') {
    clients?.disconnect()
    clients = new HonestClients(request)
    await clients.connected()
    return { type: 'connected' }
  }
  if (clients === undefined) throw new Error('no clients are connected')
  if (request.type === 'close') return { type: 'window', figures: await clients.close() }
  clients.open()
  return { type: 'opened' }
}

function send(message: HonestMessage): void {
  process.send?.(message)
}
