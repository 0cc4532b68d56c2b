// The part of the table of counters and gauges (`shared/src/thread/metric-table.ts`) that no thread writes: what the admin
// thread derives when it reports, by the section of the report. Reading it costs the other threads nothing: it comes from
// words that they write anyway, and from /proc.

import { counter, gauge, type Metric } from '@tradelane/shared/thread/metric-table'

/** A share is of 1; one of a time is since the last report. */
const PROCESS = {
  uptimeMs: counter('ms', 'since the process started'),
  load: gauge('CPUs', 'that all threads of the process used, those of V8 included'),
  stolenTime: gauge('share', 'of the time in which the processors had work that the hypervisor gave to others'),
  residentBytes: gauge('bytes', 'of memory that the process holds'),
  laneBytes: gauge('bytes', 'of it at most that threads share'),
  descriptors: gauge('descriptors', 'that are open: sockets, files'),
  descriptorsMax: gauge('descriptors', 'that may be open'),
} as const satisfies Table

const THREAD = {
  starts: counter('starts', 'of the thread; above 1 it was restarted'),
  load: gauge('CPUs', 'that the thread used'),
  cpuWait: gauge('share', 'of the time in which the thread could run and had no CPU'),
  niceness: gauge('steps', 'by which the system prefers other threads'),
  silentMs: gauge('ms', 'since a heartbeat of the thread was seen'),
  heapUsedBytes: gauge('bytes', 'of the heap that are used'),
  heapLimitBytes: gauge('bytes', 'that the heap may have'),
} as const satisfies Table

const TRADE_LOG = {
  newestSequence: counter('records', 'that were appended'),
  newestAgeMs: gauge('ms', 'since the newest record'),
  usedRecords: gauge('records', 'that a client can still be sent'),
  capacityRecords: gauge('records', 'that are retained'),
} as const satisfies Table

const DEPTH_RING = {
  usedBytes: gauge('bytes', 'that the shard has not read'),
  capacityBytes: gauge('bytes', 'that the ring has'),
  oldestAgeMs: gauge('ms', 'since the oldest of these bytes came'),
  usedShare: gauge('share', 'of the ring that the shard has not read; book connections pause at 0.75'),
} as const satisfies Table

const BOARD = {
  cells: gauge('cells', 'of the board'),
  writtenCells: gauge('cells', 'that were published at least once'),
} as const satisfies Table

const LINKS = {
  live: gauge('links', 'of a product and kind that are live'),
  down: gauge('links', 'of a product and kind that are down'),
  starting: gauge('links', 'of a product and kind that were never live'),
} as const satisfies Table

const BOOKS = {
  live: gauge('books', 'that clients see'),
  stale: gauge('books', 'that are withheld'),
  starting: gauge('books', 'of which nothing is known yet'),
} as const satisfies Table

const GATEWAY = {
  clientsConnected: gauge('clients', 'of the gateway that are connected'),
  rows: gauge('clients', 'of the gateway that are in the client table'),
} as const satisfies Table

const CLIENT = {
  connectedMs: counter('ms', 'since the client connected'),
  framesSent: counter('frames', 'sent to the client'),
  bytesSent: counter('bytes', 'of these frames'),
  bytesPerS: gauge('bytes', 'per second in the last second'),
  creditBytes: gauge('bytes', 'of state and books that may be on their way'),
  inFlightBytes: gauge('bytes', 'of state and books that are on their way'),
  unacknowledgedBytes: gauge('bytes', 'of all frames that are on their way'),
  minRttUs: gauge('µs', 'of the smallest round trip'),
  lagRecords: gauge('records', 'of the trade log that the client has not been sent'),
  lagMs: gauge('ms', 'since the oldest of these was logged'),
  dirtyCells: gauge('cells', 'of state and books that the client has not been sent; with a status and a payload, two'),
  openPings: gauge('pings', 'that the client has not answered'),
  bufferedBytes: gauge('bytes', 'that its socket could not hand to the system'),
  recordsMissed: counter('records', 'of the trade log that the client missed, because it overtook it'),
  rowAgeMs: gauge('ms', 'since the gateway wrote these figures'),
} as const satisfies Table

type Table = Readonly<Record<string, Metric>>

export const GAUGES = {
  process: PROCESS,
  thread: THREAD,
  tradeLog: TRADE_LOG,
  depthRing: DEPTH_RING,
  board: BOARD,
  links: LINKS,
  books: BOOKS,
  gateway: GATEWAY,
  client: CLIENT,
} as const

export type Section = keyof typeof GAUGES

/** The rows of one section, as a report has them; null where this system does not tell. */
export type Figures<Of extends Section> = Readonly<Record<keyof (typeof GAUGES)[Of], number | null>>
