// The last resort: the process kills itself, and a service manager restarts it.

import { writeSync } from 'node:fs'

/** Does not return. */
export function killProcess(reason: string): never {
  try {
    writeSync(2, `tradelane: ${reason}; killing the process\n`)
  } catch {
    // Standard error is closed: no reason to keep a hung process alive.
  }
  process.kill(process.pid, 'SIGKILL')
  throw new Error(reason)
}
