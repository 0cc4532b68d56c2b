// A gateway process with a steady stream of trades, an admin thread with faults on request, and a client that judges what it
// gets: nothing missing, and how late.

import assert from 'node:assert/strict'
import { monotonicUs } from '@tradelane/shared/thread/clock'
import type { AdminStart } from '@tradelane/shared/thread/thread-messages'
import { WebSocket } from 'ws'
import type { Environment } from '../settings.js'
import type { ThreadEntry } from '../thread-launch.js'
import type { threadEntryOf } from '../thread-starts.js'
import { bundledEntryOf } from './bundled-entry.js'
import type { AdminFault, FaultyAdminStart } from './faulty-admin.js'
import type { SteadyTrade } from './steady-ingest.js'
import { type SupervisorFixture, supervisorWith } from './supervisor-fixture.js'

export interface Lateness {
  readonly count: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly worstMs: number
}

interface AdminOptions {
  /** In place of the thread with faults. */
  readonly adminFile?: URL
  /** The least that `/stat` answers. */
  readonly statBytes?: number
}

/** Trades flow where ingest has a thread of its own. */
export function steadySupervisor(
  env: Environment = {},
  { adminFile, statBytes = 0 }: AdminOptions = {},
): SteadyFixture {
  const fault = new Int32Array(new SharedArrayBuffer(4))
  const entryOf: typeof threadEntryOf = (options, thread) => {
    const entry = bundledEntryOf(options, thread)
    const [agent, ...others] = thread.agents
    if (agent?.kind === 'ingest' && others.length === 0)
      return { ...entry, file: new URL('./steady-ingest.js', import.meta.url) }
    if (agent?.kind !== 'admin') return entry
    if (adminFile !== undefined) return { ...entry, file: adminFile }
    const adminStart = entry.start as AdminStart
    const threads = [...adminStart.threads, { role: 'x'.repeat(statBytes), index: adminStart.threadIndex }]
    const start: FaultyAdminStart = { ...adminStart, fault: fault.buffer, ...(statBytes === 0 ? {} : { threads }) }
    return { ...entry, file: new URL('./faulty-admin.js', import.meta.url), start } satisfies ThreadEntry
  }
  const fixture = supervisorWith({ INSTRUMENTS: 'btc-usdt', ...env }, undefined, entryOf)
  return { ...fixture, request: requested => void Atomics.store(fault, 0, requested) }
}

export interface SteadyFixture extends SupervisorFixture {
  /** The admin thread has this fault in its next turn. */
  request(fault: AdminFault): void
}

export class TradeWatch {
  readonly #socket: WebSocket
  #latenessMs: number[] = []
  #seq = 0
  #fault: string | null = null

  private constructor(port: number) {
    this.#socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false })
    this.#socket.on('message', (raw: Buffer) => this.#take(JSON.parse(raw.toString())))
    this.#socket.on('close', code => {
      this.#fault ??= `closed with ${code}`
    })
  }

  static async open(port: number): Promise<TradeWatch> {
    const watch = new TradeWatch(port)
    await new Promise((resolve, reject) => watch.#socket.once('open', resolve).once('error', reject))
    return watch
  }

  /** Of the trades since the last call. Fails when a trade was missing or the connection ended. */
  lateness(): Lateness {
    assert.equal(this.#fault, null)
    const sorted = this.#latenessMs.sort((one, other) => one - other)
    this.#latenessMs = []
    const quantile = (share: number): number =>
      sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
    return { count: sorted.length, p50Ms: quantile(0.5), p99Ms: quantile(0.99), worstMs: quantile(1) }
  }

  close(): void {
    this.#socket.terminate()
  }

  #take(frame: SteadyTrade | { readonly type: string }): void {
    if ('type' in frame) {
      if (frame.type === 'gap') this.#fault ??= `a gap: ${JSON.stringify(frame)}`
      return
    }
    if (frame.kind !== 'trade') return
    if (this.#seq > 0 && frame.seq !== this.#seq + 1) this.#fault ??= `trade ${frame.seq} follows ${this.#seq}`
    this.#seq = frame.seq
    this.#latenessMs.push((monotonicUs() - frame.sentUs) / 1_000)
  }
}
