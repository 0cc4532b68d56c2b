// Breaks each import rule once, in a copy of the workspace's sources, and expects the check to name the file and the line.

import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { findImportBreaches, findImportCycles } from './import-rules.mjs'
import { importsOf } from './imports.mjs'
import { findSharedBreaches } from './shared-rules.mjs'
import { packageFolders, ROOT } from './workspace.mjs'

const root = mkdtempSync(join(tmpdir(), 'tradelane-rules-'))
after(() => rmSync(root, { recursive: true, force: true }))
for (const folder of packageFolders()) {
  mkdirSync(join(root, folder, 'src'), { recursive: true })
  cpSync(join(ROOT, folder, 'package.json'), join(root, folder, 'package.json'))
  cpSync(join(ROOT, folder, 'src'), join(root, folder, 'src'), { recursive: true })
}

test('the workspace itself has no breach', () => {
  assert.deepEqual(findImportBreaches(ROOT), [])
})

const breaks = [
  [
    'an upward import',
    'packages/venues',
    "import '@tradelane/ingest/worker'",
    /venues may not import @tradelane\/ingest/,
  ],
  [
    'the simulator importing ours',
    'packages/venue-sim',
    "import '@tradelane/shared/clock'",
    /venue-sim may not import/,
  ],
  ['an undeclared dependency', 'packages/shared', "import WebSocket from 'ws'", /ws is not a dependency of shared/],
  ['a dynamic import upwards', 'packages/shared', "await import('@tradelane/server/main')", /shared may not import/],
  [
    'a type import upwards',
    'packages/gateway',
    "import type { Book } from '@tradelane/l2-worker/book'",
    /gateway may not/,
  ],
  [
    'a multi-line import upwards',
    'packages/shared',
    "import {\n  main,\n} from '@tradelane/server/main'",
    /shared may not/,
  ],
  ['a path out of the package', 'packages/gateway', "export * from '../../shared/src/clock.js'", /leaves the package/],
  ['a second file with the native server', 'packages/gateway', "import 'uWebSockets.js'", /and only there/],
  ['a test dependency in product code', 'packages/shared', "import fc from 'fast-check'", /for tests only/],
]
for (const [title, folder, line, message] of breaks) {
  test(`${title} is found, with file and line`, t => {
    const path = `${folder}/src/zz-breach.ts`
    workspaceWith(t, { [path]: `// A file that breaks a rule.\n${line}\n` })
    const lineNumber = 2 + line.split('\n').length - 1
    const breaches = findImportBreaches(root)
    assert.equal(breaches.length, 1, breaches.join('\n'))
    assert.ok(breaches[0].startsWith(`${path}:${lineNumber} `), breaches[0])
    assert.match(breaches[0], message)
  })
}

test('an import cycle is found, also one of types only', t => {
  const [one, two] = ['packages/shared/src/zz-one.ts', 'packages/shared/src/zz-two.ts']
  const cycle = /zz-two\.ts:1 closes an import cycle: .*zz-one\.ts → .*zz-two\.ts → .*zz-one\.ts/
  workspaceWith(t, {
    [one]: "import { two } from './zz-two.js'\nexport const one = () => two\n",
    [two]: "import { one } from './zz-one.js'\nexport const two = () => one\n",
  })
  const { atRunTime, ofTypes } = findImportCycles(root)
  assert.match(atRunTime.join('\n'), cycle)
  assert.deepEqual(ofTypes, [])
  writeFileSync(join(root, two), "import type { one } from './zz-one.js'\nexport const two = 2 as typeof one\n")
  assert.match(findImportCycles(root).ofTypes.join('\n'), cycle)
  assert.deepEqual(findImportCycles(root).atRunTime, [])
  assert.match(findImportBreaches(root).join('\n'), cycle)
})

test('a manifest that depends upwards is found', t => {
  const path = 'packages/venues/package.json'
  const manifest = JSON.parse(readFileSync(join(root, path), 'utf8'))
  workspaceWith(t, { [path]: JSON.stringify({ ...manifest, dependencies: { '@tradelane/gateway': 'workspace:*' } }) })
  const breaches = findImportBreaches(root)
  assert.ok(breaches.includes('packages/venues/package.json:1 venues may not depend on @tradelane/gateway'))
})

test('a file of shared that one package uses is named', t => {
  workspaceWith(t, {
    'packages/shared/src/zz-lonely.ts': 'export const lonely = 1\n',
    'packages/gateway/src/zz-user.ts': "import { lonely } from '@tradelane/shared/zz-lonely'\n",
  })
  assert.match(findSharedBreaches(root).join('\n'), /shared\/src\/zz-lonely\.ts:1 is used by packages\/gateway only/)
})

test('comments and strings are not imports', () => {
  const text =
    "// import 'a'\n/* import('b') */\n * import 'c'\nconst text = `x`\nexport const from = 'd'\nimport e from 'e'\n"
  assert.deepEqual(importsOf(text), [{ specifier: 'e', line: 6, isType: false }])
})

/** The copy of manifests and sources of every package; what a test writes there is taken back after it. */
function workspaceWith(t, files) {
  for (const [path, text] of Object.entries(files)) {
    const before = existsSync(join(root, path)) ? readFileSync(join(root, path)) : undefined
    writeFileSync(join(root, path), text)
    t.after(() => (before === undefined ? rmSync(join(root, path)) : writeFileSync(join(root, path), before)))
  }
}
