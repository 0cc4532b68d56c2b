// How many threads this process has, as the system counts them. For tests that must leave none behind.

import { readdirSync } from 'node:fs'
import { Worker } from 'node:worker_threads'

/** The `skip` option of a test that counts threads. */
export const skipWithoutProc: false | string =
  process.platform === 'linux' ? false : 'skipped: threads are counted in /proc'

/** Starts what Node starts once and keeps, so that it is not counted as left over later. */
export async function threadCountAtRest(): Promise<number> {
  const worker = new Worker('', { eval: true })
  await new Promise(resolve => worker.once('exit', resolve))
  await import('node:fs/promises').then(({ stat }) => stat('.'))
  return await settledThreadCount()
}

/** Resolves when at most `wanted` threads are left, or after a second, to their number. */
export async function settledThreadCount(wanted = 0): Promise<number> {
  const deadlineMs = performance.now() + 1_000
  let count = threadCount()
  let steady = 0
  while (count > wanted && performance.now() < deadlineMs && (wanted > 0 || steady < 5)) {
    await new Promise(resolve => setTimeout(resolve, 20))
    steady = threadCount() === count ? steady + 1 : 0
    count = threadCount()
  }
  return count
}

function threadCount(): number {
  return readdirSync('/proc/self/task').length
}
