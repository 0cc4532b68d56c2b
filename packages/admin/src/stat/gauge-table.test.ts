// The event of each gauge that the admin thread derives: it changes that row of the report, and of its section nothing else but
// what belongs to the event.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { getPriority, setPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { createBoard } from '@tradelane/shared/lanes/board'
import type { ClientRow } from '@tradelane/shared/lanes/client-table'
import { createDepthRing } from '@tradelane/shared/lanes/depth-ring'
import { createTradeLog } from '@tradelane/shared/lanes/trade-log'
import { CellStatus } from '@tradelane/shared/market/nouns'
import { StolenTime } from '@tradelane/shared/thread/stolen-time'
import { StatFixture } from '../test/stat-fixture.js'
import { GAUGES, type Section } from './gauge-table.js'
import { type StatReport, StatReporter } from './stat-report.js'
import type { StatSources } from './stat-sources.js'

type NamesIn<Of extends Section> = keyof (typeof GAUGES)[Of] & string

interface GaugeEvent<Of extends Section> {
  readonly what: string
  /** Rows of the section that change with it; others do not. */
  readonly alongside?: readonly NamesIn<Of>[]
  /** Before the first report. */
  readonly prepare?: (fixture: StatFixture) => void
  readonly happen: (fixture: StatFixture) => unknown
  readonly isRight: (value: number | null, before: number | null) => boolean
}

type Events = { readonly [Of in Section]: { readonly [Name in NamesIn<Of>]: GaugeEvent<Of> } }

/** Rows that change by themselves between two reports, and what of the report is the section. */
const SECTIONS: { readonly [Of in Section]: readonly [(report: StatReport) => object, ...alone: NamesIn<Of>[]] } = {
  process: [({ process }) => process, 'uptimeMs', 'load', 'stolenTime', 'residentBytes'],
  thread: [({ threads }) => threads[1] as object, 'load', 'cpuWait', 'silentMs'],
  tradeLog: [({ lanes }) => lanes.tradeLog, 'newestAgeMs'],
  depthRing: [({ lanes }) => lanes.depthRings[0] as object, 'oldestAgeMs'],
  board: [({ lanes }) => lanes.stateBoard],
  links: [({ links }) => links],
  books: [({ books }) => books],
  gateway: [({ clients }) => clients.gateways[0] as object],
  client: [({ clients }) => clients.list[0] as object, 'connectedMs', 'rowAgeMs'],
}

/** A hundredth of a CPU is more than nothing, and less than a busy thread gets on a machine with much other work. */
const isBusy = (value: number | null, before: number | null): boolean =>
  (value ?? 0) > (before ?? 1) + 0.01 && (value ?? 0) < 1.2
const is =
  (wanted: number) =>
  (value: number | null): boolean =>
    value === wanted

/** A figure of the client table is shown as it is written. */
function figure(name: keyof ClientRow): GaugeEvent<'client'> {
  return {
    what: `the gateway writes ${name}`,
    happen: fixture => fixture.client({ [name]: 1_234 }),
    isRight: is(1_234),
  }
}

/** The process has other memory. */
function change(changed: Partial<StatSources>): (fixture: StatFixture) => void {
  return fixture => {
    fixture.reporter = new StatReporter({ ...fixture.sources, ...changed })
  }
}

const SMALL_RING = createDepthRing({ bytes: 4_096, instrumentCount: 1 })
const kept: Buffer[] = []
const FOLDER = mkdtempSync(join(tmpdir(), 'tradelane-gauges-'))
const PROC_STAT = join(FOLDER, 'stat')
after(() => rmSync(FOLDER, { recursive: true }))

