// Tools that a test needs and a machine may lack. Absent means skipped with the tool's name, unless REQUIRE_TOOLS=1
// says that the machine was prepared: then absent is a failure.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** The Python that has `websockets`, or null. Debian's package serves /usr/bin/python3 only. */
export function pythonWithWebsockets(): string | null {
  for (const python of ['/usr/bin/python3', 'python3']) {
    const found = spawnSync(python, ['-c', 'import websockets'], { stdio: 'ignore' })
    if (found.status === 0) return python
  }
  return null
}

/** Debian's Chromium, or null. */
export function chromium(): string | null {
  const path = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(each => existsSync(each))
  return path ?? null
}

/** The `skip` option of a test: false to run it, or the reason. */
export function skipWithout(tool: string, found: unknown): false | string {
  if (found || process.env['REQUIRE_TOOLS'] === '1') return false
  return `skipped: ${tool}`
}
