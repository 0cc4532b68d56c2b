// A gateway in virtual time, with virtual sockets: no thread, no port, no uWebSockets.js.

import type { MonotonicUs } from '@tradelane/shared/market/nouns'
import { createAdmission } from '@tradelane/shared/thread/admission-layout'
import { createClock } from '@tradelane/shared/thread/clock'
import { createCounters, readCounters } from '@tradelane/shared/thread/counters'
import { PortGate } from '@tradelane/shared/thread/port-gate'
import { VirtualTimers } from '@tradelane/shared/thread/test/virtual-timers'
import type { GatewayStart, LateTradePost } from '@tradelane/shared/thread/thread-messages'
import { Gateway } from '../gateway.js'
import type { NewMerge } from '../merge.js'
import { PriorityMerge } from '../priority-merge.js'
import { OPEN } from './open-access.js'
import { PRODUCT, STREAM, TestLanes } from './test-lanes.js'
import { VirtualUws } from './virtual-uws.js'

const CLIENTS_MAX = 100

export class VirtualGateway {
  readonly admission = createAdmission(1, CLIENTS_MAX)
  readonly lanes: TestLanes
  readonly uws = new VirtualUws()
  readonly timers = new VirtualTimers(1_000)
  readonly gateway: Gateway
  readonly gate: PortGate
  /** Late trades for the admin thread. */
  readonly posts: LateTradePost[] = []
  readonly #counters = createCounters(1)

  /** `clockMs`: how far each reading of the clock moves it on. */
  constructor(options: { instrumentCount?: number; retained?: number; clockMs?: number; newMerge?: NewMerge } = {}) {
    const { clockMs = 0 } = options
    this.lanes = new TestLanes(options)
    const { control, traces, instruments, tradeLog, stateBoard, bookBoard, clientTable } = this.lanes
    const { admission } = this
    this.gate = new PortGate(admission)
    const start: GatewayStart = {
      role: 'gateway-0',
      threadIndex: 0,
      gateway: 0,
      admission,
      clientsMax: CLIENTS_MAX,
      clientsPerIpMax: CLIENTS_MAX,
      control,
      clock: createClock(),
      counters: this.#counters,
      warmUpMs: 0,
      nice: 0,
      traces,
      products: [PRODUCT],
      instruments,
      host: '127.0.0.1',
      port: 0,
      isExclusive: true,
      tradeLog,
      stateBoard,
      bookBoard,
      clientTable,
      stream: STREAM,
      version: '0.0.0-test',
      clientStallMs: 90_000,
      access: OPEN,
      certificate: null,
    }
    this.gateway = new Gateway(start, {
      uws: this.uws,
      log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
      newMerge: options.newMerge ?? (parts => new PriorityMerge(parts)),
      timers: this.timers,
      nowUs: () => {
        this.timers.nowMs += clockMs
        return (this.timers.nowMs * 1_000) as MonotonicUs
      },
      postLateTrades: post => this.posts.push(post),
    })
    this.uws.afterRequest = () => this.timers.runUntil(this.timers.nowMs)
    // The timer makes chores due, and the turn that it requests does them.
    this.gateway.onWake(() => this.timers.setImmediate(() => this.turnUntilIdle()))
  }

  counters(): ReturnType<typeof readCounters> {
    return readCounters(this.#counters)
  }

  turnUntilIdle(): void {
    while (this.gateway.merge.doWork() > 0);
  }

  /** Moves time, and runs the timers on the way. */
  pass(ms: number): void {
    this.timers.runUntil(this.timers.nowMs + ms)
  }
}
