// The report of `/stat` on the threads of a whole process, with simulated venues and a client: each section says what is so.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type StatReport, StatReporter } from '@tradelane/admin/stat/stat-report'
import { formatStat } from '@tradelane/admin/stat/stat-text'
import { createLanes } from '@tradelane/server/lanes'
import { readSettings } from '@tradelane/server/settings'
import { Supervisor } from '@tradelane/server/supervisor'
import { bundledEntryOf } from '@tradelane/server/test/bundled-entry'
import { gatewayThreads, topologyOf } from '@tradelane/server/topology'
import { monotonicUs } from '@tradelane/shared/thread/clock'
import type { Log } from '@tradelane/shared/thread/log'
import { WebSocket } from 'ws'
import { sleep } from './program.js'
import { startVenues } from './venues.js'

const READY_MS_MAX = 20_000
const BOOK_COUNT = 9

test('threads, lanes, links, books, clients and counters of a running process are reported', {
  timeout: 60_000,
}, async t => {
  const venues = await startVenues({ l2Rate: 200 })
  const { supervisor, reporter } = newProcess(venues.url)
  const client = new WebSocket(`ws://127.0.0.1:${await supervisor.start()}/?format=msgpack`)
  try {
    let report = reporter.report(monotonicUs())
    const deadlineMs = performance.now() + READY_MS_MAX
    while (!isComplete(report)) {
      assert.ok(performance.now() < deadlineMs, `everything works within ${READY_MS_MAX} ms\n${formatStat(report)}`)
      await sleep(200)
      report = reporter.report(monotonicUs())
    }
    await sleep(1_500)
    const before = report
    report = reporter.report(monotonicUs())
    t.diagnostic(formatStat(report, before))

    const byRole = new Map(report.threads.map(thread => [thread.role, thread]))
    assert.deepEqual([...byRole.keys()], ['supervisor', 'ingest', 'gateway-0', 'admin', 'l2-0'])
    for (const role of ['ingest', 'gateway-0', 'l2-0']) {
      const thread = byRole.get(role) ?? assert.fail(role)
      assert.deepEqual([thread.state, thread.starts, thread.silentMs], ['running', 1, 0], role)
      assert.ok((thread.load ?? 0) > 0 && (thread.load ?? 2) <= 1.05, `${role} load ${thread.load}`)
      assert.ok((thread.heapUsedBytes ?? 0) > 1e6 && (thread.heapLimitBytes ?? 0) > 1e7, role)
      assert.ok((thread.scavenges ?? 0) > 0, `${role} was collected`)
      // An L2 worker does not measure for how long.
      if (role === 'l2-0') assert.deepEqual([thread.scavengeUs, thread.collectionUsMax], [null, null])
      else assert.ok((thread.scavengeUs ?? 0) > 0 && (thread.collectionUsMax ?? 0) > 0, role)
    }
    const nicenessOf = (role: string): number => byRole.get(role)?.niceness ?? Number.NaN
    assert.equal(nicenessOf('l2-0') - nicenessOf('ingest'), Math.min(1, 19 - nicenessOf('ingest')))
    assert.ok((report.process.residentBytes ?? 0) > (report.process.laneBytes ?? 0) / 2)
    assert.ok((report.process.descriptors ?? 0) > 20)

    const { tradeLog, depthRings, bookBoard } = report.lanes
    assert.ok((tradeLog.newestSequence ?? 0) > 10 && (tradeLog.newestAgeMs ?? 9_999) < 2_000)
    assert.ok((depthRings[0]?.usedShare ?? 1) < 0.5)
    assert.deepEqual([bookBoard.cells, bookBoard.writtenCells], [BOOK_COUNT, BOOK_COUNT])

    const [row] = report.clients.list
    assert.deepEqual([row?.address, row?.format, row?.hasAnswered], ['127.0.0.1', 'msgpack', true])
    assert.ok((row?.bytesPerS ?? 0) > 1_000 && (row?.minRttUs ?? 0) > 0)
    const { framesReceived, tradesPublished, booksPublished, clientsConnected } = report.counters
    for (const { value } of [framesReceived, tradesPublished, booksPublished]) assert.ok(value > 10)
    assert.equal(clientsConnected.value, 1)
  } finally {
    client.terminate()
    await supervisor.stop()
    await venues.close()
  }
})

function isComplete({ links, books, clients, counters, threads }: StatReport): boolean {
  const wereCollected = threads.slice(1).every(({ scavenges }) => (scavenges ?? 0) > 0)
  const areLive = links.down === 0 && links.starting === 0 && books.live === BOOK_COUNT
  return areLive && wereCollected && clients.list.length === 1 && counters.pongs.value > 0
}

function newProcess(simulator: string) {
  const { settings } = readSettings({ WS_ADDR: '127.0.0.1:0', L2_NICE: '1', WARM_UP_MS: '0' }, {}, simulator)
  const topology = topologyOf(settings)
  const lanes = createLanes(settings, topology)
  const silent = (): void => undefined
  const log: Log = { debug: silent, info: silent, warn: silent, error: silent }
  const common = { stream: 'test0000', version: '0.0.0' }
  const supervisor = new Supervisor({ settings, topology, lanes, log, ...common, entryOf: bundledEntryOf })
  const reporter = new StatReporter({
    ...lanes,
    ...common,
    processStartUs: monotonicUs(),
    threads: topology.threads,
    helperThreads: [],
    gatewayThreads: gatewayThreads(topology),
    products: topology.products,
    instruments: topology.instruments,
  })
  return { supervisor, reporter }
}
