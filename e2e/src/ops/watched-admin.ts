// An admin thread whose metrics are read as Prometheus reads them: on its port. It has something of every figure, and nothing is
// wrong with it until a test makes it so.

import type { TestContext } from 'node:test'
import { AdminUnderTest } from '@tradelane/admin/test/admin-fixture'
import { BoardWriter, createBoard, newCellHeader } from '@tradelane/shared/lanes/board'
import { ClientTableWriter, createClientTable, newClientRow } from '@tradelane/shared/lanes/client-table'
import { createDepthRing } from '@tradelane/shared/lanes/depth-ring'
import {
  CellStatus,
  INSTRUMENT_NONE,
  type InstrumentId,
  Kind,
  type MonotonicUs,
  type ProductIndex,
  StatusReason,
} from '@tradelane/shared/market/nouns'
import { Clock } from '@tradelane/shared/thread/clock'
import { Counters } from '@tradelane/shared/thread/counters'
import { ThreadState } from '@tradelane/shared/thread/parking'
import { publishThreadId } from '@tradelane/shared/thread/thread-watch'
import { Hop, HopHistograms } from '@tradelane/shared/trace/hop-histograms'

const PRODUCT = 0 as ProductIndex
const INGEST = 0
const GATEWAY = 1

export class WatchedAdmin {
  readonly admin: AdminUnderTest
  readonly ingest: Counters
  readonly gateway: Counters
  readonly hops: HopHistograms
  readonly #states: BoardWriter
  readonly #books: BoardWriter
  readonly #clients: ClientTableWriter
  readonly #row: number

  private constructor(admin: AdminUnderTest) {
    const { counters, traces, stateBoard, bookBoard, clientTable } = admin.start
    this.admin = admin
    this.ingest = new Counters(counters, INGEST)
    this.gateway = new Counters(counters, GATEWAY)
    this.hops = new HopHistograms(traces, GATEWAY)
    this.#states = new BoardWriter(stateBoard, [])
    this.#books = new BoardWriter(bookBoard, [])
    this.#clients = new ClientTableWriter(clientTable, 0)
    this.#row = this.#clients.take()
    for (const { index } of admin.start.threads) {
      const cell = admin.cell(index)
      cell.clearForStart()
      cell.setState(ThreadState.running)
      publishThreadId(cell)
    }
    this.link(0, CellStatus.live)
    this.link(1, CellStatus.live)
    this.book(CellStatus.live)
    this.client(0)
    for (let trade = 0; trade < 1_000; trade += 1) this.hops.count(PRODUCT, Hop.total, 800)
  }

  static async listening(t: TestContext): Promise<WatchedAdmin> {
    const links = [Kind.trade, Kind.orderBookL2].map(about => ({
      ...{ kind: Kind.link, about, instrument: INSTRUMENT_NONE, product: PRODUCT },
    }))
    const book = { kind: Kind.orderBookL2, about: Kind.orderBookL2, instrument: 0 as InstrumentId, product: PRODUCT }
    const admin = await AdminUnderTest.listening(t, {
      stateBoard: createBoard(links, 512),
      bookBoard: createBoard([book], 512),
      depthRings: [createDepthRing({ bytes: 4_096, instrumentCount: 1 })],
      clientTable: createClientTable({ gatewayCount: 2, rowsMax: 10 }),
    })
    const watched = new WatchedAdmin(admin)
    // The first report has no loads: they are of the time between two.
    await watched.scrape()
    return watched
  }

  link(cell: number, status: CellStatus): void {
    this.#states.publish(cell, { ...newCellHeader(), status, sinceUs: 1 }, null, null)
  }

  book(status: CellStatus, reason: StatusReason = StatusReason.none, ageS = 0): void {
    const { clock } = this.admin.start
    const sinceUs = new Clock(clock).toWallUs((this.admin.timers.nowMs * 1_000) as MonotonicUs) - ageS * 1_000_000
    this.#books.publish(0, { ...newCellHeader(), status, reason, sinceUs }, null, null)
  }

  client(lagS: number): void {
    this.#clients.write(this.#row, { ...newClientRow(), minRttUs: 200, lagUs: lagS * 1_000_000 })
  }

  /** A second later: an answer is made once a second. */
  async scrape(): Promise<string> {
    this.admin.pass(1_000)
    const { body } = await this.admin.request('/metrics')
    return body
  }
}
