// The README's table of settings is made from the table in the code: this test fails when they differ, and updates the README
// when it is run with UPDATE=1.

import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { SETTINGS } from './settings-table.js'

const README = fileURLToPath(new URL('../../../README.md', import.meta.url))
const TABLE = /(<!-- settings -->\n)[\s\S]*?(\n<!-- \/settings -->)/

test('the README lists every setting as the code has it', async () => {
  const readme = await readFile(README, 'utf8')
  assert.match(readme, TABLE)
  const expected = readme.replace(TABLE, (_, begin: string, end: string) => begin + table() + end)
  if (process.env['UPDATE'] === '1') await writeFile(README, expected)
  else assert.equal(readme, expected, 'run this test with UPDATE=1 to update the table')
})

function table(): string {
  const rows = Object.values(SETTINGS).map(({ name, fallback, about, accepted }) => {
    const value = fallback === '' ? '(none)' : `\`${fallback}\``
    return `| \`${name}\` | ${value} | ${sentence(about)} | ${cell(accepted)} |`
  })
  return ['| variable | default | meaning | accepted |', '|---|---|---|---|', ...rows].join('\n')
}

function sentence(text: string): string {
  return cell(text.charAt(0).toUpperCase() + text.slice(1))
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
