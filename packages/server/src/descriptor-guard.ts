// Keeps descriptors for venues while strangers take all others. Sockets come faster than anyone can count them, so the reserve is
// held as spare descriptors: a crowd finds none left before it has touched the reserve. Then the port is closed, and only when
// no gateway listens any more are the spares given back, for venues, REST requests and files to use. The port opens again when
// there is room for the spares and for some clients. Main thread.
//
//   open ──scarce: the gate closes──▶ closing ──no gateway listens: spares are released──▶ closed
//     ◀────────────────────────room again: spares are taken, the gate opens────────────────┘

import assert from 'node:assert/strict'
import { countClients } from '@tradelane/shared/thread/client-counts'
import { type Log, RateLimitedLog } from '@tradelane/shared/thread/log'
import { PortGate } from '@tradelane/shared/thread/port-gate'
import { systemTimers, type Timer, type Timers } from '@tradelane/shared/thread/timers'
import { OpenDescriptors, SpareDescriptors } from './open-descriptors.js'
import type { Topology } from './topology.js'

export interface DescriptorGuardOptions {
  readonly descriptors: Pick<OpenDescriptors, 'max' | 'count'>
  readonly spares: Pick<SpareDescriptors, 'count' | 'take' | 'release'>
  readonly gate: PortGate
  readonly clientCount: () => number
  readonly clientsMax: number
  /** Threads that are still to start, and products that connections are kept to. */
  readonly threadCount: number
  readonly productCount: number
  readonly log: Log
  readonly timers: Timers
  /** Monotonic. */
  readonly nowMs: () => number
}

/** Reserved for files, look-ups of names, threads that restart, and the admin side. */
const RESERVED_BASE = 32
/** Reserved for each product: its three connections, one more for each while it is replaced, and two of REST. */
const RESERVED_PER_PRODUCT = 8
/** What a thread opens when it starts. */
const PER_THREAD = 8
/** With fewer unused ones than this, the port is closed. */
const FREE_MIN = 8
/** With so many unused ones beside the reserve, it is opened again. */
const FREE_FOR_CLIENTS = 16
/**
 * Descriptors that are not those of clients: some hundred of our own, connections that sent no request yet, and ended clients
 * that do not close their side. With more, the port is closed until uWebSockets.js has closed those (8 to 16 s): it closes all
 * at once, at 18 µs each.
 */
export const OTHERS_MAX = 1_024
const OTHERS_TO_OPEN = (OTHERS_MAX * 3) / 4
/** The port stays closed for at least this time, so that it does not flutter. */
export const CLOSED_MS_MIN = 1_000
export const CHECK_MS = 100
/** The same while at most half of what closes the port is used. */
export const EASY_CHECK_MS = 500
/** Counting takes at most one part in so many of the main thread's time: where it is slow, it is done less often. */
const COST_SHARE = 50

export class DescriptorGuard {
  readonly #options: DescriptorGuardOptions
  readonly #limitedLog: RateLimitedLog
  #state: 'open' | 'closing' | 'closed' = 'open'
  #reserved = 0
  #closedMs = 0
  #timer: Timer | undefined

  constructor(options: DescriptorGuardOptions) {
    this.#options = options
    this.#limitedLog = new RateLimitedLog(options.log, { nowMs: options.nowMs })
  }

  /** Before any thread starts: takes the reserve, at most half of what threads will leave. */
  start(): void {
    const { descriptors, spares, clientsMax, threadCount, productCount, log } = this.#options
    assert(this.#timer === undefined, 'a guard is started once')
    const unused = descriptors.max - descriptors.count() - threadCount * PER_THREAD
    const wanted = RESERVED_BASE + productCount * RESERVED_PER_PRODUCT
    this.#reserved = Math.max(0, Math.min(wanted, Math.floor(unused / 2)))
    if (!spares.take(this.#reserved)) this.#reserved = 0
    const clients = Math.max(0, unused - this.#reserved)
    if (clients < clientsMax) {
      log.warn('the limit of open files is too low for CLIENTS_MAX; the port closes when it is reached', {
        openFilesMax: descriptors.max,
        clients,
        clientsMax,
      })
    }
    this.#check()
  }

  stop(): void {
    const { timers, spares } = this.#options
    timers.clear(this.#timer)
    spares.release()
  }

  #check(): void {
    const { timers, nowMs } = this.#options
    const startMs = nowMs()
    const isEasy = this.#step(startMs)
    const costMs = nowMs() - startMs
    const waitMs = Math.max(isEasy ? EASY_CHECK_MS : CHECK_MS, costMs * COST_SHARE)
    this.#timer = timers.setTimeout(() => this.#check(), waitMs)
  }

  /** Returns whether the port is far from being closed. */
  #step(atMs: number): boolean {
    const { descriptors, spares, gate, clientCount } = this.#options
    const open = descriptors.count()
    gate.setDescriptors(open, descriptors.max)
    const others = open - spares.count - clientCount()
    switch (this.#state) {
      case 'open':
        if (descriptors.max - open < FREE_MIN || others > OTHERS_MAX) this.#close(open, atMs)
        return open <= descriptors.max / 2 && others <= OTHERS_MAX / 2
      case 'closing':
        if (gate.isListening) return false
        spares.release()
        this.#state = 'closed'
        return false
      case 'closed':
        if (atMs - this.#closedMs < CLOSED_MS_MIN || others > OTHERS_TO_OPEN) return false
        if (descriptors.max - open >= this.#reserved + FREE_FOR_CLIENTS) this.#open(open)
        return false
    }
  }

  #close(open: number, atMs: number): void {
    const { gate, descriptors, clientCount } = this.#options
    this.#state = 'closing'
    this.#closedMs = atMs
    gate.close()
    const fields = { openFiles: open, openFilesMax: descriptors.max, clients: clientCount() }
    this.#limitedLog.write('warn', 'port closed: too many connections; connected clients stay', 'descriptors', fields)
  }

  #open(open: number): void {
    const { gate, spares } = this.#options
    assert(spares.count === 0, 'spares are taken once')
    if (!spares.take(this.#reserved)) return
    this.#state = 'open'
    gate.open()
    this.#limitedLog.write('info', 'port open again', 'descriptors', { openFiles: open })
  }
}

/** For a process with gateways. */
export function newDescriptorGuard(
  admission: SharedArrayBuffer,
  topology: Topology,
  clientsMax: number,
  log: Log,
): DescriptorGuard {
  return new DescriptorGuard({
    descriptors: new OpenDescriptors(),
    spares: new SpareDescriptors(),
    gate: new PortGate(admission),
    clientCount: () => countClients(admission),
    clientsMax,
    threadCount: topology.threads.length,
    productCount: productsInUse(topology),
    log,
    timers: systemTimers,
    nowMs: () => performance.now(),
  })
}

function productsInUse({ instruments, subscriptions }: Topology): number {
  const used = subscriptions.filter(({ kinds }) => kinds.length > 0)
  return new Set(used.map(({ instrument }) => instruments[instrument]?.product)).size
}
