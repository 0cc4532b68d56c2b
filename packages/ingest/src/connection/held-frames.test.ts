import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MonotonicUs } from '@tradelane/shared/market/nouns'
import { FrameClass, type FrameHead } from '@tradelane/venues/frame-class'
import { HELD_FRAMES_MAX, HELD_TRADE_BYTES_MAX } from '../limits.js'
import { BTC, ETH } from '../test/test-lanes.js'
import type { FrameReceiver } from './connection-receiver.js'
import { HeldFrames } from './held-frames.js'

class Receiver implements FrameReceiver {
  readonly calls: string[] = []

  onFrame(frame: Buffer, { frameClass, instrument }: FrameHead, receivedUs: MonotonicUs): void {
    this.calls.push(`${frame} ${frameClass} ${instrument?.symbol} ${receivedUs}`)
  }

  onChunkEnd(): void {
    this.calls.push('chunk end')
  }
}

test('frames are delivered in order, each with its own head, as one chunk', () => {
  const held = new HeldFrames(() => assert.fail('it is not full'))
  const head: FrameHead = { frameClass: FrameClass.trade, instrument: BTC }
  held.onFrame(Buffer.from('first'), head, 1 as MonotonicUs)
  head.frameClass = FrameClass.depth
  head.instrument = ETH
  held.onFrame(Buffer.from('second'), head, 2 as MonotonicUs)
  const receiver = new Receiver()
  held.deliverTo(receiver)
  assert.deepEqual(receiver.calls, ['first 1 BTCUSDT 1', 'second 5 ETHUSDT 2', 'chunk end'])
})

test('after they were delivered none is held, and none is delivered again', () => {
  const held = new HeldFrames(() => undefined)
  held.deliverTo(new Receiver())
  const head = { frameClass: FrameClass.trade, instrument: BTC }
  assert.throws(() => held.onFrame(Buffer.from('late'), head, 1 as MonotonicUs), /no frame is held/)
  assert.throws(() => held.deliverTo(new Receiver()), /delivered once/)
})

test('the last frame that fits requests their delivery', () => {
  let fullCount = 0
  const held = new HeldFrames(() => {
    fullCount += 1
  })
  const head = { frameClass: FrameClass.trade, instrument: BTC }
  for (let count = 1; count < HELD_FRAMES_MAX; count += 1) held.onFrame(Buffer.from('x'), head, 1 as MonotonicUs)
  assert.equal(fullCount, 0)
  held.onFrame(Buffer.from('x'), head, 1 as MonotonicUs)
  assert.equal(fullCount, 1)
})

test('so do trades of one instrument whose ids are as many as are kept; books and other instruments do not count', () => {
  let fullCount = 0
  const held = new HeldFrames(() => {
    fullCount += 1
  })
  const half = Buffer.alloc(HELD_TRADE_BYTES_MAX / 2)
  const give = (frameClass: FrameClass, instrument = BTC): void =>
    held.onFrame(half, { frameClass, instrument }, 1 as MonotonicUs)
  for (let count = 0; count < 3; count += 1) give(FrameClass.depth)
  give(FrameClass.trade)
  give(FrameClass.trade, ETH)
  assert.equal(fullCount, 0)
  give(FrameClass.trade)
  assert.equal(fullCount, 1)
})
