import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Acknowledgement, ClientFormat } from '@tradelane/shared/lanes/client-table'
import { CellStatus, StatusReason } from '@tradelane/shared/market/nouns'
import { METRICS, type Metric } from '@tradelane/shared/thread/metric-table'
import { ThreadState } from '@tradelane/shared/thread/parking'
import { BOOKS_LISTED_MAX, CLIENTS_LISTED_MAX } from '../limits.js'
import { SINCE_US, StatFixture } from '../test/stat-fixture.js'
import { addressText } from './client-stat.js'
import { GAUGES } from './gauge-table.js'

const ROWS = Object.entries(METRICS).flatMap(([writer, table]) =>
  Object.entries<Metric>(table).map(([name, row]) => ({ name, writer, ...row })),
)

test('every counter and gauge of the table is shown, with its value, unit and sentence', () => {
  const fixture = new StatFixture()
  ROWS.forEach(({ name, kind }, index) => {
    if (kind === 'gauge') fixture.counters.set(name as 'clientsConnected', index + 1)
    else fixture.counters.add(name as 'pings', index + 1)
  })
  const { counters } = fixture.report()
  assert.deepEqual(
    Object.keys(counters),
    ROWS.map(({ name }) => name),
  )
  ROWS.forEach(({ name, kind, unit, about, writer }, index) => {
    assert.deepEqual(counters[name as 'pings'], { value: index + 1, unit, about, kind, writer })
  })
})

test('what outsiders were denied is shown together', () => {
  const fixture = new StatFixture()
  fixture.counters.add('pongsUnmatched', 3)
  fixture.counters.add('pongs', 5)
  const { refusals } = fixture.report()
  assert.deepEqual(
    Object.keys(refusals),
    ROWS.filter(({ isRefusal }) => isRefusal).map(({ name }) => name),
  )
  assert.deepEqual([refusals.pongsUnmatched, 'pongs' in refusals], [3, false])
})

test('a thread is shown with its state and its own collections, the main thread beside it', () => {
  const fixture = new StatFixture()
  fixture.cell.setState(ThreadState.running)
  fixture.counters.add('scavenges', 4)
  fixture.counters.add('scavengeUs', 1_234.4)
  const [main, gateway] = fixture.report().threads
  assert.deepEqual([main?.role, main?.state, main?.scavenges], ['supervisor', 'running', null])
  assert.deepEqual(
    [gateway?.role, gateway?.state, gateway?.scavenges, gateway?.scavengeUs],
    ['gateway-0', 'running', 4, 1_234],
  )
})

test('a thread that restarted has no load before its next report, rather than a wrong one', () => {
  const fixture = new StatFixture()
  fixture.report()
  fixture.cell.setThreadId(0)
  assert.equal(fixture.report().threads[1]?.load, null)
  fixture.cell.setThreadId(process.pid)
  assert.equal(fixture.report().threads[1]?.load, null)
  assert.ok((fixture.report().threads[1]?.load ?? -1) >= 0)
})

test('links and books that are not live are listed with their state, reason and since when', () => {
  const fixture = new StatFixture()
  fixture.link(0, CellStatus.live, StatusReason.connected)
  fixture.link(1, CellStatus.down, StatusReason.disconnected)
  fixture.book(0, CellStatus.live)
  const { links, books } = fixture.report()
  const since = new Date(SINCE_US / 1_000).toISOString()
  assert.deepEqual(links.list, [
    { product: 'test-linear', kind: 'trade', state: 'live', reason: 'connected', since },
    { product: 'test-linear', kind: 'open_interest', state: 'down', reason: 'disconnected', since },
  ])
  const eth = { product: 'test-linear', symbol: 'ETHUSDT' }
  assert.deepEqual(books.notLive, [{ ...eth, state: 'starting', reason: 'starting', since: null }])
  fixture.book(1, CellStatus.stale, StatusReason.sequenceGap)
  assert.deepEqual(fixture.report().books.notLive, [{ ...eth, state: 'stale', reason: 'gap', since }])
})

