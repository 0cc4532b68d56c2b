// A few honest clients in the process of a test: what they lose, and whether trades still come.

import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { ArrivalClock } from '@tradelane/probe/arrival-clock'
import type { Percentiles } from '@tradelane/probe/latency'
import { ProbeClient } from '@tradelane/probe/probe-client'
import { ProbeTarget } from '@tradelane/probe/probe-target'
import { clientFaults } from './client-faults.js'
import { trustCertificateOf } from './own-certificates.js'

const POLL_MS = 10

export class Bystanders {
  readonly #target: ProbeTarget
  readonly #clients: readonly ProbeClient[]

  private constructor(target: ProbeTarget, clients: readonly ProbeClient[]) {
    this.#target = target
    this.#clients = clients
  }

  static async connect(url: string, headers: Readonly<Record<string, string>>, count: number): Promise<Bystanders> {
    trustCertificateOf(url)
    const target = new ProbeTarget({ url, clock: new ArrivalClock(), join: null, isStrict: false })
    const clients = Array.from(
      { length: count },
      (_, index) => new ProbeClient({ target, headers, index, isMeasured: true, isReviewed: false }),
    )
    await Promise.all(clients.map(client => client.opened()))
    return new Bystanders(target, clients)
  }

  /** Since they connected. */
  get faults(): readonly string[] {
    return clientFaults(this.#target, this.#clients)
  }

  /** `time_received` → client, trades since the last call. */
  takeLatency(): Percentiles | null {
    const { received } = this.#target
    const percentiles = received.sum(name => name.endsWith(' trade')).percentiles()
    received.clear()
    return percentiles
  }

  /** Resolves once every client has had so many more trades. */
  async untilTrades(count: number, msMax: number): Promise<void> {
    await this.#untilCounts(
      this.#tradeCounts().map(each => each + count),
      msMax,
    )
  }

  /** Resolves once every client has had so many trades since it connected. */
  async untilAllTrades(count: number, msMax: number): Promise<void> {
    await this.#untilCounts(
      this.#clients.map(() => count),
      msMax,
    )
  }

  leave(): void {
    for (const client of this.#clients) client.close()
  }

  async #untilCounts(wanted: readonly number[], msMax: number): Promise<void> {
    const deadlineMs = performance.now() + msMax
    while (this.#tradeCounts().some((each, index) => each < (wanted[index] as number))) {
      assert.ok(
        performance.now() < deadlineMs,
        [`no trades, or too few, within ${msMax} ms`, ...this.faults].join('; '),
      )
      await sleep(POLL_MS)
    }
  }

  #tradeCounts(): number[] {
    const trades = this.#target.series.all.filter(({ kind }) => kind === 'trade')
    return this.#clients.map(client => trades.reduce((sum, { index }) => sum + client.frameCount(index), 0))
  }
}
