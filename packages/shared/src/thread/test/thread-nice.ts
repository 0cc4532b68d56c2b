// The niceness of each thread of this process, by the system's id of the thread. For tests, on Linux.

import { readdirSync, readFileSync } from 'node:fs'

/** The `skip` option of a test that looks at it. */
export const skipWithoutThreadNice: false | string =
  process.platform === 'linux' ? false : 'skipped: priority of one thread is a matter of Linux'

const NICE_FIELD = 16 // of /proc/…/stat, counted after the name

export function niceOfThreads(): Map<string, number> {
  const threads = new Map<string, number>()
  for (const id of readdirSync('/proc/self/task')) {
    const stat = statOf(id)
    if (stat !== null) threads.set(id, Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[NICE_FIELD]))
  }
  return threads
}

/** Null when the thread has ended since it was listed. */
function statOf(id: string): string | null {
  try {
    return readFileSync(`/proc/self/task/${id}/stat`, 'utf8')
  } catch {
    return null
  }
}