const EVENTS: Events = {
  process: {
    uptimeMs: {
      what: 'a second passes',
      happen: pass(1_000),
      isRight: (value, before) => (value ?? 0) - (before ?? 0) >= 1_000,
    },
    load: { what: 'a thread is busy', happen: spin, isRight: isBusy },
    stolenTime: {
      what: 'the hypervisor takes a fifth of the time with work',
      prepare: fixture => {
        writeFileSync(PROC_STAT, 'cpu  100 0 50 1000 7 0 10 40 0 0\n')
        fixture.reporter = new StatReporter(fixture.sources, undefined, new StolenTime(PROC_STAT))
      },
      happen: () => writeFileSync(PROC_STAT, 'cpu  140 10 70 5000 99 5 15 60 0 0\n'),
      isRight: is(0.2),
    },
    residentBytes: {
      what: 'memory is filled',
      happen: () => kept.push(Buffer.alloc(64 * 2 ** 20, 1)),
      isRight: (value, before) => (value ?? 0) - (before ?? 0) > 32 * 2 ** 20,
    },
    laneBytes: {
      what: 'a shard is added',
      happen: fixture => change({ depthRings: [...fixture.sources.depthRings, SMALL_RING] })(fixture),
      isRight: (value, before) => (value ?? 0) - (before ?? 0) === 4_096 + 640,
    },
    descriptors: {
      what: 'a file is opened',
      happen: () => {
        const file = openSync('/dev/null', 'r')
        after(() => closeSync(file))
      },
      isRight: (value, before) => value === (before ?? 0) + 1,
    },
    descriptorsMax: {
      what: 'the system is asked',
      happen: () => {},
      isRight: is(Number(execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }))),
    },
  },
  thread: {
    starts: {
      what: 'the supervisor starts the thread again, whose id is not known yet',
      alongside: ['niceness'],
      happen: fixture => fixture.cell.clearForStart(),
      isRight: is(2),
    },
    load: { what: 'the thread is busy', happen: spin, isRight: isBusy },
    cpuWait: {
      what: 'more threads are busy than there are CPUs',
      happen: crowdCpus,
      isRight: value => (value ?? 0) > 0.05 && (value ?? 0) < 1,
    },
    niceness: {
      what: 'the thread lowers its priority',
      happen: ({ cell }) => setPriority(cell.threadId(), Math.min(19, getPriority(cell.threadId()) + 1)),
      isRight: (value, before) => value === Math.min(19, (before ?? 0) + 1),
    },
    silentMs: { what: 'no heartbeat comes for a second', happen: pass(1_000), isRight: value => (value ?? 0) >= 1_000 },
    heapUsedBytes: {
      what: 'the thread reports its heap',
      alongside: ['heapLimitBytes'],
      happen: fixture => fixture.cell.setHeap(1_000, 2_000),
      isRight: is(1_000),
    },
    heapLimitBytes: {
      what: 'the thread reports its heap',
      alongside: ['heapUsedBytes'],
      happen: fixture => fixture.cell.setHeap(1_000, 2_000),
      isRight: is(2_000),
    },
  },
  tradeLog: {
    newestSequence: { what: 'a trade is logged', alongside: ['usedRecords'], happen: f => f.trade(), isRight: is(1) },
    newestAgeMs: {
      what: 'a second passes after a trade',
      prepare: fixture => fixture.trade(),
      happen: pass(1_000),
      isRight: value => (value ?? 0) >= 1_000,
    },
    usedRecords: {
      what: 'more trades are logged than are retained',
      alongside: ['newestSequence'],
      happen: fixture => {
        for (let count = 0; count < 150; count += 1) fixture.trade()
      },
      isRight: is(100),
    },
    capacityRecords: {
      what: 'a log retains 200 records',
      happen: change({ tradeLog: createTradeLog(200) }),
      isRight: is(200),
    },
  },
  depthRing: {
    oldestAgeMs: {
      what: 'a frame is not read for a second',
      alongside: ['usedBytes', 'usedShare'],
      happen: fixture => {
        fixture.depth()
        fixture.aheadUs += 1_000_000
      },
      isRight: value => (value ?? 0) >= 1_000 && (value ?? 0) < 5_000,
    },
    usedBytes: { what: 'a frame is offered', alongside: ['usedShare'], happen: f => f.depth(), isRight: is(1_024) },
    capacityBytes: { what: 'a ring has 4 KiB', happen: change({ depthRings: [SMALL_RING] }), isRight: is(4_096) },
    usedShare: {
      what: 'eight frames are offered, and four are read',
      alongside: ['usedBytes'],
      happen: fixture => {
        for (let count = 0; count < 8; count += 1) fixture.depth(8_168)
        for (let count = 0; count < 4; count += 1) fixture.consumer.read()
      },
      isRight: is(0.5),
    },
  },
  board: {
    cells: { what: 'a board has no cell', happen: change({ stateBoard: createBoard([], 64) }), isRight: is(0) },
    writtenCells: { what: 'a cell is published', happen: f => f.link(0, CellStatus.live), isRight: is(1) },
  },
  links: {
    live: { what: 'a link is live', alongside: ['starting'], happen: f => f.link(0, CellStatus.live), isRight: is(1) },
    down: { what: 'a link is down', alongside: ['starting'], happen: f => f.link(0, CellStatus.down), isRight: is(1) },
    starting: { what: 'a link is live', alongside: ['live'], happen: f => f.link(0, CellStatus.live), isRight: is(1) },
  },
  books: {
    live: { what: 'a book is live', alongside: ['starting'], happen: f => f.book(0, CellStatus.live), isRight: is(1) },
    stale: {
      what: 'a book is stale',
      alongside: ['starting'],
      happen: f => f.book(0, CellStatus.stale),
      isRight: is(1),
    },
    starting: { what: 'a book is live', alongside: ['live'], happen: f => f.book(0, CellStatus.live), isRight: is(1) },
  },
  gateway: {
    clientsConnected: {
      what: 'a gateway has seven clients',
      happen: fixture => fixture.counters.set('clientsConnected', 7),
      isRight: is(7),
    },
    rows: { what: 'a gateway publishes a second client', happen: f => f.crowd(1, () => ({})), isRight: is(2) },
  },
  client: {
    connectedMs: { what: 'a second passes', happen: pass(1_000), isRight: value => (value ?? 0) >= 1_000 },
    framesSent: figure('framesSent'),
    bytesSent: figure('bytesSent'),
    bytesPerS: figure('bytesPerS'),
    creditBytes: figure('creditBytes'),
    inFlightBytes: figure('inFlightBytes'),
    unacknowledgedBytes: figure('unacknowledgedBytes'),
    minRttUs: figure('minRttUs'),
    lagRecords: figure('lagRecords'),
    lagMs: { ...figure('lagUs'), isRight: is(1) },
    dirtyCells: figure('dirtyCells'),
    openPings: figure('openPings'),
    bufferedBytes: figure('bufferedBytes'),
    recordsMissed: figure('recordsMissed'),
    rowAgeMs: { what: 'a second passes', happen: pass(1_000), isRight: value => (value ?? 0) >= 1_000 },
  },
}

