// What the single executable says of itself, and that it runs nothing but what was packed. Its start is measured
// in `package.timed.e2e.test.mjs`, which finds it made.

import assert from 'node:assert/strict'
import { appendFileSync, chmodSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { packagedProgram } from './packaged-program.mjs'
import { ROOT, readJson } from './workspace.mjs'

const { folder, run } = await packagedProgram()

test('--version has the version and the commit', () => {
  const { version } = readJson(join(ROOT, 'packages/server/package.json'))
  const { stdout, status } = run('--version')
  assert.equal(status, 0)
  assert.match(stdout, /^(\S+)( \([0-9a-f]{12}(-changed)?\))?\n$/)
  assert.equal(stdout.split(/[ \n]/)[0], version)
})

test('a native part that was changed is refused', () => {
  const cache = join(folder, '.cache', 'tradelane')
  const [digest = ''] = readdirSync(cache)
  const modules = join(cache, digest, 'packages/gateway/node_modules')
  const addon = readdirSync(modules, { recursive: true }).find(path => path.endsWith('.node'))
  chmodSync(join(modules, addon), 0o700)
  appendFileSync(join(modules, addon), ' ')
  const { stderr, status } = run('--version')
  assert.equal(status, 1)
  assert.match(stderr, /^tradelane: \S+\.node is not as it was packed, so nothing is loaded; remove \S+\n$/)
})
