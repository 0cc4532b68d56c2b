// What is measured: load, clients and lines of each scenario, and which variants take part.

import { SCENARIOS } from '@tradelane/server/sim-options'
import type { LinkSpec } from '../links/link-spec.js'
import { ISOLATION_OFF, RAW_FLOOR, SINGLE_LOOP, TRADELANE } from '../variants/variant-names.js'

export interface BenchScenario {
  readonly name: string
  readonly about: string
  /** The simulator's scenario. */
  readonly load: string
  /** Measured in full. */
  readonly clients: number
  /** Only drained and counted. */
  readonly drainedClients: number
  /** One more measured client behind each. */
  readonly links: readonly LinkSpec[]
  readonly measureMs: number
  readonly variants: readonly string[]
  readonly isQuick: boolean
}

const ALL = [TRADELANE, ISOLATION_OFF, SINGLE_LOOP, RAW_FLOOR]
const SERVERS = [TRADELANE, ISOLATION_OFF, SINGLE_LOOP]
const MEASURE_MS = 8_000
const OVERLOAD_MS = 30_000
const PLAIN = { clients: 10, drainedClients: 0, links: [], measureMs: MEASURE_MS, variants: ALL, isQuick: false }

export const BENCH_SCENARIOS: readonly BenchScenario[] = [
  { ...PLAIN, name: 'quiet', load: 'quiet', about: 'trades, and next to nothing else' },
  { ...PLAIN, name: 'normal', load: 'normal', about: '100 trades/s, 900 book changes/s', isQuick: true },
  { ...PLAIN, name: 'burst', load: 'burst', about: '18,000 book changes/s for 2 s in every 4', isQuick: true },
  { ...PLAIN, name: 'storm', load: 'storm', about: '30,000 book changes/s' },
  {
    ...PLAIN,
    name: 'overload',
    load: 'overload',
    about: '100,000 book changes/s',
    measureMs: OVERLOAD_MS,
    variants: SERVERS,
  },
  { ...PLAIN, name: 'fanout-1', load: 'normal', about: 'normal, one client', clients: 1 },
  { ...PLAIN, name: 'fanout-100', load: 'normal', about: 'normal, 100 clients', drainedClients: 90 },
  {
    ...PLAIN,
    name: 'fanout-500',
    load: 'normal',
    about: 'normal, 500 clients',
    drainedClients: 490,
    variants: SERVERS,
  },
  {
    ...PLAIN,
    name: 'slow-client',
    load: 'burst',
    about: 'burst, and a client that reads 300 kB/s',
    links: [{ name: '300 kB/s', bytesPerS: 300_000 }],
    variants: SERVERS,
  },
  {
    ...PLAIN,
    name: 'slower-client',
    load: 'normal',
    about: 'normal, and clients that read 100 kB/s and 1 MB/s',
    links: [
      { name: '100 kB/s', bytesPerS: 100_000 },
      { name: '1 MB/s', bytesPerS: 1_000_000 },
    ],
    variants: SERVERS,
  },
  {
    ...PLAIN,
    name: 'round-trip',
    load: 'normal',
    about: 'normal, and a client 25 ms away',
    links: [{ name: '25 ms each way', delayMs: 25 }],
    variants: SERVERS,
  },
]

/** Whether the simulator at hand can produce it. */
export function isOffered({ load }: BenchScenario): boolean {
  return (SCENARIOS as readonly string[]).includes(load)
}
