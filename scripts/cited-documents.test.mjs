import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { findMissingDocuments } from './cited-documents.mjs'

test('every document that the repository refers to is in it', () => {
  assert.deepEqual(findMissingDocuments(), [])
})

const passages = [
  ['// See DESIGN.md for why.', ['DESIGN.md']],
  ['/** Exactly one waiter (LANES §4). */', ['LANES']],
  ['// The figures are in benchmarks/README.md.', ['benchmarks/README.md']],
  ['// The rules are in CONTRIBUTING.md, NOTES.md and RFC 6455 §5.5.3.', ['NOTES.md']],
  ["const name = 'MISSING.md'", []],
]
for (const [line, missing] of passages) {
  test(`in \`${line}\` ${missing.length} documents are missing`, t => {
    const root = newWorkspace(t)
    writeFileSync(join(root, 'packages/one/src/file.ts'), `\n${line}\n`)
    const expected = missing.map(name => `packages/one/src/file.ts:2 ${name} is not in the repository`)
    assert.deepEqual(findMissingDocuments(root), expected)
  })
}

test('a broken link of a document is found', t => {
  const root = newWorkspace(t)
  writeFileSync(
    join(root, 'README.md'),
    '[one](CONTRIBUTING.md), [two](https://example.org/x.md),\n[three](docs/three.md)\n',
  )
  assert.deepEqual(findMissingDocuments(root), ['README.md:2 docs/three.md is not in the repository'])
})

function newWorkspace(t) {
  const root = mkdtempSync(join(tmpdir(), 'tradelane-documents-'))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  mkdirSync(join(root, 'packages/one/src'), { recursive: true })
  writeFileSync(join(root, 'packages/one/package.json'), '{ "name": "@tradelane/one" }')
  writeFileSync(join(root, 'CONTRIBUTING.md'), '')
  return root
}
