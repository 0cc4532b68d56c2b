// ISOLATION only places agents into threads: the agents do not depend on it.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const PACKAGES = fileURLToPath(new URL('../../', import.meta.url))
const COMMENT = /\/\*[\s\S]*?\*\/|\/\/.*$/gm
const MODE = /isolation/i

test('only the topology and the table of settings read ISOLATION', () => {
  const readers = sources().filter(file =>
    MODE.test(readFileSync(join(PACKAGES, file), 'utf8').replaceAll(COMMENT, '')),
  )
  assert.deepEqual(readers, ['server/src/settings-table.ts', 'server/src/topology.ts'])
})

/** Of the product, without tests. */
function sources(): readonly string[] {
  return readdirSync(PACKAGES, { recursive: true, encoding: 'utf8' })
    .filter(file => /^[a-z0-9-]+\/src\/.*\.ts$/.test(file) && !/\.(test|stress)\.ts$|\/(test|e2e)\//.test(file))
    .sort()
}
