import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drain } from './drain.js'

const WAIT_MS = 200
const HELD_UP_MS = 600

test('a wait in which the process was held up is repeated', async () => {
  const startMs = performance.now()
  setTimeout(() => {
    const untilMs = performance.now() + HELD_UP_MS
    while (performance.now() < untilMs);
  }, WAIT_MS / 2)
  await drain(WAIT_MS)
  const tookMs = performance.now() - startMs
  assert.ok(tookMs > HELD_UP_MS + WAIT_MS, `${tookMs} ms`)
})
