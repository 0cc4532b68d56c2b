import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ProcessorRoom } from './processor-room.mjs'

const never = () => false

/** Two processors, and as many runnable threads as `load.count` says. */
function roomBeside(t, count, yieldingCount = 0) {
  const load = { count }
  const room = new ProcessorRoom({ countRunnable: () => load.count, processors: 2 })
  room.start(() => yieldingCount)
  t.after(() => room.stop())
  return { room, load }
}

async function sampled(room, expected) {
  while (room.hasRoom !== expected) await new Promise(resolve => setTimeout(resolve, 10))
}

test('idle processors have room at once; busy ones when the load ends, in the order of asking', async t => {
  const { room, load } = roomBeside(t, 12)
  await sampled(room, false)
  const order = []
  const waits = ['first', 'second'].map(name => room.wait(1, never).then(() => order.push(name)))
  await new Promise(resolve => setTimeout(resolve, 200))
  assert.deepEqual(order, [])
  load.count = 0
  await Promise.all(waits)
  assert.deepEqual(order, ['first', 'second'])
})

test('what has just started counts before it shows', async t => {
  const { room } = roomBeside(t, 3)
  await new Promise(resolve => setTimeout(resolve, 150))
  await room.wait(2, never)
  assert.ok(!room.hasRoom)
})

test('threads that yield are no load, and one that runs alone does not wait', async t => {
  const { room } = roomBeside(t, 6, 6)
  await new Promise(resolve => setTimeout(resolve, 150))
  assert.ok(room.hasRoom)
  const { room: full } = roomBeside(t, 50)
  await sampled(full, false)
  await full.wait(1, () => true)
})

test('where the system does not say, there is room', async t => {
  const room = new ProcessorRoom({ countRunnable: () => null, processors: 1 })
  room.start(() => 0)
  t.after(() => room.stop())
  await new Promise(resolve => setTimeout(resolve, 150))
  for (let count = 0; count < 5; count += 1) await room.wait(1, never)
})