test('clients are listed with what they read, those furthest behind first, then the fastest', () => {
  const fixture = new StatFixture()
  fixture.client({ lagRecords: 0, bytesPerS: 10 })
  fixture.crowd(3, index => ({
    address: Uint8Array.of(192, 0, 2, 10 + index),
    lagRecords: index === 2 ? 7 : 0,
    bytesPerS: index * 100,
    hasAnswered: true,
    format: ClientFormat.msgpack,
    acknowledgement: Acknowledgement.message,
  }))
  const { list, listOmitted } = fixture.report().clients
  assert.deepEqual(
    list.map(({ address }) => address),
    ['192.0.2.12', '192.0.2.11', '192.0.2.1', '192.0.2.10'],
  )
  const [first, , third] = list
  assert.deepEqual([first?.format, first?.acknowledgesBy, first?.hasAnswered], ['msgpack', 'message', true])
  assert.deepEqual(
    [third?.format, third?.acknowledgesBy, third?.minRttUs, third?.gateway],
    ['json', 'pong', null, 'gateway-0'],
  )
  assert.equal(listOmitted, 0)
})

test('the report is bounded: more clients than are listed are counted', t => {
  const fixture = new StatFixture()
  fixture.crowd(1_500, index => ({ lagRecords: index, framesSent: 1e9, bytesSent: 1e12 }))
  const startMs = performance.now()
  const report = fixture.report()
  const bytes = JSON.stringify(report).length
  t.diagnostic(`${bytes} bytes in ${(performance.now() - startMs).toFixed(1)} ms`)
  assert.deepEqual([report.clients.list.length, report.clients.listOmitted], [CLIENTS_LISTED_MAX, 500])
  assert.equal(report.clients.list[0]?.lagRecords, 1_499)
  assert.equal(report.clients.gateways[0]?.rows, 1_500)
  assert.ok(bytes < CLIENTS_LISTED_MAX * 500 + BOOKS_LISTED_MAX * 150, `${bytes} bytes`)
})

test('an address is shown as people write it', () => {
  const bytes = (...groups: number[]): Uint8Array =>
    Uint8Array.from(groups.flatMap(group => [group >> 8, group & 0xff]))
  assert.equal(addressText(Uint8Array.of(192, 0, 2, 1)), '192.0.2.1')
  assert.equal(addressText(bytes(0, 0, 0, 0, 0, 0, 0, 1)), '::1')
  assert.equal(addressText(bytes(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0x12)), '2001:db8::12')
  assert.equal(addressText(bytes(0, 0, 0, 0, 0, 0xffff, 0xc000, 0x201)), '192.0.2.1')
})

test('every key of a report is a row of the tables or one of these: nothing else can get into it', () => {
  const fixture = new StatFixture()
  fixture.client({})
  fixture.book(0, CellStatus.stale, StatusReason.crossed)
  // As a start message has it that settings are in.
  Object.assign(fixture.sources, { authToken: 'secret', settings: { authToken: 'secret' }, host: 'secret' })
  const report = fixture.report()
  assert.ok(!JSON.stringify(report).includes('secret'))
  const rows = [...ROWS.map(({ name }) => name), ...Object.values(GAUGES).flatMap(table => Object.keys(table))]
  const structure = [
    ...['at', 'process', 'version', 'stream', 'pid', 'threads', 'role', 'state', 'reason', 'since', 'product', 'kind'],
    ...['lanes', 'tradeLog', 'depthRings', 'shard', 'stateBoard', 'bookBoard', 'links', 'list', 'books', 'symbol'],
    ...['notLive', 'notLiveOmitted', 'clients', 'gateways', 'gateway', 'address', 'format', 'acknowledgesBy'],
    ...['hasAnswered', 'listOmitted', 'counters', 'refusals', 'value', 'unit', 'about', 'writer'],
  ]
  const known = new Set([...rows, ...structure])
  assert.deepEqual(
    [...keysOf(report)].filter(key => !known.has(key)),
    [],
  )
})

test('a report reads only: no word of the lanes changes', () => {
  const fixture = new StatFixture()
  fixture.client({})
  fixture.trade()
  fixture.depth()
  fixture.link(0, CellStatus.live)
  const { control, clock, counters, tradeLog, stateBoard, bookBoard, clientTable, depthRings } = fixture.sources
  const all = [control, clock, counters, tradeLog, stateBoard, bookBoard, clientTable, ...depthRings]
  const before = all.map(memory => Buffer.from(memory.slice(0)))
  fixture.report()
  all.forEach((memory, index) => {
    assert.ok(Buffer.from(memory).equals(before[index] as Buffer), `lane ${index}`)
  })
})

function* keysOf(value: unknown): Iterable<string> {
  if (typeof value !== 'object' || value === null) return
  for (const [key, inner] of Object.entries(value)) {
    if (!Array.isArray(value)) yield key
    yield* keysOf(inner)
  }
}
