// The unit of systemd: as closed as it is said to be, and its command exists.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ROOT } from './workspace.mjs'

const UNIT = join(ROOT, 'ops/tradelane.service')
/** In tenths, of 100; what `systemd-analyze security` calls OK begins at 40. */
const EXPOSURE_MAX = 20
const hasTool = spawnSync('systemd-analyze', ['--version']).status === 0

test('the exposure of the service is below 2.0', { skip: hasTool ? false : 'skipped: systemd-analyze' }, () => {
  const { status, stdout, stderr } = spawnSync(
    'systemd-analyze',
    ['security', '--offline=true', `--threshold=${EXPOSURE_MAX}`, UNIT],
    { encoding: 'utf8' },
  )
  assert.equal(status, 0, stdout + stderr)
})

test('its settings are those that the program accepts, and V8 may compile', () => {
  const unit = readFileSync(UNIT, 'utf8')
  assert.match(unit, /^ExecStart=\/usr\/local\/bin\/tradelane serve --config \/etc\/tradelane\/tradelane\.yaml$/m)
  assert.match(unit, /^MemoryDenyWriteExecute=no$/m)
  const main = join(ROOT, 'packages/server/dist/main.js')
  const args = [main, 'config', '--config', join(ROOT, 'ops/tradelane.yaml')]
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  assert.equal(status, 0, stderr)
})