for (const [section, table] of Object.entries(GAUGES)) {
  for (const name of Object.keys(table)) {
    const events = EVENTS[section as Section] as unknown as Readonly<Record<string, GaugeEvent<Section>>>
    const event = events[name]
    test(`${section}.${name}: ${event?.what}`, { skip: isSkipped(section, name) }, async () => {
      assert.ok(event !== undefined, 'every row has an event')
      await prove(section as Section, name, event)
    })
  }
}

async function prove(section: Section, name: string, event: GaugeEvent<Section>): Promise<void> {
  const [sectionOf, ...alone] = SECTIONS[section]
  const fixture = new StatFixture()
  fixture.client({})
  event.prepare?.(fixture)
  fixture.report()
  // Idle until the second report, whose own work is nothing beside that time.
  if (name === 'load') pass(100_000)(fixture)
  const before = sectionOf(fixture.report()) as Record<string, number | null>
  await event.happen(fixture)
  const now = sectionOf(fixture.report()) as Record<string, number | null>
  assert.ok(event.isRight(now[name] ?? null, before[name] ?? null), `${name} is ${now[name]}, was ${before[name]}`)
  const free = [name, ...alone, ...(event.alongside ?? [])] as string[]
  for (const other of Object.keys(GAUGES[section])) {
    if (!free.includes(other)) assert.equal(now[other], before[other], other)
  }
}

function isSkipped(section: string, name: string): string | false {
  const isOfLinux =
    (section === 'process' && name.startsWith('descriptors')) || ['load', 'cpuWait', 'niceness'].includes(name)
  return isOfLinux && process.platform !== 'linux' ? 'measured on Linux only' : false
}

function pass(ms: number): (fixture: StatFixture) => void {
  return fixture => {
    fixture.aheadUs += ms * 1_000
  }
}

function spin(): void {
  const untilMs = performance.now() + 200
  while (performance.now() < untilMs);
}

async function crowdCpus(): Promise<void> {
  const loop = 'const untilMs = Date.now() + 700; while (Date.now() < untilMs);'
  const crowd = Array.from({ length: 8 }, () => new Worker(loop, { eval: true }))
  const untilMs = performance.now() + 600
  while (performance.now() < untilMs) await new Promise(resolve => setImmediate(resolve))
  await Promise.all(crowd.map(worker => worker.terminate()))
}
