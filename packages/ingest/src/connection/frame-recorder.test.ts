import assert from 'node:assert/strict'
import test from 'node:test'
import { Clock, createClock } from '@tradelane/shared/thread/clock'
import type { ThreadToSupervisor } from '@tradelane/shared/thread/thread-messages'
import { systemTimers } from '@tradelane/shared/thread/timers'
import { until } from '../test/recorded-log.js'
import { FrameRecorder } from './frame-recorder.js'

const clock = new Clock(createClock())

function recording(): { recorder: FrameRecorder; batches: string[][] } {
  const batches: string[][] = []
  const postMessage = (message: ThreadToSupervisor): void => {
    if (message.type === 'recorded') batches.push([...message.lines])
  }
  return { recorder: new FrameRecorder({ postMessage }, clock, systemTimers), batches }
}

const AT_US = clock.monotonicUs()
const AT_MS = Math.round(clock.toWallUs(AT_US)) / 1_000

test('frames and answers become lines of a capture, byte for byte and in order, in one batch', async () => {
  const { recorder, batches } = recording()
  recorder.onFrame('bybit-linear', Buffer.from('{"topic":"é\\n"}'), AT_US)
  recorder.onAnswer('binance-futures', '/fapi/v1/depth', Buffer.from('{}'), AT_US)
  assert.equal(batches.length, 0)
  await until('the batch came', () => batches.length === 1)
  assert.deepEqual(
    batches[0]?.map(line => JSON.parse(line)),
    [
      { t: AT_MS, venue: 'bybit-linear', dir: 'in', raw: '{"topic":"é\\n"}' },
      { t: AT_MS, venue: 'binance-futures', dir: 'rest', path: '/fapi/v1/depth', raw: '{}' },
    ],
  )
})

test('a batch that grows large is posted at once, and the rest at the end', () => {
  const { recorder, batches } = recording()
  for (let index = 0; index < 40; index += 1) recorder.onFrame('x', Buffer.alloc(10_000, 0x61), AT_US)
  assert.equal(batches.length, 1)
  recorder.close()
  assert.equal(batches.flat().length, 40)
  recorder.close()
  assert.equal(batches.length, 2, 'no empty batch')
})
