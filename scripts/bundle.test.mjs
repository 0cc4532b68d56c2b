// The bundle that this run of the tests starts: `npm test` has just made it, if it was not there.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ROOT } from './workspace.mjs'

const FOLDER = join(ROOT, 'packages/server/bundle')

/** Files that are loaded with an entry, at once or later. */
function loaded(name) {
  return readdirSync(FOLDER).filter(
    file => file.endsWith('.js') && (file === `${name}.js` || file.startsWith(`${name}-`)),
  )
}

function textOf(file) {
  return readFileSync(join(FOLDER, file), 'utf8')
}

test('the program starts from its bundle', async () => {
  const { bundledCli } = await import('../packages/server/dist/bundle.js')
  assert.notEqual(bundledCli(), null)
})

test('every thread is one file, except for L2, which loads the rest after it has lowered its priority', () => {
  for (const name of ['ingest', 'gateway', 'shared', 'instrument-list']) assert.deepEqual(loaded(name), [`${name}.js`])
  assert.ok(loaded('l2').length > 1)
})

test('what starts first contains nothing of rarely used commands, and an L2 worker nothing of sockets', () => {
  assert.doesNotMatch(textOf('cli.js'), /\/\/ packages\/(venue-sim|probe)\/dist\/(simulator|ledger)/)
  for (const file of loaded('l2')) assert.doesNotMatch(textOf(file), /node_modules\/ws\/|uWebSockets/)
})

test('the source maps lead to the TypeScript sources', () => {
  const { sources } = JSON.parse(textOf('gateway.js.map'))
  assert.ok(sources.includes('../../gateway/src/priority-merge.ts'), sources.join('\n'))
  assert.deepEqual(
    sources.filter(source => source.includes('/dist/') && !source.includes('node_modules')),
    [],
  )
})
