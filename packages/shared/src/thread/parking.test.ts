// The bell, the flags and the figures of one thread's cell. `parking.stress.ts` checks that no wake-up is lost between threads.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as layout from './control-layout.js'
import { createControlBlock, ThreadCell, ThreadState } from './parking.js'

test('a control block has 1 to 64 cells', () => {
  for (const threadCount of [1, 2, layout.THREADS_MAX]) {
    const control = createControlBlock(threadCount)
    assert.equal(control.byteLength, layout.CELLS_OFFSET + threadCount * layout.CELL_BYTES)
    new ThreadCell(control, threadCount - 1)
  }
  for (const threadCount of [0, -1, layout.THREADS_MAX + 1]) assert.throws(() => createControlBlock(threadCount))
})

test('a thread that the control block does not have is refused', () => {
  const control = createControlBlock(2)
  for (const threadIndex of [-1, 2, 63]) assert.throws(() => new ThreadCell(control, threadIndex), /no such thread/)
})

for (const [name, offset] of [
  ['magic', layout.CONTROL_MAGIC_OFFSET],
  ['version', layout.CONTROL_VERSION_OFFSET],
] as const) {
  test(`a control block with another ${name} is refused`, () => {
    const control = createControlBlock(1)
    new DataView(control).setInt32(offset, 77, true)
    assert.throws(() => new ThreadCell(control, 0), /not a control block of this version/)
  })
}

test('neighbours share no word', () => {
  const control = createControlBlock(3)
  const cells = [0, 1, 2].map(index => new ThreadCell(control, index))
  const before = new Uint8Array(control.slice(0))
  const cell = cells[1]!
  cell.ring()
  cell.setParked(true)
  cell.beat()
  cell.setState(ThreadState.stopped)
  cell.addMsgpackClients(3)
  cell.setHeap(1e9, 2e9)
  cell.requestStop()
  const after = new Uint8Array(control)
  const from = layout.CELLS_OFFSET + layout.CELL_BYTES
  const changed = [...after.keys()].filter(index => after[index] !== before[index])
  assert.ok(changed.length > 0)
  assert.ok(changed.every(index => index >= from && index < from + layout.CELL_BYTES))
})

test('a negative count of clients is caught', () => {
  const cell = new ThreadCell(createControlBlock(1), 0)
  cell.addMsgpackClients(1)
  cell.addMsgpackClients(-1)
  assert.throws(() => cell.addMsgpackClients(-1), /a count of clients is never negative/)
})

test('a wait without an end is caught', () => {
  const cell = new ThreadCell(createControlBlock(1), 0)
  for (const timeoutMs of [Number.NaN, -1]) assert.throws(() => cell.wait(cell.bell(), timeoutMs), /a wait has an end/)
})

test('what one view writes, another view of the same cell reads', () => {
  const control = createControlBlock(2)
  const owner = new ThreadCell(control, 1)
  const watcher = new ThreadCell(control, 1)
  owner.beat()
  owner.beat()
  owner.setState(ThreadState.running)
  owner.addMsgpackClients(2)
  owner.addMsgpackClients(-1)
  owner.setHeap(10, 20)
  assert.equal(watcher.heartbeat(), 2)
  assert.equal(watcher.state(), ThreadState.running)
  assert.equal(watcher.msgpackClients(), 1)
  assert.deepEqual(watcher.heap(), { usedBytes: 10, limitBytes: 20 })
  assert.equal(watcher.isStopping(), false)
  watcher.requestStop()
  assert.equal(owner.isStopping(), true)
})

test('a ring changes the bell, also from 2^31 - 1 on', () => {
  const control = createControlBlock(1)
  const cell = new ThreadCell(control, 0)
  const words = new Int32Array(control)
  words[(layout.CELLS_OFFSET + layout.BELL_OFFSET) / 4] = 0x7fffffff
  const seen = cell.bell()
  cell.ring()
  assert.notEqual(cell.bell(), seen)
  assert.equal(cell.waitAsync(seen), null)
})

test('a wait for a bell that has already changed ends at once', () => {
  const cell = new ThreadCell(createControlBlock(1), 0)
  const seen = cell.bell()
  cell.ring()
  const startMs = performance.now()
  cell.wait(seen, 5_000)
  assert.ok(performance.now() - startMs < 1_000)
  assert.equal(cell.waitAsync(seen), null)
})

test('a wait for a silent bell ends with its time', () => {
  const cell = new ThreadCell(createControlBlock(1), 0)
  const startMs = performance.now()
  cell.wait(cell.bell(), 20)
  assert.ok(performance.now() - startMs >= 15)
})

test('a ring wakes a parked waiter, and does not notify one that has not set its parked flag', async () => {
  const cell = new ThreadCell(createControlBlock(1), 0)
  const keepAlive = setTimeout(() => {}, 10_000)
  let isWoken = false
  const waiting = cell.waitAsync(cell.bell())
  assert.ok(waiting !== null)
  const woken = waiting.then(() => {
    isWoken = true
  })
  cell.ring()
  await new Promise(resolve => setTimeout(resolve, 20))
  assert.equal(isWoken, false)
  cell.setParked(true)
  cell.ring()
  await woken
  assert.equal(isWoken, true)
  clearTimeout(keepAlive)
})

test('a request to stop rings', () => {
  const cell = new ThreadCell(createControlBlock(1), 0)
  const seen = cell.bell()
  cell.requestStop()
  assert.notEqual(cell.bell(), seen)
})

test('a successor starts with a clean cell, but not with an older bell', () => {
  const cell = new ThreadCell(createControlBlock(1), 0)
  cell.requestStop()
  cell.setParked(true)
  cell.addMsgpackClients(5)
  cell.setState(ThreadState.stopped)
  const bell = cell.bell()
  cell.clearForStart()
  assert.equal(cell.isStopping(), false)
  assert.equal(cell.msgpackClients(), 0)
  assert.equal(cell.state(), ThreadState.starting)
  assert.equal(cell.bell(), bell)
})
