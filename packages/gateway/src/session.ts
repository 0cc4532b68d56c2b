// One client: its cursor in the trade log, its dirty cells, its credit. There is no queue of frames: what it has not been sent
// yet stays in the log or is replaced on the boards. Every call on an ended uWebSockets.js socket throws, and `end` runs the
// close handler at once, so each use of the socket is guarded here and nowhere else. Frames to a client that acknowledges by
// message are numbered here.

import assert from 'node:assert/strict'
import type { TradeBatch } from '@tradelane/shared/lanes/trade-log'
import { DOUBLE_ZERO } from '@tradelane/shared/thread/clock'
import type { BoardSet, Cell } from './board-set.js'
import type { AcknowledgesBy } from './client-query.js'
import { Credit } from './credit.js'
import { DirtyCells } from './dirty-cells.js'
import { FRAME_NUMBER_BYTES_MAX, FrameNumbers } from './frame-numbers.js'
import { CORK_BYTES_MAX, CORK_US_MAX, CUT_OFF_MS, TICK_MS, UNACKNOWLEDGED_BYTES_MAX } from './limits.js'
import { StallWatch } from './stall-watch.js'
import { SendStatus, type Socket } from './uws.js'

/** Of all clients of a gateway, since they were last added to its counters. */
export interface SessionCounts {
  framesSent: number
  bytesSent: number
  sendsFailed: number
  pings: number
}

export function newSessionCounts(): SessionCounts {
  return { framesSent: 0, bytesSent: 0, sendsFailed: 0, pings: 0 }
}

/** The clock is read again after this many frames of a cork. */
const FRAMES_PER_CLOCK = 8

export class Session {
  readonly address: string
  readonly isPacked: boolean
  /** What frees its credit. */
  readonly acknowledgesBy: AcknowledgesBy
  readonly credit: Credit
  readonly dirty: DirtyCells
  /** Closing or closed: nothing is sent any more. */
  isClosing = false
  framesSent = 0
  /** That the trade log overtook. */
  recordsMissed = 0
  readonly #socket: Socket<unknown>
  readonly #boards: BoardSet
  readonly #counts: SessionCounts
  readonly #nowMs: () => number
  /** Where the client acknowledges by message. */
  readonly #numbers: FrameNumbers | undefined
  readonly #stalls: StallWatch
  #cursor: number
  #closedMs = Number.NEGATIVE_INFINITY
  // Arguments of the cork callbacks, which are made once so that no send allocates one.
  #batch: TradeBatch | undefined
  #turnMs = DOUBLE_ZERO
  #pumpedFrames = 0

