// What ../../ops promises to an operator: alerts fire for what happens to a real admin address, and the dashboard asks for what there is.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { CellStatus, StatusReason } from '@tradelane/shared/market/nouns'
import { ThreadState } from '@tradelane/shared/thread/parking'
import { Hop } from '@tradelane/shared/trace/hop-histograms'
import { parse } from 'yaml'
import { skipWithout } from '../tools.js'
import { type AlertCase, checkRules, hasPromtool, promtool, samplesOf, testAlerts } from './promtool.js'
import { WatchedAdmin } from './watched-admin.js'

const OPS = fileURLToPath(new URL('../../../ops/', import.meta.url))
const ALERTS = join(OPS, 'alerts.yml')
const skip = skipWithout('promtool', hasPromtool())

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly summary: string; readonly runbook: string }
}
const RULES = (parse(readFileSync(ALERTS, 'utf8')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  ({ rules }) => rules,
)
const EXPRESSIONS = dashboardExpressions()

/** What happens, and which alerts it means. */
const EVENTS: readonly (readonly [what: string, happen: (watched: WatchedAdmin) => void, firing: readonly string[]])[] =
  [
    ['nothing', () => {}, []],
    [
      'every trade link of a venue is down',
      watched => watched.link(0, CellStatus.down),
      ['TradelaneNotReady', 'TradelaneVenueDown'],
    ],
    ['a link of books alone is down', watched => watched.link(1, CellStatus.down), []],
    ['a feed is silent', ({ ingest }) => ingest.add('silences'), ['TradelaneFeedSilent']],
    [
      'a book is stale for a minute',
      watched => watched.book(CellStatus.stale, StatusReason.sequenceGap, 60),
      ['TradelaneBookStale'],
    ],
    ['a book is stale for a moment', watched => watched.book(CellStatus.stale, StatusReason.sequenceGap, 2), []],
    ['an instrument is halted', watched => watched.book(CellStatus.stale, StatusReason.notTrading, 3_600), []],
    ['trades are missing', ({ ingest }) => ingest.add('upstreamGaps'), ['TradelaneTradeGap']],
    ['a venue changes', ({ ingest }) => ingest.add('venueChanges'), ['TradelaneVenueChanged']],
    ['an L2 worker falls behind', ({ ingest }) => ingest.add('fellBehind'), ['TradelaneBooksOverloaded']],
    ['a client is behind', watched => watched.client(8), ['TradelaneClientSlow']],
    ['a client is a little behind', watched => watched.client(2), []],
    ['a client takes nothing', ({ gateway }) => gateway.add('clientsStalled'), ['TradelaneClientLost']],
    ['the trade log overtakes a client', ({ gateway }) => gateway.add('overruns'), ['TradelaneClientLost']],
    ['a thread is started again', restart, ['TradelaneThreadRestarted']],
    ['a thread does not run', ({ admin }) => admin.cell(4).setState(ThreadState.starting), ['TradelaneNotReady']],
    [
      'the port is closed for want of descriptors',
      ({ gateway }) => gateway.add('portClosed'),
      ['TradelaneDescriptors'],
    ],
  ]

test('every alert has a severity, a summary, one line of what to do, and a part of the runbook', () => {
  const runbook = readFileSync(join(OPS, 'RUNBOOK.md'), 'utf8')
  for (const { alert, labels, annotations } of RULES) {
    assert.match(labels.severity, /^(critical|warning)$/, alert)
    assert.ok(annotations.summary.length > 10 && !annotations.runbook.includes('\n'), alert)
    assert.ok(annotations.runbook.endsWith(`See RUNBOOK.md#${alert.toLowerCase()}.`), alert)
    assert.ok(runbook.includes(`\n## ${alert}\n`), alert)
  }
  assert.equal(runbook.match(/^## /gm)?.length, RULES.length, 'the runbook has no part of an alert that is gone')
})

test('every metric that an alert or the dashboard names is served', async t => {
  const text = await scrapeOf(t)
  const served = new Set([...samplesOf(text).keys()].map(series => series.replace(/\{.*$/, '')))
  for (const expr of [...EXPRESSIONS, ...RULES.map(rule => rule.expr)]) {
    const names = expr.match(/tradelane_\w+/g) ?? []
    assert.ok(names.length > 0, expr)
    for (const name of names) assert.ok(served.has(name), `${name} in ${expr}`)
  }
  assert.ok(EXPRESSIONS.length > 30)
})

test('promtool finds nothing wrong with what is served, with the alerts and with the expressions of the dashboard', {
  skip,
}, async t => {
  assert.equal(promtool(['check', 'metrics'], await scrapeOf(t)), null)
  assert.equal(promtool(['check', 'rules', '--lint=all', '--lint-fatal', ALERTS]), null)
  const folder = folderOf(t)
  const records = EXPRESSIONS.map((expr, index) => ({ record: `dashboard:${index}`, expr }))
  assert.equal(checkRules(folder, records), null)
  assert.match(checkRules(folder, [{ record: 'dashboard:x', expr: 'sum(rate(' }]) ?? '', /parse/)
})

test('each alert fires for its event, and for no other', { skip }, async t => {
  const cases: AlertCase[] = []
  for (const [name, happen, firing] of EVENTS) {
    const watched = await WatchedAdmin.listening(t)
    const before = await watched.scrape()
    happen(watched)
    cases.push({ name, before, after: await watched.scrape(), atMin: 3, firing })
  }
  cases.push(await lateCase(t), await descriptorCase(t), await absentCase(t))
  assert.equal(testAlerts(folderOf(t), ALERTS, cases.map(onlyNamed)), null)
  const tested = new Set(cases.flatMap(({ firing }) => firing))
  assert.deepEqual(
    RULES.map(({ alert }) => alert).filter(alert => !tested.has(alert)),
    [],
  )
})

/** Trades take long, for as long as the case lasts. */
async function lateCase(t: TestContext): Promise<AlertCase> {
  const watched = await WatchedAdmin.listening(t)
  const before = await watched.scrape()
  for (let trade = 0; trade < 1_000; trade += 1) watched.hops.count(0, Hop.total, 300_000)
  const after = await watched.scrape()
  return { name: 'trades are late', before, after, isGrowing: true, atMin: 12, firing: ['TradelaneTradesLate'] }
}

async function descriptorCase(t: TestContext): Promise<AlertCase> {
  const watched = await WatchedAdmin.listening(t)
  const before = await watched.scrape()
  // So many that what remains below the limit is enough to start a program.
  const files = Array.from({ length: 200 }, () => openSync('/dev/null', 'r'))
  const open = Number(samplesOf(before).get('tradelane_process_descriptors')) + files.length
  const limit = execFileSync('prlimit', ['--pid', String(process.pid), '--nofile', '--noheadings', '--output', 'SOFT'])
  setLimit(String(Math.ceil(open / 0.85)))
  try {
    const after = await watched.scrape()
    return { name: 'descriptors run out', before, after, atMin: 3, firing: ['TradelaneDescriptors'] }
  } finally {
    setLimit(limit.toString().trim())
    for (const file of files) closeSync(file)
  }
}

async function absentCase(t: TestContext): Promise<AlertCase> {
  const before = await scrapeOf(t)
  return { name: 'no metrics come', before, after: '', atMin: 8, firing: ['TradelaneAbsent'] }
}

/** promtool gets the series that rules name, and no more. */
function onlyNamed(each: AlertCase): AlertCase {
  const named = new Set(RULES.flatMap(({ expr }) => expr.match(/tradelane_\w+/g) ?? []))
  const filter = (text: string): string =>
    text
      .split('\n')
      .filter(line => named.has(/^\w+/.exec(line)?.[0] ?? ''))
      .join('\n')
  return { ...each, before: filter(each.before), after: filter(each.after) }
}

function restart({ admin }: WatchedAdmin): void {
  admin.cell(4).clearForStart()
  admin.cell(4).setState(ThreadState.running)
}

function setLimit(soft: string): void {
  execFileSync('prlimit', ['--pid', String(process.pid), `--nofile=${soft}:`])
}

async function scrapeOf(t: TestContext): Promise<string> {
  return await (await WatchedAdmin.listening(t)).scrape()
}

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tradelane-ops-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

/** With what Grafana puts in place of its variables. */
function dashboardExpressions(): string[] {
  const { panels } = JSON.parse(readFileSync(join(OPS, 'dashboard.json'), 'utf8')) as {
    panels: { targets?: { expr: string }[] }[]
  }
  return panels
    .flatMap(({ targets = [] }) => targets)
    .map(({ expr }) => expr.replaceAll('$__rate_interval', '1m').replaceAll('$instance', '.+'))
}
