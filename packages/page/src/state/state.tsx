// The state of the process: links, books, threads, lanes, clients, refusals.

import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { AdminApi } from '../model/admin-api.js'
import { bytesText, durationText, grouped } from '../model/format.js'
import { usePolling } from '../use-redraw.js'
import type { ClientReport, LinkReport, StatReport, ThreadReport } from './stat-report.js'
import { Table } from './table.js'

const POLL_MS = 1_000
/** Of the counters, what a desk asks for first. */
const LOSSES = [
  'upstreamGaps',
  'tradesDuplicate',
  'bookResyncs',
  'snapshotFailures',
  'connectionsLost',
  'overruns',
  'recordsMissed',
]

export function StateView({ api }: { readonly api: AdminApi }): JSX.Element {
  const [report, setReport] = useState<StatReport>()
  const [why, setWhy] = useState('')
  usePolling(async () => {
    const answer = await api.get<StatReport>('/stat')
    if (answer.status === 'ok') setReport(answer.body)
    setWhy(answer.status === 'ok' ? '' : answer.status === 'failed' ? answer.why : 'a token is needed')
  }, POLL_MS)
  if (report === undefined) return <p class="notice">{why === '' ? 'Waiting for the report …' : `No report: ${why}`}</p>
  return (
    <div class="house">
      {why !== '' && (
        <p class="notice" role="alert">
          No report since {report.at}: {why}
        </p>
      )}
      <Process report={report} />
      <Section title="Links">
        <Links list={report.links.list} />
      </Section>
      <Section title="Losses and resyncs" note="since the start">
        <Counters report={report} names={LOSSES} />
      </Section>
      <Section title="Threads">
        <Table
          caption="Threads"
          columns={THREAD_COLUMNS}
          rows={report.threads.map(threadRow)}
          states={report.threads.map(({ state }) => state)}
        />
      </Section>
      <Section title="Lanes">
        <Lanes report={report} />
      </Section>
      <Section title="Clients" note={clientsNote(report)} isWide>
        <Table caption="Clients" columns={CLIENT_COLUMNS} rows={report.clients.list.slice(0, 200).map(clientRow)} />
      </Section>
      <Section title="Refusals" note="of what outsiders tried, since the start">
        <Refusals report={report} />
      </Section>
    </div>
  )
}

interface SectionProps {
  readonly title: string
  readonly note?: string
  readonly isWide?: boolean
  readonly children: JSX.Element
}

function Section({ title, note, isWide = false, children }: SectionProps): JSX.Element {
  return (
    <section class={`panel ${isWide ? 'wide' : ''}`}>
      <div class="title">
        <h2>{title}</h2>
        {note !== undefined && <span class="figure">{note}</span>}
      </div>
      {children}
    </section>
  )
}

