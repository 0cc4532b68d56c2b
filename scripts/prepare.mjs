// Makes the workspace ready to run: the right Node, dependencies installed, sources compiled and bundled. Does only what is
// missing, so that a second start loses no time. `npm run build` runs this file; the other scripts call `prepare` first.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { installMissing } from './install.mjs'
import { outputFingerprint, pruneStaleOutputs } from './outputs.mjs'
import { ROOT, readStamp, runQuietly, say, secondsSince } from './workspace.mjs'

const NODE_MIN = [20, 11]
const STAMP = join(ROOT, 'node_modules', '.built')

/** Resolves with true when all is ready; otherwise it has printed what failed. */
export async function prepare({ quiet = false, build = true } = {}) {
  try {
    requireNode()
    await installMissing({ quiet })
    if (build) {
      await buildChanged({ quiet })
      await bundleChanged({ quiet })
    }
    return true
  } catch (error) {
    process.stderr.write(`\n${error.message}\n`)
    return false
  }
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1])) return
  throw new Error(`Tradelane needs Node.js ${NODE_MIN.join('.')} or newer; this is ${process.version}.`)
}

async function buildChanged({ quiet }) {
  if (readStamp(STAMP) === outputFingerprint()) return
  const startMs = performance.now()
  if (!quiet) say('Building … ')
  pruneStaleOutputs()
  const turbo = join(ROOT, 'node_modules', '.bin', 'turbo')
  const { code, output } = await runQuietly(turbo, ['run', 'build', '--output-logs=errors-only'])
  if (code !== 0) throw new Error(`the build failed:\n${output}`)
  writeFileSync(STAMP, outputFingerprint())
  if (!quiet) say(`${secondsSince(startMs)}\n`)
}

/** After every change of a compiled file that is in the bundle, however it was compiled. */
async function bundleChanged({ quiet }) {
  const { bundledCli } = await import('../packages/server/dist/bundle.js')
  if (bundledCli() !== null) return
  const startMs = performance.now()
  if (!quiet) say('Bundling … ')
  const { writeBundle } = await import('./bundle.mjs')
  await writeBundle()
  if (!quiet) say(`${secondsSince(startMs)}\n`)
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = (await prepare()) ? 0 : 1
}
