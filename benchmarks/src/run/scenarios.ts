// What is measured: load, clients and network paths of each scenario, and the variants that take part.

import { SCENARIOS } from '@tradelane/server/sim-options'
import { CABLE_100, CABLE_300, PLAIN_CABLE } from '../network/link.js'
import type { NetworkPath } from '../network/network-path.js'
import { FOUR_SHARDS, ISOLATION_OFF, RAW_FLOOR, SINGLE_LOOP, TRADELANE, TWO_SHARDS } from '../variants/variant-names.js'
import { earlyAndWarm, type PhaseWindow } from './phases.js'

export interface BenchScenario {
  readonly name: string
  readonly about: string
  /** The simulator's scenario. */
  readonly load: string
  /** The simulator's scenario after the window; null where it stays. */
  readonly loadAfter: string | null
  /** Clients that are measured. */
  readonly clientCount: number
  /** More clients, which only read. */
  readonly drainClientCount: number
  /** Each has one more client that is measured. */
  readonly paths: readonly NetworkPath[]
  /** When it is measured, in the order of time. */
  readonly windows: readonly PhaseWindow[]
  /** Trades per second; absent: as many as the load has. */
  readonly tradeRate?: number
  /** Of all products together; absent: the default ones. */
  readonly instruments?: number
  /** The simulator's lateness; beyond it the run is void, because it says more about simulator and machine than about the server. */
  readonly latenessP99UsMax: number
  /** Those that take part unless the command line names some. */
  readonly variants: readonly string[]
  /** Rounds of `tradelane` where the benchmark has three or more; null: as many as the others. */
  readonly ownRounds: number | null
  readonly isQuick: boolean
}

/** What Tradelane and its peers are measured in. */
const THREE_SLOW = 'three-slow'
/** Behind links of the kernel's own, where the benchmark made them. */
export const LINK_SCENARIO = 'links'
export const PEER_SCENARIOS: readonly string[] = ['normal', 'burst', THREE_SLOW]

const WARM_MS = 15_000
/** A saturated server takes processor time from the simulator too. The simulator's lateness is part of the trades' latency. */
const LATENESS_P99_US_MAX_SATURATED = 20_000
const PLAIN = {
  clientCount: 10,
  drainClientCount: 0,
  paths: [],
  windows: earlyAndWarm(WARM_MS),
  latenessP99UsMax: 5_000,
  loadAfter: null,
  ownRounds: null,
  isQuick: false,
}
const ALL = [TRADELANE, ISOLATION_OFF, SINGLE_LOOP, RAW_FLOOR]
const PAIR = [TRADELANE, SINGLE_LOOP]
const WITH_FLOOR = [TRADELANE, RAW_FLOOR]

export const BENCH_SCENARIOS: readonly BenchScenario[] = [
  { ...PLAIN, name: 'quiet', load: 'quiet', about: 'trades, and almost nothing else', variants: WITH_FLOOR },
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
    about: 'normal, but 100,000 book changes/s for a minute; then the books must be current within 5 s',
    windows: earlyAndWarm(30_000),
    latenessP99UsMax: LATENESS_P99_US_MAX_SATURATED,
    variants: PAIR,
    ownRounds: 5,
  },
  { ...PLAIN, name: 'fanout-1', load: 'normal', about: 'normal, one client', clientCount: 1, variants: WITH_FLOOR },
  {
    ...PLAIN,
    name: 'fanout-100',
    load: 'normal',
    about: 'normal, 100 clients: ten are measured, the others only read',
    drainClientCount: 90,
    variants: ALL,
  },
  {
    ...PLAIN,
    name: 'fanout-500',
    load: 'normal',
    about: 'normal, 500 clients: ten are measured, the others only read',
    drainClientCount: 490,
    latenessP99UsMax: LATENESS_P99_US_MAX_SATURATED,
    variants: PAIR,
  },
  {
    ...PLAIN,
    name: 'wide',
    load: 'normal',
    about: 'normal with 300 instruments on six products, 2.5 times the rates, most of them of the first few',
    instruments: 300,
    latenessP99UsMax: LATENESS_P99_US_MAX_SATURATED,
    variants: [TRADELANE, TWO_SHARDS, FOUR_SHARDS],
  },
  {
    ...PLAIN,
    name: 'slow-client',
    load: 'burst',
    about: 'burst, and one more client that reads 300 kB/s',
    paths: [{ name: '300 kB/s', bytesPerS: 300_000 }],
    variants: PAIR,
  },
  {
    ...PLAIN,
    name: 'slower-clients',
    load: 'normal',
    about: 'normal, and two more clients that read 100 kB/s and 1 MB/s',
    paths: [
      { name: '100 kB/s', bytesPerS: 100_000 },
      { name: '1 MB/s', bytesPerS: 1_000_000 },
    ],
    variants: PAIR,
  },
  {
    ...PLAIN,
    name: 'slow-for-long',
    load: 'normal',
    about: 'normal for two minutes, and one more client that reads 100 kB/s',
    paths: [{ name: '100 kB/s', bytesPerS: 100_000 }],
    windows: earlyAndWarm(90_000),
    variants: [TRADELANE],
    ownRounds: 1,
  },
  {
    ...PLAIN,
    name: 'stopped-client',
    load: 'normal',
    about: 'normal, and one more client that reads nothing for 30 s, then reads again',
    paths: [{ name: 'stopped', stop: { afterMs: 32_000, forMs: 30_000 } }],
    windows: earlyAndWarm(40_000),
    variants: [TRADELANE],
  },
  {
    ...PLAIN,
    name: THREE_SLOW,
    load: 'normal',
    about:
      'normal, and three more clients: two read 300 kB/s and 100 kB/s, for 90 s, and one reads nothing for 30 s of them',
    paths: [
      { name: '300 kB/s', bytesPerS: 300_000 },
      { name: '100 kB/s', bytesPerS: 100_000 },
      { name: 'stopped', stop: { afterMs: 32_000, forMs: 30_000 } },
    ],
    windows: earlyAndWarm(60_000),
    variants: [],
  },
  {
    ...PLAIN,
    name: LINK_SCENARIO,
    load: 'normal',
    about:
      'normal; two more clients behind links of 300 kB/s and 100 kB/s (BBR, tcp_notsent_lowat 16 KiB), and two behind a plain link that read so much, for 90 s; only with --links',
    paths: [
      { name: 'link of 300 kB/s', serverHost: CABLE_300.near },
      { name: 'link of 100 kB/s', serverHost: CABLE_100.near },
      { name: 'reader of 300 kB/s', serverHost: PLAIN_CABLE.near, bytesPerS: 300_000 },
      { name: 'reader of 100 kB/s', serverHost: PLAIN_CABLE.near, bytesPerS: 100_000 },
    ],
    windows: earlyAndWarm(60_000),
    variants: [],
  },
  {
    ...PLAIN,
    name: 'round-trip',
    load: 'normal',
    about: 'normal, and one more client 25 ms away',
    paths: [{ name: '25 ms each way', delayMs: 25 }],
    variants: PAIR,
  },
]

/** Whether the simulator has the load. */
export function isOffered({ load }: BenchScenario): boolean {
  return (SCENARIOS as readonly string[]).includes(load)
}