function Process({ report }: { readonly report: StatReport }): JSX.Element {
  const { process, books } = report
  const facts: readonly (readonly [string, string])[] = [
    ['version', process.version],
    ['up', durationText(process.uptimeMs ?? 0)],
    ['CPUs in use', shareText(process.load)],
    ['CPU time stolen', percentText(process.stolenTime)],
    ['memory', bytesText(process.residentBytes ?? 0)],
    ['descriptors', `${process.descriptors ?? '–'} of ${process.descriptorsMax ?? '–'}`],
    ['books live', `${books.live ?? 0}`],
    ['books withheld', `${books.stale ?? 0}`],
    ['stream', process.stream],
  ]
  return (
    <dl class="facts wide">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

/** A row per product, a column per kind. */
function Links({ list }: { readonly list: readonly LinkReport[] }): JSX.Element {
  const kinds = [...new Set(list.map(({ kind }) => kind))]
  const products = [...new Set(list.map(({ product }) => product))]
  return (
    <div class="scroll">
      <table class="figures links">
        <thead>
          <tr>
            <th scope="col">product</th>
            {kinds.map(kind => (
              <th key={kind} scope="col">
                {KIND_TITLES[kind] ?? kind}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {products.map(product => (
            <tr key={product}>
              <th scope="row">{product}</th>
              {kinds.map(kind => (
                <LinkCell key={kind} link={list.find(each => each.product === product && each.kind === kind)} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

const KIND_TITLES: Readonly<Record<string, string>> = {
  order_book_l1: 'L1',
  order_book_l2: 'books',
  open_interest: 'OI',
  liquidation: 'liq',
}

function LinkCell({ link }: { readonly link: LinkReport | undefined }): JSX.Element {
  if (link === undefined) return <td class="none">·</td>
  const since = link.since === null ? '' : `, for ${durationText(Date.now() - Date.parse(link.since))}`
  return (
    <td class={link.state} title={`${link.state}${link.reason === 'none' ? '' : `: ${link.reason}`}${since}`}>
      {link.state === 'live' ? 'live' : `${link.state}: ${link.reason}`}
    </td>
  )
}

function Counters({ report, names }: { readonly report: StatReport; readonly names: readonly string[] }): JSX.Element {
  const rows = names.flatMap(name => {
    const counter = report.counters[name]
    return counter === undefined ? [] : [[name, counter.value, `${counter.unit} ${counter.about}`]]
  })
  return <Table caption="Counters" columns={['counter', 'value', 'meaning']} rows={rows} />
}

function Refusals({ report }: { readonly report: StatReport }): JSX.Element {
  const names = Object.entries(report.refusals).filter(([, value]) => value > 0)
  if (names.length === 0) return <p class="hint">None.</p>
  return <Counters report={report} names={names.map(([name]) => name)} />
}

const THREAD_COLUMNS = ['thread', 'state', 'starts', 'load', 'wait', 'nice', 'heap', 'of', 'short gc', 'full gc']

function threadRow(thread: ThreadReport): readonly (string | number)[] {
  const { role, state, starts, load, cpuWait, niceness, heapUsedBytes, heapLimitBytes, scavenges, majorCollections } =
    thread
  const bytes = (value: number | null): string => (value === null || value === 0 ? '–' : bytesText(value))
  const count = (value: number | null): string | number => value ?? '–'
  return [
    role,
    state,
    count(starts),
    shareText(load),
    shareText(cpuWait),
    count(niceness),
    bytes(heapUsedBytes),
    bytes(heapLimitBytes),
    count(scavenges),
    count(majorCollections),
  ]
}

function Lanes({ report }: { readonly report: StatReport }): JSX.Element {
  const { tradeLog, depthRings, stateBoard, bookBoard } = report.lanes
  const rows: (readonly [string, number, string])[] = [
    [
      'trade log',
      (tradeLog.usedRecords ?? 0) / (tradeLog.capacityRecords || 1),
      `${grouped(tradeLog.usedRecords ?? 0)} of ${grouped(tradeLog.capacityRecords ?? 0)} records, newest ${durationText(tradeLog.newestAgeMs ?? Number.NaN)} ago`,
    ],
    ...depthRings.map(
      ({ shard, usedShare, usedBytes, oldestAgeMs }) =>
        [
          `depth ring ${shard}`,
          usedShare ?? 0,
          `${bytesText(usedBytes ?? 0)}, oldest ${durationText(oldestAgeMs ?? 0)}`,
        ] as const,
    ),
    [
      'state board',
      (stateBoard.writtenCells ?? 0) / (stateBoard.cells || 1),
      `${stateBoard.writtenCells} of ${stateBoard.cells} cells`,
    ],
    [
      'book board',
      (bookBoard.writtenCells ?? 0) / (bookBoard.cells || 1),
      `${bookBoard.writtenCells} of ${bookBoard.cells} cells`,
    ],
  ]
  return (
    <ul class="fills">
      {rows.map(([name, share, text]) => (
        <li key={name}>
          <span>{name}</span>
          <meter min={0} max={1} value={share} aria-label={name} />
          <span class="figure">{text}</span>
        </li>
      ))}
    </ul>
  )
}

const CLIENT_COLUMNS = [
  'client',
  'gateway',
  'by',
  'up',
  'rate',
  'credit',
  'in flight',
  'round trip',
  'behind',
  'lag',
  'waiting',
  'missed',
]

function clientRow(client: ClientReport): readonly (string | number)[] {
  const { minRttUs, lagMs, connectedMs } = client
  return [
    client.address,
    client.gateway,
    client.acknowledgesBy,
    durationText(connectedMs ?? 0),
    `${bytesText(client.bytesPerS ?? 0)}/s`,
    bytesText(client.creditBytes ?? 0),
    bytesText(client.inFlightBytes ?? 0),
    minRttUs === null ? '–' : durationText(minRttUs / 1_000),
    client.lagRecords ?? 0,
    durationText(lagMs ?? 0),
    client.dirtyCells ?? 0,
    client.recordsMissed ?? 0,
  ]
}

function clientsNote({ clients }: StatReport): string {
  const count = clients.list.length + clients.listOmitted
  return `${count} connected; those furthest behind first`
}

function percentText(share: number | null): string {
  return share === null ? '–' : `${(share * 100).toFixed(1)} %`
}

function shareText(share: number | null): string {
  return share === null ? '–' : share.toFixed(2)
}
