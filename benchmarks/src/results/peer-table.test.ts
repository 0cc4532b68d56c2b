import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faultyRun, figuresOf, goodRuns, latencyOf } from '../test/run-records.js'
import { formatPeers, peersOf, withPeers } from './peer-table.js'
import { summarize } from './summary.js'

const LATE = '300 kB/s: 7 trades did not arrive in time'
const CUT = '100 kB/s: client 0: closed by the server with 1006'
const PATHS = {
  '300 kB/s': { scheduled: latencyOf(20_000), bookAge: latencyOf(50_000), frameBytesMax: 6_000, freshAfterUs: null },
  stopped: { scheduled: latencyOf(20_000_000), bookAge: null, frameBytesMax: 6_000, freshAfterUs: 40_000 },
}
const SLOW = { ...figuresOf(900), paths: PATHS, pathFaults: [LATE, CUT] }
const RECORDS = [
  ...goodRuns('normal', 'nats', [{ ...figuresOf(800), witnessed: { count: 9, unknown: 0, p50Us: 300, p99Us: 950 } }]),
  ...goodRuns('normal', 'nats', [figuresOf(99_000)], 'early'),
  ...goodRuns('three-slow', 'nats', [SLOW]),
  faultyRun('burst', 'nats', { by: 'server', fault: '3 trades lost' }),
]

test('each figure stands beside the others; a missing one says why', () => {
  const lines = formatPeers({
    about: [
      { name: 'nats', about: 'a broker' },
      { name: 'nchan', about: 'never run' },
    ],
    rows: summarize(RECORDS),
    absent: [{ name: 'nchan', why: 'nginx is missing' }],
  })
  const cells = lines[2]?.split('|').map(cell => cell.trim())
  const own = [
    '`nats`',
    '0.20 / 0.80',
    '0.30 / 0.95',
    'no figure',
    '0.23 / 0.90',
    '–',
    '5.00 / 20.00 · 150 *',
    'disconnected *',
    '40.00',
  ]
  assert.deepEqual(cells?.slice(1, 10), own)
  assert.match(lines.join('\n'), /\n- No figure `nats`, `burst`: round 1, attempt 1: 3 trades lost\n/)
  assert.match(lines.join('\n'), /\n- \\\* `nats`, `three-slow`: 300 kB\/s: 7 trades did not arrive in time\n/)
  assert.match(lines.join('\n'), /\n- Not measured: `nchan`\. nginx is missing$/)
})

test('a scenario that nothing was measured in has no column', () => {
  const about = [{ name: 'nats', about: 'a broker' }]
  const [head] = formatPeers({
    about,
    rows: summarize(RECORDS.filter(({ scenario }) => scenario === 'three-slow')),
    absent: [],
  })
  assert.doesNotMatch(head ?? '', /normal|burst/)
  assert.match(head ?? '', /client at 300 kB\/s/)
})

test('in the document it replaces only itself', () => {
  const first = withPeers('# Results\n', 'one')
  assert.equal(peersOf(first)?.trim(), 'one')
  const second = withPeers(`${first}\n## normal\n`, 'two')
  assert.equal(peersOf(second)?.trim(), 'two')
  assert.doesNotMatch(second, /one/)
  assert.match(second, /^# Results\n[\s\S]*\n## normal\n$/)
  assert.equal(withPeers('# Results\n', peersOf('# Old\n')), '# Results\n')
})
