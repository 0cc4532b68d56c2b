// `npm run check`: formatter and linter, types, import rules, growth of `shared`, documents, unused code. One line per check
// with its duration; what a check prints is shown only when it fails. The same on a laptop and in CI.
// In a fresh clone nothing is installed when this file is loaded: checks that use a package are imported when they run.

import { join } from 'node:path'
import { findImportBreaches } from './import-rules.mjs'
import { pruneStaleOutputs } from './outputs.mjs'
import { prepare } from './prepare.mjs'
import { findSharedBreaches } from './shared-rules.mjs'
import { packageFolders, ROOT, runQuietly, say, secondsSince } from './workspace.mjs'

const checks = [
  ['format and lint (biome)', () => runTool('biome', ['check', '--error-on-warnings', '--max-diagnostics=50'])],
  ['types (tsc)', () => runTool('tsc', ['-b', ...packageFolders()])],
  ['import rules', () => breachReport(findImportBreaches(ROOT))],
  ['growth of shared', () => breachReport(findSharedBreaches(ROOT))],
  ['cited documents', async () => breachReport((await import('./cited-documents.mjs')).findMissingDocuments(ROOT))],
  ['paths in ARCHITECTURE.md', async () => breachReport((await import('./measures/paths.mjs')).findPathFaults(ROOT))],
  ['unused code (knip)', () => runTool('knip', ['--no-progress', '--no-config-hints'])],
]

if (await prepare({ build: false })) {
  pruneStaleOutputs()
  for (const [title, run] of checks) await report(title, run)
} else {
  process.exitCode = 1
}

async function report(title, run) {
  const startMs = performance.now()
  const { code, output } = await run()
  say(`${code === 0 ? 'ok    ' : 'FAILED'} ${title}, ${secondsSince(startMs)}\n`)
  if (code === 0) return
  say(`${output}\n`)
  process.exitCode = 1
}

function runTool(name, args) {
  return runQuietly(join(ROOT, 'node_modules', '.bin', name), args)
}

function breachReport(breaches) {
  return { code: breaches.length === 0 ? 0 : 1, output: breaches.join('\n') }
}
