// How long a program takes to end after a signal, wherever a test judges that on a machine that it shares.

import type { ChildProcess } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

const LOOK_MS = 10

/** Without the time for which its threads waited for a processor that others had (Linux; elsewhere it is included). */
export async function stopMs(
  { child, ended }: { readonly child: ChildProcess; readonly ended: Promise<unknown> },
  signal: NodeJS.Signals,
): Promise<number> {
  const startMs = performance.now()
  const first = waitedMsOf(child.pid)
  const last = new Map(first)
  child.kill(signal)
  const look = setInterval(() => {
    for (const [thread, ms] of waitedMsOf(child.pid)) last.set(thread, ms)
  }, LOOK_MS)
  await ended
  clearInterval(look)
  const waitedMs = [...last].reduce((sum, [thread, ms]) => sum + ms - (first.get(thread) ?? 0), 0)
  return performance.now() - startMs - waitedMs
}

/** By thread, since each began. */
function waitedMsOf(pid: number | undefined): Map<string, number> {
  const waited = new Map<string, number>()
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const [, ns] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')
      waited.set(thread, Number(ns) / 1e6)
    }
  } catch {
    // It has ended, or this system does not count it.
  }
  return waited
}
