import assert from 'node:assert/strict'
import { test } from 'node:test'
import { coloursFor } from './colours.js'

test('there are colours on a terminal, and not where they are unwanted or cannot be shown', () => {
  const isColoured = (isTTY: boolean, env: NodeJS.ProcessEnv): boolean => coloursFor({ isTTY }, env).red('x') !== 'x'
  assert.ok(isColoured(true, { TERM: 'xterm' }))
  assert.ok(isColoured(true, { TERM: 'xterm', NO_COLOR: '' }))
  assert.ok(!isColoured(true, { TERM: 'xterm', NO_COLOR: '1' }))
  assert.ok(!isColoured(true, { TERM: 'dumb' }))
  assert.ok(!isColoured(false, { TERM: 'xterm', CI: 'true' }))
  assert.ok(isColoured(false, { FORCE_COLOR: '1' }))
  assert.ok(!isColoured(false, { FORCE_COLOR: '1', NO_COLOR: '1' }))
})
