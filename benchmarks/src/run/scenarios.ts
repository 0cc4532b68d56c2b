// What is measured: load, clients and lines of each scenario, and which variants take part.

import { SCENARIOS } from '@tradelane/server/sim-options'
import type { LinkSpec } from '../links/link-spec.js'
import { ISOLATION_OFF, RAW_FLOOR, SINGLE_LOOP, TRADELANE } from '../variants/variant-names.js'

export interface BenchScenario {
  readonly name: string
  readonly about: string
  /** The simulator's scenario, and that after the window; null where it stays. */
  readonly load: string
  readonly loadAfter: string | null
  /** Measured in full. */
  readonly clients: number
  /** Only drained and counted. */
  readonly drainedClients: number
  /** One more measured client behind each. */
  readonly links: readonly LinkSpec[]
  readonly measureMs: number
  /** Of the simulator's lateness: beyond it the run says more of the simulator, or of a busy machine, than of the server. */
  readonly latenessP99UsMax: number
  /** Who takes part where nobody is named on the command line. */
  readonly variants: readonly string[]
  /** Rounds of `tradelane` in a run of three or more; null as many as all. */
  readonly ownRounds: number | null
  readonly isQuick: boolean
}

const MEASURE_MS = 8_000
/** A server with so much to do takes the simulator's processors, too. What it is late is in the trades' latency. */
const LATENESS_P99_US_MAX_WHEN_FULL = 20_000
const PLAIN = {
  clients: 10,
  drainedClients: 0,
  links: [],
  measureMs: MEASURE_MS,
  latenessP99UsMax: 5_000,
  loadAfter: null,
  ownRounds: null,
  isQuick: false,
}
const ALL = [TRADELANE, ISOLATION_OFF, SINGLE_LOOP, RAW_FLOOR]
const PAIR = [TRADELANE, SINGLE_LOOP]
const FLOORED = [TRADELANE, RAW_FLOOR]

export const BENCH_SCENARIOS: readonly BenchScenario[] = [
  { ...PLAIN, name: 'quiet', load: 'quiet', about: 'trades, and next to nothing else', variants: FLOORED },
  {
    ...PLAIN,
    name: 'normal',
    load: 'normal',
    about: '100 trades/s, 900 book changes/s, 1,089 best prices/s',
    variants: ALL,
    isQuick: true,
  },
  {
    ...PLAIN,
    name: 'burst',
    load: 'burst',
    about: 'normal, and 18,000 book changes/s for 2 s in every 4',
    variants: ALL,
    isQuick: true,
  },
  { ...PLAIN, name: 'storm', load: 'storm', about: 'normal, but 30,000 book changes/s', variants: ALL },
  {
    ...PLAIN,
    name: 'overload',
    load: 'overload',
    loadAfter: 'normal',
    about: 'normal, but 100,000 book changes/s for 30 s; then the books must be current within 5 s',
    measureMs: 30_000,
    latenessP99UsMax: LATENESS_P99_US_MAX_WHEN_FULL,
    variants: PAIR,
    ownRounds: 5,
  },
  { ...PLAIN, name: 'fanout-1', load: 'normal', about: 'normal, one client', clients: 1, variants: FLOORED },
  {
    ...PLAIN,
    name: 'fanout-100',
    load: 'normal',
    about: 'normal, 100 clients: ten are measured, the others drain and count',
    drainedClients: 90,
    variants: ALL,
  },
  {
    ...PLAIN,
    name: 'fanout-500',
    load: 'normal',
    about: 'normal, 500 clients: ten are measured, the others drain and count',
    drainedClients: 490,
    latenessP99UsMax: LATENESS_P99_US_MAX_WHEN_FULL,
    variants: PAIR,
  },
  {
    ...PLAIN,
    name: 'slow-client',
    load: 'burst',
    about: 'burst, and one more client that reads 300 kB/s',
    links: [{ name: '300 kB/s', bytesPerS: 300_000 }],
    variants: PAIR,
  },
  {
    ...PLAIN,
    name: 'slower-clients',
    load: 'normal',
    about: 'normal, and two more clients that read 100 kB/s and 1 MB/s',
    links: [
      { name: '100 kB/s', bytesPerS: 100_000 },
      { name: '1 MB/s', bytesPerS: 1_000_000 },
    ],
    variants: PAIR,
  },
  {
    ...PLAIN,
    name: 'slow-for-long',
    load: 'normal',
    about: 'normal for 90 s, and one more client that reads 100 kB/s',
    links: [{ name: '100 kB/s', bytesPerS: 100_000 }],
    measureMs: 90_000,
    variants: [TRADELANE],
    ownRounds: 1,
  },
  {
    ...PLAIN,
    name: 'stopped-client',
    load: 'normal',
    about: 'normal, and one more client that reads nothing for 30 s, then goes on',
    links: [{ name: 'stopped', stop: { afterMs: 4_000, forMs: 30_000 } }],
    measureMs: 40_000,
    variants: [TRADELANE],
  },
  {
    ...PLAIN,
    name: 'round-trip',
    load: 'normal',
    about: 'normal, and one more client 25 ms away',
    links: [{ name: '25 ms each way', delayMs: 25 }],
    variants: PAIR,
  },
]

/** Whether the simulator at hand can produce it. */
export function isOffered({ load }: BenchScenario): boolean {
  return (SCENARIOS as readonly string[]).includes(load)
}
