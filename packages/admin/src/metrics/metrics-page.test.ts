// What /metrics answers, on real sockets.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CellStatus, type ProductIndex } from '@tradelane/shared/market/nouns'
import { Counters } from '@tradelane/shared/thread/counters'
import { METRICS, type Metric } from '@tradelane/shared/thread/metric-table'
import { Hop, HopHistograms } from '@tradelane/shared/trace/hop-histograms'
import { createTraces } from '@tradelane/shared/trace/trace-layout'
import { REPORT_MS_MIN } from '../limits.js'
import { GAUGES } from '../stat/gauge-table.js'
import { AdminUnderTest, PRODUCT, setTradeLink } from '../test/admin-fixture.js'
import { StatFixture } from '../test/stat-fixture.js'
import { familyRow } from './metric-family.js'
import { prometheusText } from './prometheus-text.js'
import { statFamilies } from './stat-families.js'

const OPEN_METRICS = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1'

test('every counter and gauge of the table is there, in base units, and none under the name of another', async () => {
  const fixture = new StatFixture()
  const wanted = new Map<string, string>()
  let value = 1_000
  for (const [writer, table] of Object.entries(METRICS)) {
    for (const [name, row] of Object.entries<Metric>(table)) {
      value += 1
      if (row.kind === 'gauge') fixture.counters.set(name as 'levelsKept', value)
      else fixture.counters.add(name as 'pings', value)
      const family = familyRow(writer === 'thread' ? 'thread' : '', name, row)
      assert.equal(wanted.has(family.name), false, family.name)
      const labels = writer === 'thread' ? '{thread="gateway-0"}' : ''
      wanted.set(family.name, `${family.name}${labels} ${Number((value * family.scale).toPrecision(15))}`)
    }
  }
  const lines = new Set((await prometheusText(statFamilies(fixture.report()), false)).split('\n'))
  for (const line of wanted.values()) assert.ok(lines.has(line), line)
  assert.ok(wanted.size > 100)
})

test('every figure that the admin thread derives is there, too; of clients only the median and the largest', async () => {
  const fixture = new StatFixture()
  fixture.trade()
  fixture.depth()
  fixture.crowd(3, index => ({ lagRecords: 10 ** (index + 1), minRttUs: 2_500, address: Uint8Array.of(192, 0, 2, 7) }))
  // The first report has no load: that is of the time between two.
  fixture.report()
  const text = await prometheusText(statFamilies(fixture.report()), false)
  for (const [section, table] of Object.entries(GAUGES)) {
    for (const [name, row] of Object.entries<Metric>(table)) {
      const family = familyRow(section, name, row, section === 'client' ? 'gauge' : row.kind)
      assert.match(text, new RegExp(`^${family.name}[{ ]`, 'm'), `${section}.${name}`)
    }
  }
  assert.match(text, /^tradelane_client_lag_records\{thread="gateway-0",of="median"\} 100$/m)
  assert.match(text, /^tradelane_client_lag_records\{thread="gateway-0",of="max"\} 1000$/m)
  assert.match(text, /^tradelane_client_min_rtt_seconds\{thread="gateway-0",of="max"\} 0.0025$/m)
  assert.ok(!text.includes('192.0.2'), 'an address is no label')
})

test('names say what a row is, and its unit', () => {
  const row = { kind: 'counter', isRefusal: false, unit: 'µs', about: 'spent' } as const
  const nameOf = (section: string, name: string): string => familyRow(section, name, row).name
  assert.equal(nameOf('thread', 'longTurnUs'), 'tradelane_thread_long_turn_seconds_total')
  assert.equal(nameOf('', 'l2FramesLost'), 'tradelane_l2_frames_lost_total')
  assert.equal(nameOf('', 'clientsTotal'), 'tradelane_clients_total')
  assert.equal(familyRow('client', 'bytesPerS', row, 'gauge').name, 'tradelane_client_bytes_per_second')
  assert.equal(familyRow('depthRing', 'usedShare', row, 'gauge').name, 'tradelane_depth_ring_used_ratio')
  assert.equal(familyRow('', 'lookGapUsMax', row, 'gauge').name, 'tradelane_look_gap_max_seconds')
  assert.equal(familyRow('thread', 'longTurnUs', row).help, 'seconds spent')
})

