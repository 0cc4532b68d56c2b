// The time in which what was sent may still arrive.

import { setTimeout as sleep } from 'node:timers/promises'

/** A wait in which this process was held up for longer is repeated: what came meanwhile is in its sockets, and was not read. */
const HELD_UP_MS_MAX = 100
const WAITS_MAX = 5

/** Resolves after `ms` in which this process ran, or after a few times as much. */
export async function drain(ms: number): Promise<void> {
  for (let count = 0; count < WAITS_MAX; count += 1) {
    const startMs = performance.now()
    await sleep(ms)
    if (performance.now() - startMs <= ms + HELD_UP_MS_MAX) return
  }
}
