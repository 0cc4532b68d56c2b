import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { accept, readBaseline, writeBaseline } from './baseline.js'
import { RATIOS } from './ratios.js'

test('accepting replaces the ratios that this run measured and keeps the others', () => {
  const [first, second] = RATIOS
  assert(first !== undefined && second !== undefined)
  const measured = [
    { spec: first, value: { median: 1.23456, min: 1, max: 2 }, isThin: false },
    { spec: second, value: null, isThin: false },
  ]
  const before = { margin: 1.5, ratios: { [first.name]: 9, [second.name]: 8, other: 7 } }
  assert.deepEqual(accept(before, measured), {
    margin: 1.5,
    ratios: { [first.name]: 1.23, [second.name]: 8, other: 7 },
  })
})

test('a baseline that was written is read unchanged', async () => {
  const baseline = { margin: 1.4, ratios: { some: 0.25 } }
  await inFolder(async path => {
    await writeBaseline(path, baseline)
    assert.deepEqual(await readBaseline(path), baseline)
  })
})

test('baseline.json holds known ratios only', async () => {
  const { ratios } = await readBaseline(new URL('../../baseline.json', import.meta.url).pathname)
  const known = new Set(RATIOS.map(({ name }) => name))
  for (const name of Object.keys(ratios)) assert(known.has(name), name)
})

for (const text of ['{}', '{"margin":1,"ratios":{}}', '{"margin":2,"ratios":{"a":-1}}', '{"margin":2,"ratios":null}']) {
  test(`${text} is refused with the path of its file`, async () => {
    await inFolder(async path => {
      await writeFile(path, text)
      await assert.rejects(readBaseline(path), error => String(error).includes(path))
    })
  })
}

async function inFolder(use: (path: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tradelane-baseline-'))
  await use(join(folder, 'baseline.json')).finally(() => rm(folder, { recursive: true }))
}
