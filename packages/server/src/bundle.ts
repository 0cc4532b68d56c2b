// The bundle of the program (scripts/bundle.mjs), which starts in less time. It is used only as long as every file that went
// into it is as it was then: after a plain `tsc -b` the program runs unbundled.

import { readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const FOLDER = new URL('../bundle/', import.meta.url)

/** Path from the folder of the bundle, time of the last change (ms), size. */
type InputStamp = readonly [path: string, mtimeMs: number, size: number]

/** URL of the bundled `cli.js`; null where there is no bundle, it is not of these files, or it must not be used. */
export function bundledCli(folder = FOLDER, nodeFlags: readonly string[] = process.execArgv): string | null {
  // A module that is imported before the program may replace parts of the program, of which the bundle has copies.
  return !nodeFlags.some(flag => flag.startsWith('--import')) && isFresh(folder) ? new URL('cli.js', folder).href : null
}

function isFresh(folder: URL): boolean {
  try {
    const base = fileURLToPath(folder)
    const { inputs } = JSON.parse(readFileSync(`${base}manifest.json`, 'utf8')) as { inputs: InputStamp[] }
    return inputs.every(([path, mtimeMs, size]) => {
      // Each command line looks at a thousand files: without a URL for each of them.
      const stat = statSync(base + path, { throwIfNoEntry: false })
      return stat?.mtimeMs === mtimeMs && stat.size === size
    })
  } catch {
    // No bundle, or one that is not finished.
    return false
  }
}
