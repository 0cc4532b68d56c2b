// The last resort, for a service manager to start us anew.

import { writeSync } from 'node:fs'

/** Nothing after this runs. */
export function killProcess(reason: string): never {
  try {
    writeSync(2, `tradelane: ${reason}; the process ends itself\n`)
  } catch {
    // Nobody reads it; that must not keep a hung process alive.
  }
  process.kill(process.pid, 'SIGKILL')
  throw new Error(reason)
}
