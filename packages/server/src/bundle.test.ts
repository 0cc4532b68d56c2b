import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { bundledCli } from './bundle.js'

test('a bundle is used while what went into it is unchanged', t => {
  const { folder } = newBundle(t)
  assert.equal(bundledCli(folder), new URL('cli.js', folder).href)
})

test('a bundle is not used once an input is newer, has another size, or is gone', t => {
  for (const change of [
    (input: string) => utimesSync(input, new Date(), new Date(Date.now() + 1_000)),
    (input: string) => {
      const { atime, mtime } = statSync(input)
      writeFileSync(input, 'longer than before')
      utimesSync(input, atime, mtime)
    },
    (input: string) => rmSync(input),
  ]) {
    const { folder, input } = newBundle(t)
    change(input)
    assert.equal(bundledCli(folder), null)
  }
})

test('without a bundle, or with an unfinished one, there is none', t => {
  const { folder } = newBundle(t)
  writeFileSync(new URL('manifest.json', folder), '{ "inputs": [')
  assert.equal(bundledCli(folder), null)
  rmSync(folder, { recursive: true })
  assert.equal(bundledCli(folder), null)
})

test('where a module is imported before the program the bundle is not used', t => {
  const { folder } = newBundle(t)
  assert.equal(bundledCli(folder, ['--import', './replaces-a-class.js']), null)
})

/** A bundle of one input. */
function newBundle(t: TestContext): { folder: URL; input: string } {
  const root = mkdtempSync(join(tmpdir(), 'tradelane-bundle-'))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  const input = join(root, 'input.js')
  writeFileSync(input, 'input')
  const { mtimeMs, size } = statSync(input)
  mkdirSync(join(root, 'bundle'))
  writeFileSync(join(root, 'bundle', 'manifest.json'), JSON.stringify({ inputs: [['../input.js', mtimeMs, size]] }))
  return { folder: pathToFileURL(join(root, 'bundle/')), input }
}
