// One client: its cursor in the trade log, what it has still to get of the boards, its credit. No queue of frames: what it
// has not been sent yet stays in the log or is replaced on the boards. Every call on an ended uWebSockets.js socket throws,
// and `end` runs the close handler at once, so each use of the socket is guarded here and nowhere else.

import type { TradeBatch } from '@tradelane/shared/lanes/trade-log'
import { type BoardSet, type Cell, Dirty } from './board-set.js'
import { Credit } from './credit.js'
import { DirtyCells } from './dirty-cells.js'
import { CORK_BYTES_MAX, CUT_OFF_MS, UNACKNOWLEDGED_BYTES_MAX } from './limits.js'
import { SendStatus, type Socket } from './uws.js'

export interface SessionCounts {
  framesSent: number
  bytesSent: number
  sendsFailed: number
}

export class Session {
  readonly address: string
  readonly isPacked: boolean
  readonly credit: Credit
  /** Sequence of the next trade record that it needs. */
  cursor: number
  /** It was told to go, or is gone: nothing is sent any more. */
  isClosing = false
  readonly #socket: Socket<unknown>
  readonly #boards: BoardSet
  readonly #counts: SessionCounts
  readonly #dirty: DirtyCells
  readonly #nowMs: () => number
  #closedMs = Number.NEGATIVE_INFINITY
  #progressMs: number
  #bufferedBytes = 0
  // What the cork callbacks work on: they are made once, so that no send allocates one.
  #batch: TradeBatch | undefined
  #turnMs = 0
  #pumpedFrames = 0