  constructor(options: {
    socket: Socket<unknown>
    address: string
    isPacked: boolean
    acknowledgesBy?: AcknowledgesBy
    cursor: number
    boards: BoardSet
    counts: SessionCounts
    nowMs: () => number
  }) {
    this.#socket = options.socket
    this.address = options.address
    this.isPacked = options.isPacked
    this.#cursor = options.cursor
    this.#boards = options.boards
    this.#counts = options.counts
    this.dirty = new DirtyCells(options.boards)
    this.#nowMs = options.nowMs
    this.acknowledgesBy = options.acknowledgesBy ?? 'pong'
    this.#numbers = this.acknowledgesBy === 'message' ? new FrameNumbers(options.isPacked) : undefined
    this.credit = new Credit(this.#ping, options.nowMs, this.#numbers)
    this.#stalls = new StallWatch(this.credit, options.nowMs())
  }

  /** Sequence of the next trade record that it needs. */
  get cursor(): number {
    return this.#cursor
  }

  /** That its socket could not hand to the system. */
  get bufferedBytes(): number {
    try {
      return this.#socket.getBufferedAmount()
    } catch {
      return 0
    }
  }

  /** Past records that it will not be sent: a gap reported them, or they do not exist. */
  skipTo(sequence: number): void {
    assert(sequence >= this.#cursor, 'a cursor never goes back')
    this.#cursor = sequence
  }

  /** Whether trades, and after them books, may be handed to the socket now. */
  isReady(nowMs: number): boolean {
    if (this.isClosing) return false
    // A message may acknowledge what was not read: only the buffer shows it.
    const isFaithful = this.acknowledgesBy === 'pong'
    if (!this.credit.isOverrun) return isFaithful || this.bufferedBytes < UNACKNOWLEDGED_BYTES_MAX
    return this.credit.isSilent(nowMs) && this.bufferedBytes < UNACKNOWLEDGED_BYTES_MAX
  }

  cork(work: () => void): void {
    if (this.isClosing) return
    try {
      this.#socket.cork(work)
    } catch (error) {
      this.#socketThrew(error)
    }
  }

  /** One cork: the part of the batch from its cursor on. */
  sendTrades(batch: TradeBatch, nowMs: number): void {
    if (batch.count === 0) assert.fail('a cork of trades has records')
    this.#batch = batch
    this.#turnMs = nowMs
    this.cork(this.#sendBatch)
  }

  /** A frame of the gateway's own: the welcome, a gap. False: the client is gone. */
  sendServerFrame(frame: Uint8Array): boolean {
    const byteCount = this.#send(frame)
    if (byteCount === 0) return false
    this.credit.sentLossless(byteCount)
    return true
  }

  /** The record of the batch that its cursor is at. False: the client is gone, and is sent no further record. */
  sendRecord(batch: TradeBatch, index: number): boolean {
    // Not `assert(…)`, whose call takes 3 ns: this runs for every trade and client.
    if (batch.sequence[index] !== this.#cursor) assert.fail('a client is sent every record once, in order')
    const frame = this.isPacked ? batch.msgpackOf(index) : batch.json[index]!
    const byteCount = this.#send(frame)
    if (byteCount === 0) return false
    this.credit.sentLossless(byteCount)
    this.#cursor += 1
    return true
  }

  /** One cork of status, state and books, within credit; it begins now. Returns the frames sent. */
  pump(nowMs: number): number {
    this.#turnMs = nowMs
    this.#pumpedFrames = 0
    this.dirty.takeOver()
    // A cork costs time, even an empty one.
    if (this.#nextCell(nowMs) !== undefined) this.cork(this.#pumpCork)
    // Not `assert(…)`, whose call takes 3 ns: this runs for every slice.
    if (this.#pumpedFrames > 0 && this.credit.inFlightBytes === 0) assert.fail('pumped frames are in flight')
    return this.#pumpedFrames
  }

  progressed(nowMs: number): void {
    this.#stalls.progressed(nowMs)
  }

  /** Milliseconds without any sign that the client accepts what it is sent. */
  stalledMs(nowMs: number): number {
    return this.#stalls.stalledMs(this.bufferedBytes, nowMs)
  }

  end(code: number, reason: string, nowMs: number): void {
    if (this.isClosing) return
    assert(this.#closedMs === Number.NEGATIVE_INFINITY, 'a client is ended once')
    this.isClosing = true
    this.#closedMs = nowMs
    try {
      this.#socket.end(code, reason)
    } catch (error) {
      this.#socketThrew(error)
    }
  }

  /** The Close frame may be stuck behind what the client does not read. Returns whether the client was cut off. */
  cutOffIfStuck(nowMs: number): boolean {
    if (!this.isClosing || nowMs - this.#closedMs < CUT_OFF_MS) return false
    try {
      this.#socket.close()
    } catch (error) {
      this.#socketThrew(error)
    }
    return true
  }

  /** The socket has ended. An assertion that failed inside the call is our own bug, and is thrown again. */
  #socketThrew(error: unknown): void {
    if (error instanceof assert.AssertionError) throw error
    this.isClosing = true
  }

  readonly #ping = (payload: Uint8Array): void => {
    if (this.isClosing) return
    try {
      this.#socket.ping(payload)
      this.#counts.pings += 1
    } catch (error) {
      this.#socketThrew(error)
    }
  }

  readonly #sendBatch = (): void => {
    const batch = this.#batch!
    const first = Math.max(0, this.#cursor - batch.sequence[0]!)
    for (let index = first; index < batch.count; index += 1) if (!this.sendRecord(batch, index)) return
    this.credit.markIfNeeded(this.#turnMs)
  }

  readonly #pumpCork = (): void => {
    const untilMs = this.#turnMs + CORK_US_MAX / 1_000
    let corkBytes = 0
    // Alone a ping costs a system call, in a cork none.
    this.credit.tickAfter(TICK_MS, this.#turnMs)
    while (corkBytes < CORK_BYTES_MAX) {
      const cell = this.#nextCell(this.#turnMs)
      if (cell === undefined) return
      const byteCount = this.#send(this.#frameOf(cell))
      if (byteCount === 0) return
      this.dirty.clear(cell, byteCount)
      this.credit.sentConflatable(byteCount)
      if (!this.#isWithinCredit(byteCount)) assert.fail('state and books stay within credit')
      this.credit.markIfNeeded(this.#turnMs)
      this.#pumpedFrames += 1
      corkBytes += byteCount
      if (this.#pumpedFrames % FRAMES_PER_CLOCK === 0 && this.#nowMs() >= untilMs) return
    }
  }

  /** One frame alone may exceed it, and a client that never acknowledged anything is paced instead. */
  #isWithinCredit(frameBytes: number): boolean {
    const { inFlightBytes, creditBytes } = this.credit
    return inFlightBytes <= creditBytes || inFlightBytes === frameBytes || this.credit.isSilent(this.#turnMs)
  }

  /** The cell that may be sent now; undefined when there is none, or no credit for it. */
  #nextCell(nowMs: number): Cell | undefined {
    for (let cell = this.dirty.next(); cell !== undefined; cell = this.dirty.next()) {
      const { length } = this.#frameOf(cell)
      if (length > 0) {
        const byteCount = this.#numbers === undefined ? length : length + FRAME_NUMBER_BYTES_MAX
        if (this.credit.mayStart(byteCount, nowMs)) return cell
        this.credit.blocked(byteCount)
        return undefined
      }
      // Withheld since, or not yet encoded in this form: the next version marks it again.
      this.dirty.clear(cell, 0)
    }
    return undefined
  }

  #frameOf(cell: Cell): Uint8Array {
    if (this.dirty.isStatusDirty(cell)) return this.#boards.statusOf(cell, this.isPacked)
    return this.isPacked ? cell.copy.msgpack : cell.copy.json
  }

  /** Returns the bytes of the frame as it was sent; 0 when the client is gone. */
  #send(encoded: Uint8Array): number {
    if (this.isClosing) return 0
    if (encoded.length === 0) assert.fail('a frame that is sent has bytes')
    const frame = this.#numbers === undefined ? encoded : this.#numbers.number(encoded)
    try {
      if (this.#socket.send(frame, this.isPacked) === SendStatus.dropped) {
        // Our limits are far below uWebSockets.js's: a dropped frame is a fault, and a silent gap is worse than a disconnect.
        this.#counts.sendsFailed += 1
        this.end(1013, 'too slow', this.#nowMs())
        return 0
      }
    } catch (error) {
      this.#socketThrew(error)
      return 0
    }
    this.framesSent += 1
    this.#counts.framesSent += 1
    this.#counts.bytesSent += frame.length
    return frame.length
  }
}
