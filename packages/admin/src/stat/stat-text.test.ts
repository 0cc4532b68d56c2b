import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CellStatus, StatusReason } from '@tradelane/shared/market/nouns'
import { ThreadState } from '@tradelane/shared/thread/parking'
import { StatFixture } from '../test/stat-fixture.js'
import type { StatReport } from './stat-report.js'
import { formatStat } from './stat-text.js'
import { textTable } from './text-table.js'

test('a report is shown in sections, each figure with what it is', () => {
  const fixture = new StatFixture()
  fixture.cell.setState(ThreadState.running)
  fixture.cell.setHeap(12_345_678, 100_000_000)
  fixture.link(0, CellStatus.live, StatusReason.connected)
  fixture.link(1, CellStatus.down, StatusReason.disconnected)
  fixture.book(0, CellStatus.live)
  fixture.counters.set('clientsConnected', 1)
  fixture.client({ bytesPerS: 123_456, lagRecords: 3, lagUs: 4_000, minRttUs: 250, hasAnswered: true })
  for (let count = 0; count < 8; count += 1) fixture.depth(8_168)
  fixture.trade()
  const report = fixture.report()
  const text = formatStat({ ...report, process: { ...report.process, stolenTime: 0.125 } })
  for (const pattern of [
    /^tradelane 0\.0\.0-test, stream teststrm, pid \d+, up 0 s, at \d{4}-\d\d-\d\dT\S+Z$/m,
    /^\S+ CPUs; 12\.5 % of the CPU time stolen; [\d.]+ MB resident, [\d.]+ MB of it shared; \d+ of \d+ descriptors$/m,
    /^thread +state +CPUs +wait +nice +heap MB +of +scavenges/m,
    /^gateway-0 +running .* 12\.3 +100 /m,
    /^trade log +1 of 100 records, 1 so far, the newest \d+ ms old$/m,
    /^depth ring 0 +0\.1 of 0\.1 MB, 100 % full, the oldest \d+ ms old$/m,
    /^links: 1 live, 1 down, 0 starting$/m,
    /^ {2}test-linear +open_interest +down +disconnected +since 2026-09-21T\S+Z$/m,
    /^books: 1 live, 0 stale, 1 starting$/m,
    /^ {2}test-linear +ETHUSDT +starting +starting$/m,
    /^clients: 1 on gateway-0$/m,
    /^ {2}192\.0\.2\.1 +gateway-0 +json +pong +0 s +123\.5 +3 +4 +0 +0 .* 0\.25$/m,
  ]) {
    assert.match(text, pattern)
  }
})

test('counters that are not 0 are shown with their sentence, refusals apart', () => {
  const fixture = new StatFixture()
  fixture.counters.add('framesReceived', 12_345)
  fixture.counters.add('pongsUnmatched', 2)
  const text = formatStat(fixture.report())
  assert.match(text, /^refusals\npongsUnmatched +2 +pongs of clients that answer no ping of ours; ignored$/m)
  assert.match(text, /^counters\nframesReceived +12,345 +frames of text, /m)
  assert.ok(!text.includes('framesMalformed'))
})

test('beside an earlier report, counters have their rate', () => {
  const fixture = new StatFixture()
  fixture.counters.add('framesSent', 100)
  const before = fixture.report()
  fixture.counters.add('framesSent', 1_000)
  fixture.counters.set('clientsConnected', 5)
  const now = fixture.report()
  // Exactly: the time between the reports depends on what else the machine does.
  const at = new Date(Date.parse(before.at) + 2_000).toISOString()
  const text = formatStat({ ...now, at }, before)
  assert.match(text, /^framesSent +1,100 +500\/s +frames/m)
  assert.match(text, /^clientsConnected +5 +clients connected now$/m, 'a gauge has none')
})

test('lists are cut, and what is left out is counted', () => {
  const fixture = new StatFixture()
  fixture.crowd(150, index => ({ lagRecords: index }))
  const text = formatStat(fixture.report())
  assert.equal(text.match(/^ {2}192\.0\.2\.1 /gm)?.length, 20)
  assert.match(text, /^ {2}and 130 more$/m)
})

test('a thread whose heartbeat stopped is shown as silent', () => {
  const fixture = new StatFixture()
  fixture.cell.setState(ThreadState.running)
  const report = fixture.report()
  const threads = report.threads.map(thread => ({ ...thread, silentMs: thread.role === 'gateway-0' ? 4_500 : null }))
  assert.match(formatStat({ ...report, threads }), /^gateway-0 +running, silent for 4\.5 s /m)
})

test('what a system does not tell is a dash', () => {
  const report = new StatFixture().report()
  const blind: StatReport = {
    ...report,
    process: { ...report.process, load: null, descriptors: null, descriptorsMax: null },
  }
  assert.match(formatStat(blind), /^– CPUs; .*; – of – descriptors$/m)
})

test('columns are aligned, and control characters do not reach the terminal', () => {
  assert.deepEqual(
    textTable(
      [
        ['name', 'value', 'text'],
        ['a\u001b[2J', 1_234, 'x'],
      ],
      [2],
    ),
    ['name   value  text', 'a?[2J  1,234  x'],
  )
})