test('/metrics is text by default, and OpenMetrics for who accepts it first', async t => {
  const admin = await AdminUnderTest.listening(t)
  const typeFor = async (accept?: string): Promise<unknown> => {
    const { status, headers, body } = await admin.request(
      '/metrics',
      accept === undefined ? {} : { headers: { accept } },
    )
    return [status, headers.get('content-type'), body.endsWith('# EOF\n')]
  }
  const text = [200, 'text/plain; version=0.0.4; charset=utf-8', false]
  const open = [200, 'application/openmetrics-text; version=1.0.0; charset=utf-8', true]
  for (const accept of [
    undefined,
    '*/*',
    'text/html',
    'text/plain',
    'text/plain,application/openmetrics-text;q=0.5',
    ';;',
  ]) {
    assert.deepEqual(await typeFor(accept), text, accept)
  }
  for (const accept of [OPEN_METRICS, 'application/openmetrics-text']) assert.deepEqual(await typeFor(accept), open)
})

test('both formats have the same figures; a counter of OpenMetrics is named without _total', async t => {
  const admin = await AdminUnderTest.listening(t)
  new Counters(admin.start.counters, 0).add('tradesPublished', 12)
  const [text, open] = await Promise.all([
    admin.request('/metrics'),
    admin.request('/metrics', { headers: { accept: OPEN_METRICS } }),
  ])
  const samples = ({ body }: { body: string }): string[] => body.split('\n').filter(line => /^[^#]/.test(line))
  assert.deepEqual(samples(open), samples(text))
  assert.ok(samples(text).includes('tradelane_trades_published_total 12'))
  assert.match(text.body, /^# TYPE tradelane_trades_published_total counter$/m)
  assert.match(open.body, /^# TYPE tradelane_trades_published counter$/m)
})

test('it is made once a second, and of what /stat shows', async t => {
  const admin = await AdminUnderTest.listening(t)
  const ingest = new Counters(admin.start.counters, 0)
  const published = async (): Promise<string | undefined> =>
    /^tradelane_trades_published_total (\d+)$/m.exec((await admin.request('/metrics')).body)?.[1]
  assert.equal(await published(), '0')
  ingest.add('tradesPublished', 5)
  admin.pass(REPORT_MS_MIN - 1)
  assert.equal(await published(), '0')
  admin.pass(1)
  assert.equal(await published(), '5')
})

test('hops are histograms in seconds, by hop, venue and product', async t => {
  const other = { ...PRODUCT, index: 1 as ProductIndex, id: 'other-spot', venue: 'other' }
  const admin = await AdminUnderTest.listening(t, { products: [PRODUCT, other], traces: createTraces(5, 2) })
  const [ingest, gateway] = [new HopHistograms(admin.start.traces, 0), new HopHistograms(admin.start.traces, 1)]
  for (const us of [10, 900, 1_100, 20_000_000]) ingest.count(0, Hop.decode, us)
  gateway.count(1, Hop.send, 49)
  const { body } = await admin.request('/metrics')
  const figures = (hop: string, product: string): Record<string, number> =>
    Object.fromEntries(
      body
        .split('\n')
        .filter(line => line.startsWith('tradelane_trade_hop_seconds') && line.includes(`hop="${hop}"`))
        .filter(line => line.includes(`product="${product}"`))
        .map(line => [
          /le="([^"]+)"/.exec(line)?.[1] ?? /_(sum|count)\{/.exec(line)?.[1],
          Number(line.split(' ').at(-1)),
        ]),
    )
  const decode = figures('decode', 'test-linear')
  assert.deepEqual(
    ['0.00005', '0.0005', '0.001', '0.0025', '10.0', '+Inf', 'count'].map(key => decode[key]),
    [1, 1, 2, 3, 3, 4, 4],
  )
  assert.ok(Math.abs((decode['sum'] ?? 0) - 20.00201) < 20 * 0.016, `${decode['sum']}`)
  assert.equal(figures('decode', 'other-spot')['count'], 0)
  assert.equal(figures('send', 'other-spot')['0.00005'], 1)
  assert.match(body, /_bucket\{hop="send",venue="other",product="other-spot",le="0.0001"\} 1$/m)
})

test('states are figures: a link that is down, a thread that does not run, whether clients are served', async t => {
  const admin = await AdminUnderTest.listening(t)
  const has = async (line: string): Promise<void> => {
    const { body } = await admin.request('/metrics')
    assert.ok(body.split('\n').includes(line), `${line}\n${body}`)
  }
  const link = 'tradelane_link_live{venue="test",product="test-linear",kind="trade"}'
  await has('tradelane_ready 1')
  await has(`${link} 1`)
  await has('tradelane_build_info{version="0.0.0-test"} 1')
  setTradeLink(admin.start, CellStatus.down)
  admin.cell(4).setState(0)
  admin.pass(REPORT_MS_MIN)
  await has('tradelane_ready 0')
  await has(`${link} 0`)
  await has('tradelane_thread_running{thread="l2-0"} 0')
})
