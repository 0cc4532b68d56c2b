// The gateway without uWebSockets.js: `ClientServer` and a merge on real lanes, with virtual sockets and a clock that the test
// moves.

import { type TradeBatch, TradeLogReader } from '@tradelane/shared/lanes/trade-log'
import type { MonotonicUs } from '@tradelane/shared/market/nouns'
import { createAdmission } from '@tradelane/shared/thread/admission-layout'
import { ClientCounts } from '@tradelane/shared/thread/client-counts'
import { Counters, createCounters, readCounters } from '@tradelane/shared/thread/counters'
import { RateLimitedLog } from '@tradelane/shared/thread/log'
import { VirtualTimers } from '@tradelane/shared/thread/test/virtual-timers'
import { Admission } from '../admission.js'
import { BoardSet } from '../board-set.js'
import { Chores } from '../chores.js'
import { ClientAccess } from '../client-access.js'
import { ClientPublisher } from '../client-publisher.js'
import { ClientServer } from '../client-server.js'
import { ClientTicks } from '../client-ticks.js'
import { KEEPALIVE_MS } from '../limits.js'
import { Looks } from '../looks.js'
import type { Merge, NewMerge } from '../merge.js'
import { PriorityMerge } from '../priority-merge.js'
import { RequestQueue } from '../request-queue.js'
import { newSessionCounts } from '../session.js'
import { SessionRing } from '../session-ring.js'
import { OPEN } from './open-access.js'
import type { TestClient } from './test-client.js'
import { PRODUCT, STREAM, TestLanes } from './test-lanes.js'
import { VirtualUws } from './virtual-uws.js'

const CLIENTS_MAX = 1_000
/** Tells when it is read. */
class WatchedReader extends TradeLogReader {
  onLook: () => void = () => {}

  override isPublished(sequence: number): boolean {
    this.onLook()
    return super.isPublished(sequence)
  }

  override read(from: number, batch: TradeBatch, recordCountMax: number): number {
    this.onLook()
    return super.read(from, batch, recordCountMax)
  }
}

export class MergeFixture extends TestLanes {
  readonly merge: Merge
  readonly server: ClientServer
  readonly publisher: ClientPublisher
  readonly sessions = new SessionRing()
  readonly chores = new Chores()
  readonly looks: Looks
  readonly warnings: string[] = []
  readonly timers = new VirtualTimers()
  nowMs = 1_000
  wakeCount = 0
  /** How far each reading of the clock moves it on. */
  clockMs: number
  readonly #counters = createCounters(1)
  readonly #uws = new VirtualUws()
  readonly #log: WatchedReader

  constructor(
    options: {
      instrumentCount?: number
      retained?: number
      clientRowsMax?: number
      clockMs?: number
      clientStallMs?: number
      newMerge?: NewMerge
    } = {},
  ) {
    super(options)
    this.clockMs = options.clockMs ?? 0
    const counters = new Counters(this.#counters, 0)
    const record = (message: string): unknown => this.warnings.push(message)
    const limitedLog = new RateLimitedLog(
      { debug: () => {}, info: record, warn: record, error: record },
      { intervalMs: 0 },
    )
    const nowMs = (): number => {
      this.nowMs += this.clockMs
      return this.nowMs
    }
    this.#log = new WatchedReader(this.tradeLog)
    const log = this.#log
    const boards = new BoardSet([this.stateBoard, this.bookBoard], [PRODUCT], this.instruments)
    this.publisher = new ClientPublisher({
      table: this.clientTable,
      ordinal: 0,
      log: new TradeLogReader(this.tradeLog),
      counters,
      nowUs: () => (this.nowMs * 1_000) as MonotonicUs,
    })
    const newMerge = options.newMerge ?? (parts => new PriorityMerge(parts))
    const { sessions, chores } = this
    this.looks = new Looks(log, nowMs)
    const { looks } = this
    this.merge = newMerge({ log, boards, sessions, looks, chores, stream: STREAM, counters, limitedLog, nowMs })
    this.#uws.afterRequest = () => this.timers.runUntil(this.timers.nowMs)
    const clientCounts = new ClientCounts(createAdmission(1, CLIENTS_MAX), 0)
    const limits = { clientsMax: CLIENTS_MAX, clientsPerIpMax: CLIENTS_MAX }
    const counts = newSessionCounts()
    this.server = new ClientServer({
      admission: new Admission({ counts: clientCounts, ...limits, counters, limitedLog, nowMs }),
      queue: new RequestQueue({ timers: this.timers, nowMs, counters, look: () => this.merge.look() }),
      access: new ClientAccess({ rules: OPEN, counters, limitedLog }),
      // Not for a look: where a client that connects begins.
      log: new TradeLogReader(this.tradeLog),
      boards,
      merge: this.merge,
      publisher: this.publisher,
      sessions,
      counts,
      cell: this.cell,
      counters,
      limitedLog,
      stream: STREAM,
      version: '0.0.0-test',
      timers: this.timers,
      nowMs,
      wallUs: () => 1,
      wake: () => {
        this.wakeCount += 1
      },
    })
    this.server.serve(this.#uws)
    const clientStallMs = options.clientStallMs ?? 90_000
    chores.add(new ClientTicks({ sessions, counts, looks, counters, limitedLog, clientStallMs }))
  }

  /** The gateway's timer: the next turns do what is due. */
  tick(): void {
    this.chores.makeDue()
  }

  /** Called whenever the merge looks for trades. */
  set onLook(onLook: () => void) {
    this.#log.onLook = onLook
  }

  counters(): ReturnType<typeof readCounters> {
    return readCounters(this.#counters)
  }

  get clients(): readonly TestClient[] {
    return this.#uws.clients
  }

  /** `prepare` comes before the first frame. */
  join(query = '', prepare: (client: TestClient) => void = () => {}): TestClient {
    return this.#uws.connect(query, prepare)
  }

  /** Turns, while every client answers its pings, until nothing is left to do and all have shown that they read. */
  settle(): void {
    this.#settle()
    // Quiet clients are pinged so seldom.
    this.nowMs += KEEPALIVE_MS
    this.tick()
    this.#settle()
  }

  #settle(): void {
    for (let idle = 0; idle < 3; ) {
      const isWorking = this.merge.doWork() > 0
      let didPong = false
      for (const client of this.clients) didPong = client.pongAll() || didPong
      idle = isWorking || didPong ? 0 : idle + 1
      if (idle === 0) continue
      // The timer pings for what is unacknowledged.
      this.nowMs += 50
      this.tick()
    }
  }
}
