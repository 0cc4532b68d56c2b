import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { withSourcePositions } from './source-positions.mjs'
import { ROOT } from './workspace.mjs'

const COMPILED = join(ROOT, 'packages/shared/dist/lanes/trade-log.js')
const SOURCE = join(ROOT, 'packages/shared/src/lanes/trade-log.ts')

test('a position in a compiled file becomes that of its source, by path and by URL', () => {
  const [line, column] = positionOf('createTradeLog', COMPILED)
  const expected = `packages/shared/src/lanes/trade-log.ts:${positionOf('createTradeLog', SOURCE).join(':')}`
  for (const file of [COMPILED, pathToFileURL(COMPILED).href]) {
    assert.equal(withSourcePositions(`at f (${file}:${line}:${column})`), `at f (${expected})`)
  }
})

test('what is no position in a compiled file stays as it is', () => {
  const text = `at ${join(ROOT, 'scripts/test.mjs')}:1:1, node:net:12:5, /no/such/file.js:3:4, 12:30:45\n`
  assert.equal(withSourcePositions(text), text)
})

/** Of the name where its function is declared. */
function positionOf(name, path) {
  const lines = readFileSync(path, 'utf8').split('\n')
  const index = lines.findIndex(line => line.includes(`export function ${name}(`))
  return [index + 1, lines[index].indexOf(name) + 1]
}
