// The depth ring under stress: a producer that sometimes overruns its consumer, both threads killed at random and started again
// on the same memory. Frames arrive whole and in order; the consumer detects each loss before it uses a later frame.

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createControlBlock, ThreadCell } from '../thread/parking.js'
import { createDepthRing } from './depth-ring.js'
import type { DepthRingTask } from './test/depth-ring-stress-worker.js'
import { createLedger, Ledger } from './test/ledger.js'
import { LANE_MS_MAX, Random, STRESS_SEED } from './test/stress-plan.js'
import { finish, killAtRandom, StressThread } from './test/stress-thread.js'

const ENTRY = new URL('./test/depth-ring-stress-worker.js', import.meta.url)
const RING_BYTES = 65_536
const INSTRUMENTS = 16
/** Positions pass 2^31 at once, and 2^32 after some seven million frames. */
const FIRST_POSITION = 0x7fffff00

type SharedTask = Omit<DepthRingTask, 'role'>

test('frames arrive whole and in order; each one that does not is a counted loss', {
  timeout: LANE_MS_MAX + 60_000,
}, async t => {
  const shared: SharedTask = {
    ring: createDepthRing({ bytes: RING_BYTES, instrumentCount: INSTRUMENTS, firstPosition: FIRST_POSITION }),
    control: createControlBlock(2),
    source: new SharedArrayBuffer(INSTRUMENTS * 8),
    ledger: createLedger(INSTRUMENTS),
    seed: STRESS_SEED,
  }
  const producer = new StressThread(ENTRY, { ...shared, role: 'producer' } satisfies DepthRingTask)
  const consumer = new StressThread(ENTRY, { ...shared, role: 'consumer' } satisfies DepthRingTask)
  const records = (): number => framesOf(shared)
  try {
    await killAtRandom({ threads: [producer, consumer], random: new Random(STRESS_SEED), records, msMax: LANE_MS_MAX })
    new ThreadCell(shared.control, 0).requestStop()
    await finish([producer])
    new ThreadCell(shared.control, 1).requestStop()
    await finish([consumer])
    checkAccounts(t, shared)
  } finally {
    t.diagnostic(`STRESS_SEED=${STRESS_SEED}`)
    t.diagnostic(`killed + died in mid-write: producer ${producer.kills} + ${producer.deaths}`)
    t.diagnostic(`killed + died in mid-read: consumer ${consumer.kills} + ${consumer.deaths}`)
    for (const thread of [producer, consumer]) await thread.abandon()
  }
})

function framesOf(task: SharedTask): number {
  return new Float64Array(task.source).reduce((sum, sequence) => sum + sequence, 0)
}

function checkAccounts(t: TestContext, task: SharedTask): void {
  const frames = framesOf(task)
  const ledger = new Ledger(task.ledger)
  assert.ok(frames > 10_000, 'the producer made progress')
  const [delivered, dropped, skipped] = [ledger.sum(1), ledger.sum(2), ledger.sum(3)]
  t.diagnostic(
    `${frames} frames = ${delivered} delivered + ${dropped} dropped and counted + ` +
      `${skipped} skipped by a new consumer, 0 torn`,
  )
  assert.equal(delivered + dropped + skipped, frames)
  assert.ok(dropped > 0, 'the ring was full at times')
}
