// A board under stress: one writer and two readers, each a thread, killed at random and started again on the same memory. A
// reader always sees one whole state, never an older one after a newer one, and in the end the last of every cell.

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type InstrumentId, Kind, type ProductIndex } from '../market/nouns.js'
import { createControlBlock, ThreadCell } from '../thread/parking.js'
import { type CellSpec, createBoard } from './board.js'
import * as layout from './board-layout.js'
import type { BoardTask } from './test/board-stress-worker.js'
import { createLedger, Ledger } from './test/ledger.js'
import { LANE_MS_MAX, Random, STRESS_SEED } from './test/stress-plan.js'
import { finish, killAtRandom, StressThread } from './test/stress-thread.js'

const ENTRY = new URL('./test/board-stress-worker.js', import.meta.url)
const READERS = 2
const CELLS = 16
const PAYLOAD_BYTES_MAX = 2_000
/** Versions pass 2^31 a little later. */
const FIRST_VERSION = 0x7fffff00

type SharedTask = Omit<BoardTask, 'threadIndex'>

test('readers see whole states, in order, and the last one', { timeout: LANE_MS_MAX + 60_000 }, async t => {
  const threadCount = 1 + READERS
  const shared: SharedTask = {
    board: createWornBoard(),
    control: createControlBlock(threadCount),
    source: new SharedArrayBuffer(CELLS * 8),
    ledger: createLedger(READERS * CELLS),
    seed: STRESS_SEED,
    payloadBytesMax: PAYLOAD_BYTES_MAX,
    threadCount,
  }
  const threads = Array.from(
    { length: threadCount },
    (_, threadIndex) => new StressThread(ENTRY, { ...shared, threadIndex } satisfies BoardTask),
  )
  const records = (): number => statesOf(shared)
  try {
    await killAtRandom({ threads, random: new Random(STRESS_SEED), records, msMax: LANE_MS_MAX })
    new ThreadCell(shared.control, 0).requestStop()
    await finish(threads.slice(0, 1))
    for (let index = 1; index < threadCount; index += 1) new ThreadCell(shared.control, index).requestStop()
    await finish(threads)
    checkAccounts(t, shared)
  } finally {
    t.diagnostic(`STRESS_SEED=${STRESS_SEED}`)
    const kills = threads.map(thread => `${thread.kills} + ${thread.deaths}`)
    t.diagnostic(`killed + died in mid-write: writer ${kills[0]}, readers ${kills.slice(1).join(', ')}`)
    for (const thread of threads) await thread.abandon()
  }
})

function createWornBoard(): SharedArrayBuffer {
  const specs = Array.from({ length: CELLS }, (_, instrument): CellSpec => {
    const kind = Kind.orderBookL2
    return { kind, about: kind, instrument: instrument as InstrumentId, product: 0 as ProductIndex }
  })
  const board = createBoard(specs, PAYLOAD_BYTES_MAX)
  const words = new Int32Array(board)
  words[layout.BOARD_VERSION_OFFSET / 4] = FIRST_VERSION
  for (let cell = 0; cell < CELLS; cell += 1) {
    words[(layout.INDEX_OFFSET + cell * layout.INDEX_BYTES + layout.CELL_VERSION_OFFSET) / 4] = FIRST_VERSION
  }
  return board
}

function statesOf(task: SharedTask): number {
  return new Float64Array(task.source).reduce((sum, sequence) => sum + sequence, 0)
}

function checkAccounts(t: TestContext, task: SharedTask): void {
  const states = statesOf(task)
  assert.ok(states > 10_000, 'the writer made progress')
  const source = new Float64Array(task.source)
  const ledger = new Ledger(task.ledger)
  for (let reader = 0; reader < READERS; reader += 1) {
    let seenSum = 0
    let conflatedSum = 0
    for (let cell = 0; cell < CELLS; cell += 1) {
      const [last, seen, conflated] = ledger.read(reader * CELLS + cell)
      assert.equal(last, source[cell])
      assert.equal(seen + conflated, last)
      seenSum += seen
      conflatedSum += conflated
    }
    t.diagnostic(`reader ${reader}: ${states} states = ${seenSum} seen + ${conflatedSum} conflated, 0 torn`)
  }
}
