// Publishes what this gateway knows of each client in the client table, for the admin thread: each client at most once a second,
// a bounded number of them per slice. Figures are read from the session when its row is written; no trade and no book pays for
// them.

import assert from 'node:assert/strict'
import {
  type Acknowledgement,
  ClientFormat,
  type ClientRow,
  ClientTableWriter,
  newClientRow,
} from '@tradelane/shared/lanes/client-table'
import type { TradeLogReader } from '@tradelane/shared/lanes/trade-log'
import type { MonotonicUs } from '@tradelane/shared/market/nouns'
import type { Counters } from '@tradelane/shared/thread/counters'
import type { Chore } from './chores.js'
import { CLIENT_ROW_MS, CLIENT_ROWS_PER_SLICE, SCAN_CELLS_MAX } from './limits.js'
import type { Session } from './session.js'

export interface ClientPublisherOptions {
  readonly table: SharedArrayBuffer
  /** Which of the gateways this is. */
  readonly ordinal: number
  readonly log: TradeLogReader
  readonly counters: Counters
  readonly nowUs: () => MonotonicUs
}

export interface ClientIdentity {
  readonly address: Uint8Array
  readonly acknowledgement: Acknowledgement
}

interface Entry {
  readonly row: number
  readonly identity: ClientIdentity
  readonly connectedUs: number
  writtenUs: number
  bytesSent: number
}

export class ClientPublisher implements Chore {
  readonly #options: ClientPublisherOptions
  readonly #table: ClientTableWriter
  /** In the order in which their rows were written, the oldest first. */
  readonly #entries = new Map<Session, Entry>()
  readonly #row: ClientRow = newClientRow()

  constructor(options: ClientPublisherOptions) {
    this.#options = options
    this.#table = new ClientTableWriter(options.table, options.ordinal)
  }

  add(session: Session, identity: ClientIdentity): void {
    assert(!this.#entries.has(session), 'a client has one row')
    const row = this.#table.take()
    if (row < 0) {
      this.#options.counters.add('clientRowsMissing')
      return
    }
    const nowUs = this.#options.nowUs()
    const entry = { row, identity, connectedUs: nowUs, writtenUs: nowUs, bytesSent: 0 }
    this.#entries.set(session, entry)
    this.#write(session, entry, nowUs)
  }

  remove(session: Session): void {
    const entry = this.#entries.get(session)
    if (entry === undefined) return
    this.#entries.delete(session)
    this.#table.free(entry.row)
  }

  runSlice(nowMs: number): boolean {
    const nowUs = this.#options.nowUs()
    let writtenCount = 0
    let cellCount = 0
    for (const [session, entry] of this.#entries) {
      if (nowMs - entry.writtenUs / 1_000 < CLIENT_ROW_MS) return false
      if (writtenCount === CLIENT_ROWS_PER_SLICE || cellCount >= SCAN_CELLS_MAX) return true
      writtenCount += 1
      // Of a client that is sent no books now nothing else does.
      cellCount += session.dirty.takeOver()
      this.#write(session, entry, nowUs)
      // To the end of the order. The loop meets it again, not due.
      this.#entries.delete(session)
      this.#entries.set(session, entry)
    }
    return false
  }

  #write(session: Session, entry: Entry, nowUs: MonotonicUs): void {
    const row = this.#row
    const { credit } = session
    assert(nowUs >= entry.writtenUs, 'monotonic time never goes back')
    row.address = entry.identity.address
    row.acknowledgement = entry.identity.acknowledgement
    row.format = session.isPacked ? ClientFormat.msgpack : ClientFormat.json
    row.hasAnswered = credit.hasAnswered
    row.connectedUs = entry.connectedUs
    row.writtenUs = nowUs
    row.framesSent = session.framesSent
    row.bytesSent = credit.sentBytes
    const seconds = (nowUs - entry.writtenUs) / 1e6
    row.bytesPerS = seconds > 0 ? Math.round((row.bytesSent - entry.bytesSent) / seconds) : 0
    row.creditBytes = credit.creditBytes
    row.inFlightBytes = credit.inFlightBytes
    row.unacknowledgedBytes = credit.unacknowledgedBytes
    row.minRttUs = credit.minRttMs * 1_000
    row.dirtyCells = session.dirty.count
    row.openPings = credit.openMarks
    row.bufferedBytes = session.bufferedBytes
    row.recordsMissed = session.recordsMissed
    this.#writeLag(session.cursor, nowUs)
    this.#table.write(entry.row, row)
    entry.writtenUs = nowUs
    entry.bytesSent = row.bytesSent
  }

  #writeLag(cursor: number, nowUs: MonotonicUs): void {
    const { log } = this.#options
    const newest = log.newest()
    const oldestUnsent = Math.max(cursor, newest - log.retained + 1)
    const lagRecords = Math.max(0, newest - cursor + 1)
    // NaN where the log has just overtaken it: no age rather than a wrong one.
    const loggedUs = lagRecords === 0 ? nowUs : log.loggedUs(oldestUnsent)
    this.#row.lagRecords = lagRecords
    this.#row.lagUs = Math.max(0, nowUs - loggedUs) || 0
  }
}
