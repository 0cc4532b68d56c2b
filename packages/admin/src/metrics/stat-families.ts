// Every row of the tables of counters and gauges as a metric. Labels have few values: threads, shards, products, kinds. Clients
// are not among them; of their figures there is the median and the largest.

import { METRICS, type Metric } from '@tradelane/shared/thread/metric-table'
import { type Figures, GAUGES, type Section } from '../stat/gauge-table.js'
import type { StatReport } from '../stat/stat-report.js'
import { familyRow, type Labels, type MetricFamily, samplesOf } from './metric-family.js'

type Labelled = readonly { readonly labels: Labels; readonly figures: object }[]

/** The part of a name that says whose figures they are. */
const PREFIXES: Readonly<Record<Exclude<Section, 'client'>, string>> = {
  process: 'process',
  thread: 'thread',
  tradeLog: 'tradeLog',
  depthRing: 'depthRing',
  board: 'board',
  links: 'links',
  books: 'books',
  gateway: 'gateway',
}

export function statFamilies(report: StatReport): MetricFamily[] {
  const { process, threads, lanes, links, books, clients, counters } = report
  const ofThreads = threads.map(thread => ({ labels: { thread: thread.role }, figures: thread }))
  const sections: Readonly<Record<keyof typeof PREFIXES, Labelled>> = {
    process: [{ labels: {}, figures: process }],
    thread: ofThreads,
    tradeLog: [{ labels: {}, figures: lanes.tradeLog }],
    depthRing: lanes.depthRings.map(ring => ({ labels: { shard: String(ring.shard) }, figures: ring })),
    board: [
      { labels: { board: 'state' }, figures: lanes.stateBoard },
      { labels: { board: 'book' }, figures: lanes.bookBoard },
    ],
    links: [{ labels: {}, figures: links }],
    books: [{ labels: {}, figures: books }],
    gateway: clients.gateways.map(gateway => ({ labels: { thread: gateway.role }, figures: gateway })),
  }
  const { thread: ofEachThread, ...ofProcess } = METRICS
  const sums = Object.fromEntries(Object.entries(counters).map(([name, { value }]) => [name, value]))
  return [
    ...Object.values(ofProcess).flatMap(table => families('', table, [{ labels: {}, figures: sums }])),
    ...families('thread', ofEachThread, ofThreads),
    ...Object.entries(PREFIXES).flatMap(([section, prefix]) =>
      families(prefix, GAUGES[section as keyof typeof PREFIXES], sections[section as keyof typeof PREFIXES]),
    ),
    ...clientFamilies(report),
  ]
}

type Table = Readonly<Record<string, Metric>>

function families(prefix: string, table: Table, labelled: Labelled): MetricFamily[] {
  return Object.entries(table).map(([name, row]) => {
    const family = familyRow(prefix, name, row)
    const figures = labelled.map(({ labels, figures }) => ({
      labels,
      value: (figures as Readonly<Record<string, number | null>>)[name] ?? null,
    }))
    return { ...family, samples: samplesOf(family, figures) }
  })
}

/** Counters too are gauges here: a client that leaves takes its figure with it. */
function clientFamilies({ clients }: StatReport): MetricFamily[] {
  return Object.entries<Metric>(GAUGES.client).map(([name, row]) => {
    const family = familyRow('client', name, row, 'gauge')
    const figures = clients.gateways.flatMap(({ role }) => {
      const values = clients.list
        .filter(({ gateway }) => gateway === role)
        .map(client => client[name as keyof Figures<'client'>])
        .filter(value => value !== null)
        .sort((one, other) => one - other)
      const of = (labels: Labels, value = 0): { labels: Labels; value: number } => ({
        labels: { thread: role, ...labels },
        value,
      })
      return [of({ of: 'median' }, values[Math.floor((values.length - 1) / 2)]), of({ of: 'max' }, values.at(-1))]
    })
    return { ...family, help: `${family.help}; median and largest of the clients`, samples: samplesOf(family, figures) }
  })
}
