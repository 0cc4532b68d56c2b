// Parking under stress: two threads ask and answer as fast as they can, in bursts and with pauses, killed at random and started
// again. A lost wake-up would leave both waiting until the clock wakes one of them, which is detected and counted.

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { LANE_MS_MAX, Random, STRESS_SEED } from '../lanes/test/stress-plan.js'
import { finish, killAtRandom, StressThread } from '../lanes/test/stress-thread.js'
import { BELL_OFFSET, CELL_BYTES, CELLS_OFFSET } from './control-layout.js'
import { createControlBlock, ThreadCell } from './parking.js'
import { MAIL_BYTES, MailWord, mailWords } from './test/parking-mail.js'
import type { ParkingTask } from './test/parking-stress-worker.js'

const ENTRY = new URL('./test/parking-stress-worker.js', import.meta.url)
const TEST_MS_MAX = LANE_MS_MAX / 2
/** Without kills, whose successors would wake a thread that is stuck: longer than the beat of `parking-stress-worker.ts`. */
const QUIET_MS = 2_500
/** Bells and numbers pass 2^31 after 256. */
const FIRST_NUMBER = 0x7fffff00

for (const [name, isEvented] of [
  ['Atomics.wait', false],
  ['Atomics.waitAsync', true],
] as const) {
  test(`no wake-up is lost by a thread that parks with ${name}`, { timeout: TEST_MS_MAX + 60_000 }, t =>
    stress(t, isEvented),
  )
}

async function stress(t: TestContext, isEvented: boolean): Promise<void> {
  const shared = {
    mail: new SharedArrayBuffer(MAIL_BYTES),
    control: createControlBlock(2),
    seed: STRESS_SEED,
    isEvented,
  }
  const words = mailWords(shared.mail)
  words.fill(FIRST_NUMBER, MailWord.asked, MailWord.answered + 1)
  const bells = new Int32Array(shared.control)
  for (const index of [0, 1]) bells[(CELLS_OFFSET + index * CELL_BYTES + BELL_OFFSET) / 4] = FIRST_NUMBER
  const rings = (): number => [0, 1].reduce((sum, index) => sum + ringsOf(shared.control, index), 0)
  const threads = (['asker', 'answerer'] as const).map(
    role => new StressThread(ENTRY, { ...shared, role } satisfies ParkingTask),
  )
  try {
    await killAtRandom({
      threads,
      random: new Random(STRESS_SEED),
      records: rings,
      msMax: TEST_MS_MAX,
      quietMs: QUIET_MS,
    })
    for (const index of [0, 1]) {
      new ThreadCell(shared.control, index).requestStop()
      await finish(threads.slice(0, index + 1))
    }
    assert.equal(words[MailWord.lost], 0)
    assert.ok(rings() > 2_000, 'the two threads made progress')
  } finally {
    t.diagnostic(`STRESS_SEED=${STRESS_SEED}`)
    t.diagnostic(`${rings()} rings, ${words[MailWord.waits]} waits, ${words[MailWord.lost]} wake-ups lost`)
    t.diagnostic(`killed: asker ${threads[0]?.kills}, answerer ${threads[1]?.kills}`)
    for (const thread of threads) await thread.abandon()
  }
}

function ringsOf(control: SharedArrayBuffer, index: number): number {
  return (new ThreadCell(control, index).bell() - FIRST_NUMBER) >>> 0
}
