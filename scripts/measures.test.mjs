// What the measures read out of sources that are made up here.

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { assertionsByPackage, unassertedMethods } from './measures/assertions.mjs'
import { findPathFaults, followPath, readKey, readSteps } from './measures/paths.mjs'
import { readSources } from './measures/source-tree.mjs'
import { filesNamingVenue } from './measures/venue-places.mjs'
import { ROOT } from './workspace.mjs'

const FILES = {
  'packages/one/src/socket.ts': `
    export class Socket {
      readonly #receiver: { onFrame(text: string): void }
      readonly #message = (text: string): void => { this.#deliver(text) }
      #deliver(text: string): void { this.#receiver.onFrame(text) }
    }`,
  'packages/one/src/feed.ts': `
    import { encode } from './wire.js'
    export class Feed {
      #count = 0
      onFrame(text: string): void { this.#count += 1; assert(this.#count > 0, 'counted'); encode(text) }
      get count(): number { return this.#count }
      #label(): string { return 'a feed' }
    }`,
  'packages/one/src/counts.ts': `
    export class Counts {
      #open = 0
      take(): void { this.#open -= 1; this.#assertOpen() }
      limit(): void { if (this.#open > 2) assert.fail('open'); this.#open = 2 }
      reset(): void {
        this.#open = 0
        this.#step()
      }
      viaPrivate(): void { this.#step() }
      #step(): void { this.#open += 1; assert(this.#open > 0, 'open') }
      #assertOpen(): void { assert(this.#open >= 0, 'open') }
    }`,
  'packages/one/src/wire.ts': "export function encode(text: string): string { return text }\nconst venue = 'okx'",
  'packages/one/src/okx/okx.ts': "export const okx = 'okx'",
  'packages/one/src/receiver.ts': `
    export class Receiver {
      readonly events = { onFrame: (text: string): void => this.#text(text) }
      #text(text: string): string { return text }
    }`,
  'packages/one/src/table.ts': 'export const SETTINGS = { l1ThrottleMs: 50 }',
  'packages/one/src/start.ts': 'export function start(l1ThrottleMs: number): number { return l1ThrottleMs }',
  'packages/one/src/other.ts': 'export function other(): void {}',
  'packages/one/src/ring.ts': 'export class Ring { offer(): void { Atomics.store(new Int32Array(1), 0, 1) } }',
  'packages/one/src/reader.ts': "import type { Ring } from './ring.js'\nexport function readRing(ring: Ring): void {}",
  'packages/one/src/writer.ts': "import type { Ring } from './ring.js'\nexport function write(ring: Ring): void {}",
}

test('the paths in ARCHITECTURE.md hold', () => {
  assert.deepEqual(findPathFaults(ROOT), [])
})

test('a step is the file and the function that its item names first', () => {
  const text =
    '# A\n## Way\n1. `one/src/socket.ts` `Socket.#message`: see `x`\n2. `one/src/wire.ts`:\n   `encode()` (through `one/src/ring.ts`)\n\n## B\n1. `c` `d`\n'
  assert.deepEqual(readSteps(text, 'Way'), [
    { file: 'one/src/socket.ts', name: 'Socket.#message', memory: undefined },
    { file: 'one/src/wire.ts', name: 'encode', memory: 'one/src/ring.ts' },
  ])
})

const [socket, feed, wire, other] = ['socket Socket.#message', 'feed Feed.onFrame', 'wire encode', 'other other']
const [ring, writer] = ['ring Ring.offer', 'writer write']
const paths = [
  ['steps that call each other', [socket, feed, wire], []],
  ['a function that does not exist', [socket, 'feed Feed.onText'], ['one/src/feed.ts does not define Feed.onText']],
  ['a file that does not exist', [socket, 'gone onText'], ['one/src/gone.ts does not exist']],
  [
    'a step that nothing leads to',
    [feed, other],
    ['one/src/feed.ts Feed.onFrame does not lead to one/src/other.ts other'],
  ],
  ['a reader of the memory that the step before is', [ring, 'reader readRing ring'], []],
  ['a reader of the memory that the step before writes', [writer, 'reader readRing ring'], []],
  [
    'a step that does not use the memory',
    [ring, 'other other ring'],
    ['one/src/ring.ts Ring.offer does not lead to one/src/other.ts other'],
  ],
  [
    'memory that is not shared',
    [feed, 'wire encode wire'],
    ['one/src/feed.ts Feed.onFrame does not lead to one/src/wire.ts encode'],
  ],
  [
    'memory that does not exist',
    [writer, 'reader readRing gone'],
    ['one/src/writer.ts write does not lead to one/src/reader.ts readRing'],
  ],
]
test('a function that is handed over as a callback is called', t => {
  const listed = [
    { file: 'one/src/socket.ts', name: 'Socket.#message' },
    { file: 'one/src/receiver.ts', name: 'Receiver.#text' },
  ]
  assert.deepEqual(followPath(listed, sourcesOf(t)).links, ['call'])
})

test('the steps of a setting are connected by its key, which the text before the list names', t => {
  const text = '## Way\nOf `L1_THROTTLE_MS`.\n1. `one/src/table.ts` `SETTINGS`\n2. `one/src/start.ts` `start`\n'
  assert.equal(readKey(text, 'Way'), 'l1ThrottleMs')
  assert.deepEqual(followPath(readSteps(text, 'Way'), sourcesOf(t), 'l1ThrottleMs').links, ['key'])
  assert.equal(followPath(readSteps(text, 'Way'), sourcesOf(t)).faults.length, 1)
})

for (const [title, steps, faults] of paths) {
  test(`a path with ${title} has ${faults.length} faults`, t => {
    const listed = steps.map(step => {
      const [file, name, memory] = step.split(' ')
      return { file: `one/src/${file}.ts`, name, memory: memory && `one/src/${memory}.ts` }
    })
    const found = followPath(listed, sourcesOf(t))
    assert.deepEqual(found.faults, faults)
    assert.equal(found.fileCount, steps.length)
  })
}

test('a method that writes a field is stateful, a getter and a reader are not', t => {
  const rows = assertionsByPackage(sourcesOf(t))
  assert.deepEqual(rows, [{ folder: 'packages/one', methods: 5, asserted: 4, inMethods: 3, total: 4 }])
})

test('a check that writes nothing asserts for its caller, a method that writes does not', t => {
  assert.deepEqual(unassertedMethods(sourcesOf(t)), [{ place: 'packages/one/src/counts.ts:6', method: 'Counts.reset' }])
})

test('a venue is named in a text outside its folder', t => {
  assert.deepEqual(filesNamingVenue(sourcesOf(t), 'okx'), ['packages/one/src/wire.ts'])
})

function sourcesOf(t) {
  const root = mkdtempSync(join(tmpdir(), 'tradelane-measures-'))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  for (const [path, text] of Object.entries({
    ...FILES,
    'packages/one/package.json': '{ "name": "@tradelane/one" }',
  })) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return readSources(root)
}
