// The file of a thread from the bundle of the program (scripts/bundle.mjs), where there is one of these files: loading two hundred
// modules takes most of the time of a test that starts a thread.

import { existsSync, readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const FOLDER = new URL('../../../../server/bundle/', import.meta.url)
let isFresh: boolean | undefined

/** `name`: of its entry in the bundle; `own`: the file that was compiled from its source. */
export function bundledThread(name: 'gateway' | 'ingest' | 'l2', own: URL): URL {
  isFresh ??= isOfTheseFiles()
  return isFresh ? new URL(`${name}.js`, FOLDER) : own
}

/** As server/src/bundle.ts finds out: after a plain `tsc -b` the bundle is older. */
function isOfTheseFiles(): boolean {
  const base = fileURLToPath(FOLDER)
  if (!existsSync(`${base}manifest.json`)) return false
  const { inputs } = JSON.parse(readFileSync(`${base}manifest.json`, 'utf8')) as { inputs: [string, number, number][] }
  return inputs.every(([path, mtimeMs, size]) => {
    const stat = statSync(base + path, { throwIfNoEntry: false })
    return stat?.mtimeMs === mtimeMs && stat.size === size
  })
}
