import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VirtualTimers } from '@tradelane/shared/thread/test/virtual-timers'
import { WATCH_MS, Watchdog } from './watchdog.js'

test('every second the clock is sampled, every thread watched, and the heap of every gateway checked', () => {
  const { watchdog, timers, events } = watched()
  watchdog.start()
  timers.runUntil(WATCH_MS - 1)
  assert.deepEqual(events, [])
  const each = ['clock', 'ingest watched', 'gateway-0 watched', 'gateway-0 heap']
  timers.runUntil(WATCH_MS)
  assert.deepEqual(events, each)
  timers.runUntil(3 * WATCH_MS)
  assert.deepEqual(events, [...each, ...each, ...each])
  watchdog.stop()
  timers.runUntil(10 * WATCH_MS)
  assert.equal(events.length, 3 * each.length)
})

test('when the supervisor itself was late, the silence of a thread does not count', () => {
  const { watchdog, timers, events } = watched()
  watchdog.start()
  // Nothing ran for a while: the timer fires once, late.
  timers.nowMs = 2 * WATCH_MS + 1
  timers.runUntil(timers.nowMs)
  assert.deepEqual(events.slice(0, 4), ['clock', 'ingest restarted', 'gateway-0 restarted', 'gateway-0 heap'])
  events.length = 0
  timers.runUntil(3 * WATCH_MS)
  assert.ok(events.includes('ingest watched') && !events.includes('ingest restarted'))
})

function watched(): { watchdog: Watchdog; timers: VirtualTimers; events: string[] } {
  const timers = new VirtualTimers()
  const events: string[] = []
  const threads = (['ingest', 'gateway'] as const).map((kind, index) => {
    const role = kind === 'ingest' ? kind : 'gateway-0'
    const agent = kind === 'ingest' ? { kind } : ({ kind, ordinal: 0, merge: 'priority' } as const)
    const watch = (): void => void events.push(`${role} watched`)
    const restartWatch = (): void => void events.push(`${role} restarted`)
    return { thread: { role, heapRatio: 0, watch, restartWatch }, spec: { role, index, agents: [agent] } }
  })
  const watchdog = new Watchdog({
    threads,
    clockSource: { sample: () => void events.push('clock') },
    heapWatch: { check: ({ role }) => void events.push(`${role} heap`) },
    timers,
    nowMs: () => timers.nowMs,
  })
  return { watchdog, timers, events }
}
