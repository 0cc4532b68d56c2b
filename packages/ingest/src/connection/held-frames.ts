// Receives the frames of a successor while the connection before it is still in use. They are delivered after that one was
// closed, so that frames never go back in time; the feed recognises those that both connections brought.

import assert from 'node:assert/strict'
import type { Instrument, MonotonicUs } from '@tradelane/shared/market/nouns'
import { FrameClass, type FrameHead } from '@tradelane/venues/frame-class'
import { HELD_FRAMES_MAX, HELD_TRADE_BYTES_MAX } from '../limits.js'
import type { FrameReceiver } from './connection-receiver.js'

interface HeldFrame {
  readonly frame: Buffer
  readonly head: FrameHead
  readonly receivedUs: MonotonicUs
}

export class HeldFrames implements FrameReceiver {
  readonly #frames: HeldFrame[] = []
  readonly #tradeBytes = new Map<Instrument, number>()
  readonly #onFull: () => void
  #isDelivered = false

  /** `onFull` has to deliver them. */
  constructor(onFull: () => void) {
    this.#onFull = onFull
  }

  onFrame(frame: Buffer, { frameClass, instrument }: FrameHead, receivedUs: MonotonicUs): void {
    assert(!this.#isDelivered, 'no frame is held after the held ones were delivered')
    // Copied: the bytes of the socket are used again.
    this.#frames.push({ frame: Buffer.from(frame), head: { frameClass, instrument }, receivedUs })
    const tradeBytes = frameClass === FrameClass.trade && instrument ? this.#addTrades(instrument, frame.length) : 0
    if (this.#frames.length >= HELD_FRAMES_MAX || tradeBytes >= HELD_TRADE_BYTES_MAX) this.#onFull()
  }

  deliverTo(receiver: FrameReceiver): void {
    assert(!this.#isDelivered, 'held frames are delivered once')
    this.#isDelivered = true
    for (const { frame, head, receivedUs } of this.#frames) receiver.onFrame(frame, head, receivedUs)
    receiver.onChunkEnd?.()
  }

  #addTrades(instrument: Instrument, frameBytes: number): number {
    const bytes = (this.#tradeBytes.get(instrument) ?? 0) + frameBytes
    this.#tradeBytes.set(instrument, bytes)
    return bytes
  }
}
