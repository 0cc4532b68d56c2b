import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isSelected } from './test-words.mjs'

const FILES = [
  'scripts/package.test.mjs',
  'scripts/package.timed.e2e.test.mjs',
  'packages/server/dist/packaged/unpack.test.js',
  'packages/shared/dist/lanes/board.test.js',
  'packages/page/dist/page-files.test.js',
  'e2e/dist/page.e2e.test.js',
]

const CASES = [
  [[], [0, 1, 2, 3, 4, 5]],
  [['package'], [0, 1, 2]],
  [['packages'], [2, 3, 4]],
  [['packages/shared'], [3]],
  [['packages/s'], [2, 3]],
  [['shared'], [3]],
  [['scripts'], [0, 1]],
  [['scripts/package.timed'], [1]],
  [['e2e'], [1, 5]],
  [['e2e/'], [5]],
  [['page.'], [5]],
  [['lanes/board'], [3]],
  [['packages/shared/src/lanes/board.test.ts'], [3]],
  [['./packages/shared/src/lanes/board.test.ts'], [3]],
  [
    ['packages/shared/dist/lanes/board.test.js', 'unpack'],
    [2, 3],
  ],
  [['acka'], [0, 1, 2]],
  [['nothing'], []],
]

for (const [words, indexes] of CASES) {
  test(`the words "${words.join(' ')}" select ${indexes.length} of the files`, () => {
    assert.deepEqual(
      FILES.filter(file => isSelected(file, words)),
      indexes.map(index => FILES[index]),
    )
  })
}
