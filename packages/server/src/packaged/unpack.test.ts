import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type Packed, UnpackError, unpack, unpackPlaces } from './unpack.js'

const UID = process.getuid?.() ?? 0
const CONTENT: Readonly<Record<string, string>> = { 'start.cjs': 'start', 'a/b/addon.node': 'native' }
const packed: Packed = {
  digest: 'abc',
  files: Object.entries(CONTENT).map(([path, text]) => ({
    path,
    sha256: createHash('sha256').update(text).digest('hex'),
  })),
}
const root = mkdtempSync(join(tmpdir(), 'tradelane-unpack-'))
after(() => rmSync(root, { recursive: true, force: true }))
let placeCount = 0

function newPlace(): string {
  placeCount += 1
  return join(root, String(placeCount), 'tradelane')
}

function unpackInto(place: string, uid = UID): string {
  return unpack(packed, path => Buffer.from(CONTENT[path] ?? ''), [place], uid)
}

test('every file is unpacked once, for this user only', () => {
  const place = newPlace()
  const folder = unpackInto(place)
  for (const [path, text] of Object.entries(CONTENT)) assert.equal(readFileSync(join(folder, path), 'utf8'), text)
  for (const path of [place, folder, join(folder, 'a/b'), join(folder, 'start.cjs')]) {
    assert.equal(statSync(path).mode & 0o077, 0, path)
  }
  const { ino } = statSync(folder)
  assert.equal(unpackInto(place), folder)
  assert.equal(statSync(folder).ino, ino)
})

const FAULTS: Readonly<Record<string, (folder: string) => void>> = {
  changed: folder => rewrite(join(folder, 'a/b/addon.node'), 'nativf'),
  added: folder => writeFileSync(join(folder, 'a/index.js'), '', { mode: 0o500 }),
  removed: folder => rmSync(join(folder, 'start.cjs')),
  'a link': folder => {
    writeFileSync(join(folder, '../start.cjs'), 'start')
    rmSync(join(folder, 'start.cjs'))
    symlinkSync('../start.cjs', join(folder, 'start.cjs'))
  },
  'writable by others': folder => chmodSync(join(folder, 'a/b'), 0o777),
  'in a folder that others can read': folder => chmodSync(folder, 0o755),
  'in a place that others can write': folder => chmodSync(join(folder, '..'), 0o777),
  'in a folder that is a link': folder => {
    const elsewhere = `${folder}-elsewhere`
    mkdirSync(elsewhere, { mode: 0o700 })
    rmSync(folder, { recursive: true })
    symlinkSync(elsewhere, folder)
  },
}

for (const [fault, apply] of Object.entries(FAULTS)) {
  test(`a file that is ${fault} is not loaded`, () => {
    const place = newPlace()
    apply(unpackInto(place))
    assert.throws(() => unpackInto(place), UnpackError)
  })
}

test('what belongs to another user is not loaded', () => {
  const place = newPlace()
  unpackInto(place)
  assert.throws(() => unpackInto(place, UID + 1), /belongs to user \d+, not to \d+; remove it, or set XDG_CACHE_HOME/)
})

test('the first place that can be written is taken; without one the line names all', () => {
  const file = join(root, 'file')
  writeFileSync(file, '')
  const place = newPlace()
  const folder = unpack(packed, path => Buffer.from(CONTENT[path] ?? ''), [join(file, 'x'), place], UID)
  assert.ok(folder.startsWith(place))
  assert.throws(
    () => unpackInto(join(file, 'x')),
    /^Error: no folder to unpack into: .*file.x \(E\w+\); set XDG_CACHE_HOME/,
  )
})

test('a service, the settings of the user and the home come before the temporary folder', () => {
  const env = { CACHE_DIRECTORY: '/var/cache/tradelane', XDG_CACHE_HOME: 'relative', HOME: '/home/desk' }
  const last = join(tmpdir(), 'tradelane-7')
  assert.deepEqual(unpackPlaces(env, 7), ['/var/cache/tradelane/tradelane', '/home/desk/.cache/tradelane', last])
  assert.deepEqual(unpackPlaces({}, 7), [last])
})

function rewrite(path: string, text: string): void {
  chmodSync(path, 0o700)
  writeFileSync(path, text)
}
