// The trade log under stress: one writer and two readers, each a thread, killed at random and started again on the same memory.
// Every reader must have received or knowingly missed every sequence, in order, each record whole. See `test/stress-plan.ts`.

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createControlBlock, ThreadCell } from '../thread/parking.js'
import { createLedger, Ledger } from './test/ledger.js'
import { LANE_MS_MAX, Random, STRESS_SEED } from './test/stress-plan.js'
import { finish, killAtRandom, StressThread } from './test/stress-thread.js'
import type { TradeLogTask } from './test/trade-log-stress-worker.js'
import { createTradeLog, TradeLogReader } from './trade-log.js'

const ENTRY = new URL('./test/trade-log-stress-worker.js', import.meta.url)
const READERS = 2
const RETAINED = 1_000
const STARTS = [2 ** 31, 2 ** 32]
const TEST_MS_MAX = LANE_MS_MAX / STARTS.length

for (const start of STARTS) {
  test(
    `received and missed records of each reader are all there are, across 2^${Math.log2(start)}`,
    { timeout: TEST_MS_MAX + 60_000 },
    t => stress(t, start - 100_000),
  )
}

async function stress(t: TestContext, firstSequence: number): Promise<void> {
  const threadCount = 1 + READERS
  const shared: Omit<TradeLogTask, 'threadIndex'> = {
    log: createTradeLog(RETAINED, { firstSequence }),
    control: createControlBlock(threadCount),
    ledger: createLedger(READERS * 2),
    firstSequence,
    seed: STRESS_SEED,
    threadCount,
  }
  const log = new TradeLogReader(shared.log)
  const records = (): number => log.newest() - firstSequence + 1
  const threads = Array.from(
    { length: threadCount },
    (_, threadIndex) => new StressThread(ENTRY, { ...shared, threadIndex } satisfies TradeLogTask),
  )
  try {
    await killAtRandom({ threads, random: new Random(STRESS_SEED + firstSequence), records, msMax: TEST_MS_MAX })
    for (const [index, thread] of threads.entries()) {
      new ThreadCell(shared.control, index).requestStop()
      // The readers after the writer, so that they read to its end.
      if (index === 0 || index === READERS) await finish(index === 0 ? [thread] : threads)
    }
    checkAccounts(t, shared, records())
  } finally {
    t.diagnostic(`STRESS_SEED=${STRESS_SEED}`)
    const kills = threads.map(thread => `${thread.kills} + ${thread.deaths}`)
    t.diagnostic(`killed + died in mid-write: writer ${kills[0]}, readers ${kills.slice(1).join(', ')}`)
    for (const thread of threads) await thread.abandon()
  }
}

function checkAccounts(t: TestContext, task: Omit<TradeLogTask, 'threadIndex'>, records: number): void {
  const ledger = new Ledger(task.ledger)
  assert.ok(records > 10_000, 'the writer made progress')
  for (let reader = 0; reader < READERS; reader += 1) {
    const [next, received, missed, gaps] = ledger.read(reader * 2)
    const [discarded] = ledger.read(reader * 2 + 1)
    assert.equal(next, task.firstSequence + records)
    assert.equal(received + missed, records)
    t.diagnostic(
      `reader ${reader}: ${records} records = ${received} received + ${missed} missed in ${gaps} overruns; ` +
        `${discarded} copies overtaken and discarded, 0 torn`,
    )
  }
  assert.ok(ledger.read((READERS - 1) * 2)[3] > 0, 'the slow reader was overrun')
}