  constructor(options: {
    socket: Socket<unknown>
    address: string
    isPacked: boolean
    cursor: number
    boards: BoardSet
    counts: SessionCounts
    nowMs: () => number
  }) {
    this.#socket = options.socket
    this.address = options.address
    this.isPacked = options.isPacked
    this.cursor = options.cursor
    this.#boards = options.boards
    this.#counts = options.counts
    this.#dirty = new DirtyCells(options.boards)
    this.#nowMs = options.nowMs
    this.#progressMs = options.nowMs()
    this.credit = new Credit(this.#ping, options.nowMs)
  }

  get hasDirty(): boolean {
    return !this.#dirty.isEmpty
  }

  mark(cell: number, changes: number): void {
    this.#dirty.mark(cell, changes)
  }

  /** Whether trades, and after them books, may be handed to the socket now. */
  isReady(nowMs: number): boolean {
    if (this.isClosing) return false
    if (!this.credit.isOverrun) return true
    return this.credit.isSilent(nowMs) && this.#buffered() < UNACKNOWLEDGED_BYTES_MAX
  }

  cork(work: () => void): void {
    if (this.isClosing) return
    try {
      this.#socket.cork(work)
    } catch {
      this.isClosing = true
    }
  }

  /** One cork: what this client needs of the batch; its cursor moves behind it. */
  sendTrades(batch: TradeBatch, nowMs: number): void {
    this.#batch = batch
    this.#turnMs = nowMs
    this.cork(this.#sendBatch)
  }

  /** A frame of the gateway's own: the welcome, a gap. False: the client is gone. */
  sendServerFrame(frame: Uint8Array): boolean {
    if (!this.#send(frame)) return false
    this.credit.sentLossless(frame.length)
    return true
  }

  /** One record of the batch, which its cursor stands at. False: the client is gone. */
  sendRecord(batch: TradeBatch, index: number): boolean {
    const frame = this.isPacked ? batch.msgpack[index]! : batch.json[index]!
    if (!this.#send(frame)) return false
    this.credit.sentLossless(frame.length)
    this.cursor = batch.sequence[index]! + 1
    return true
  }

  /** What is due of this cell, whoever's turn it would be and whatever credit says. Returns the frames sent. */
  sendCell(cell: Cell): number {
    const bits = this.#dirty.take(cell)
    let frameCount = 0
    if ((bits & Dirty.status) !== 0 && this.sendServerFrame(this.#boards.statusOf(cell, this.isPacked))) frameCount += 1
    const payload = this.isPacked ? cell.copy.msgpack : cell.copy.json
    if ((bits & Dirty.payload) !== 0 && payload.length > 0 && this.sendServerFrame(payload)) frameCount += 1
    return frameCount
  }

  /** One cork of status, state and books, as far as credit goes. Returns the frames sent. */
  pump(nowMs: number): number {
    this.#turnMs = nowMs
    this.#pumpedFrames = 0
    // Without credit not even the cork is worth its price.
    if (this.#nextCell(nowMs) !== undefined) this.cork(this.#pumpCork)
    return this.#pumpedFrames
  }

  progressed(nowMs: number): void {
    this.#progressMs = nowMs
  }

  /**
   * Milliseconds without any sign that the client takes what it is sent: what it says, pings too, is none. An empty buffer
   * is one only from a client that never answers pings: the kernel swallows megabytes for one that stopped reading.
   */
  stalledMs(nowMs: number): number {
    const buffered = this.#buffered()
    const isTaken = buffered < this.#bufferedBytes || (buffered === 0 && !this.credit.hasAnswered)
    if (isTaken || this.credit.unacknowledgedBytes === 0) this.#progressMs = nowMs
    this.#bufferedBytes = buffered
    return nowMs - this.#progressMs
  }

  end(code: number, reason: string, nowMs: number): void {
    if (this.isClosing) return
    this.isClosing = true
    this.#closedMs = nowMs
    try {
      this.#socket.end(code, reason)
    } catch {
      // It is gone already.
    }
  }

  /** The Close frame may be stuck behind what the client does not read. */
  cutOffIfStuck(nowMs: number): void {
    if (!this.isClosing || nowMs - this.#closedMs < CUT_OFF_MS) return
    try {
      this.#socket.close()
    } catch {
      // It is gone already.
    }
  }

  readonly #ping = (payload: Uint8Array): void => {
    if (this.isClosing) return
    try {
      this.#socket.ping(payload)
    } catch {
      this.isClosing = true
    }
  }

  readonly #sendBatch = (): void => {
    const batch = this.#batch!
    const first = Math.max(0, this.cursor - batch.sequence[0]!)
    for (let index = first; index < batch.count; index += 1) if (!this.sendRecord(batch, index)) return
    this.credit.pingIfDue(this.#turnMs)
  }

  readonly #pumpCork = (): void => {
    let byteCount = 0
    while (byteCount < CORK_BYTES_MAX) {
      const cell = this.#nextCell(this.#turnMs)
      if (cell === undefined) return
      const frame = this.#frameOf(cell)
      if (!this.#send(frame)) return
      this.#dirty.clear(cell, frame.length)
      this.credit.sentConflatable(frame.length)
      this.credit.pingIfDue(this.#turnMs)
      this.#pumpedFrames += 1
      byteCount += frame.length
    }
  }

  /** The cell that may be sent now; undefined when there is none, or no credit for it. */
  #nextCell(nowMs: number): Cell | undefined {
    for (let cell = this.#dirty.next(); cell !== undefined; cell = this.#dirty.next()) {
      const { length } = this.#frameOf(cell)
      if (length > 0) {
        if (this.credit.mayStart(length, nowMs)) return cell
        this.credit.blocked(length)
        return undefined
      }
      // Withheld meanwhile, or not yet encoded in this form: the next version marks it again.
      this.#dirty.clear(cell, 0)
    }
    return undefined
  }

  #frameOf(cell: Cell): Uint8Array {
    if (this.#dirty.isStatusDue(cell)) return this.#boards.statusOf(cell, this.isPacked)
    return this.isPacked ? cell.copy.msgpack : cell.copy.json
  }

  #send(frame: Uint8Array): boolean {
    if (this.isClosing) return false
    try {
      if (this.#socket.send(frame, this.isPacked) === SendStatus.dropped) {
        // Our bounds are far below uWebSockets.js's: a dropped frame is a fault, and a silent hole is worse than an end.
        this.#counts.sendsFailed += 1
        this.end(1013, 'too slow', this.#nowMs())
        return false
      }
    } catch {
      this.isClosing = true
      return false
    }
    this.#counts.framesSent += 1
    this.#counts.bytesSent += frame.length
    return true
  }

  #buffered(): number {
    try {
      return this.#socket.getBufferedAmount()
    } catch {
      return 0
    }
  }
}
