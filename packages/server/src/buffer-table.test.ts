// The table of every buffer in ARCHITECTURE.md names only counters and gauges that exist, and each row has both columns.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { GAUGES } from '@tradelane/admin/stat/gauge-table'
import { METRICS, type Metric } from '@tradelane/shared/thread/metric-table'

const ARCHITECTURE = new URL('../../../ARCHITECTURE.md', import.meta.url)

const WRITTEN = new Map(Object.values(METRICS).flatMap(table => Object.entries<Metric>(table)))
const DERIVED = Object.entries(GAUGES).flatMap(([section, table]) =>
  Object.keys(table).map(name => `${section}.${name}`),
)
const GAUGE_NAMES = new Set([
  ...DERIVED,
  ...[...WRITTEN].filter(([, { kind }]) => kind === 'gauge').map(([name]) => name),
])
const COUNTER_NAMES = new Set([...WRITTEN].filter(([, { kind }]) => kind === 'counter').map(([name]) => name))

test('each row of the table of every buffer names its counter and its gauge, or says that there is none', () => {
  const section = readFileSync(ARCHITECTURE, 'utf8').split('\n## Every buffer\n')[1]?.split('\n## ')[0] ?? ''
  const rows = section.split('\n').filter(line => line.startsWith('| '))
  assert.match(rows[0] ?? '', /\| counter \| gauge \|$/)
  assert.ok(rows.length > 20)
  for (const row of rows.slice(1)) {
    const cells = row.split(' | ')
    assert.equal(cells.length, 5, row)
    const [counters, gauges] = [cells[3] ?? '', (cells[4] ?? '').replace(/ \|$/, '')]
    assertNames(counters, COUNTER_NAMES, row)
    assertNames(gauges, GAUGE_NAMES, row)
  }
})

function assertNames(cell: string, known: ReadonlySet<string>, row: string): void {
  if (cell === '–') return
  const names = cell.split(', ').map(text => /^`([\w.]+)`$/.exec(text)?.[1] ?? assert.fail(`"${text}" in ${row}`))
  for (const name of names) assert.ok(known.has(name), `${name} is in no table: ${row}`)
}
