// One client: its cursor in the trade log, a dirty byte per cell, its credit. No queue of frames: what it has not been sent
// yet stays in the log or is replaced on the boards. Every call on an ended uWebSockets.js socket throws, and `end` runs the
// close handler at once, so each use of the socket is guarded here and nowhere else.

import type { TradeBatch } from '@tradelane/shared/trade-log'
import { type BoardSet, type Cell, Dirty } from './board-set.js'
import { Credit } from './credit.js'
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
  /** It was told to go: nothing is sent any more. */
  isClosing = false
  closedMs = Number.NEGATIVE_INFINITY
  readonly #socket: Socket<unknown>
  readonly #boards: BoardSet
  readonly #counts: SessionCounts
  readonly #dirty: Uint8Array
  #dirtyCount = 0
  #statusCount = 0
  /** Where the last scan of each lane ended: fair shares between instruments need a moving start. */
  #stateAt = 0
  #bookAt = 0
  /** Bytes of state sent beyond those of books, while both wanted to go. */
  #balance = 0
  #progressMs: number
  #bufferedBytes = 0

  constructor(options: {
    socket: Socket<unknown>
    address: string
    isPacked: boolean
    cursor: number
    boards: BoardSet
    counts: SessionCounts
    nowMs: number
  }) {
    this.#socket = options.socket
    this.address = options.address
    this.isPacked = options.isPacked
    this.cursor = options.cursor
    this.#boards = options.boards
    this.#counts = options.counts
    this.#dirty = new Uint8Array(options.boards.cells.length)
    this.#progressMs = options.nowMs
    this.credit = new Credit(this.#ping, options.nowMs)
    for (const cell of options.boards.cells) {
      this.mark(cell.index, (cell.copy.json.length > 0 ? Dirty.payload : 0) | (cell.hasStatus ? Dirty.status : 0))
    }
  }

  get hasDirty(): boolean {
    return this.#dirtyCount > 0
  }

  mark(cell: number, changes: number): void {
    const before = this.#dirty[cell]!
    const after = before | changes
    if (after === before) return
    if (before === 0) this.#dirtyCount += 1
    if ((before & Dirty.status) === 0 && (after & Dirty.status) !== 0) this.#statusCount += 1
    this.#dirty[cell] = after
  }

  /** Whether trades may be handed to the socket now. */
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

  /** Sends what this client needs of the batch and moves its cursor behind it. */
  sendTrades(batch: TradeBatch): void {
    const frames = this.isPacked ? batch.msgpack : batch.json
    const first = Math.max(0, this.cursor - batch.sequence[0]!)
    for (let index = first; index < batch.count; index += 1) {
      const frame = frames[index]!
      if (!this.#send(frame)) return
      this.credit.sentLossless(frame.length)
      this.cursor = batch.sequence[index]! + 1
    }
  }

  /** A frame of the gateway's own: the welcome, a gap. */
  sendServerFrame(frame: Uint8Array): void {
    if (this.#send(frame)) this.credit.sentLossless(frame.length)
  }

  /** One cork of status, state and books, as far as credit goes. Returns the frames sent. */
  pump(nowMs: number): number {
    let frameCount = 0
    let byteCount = 0
    while (this.#dirtyCount > 0 && byteCount < CORK_BYTES_MAX && !this.isClosing) {
      const cell = this.#nextCell()
      if (cell === undefined) break
      const isStatus = (this.#dirty[cell.index]! & Dirty.status) !== 0
      const frame = isStatus ? this.#boards.statusOf(cell, this.isPacked) : this.#payloadOf(cell)
      // Withheld meanwhile, or not yet encoded in this form: the next version marks it again.
      if (frame.length > 0) {
        if (!this.credit.mayStart(frame.length, nowMs)) break
        if (!this.#send(frame)) break
        this.credit.sentConflatable(frame.length)
        frameCount += 1
        byteCount += frame.length
      }
      this.#clear(cell, isStatus ? Dirty.status : Dirty.payload, frame.length)
    }
    if (frameCount > 0) this.credit.afterFlush(nowMs)
    return frameCount
  }

  progressed(nowMs: number): void {
    this.#progressMs = nowMs
  }

  /** Milliseconds without any sign that the client takes what it is sent. */
  stalledMs(nowMs: number): number {
    const buffered = this.#buffered()
    if (buffered < this.#bufferedBytes || (buffered === 0 && this.credit.isSilent(nowMs))) this.#progressMs = nowMs
    this.#bufferedBytes = buffered
    if (this.credit.unacknowledgedBytes === 0) this.#progressMs = nowMs
    return nowMs - this.#progressMs
  }

  end(code: number, reason: string, nowMs: number): void {
    if (this.isClosing) return
    this.isClosing = true
    this.closedMs = nowMs
    try {
      this.#socket.end(code, reason)
    } catch {
      // It is gone already.
    }
  }

  /** The Close frame may be stuck behind what the client does not read. */
  cutOffIfStuck(nowMs: number): void {
    if (!this.isClosing || nowMs - this.closedMs < CUT_OFF_MS) return
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

  #payloadOf({ copy }: Cell): Uint8Array {
    return this.isPacked ? copy.msgpack : copy.json
  }

  #clear(cell: Cell, bit: number, bytes: number): void {
    const after = this.#dirty[cell.index]! & ~bit
    this.#dirty[cell.index] = after
    if (after === 0) this.#dirtyCount -= 1
    if (bit === Dirty.status) {
      this.#statusCount -= 1
      return
    }
    const isBook = cell.lane === 'book'
    if (isBook) this.#bookAt = cell.index + 1
    else this.#stateAt = cell.index + 1
    const balance = this.#balance + (isBook ? -bytes : bytes)
    this.#balance = Math.max(-CORK_BYTES_MAX, Math.min(CORK_BYTES_MAX, balance))
  }

  /** Status before everything; then the lane that had fewer bytes, if it has anything. */
  #nextCell(): Cell | undefined {
    if (this.#statusCount > 0) return this.#find(0, Dirty.status, undefined)
    const isBookFirst = this.#balance > 0
    return (
      this.#find(isBookFirst ? this.#bookAt : this.#stateAt, Dirty.payload, isBookFirst ? 'book' : 'state') ??
      this.#find(isBookFirst ? this.#stateAt : this.#bookAt, Dirty.payload, isBookFirst ? 'state' : 'book')
    )
  }

  #find(start: number, bit: number, lane: Cell['lane'] | undefined): Cell | undefined {
    const { cells } = this.#boards
    for (let step = 0; step < cells.length; step += 1) {
      const index = (start + step) % cells.length
      if ((this.#dirty[index]! & bit) === 0) continue
      const cell = cells[index]!
      if (lane === undefined || cell.lane === lane) return cell
    }
    return undefined
  }

  #send(frame: Uint8Array): boolean {
    if (this.isClosing) return false
    try {
      if (this.#socket.send(frame, this.isPacked) === SendStatus.dropped) {
        // Our bounds are far below uWebSockets.js's: a dropped frame is a fault, and a silent hole is worse than an end.
        this.#counts.sendsFailed += 1
        this.end(1013, 'too slow', performance.now())
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
