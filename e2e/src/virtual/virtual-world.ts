// The product in virtual time: the agents of ingest, shards and gateway on lanes as the program makes them, with simulated venues
// on one side and a virtual server on the other. One thread, one scheduler, one seed.

import { Gateway } from '@tradelane/gateway/gateway'
import { PriorityMerge } from '@tradelane/gateway/priority-merge'
import { IngestAgent } from '@tradelane/ingest/ingest-agent'
import { readInstrumentListPage } from '@tradelane/ingest/rest/instrument-list-page'
import { newL2Agent } from '@tradelane/l2-worker/start-l2'
import { createLanes, type Lanes } from '@tradelane/server/lanes'
import { readSettings, type Settings } from '@tradelane/server/settings'
import { gatewayStart, ingestStart, l2Start, type StartOptions } from '@tradelane/server/thread-starts'
import { type ThreadSpec, type Topology, topologyOf } from '@tradelane/server/topology'
import type { MonotonicUs, WallUs } from '@tradelane/shared/market/nouns'
import type { Agent } from '@tradelane/shared/thread/agent'
import { Clock, ClockSource, createClock } from '@tradelane/shared/thread/clock'
import type { Log } from '@tradelane/shared/thread/log'
import { ThreadCell } from '@tradelane/shared/thread/parking'
import type { ResyncRequest } from '@tradelane/shared/thread/thread-messages'
import { VenueTruth } from './market-truth.js'
import { RunJournal } from './run-journal.js'
import { SeededRandom } from './seeded-random.js'
import type { VenueConnection } from './venue-connection.js'
import { VenueNetwork } from './venue-network.js'
import { VirtualThread } from './virtual-thread.js'
import { VirtualTime } from './virtual-time.js'
import { VirtualUws } from './virtual-uws.js'
import { type VenueRates, VirtualVenues } from './virtual-venues.js'

export interface WorldOptions {
  readonly seed: number
  readonly products: readonly string[]
  readonly pairs: readonly { readonly base: string; readonly quote: string }[]
  readonly rates: VenueRates
  /** File for the journal's text. */
  readonly journalPath: string | undefined
}

/** Not 0: some code takes a stamp of 0 for none. */
export const START_US = 1_000_000_000
/** A wall time in September 2026 that is no whole millisecond. */
const WALL_OFFSET_US = 1_790_000_000_000_000 - START_US + 300
export const START_WALL_US = (START_US + WALL_OFFSET_US) as WallUs
const MESSAGE_US_MAX = 500
/** After work a shard rests for this long, see `runBlocking`. */
const SHARD_REST_US = 1_000
const EVENTED_REST_US = 1

export class VirtualWorld {
  /** Just before ingest learns it. */
  onConnectionEnded: (connection: VenueConnection) => void = () => {}
  /** Ingest did what a venue forbids. */
  onFinding: (what: string) => void = () => {}
  readonly time: VirtualTime
  readonly journal: RunJournal
  readonly truth: VenueTruth
  readonly venues: VirtualVenues
  readonly network: VenueNetwork
  readonly uws: VirtualUws
  readonly settings: Settings
  readonly topology: Topology
  readonly lanes: Lanes
  readonly threads: VirtualThread[] = []
  readonly shards: VirtualThread[] = []
  readonly #seed: number
  readonly #newShardAgents: (() => Agent)[] = []
  readonly #messages: SeededRandom
  readonly #ingest: IngestAgent
  #clockStepUs = 0

  constructor(options: WorldOptions) {
    const { seed, products, pairs, rates } = options
    this.#seed = seed
    this.#messages = this.random('messages')
    this.time = new VirtualTime(this.random('time'), START_US)
    this.journal = new RunJournal(options.journalPath)
    const { time, journal } = this
    const wallMs = (us: number): number => Math.floor((us + WALL_OFFSET_US) / 1_000)
    this.truth = new VenueTruth(time.nowUs, wallMs)
    this.venues = new VirtualVenues({ time, wallMs, truth: this.truth, seed, products, pairs, rates })
    this.network = new VenueNetwork({
      time,
      wallMs,
      journal,
      venues: this.venues,
      random: this.random('network'),
      onEnded: connection => this.onConnectionEnded(connection),
      onFinding: what => this.onFinding(what),
    })
    this.uws = new VirtualUws(time)
    this.settings = settingsOf(products, pairs)
    this.topology = topologyOf(this.settings)
    this.lanes = createLanes(this.settings, this.topology, {
      clock: createClock(WALL_OFFSET_US),
      startUs: START_WALL_US,
    })
    this.#ingest = this.#start()
    this.#ingest.open()
  }

  random(part: string): SeededRandom {
    return new SeededRandom(this.#seed, part)
  }

  /** As the supervisor after a crash of the shard's thread. */
  restartShard(shard: number): void {
    const newAgent = this.#newShardAgents[shard] as () => Agent
    this.shards[shard]?.restart(newAgent())
    this.#ingest.accept({ type: 'shard-started', shard })
  }

  /** The system clock of this machine; the venues keep theirs. The supervisor samples it. */
  stepClock(byUs: number): void {
    this.#clockStepUs += byUs
    let atUs = this.time.nowUs()
    // Each read takes a while, so that a millisecond ends.
    const monotonicUs = (): MonotonicUs => {
      atUs = (atUs + 1) as MonotonicUs
      return atUs
    }
    const dateMs = (): number => Math.floor((atUs + WALL_OFFSET_US + this.#clockStepUs) / 1_000)
    new ClockSource(this.lanes.clock, this.#logOf('supervisor'), { monotonicUs, dateMs })
  }

  async runUntil(atUs: number): Promise<void> {
    await this.time.runUntil(atUs, this.#look)
  }

  readonly #look = (): void => {
    for (const thread of this.threads) thread.look()
  }

  /** In the order of the supervisor: shards, gateway, ingest. */
  #start(): IngestAgent {
    const { settings, topology, lanes, time } = this
    const launch: StartOptions = {
      settings,
      topology,
      lanes,
      stream: 'virtual0',
      version: '0.0.0',
      isRecording: false,
      port: 0,
      adminPort: 0,
      naivePort: null,
      processStartUs: time.nowUs(),
      helperThreads: [],
    }
    const nowUs = time.nowUs
    for (const [shard, spec] of specsOf(topology, 'l2').entries()) {
      const start = l2Start(launch, spec, shard)
      const log = this.#logOf(spec.role)
      const newAgent = (): Agent => newL2Agent(start, { log, nowUs, requestResync: this.#requestResync })
      this.#newShardAgents.push(newAgent)
      this.shards.push(this.#thread(spec, newAgent(), SHARD_REST_US))
    }
    for (const [ordinal, spec] of specsOf(topology, 'gateway').entries()) {
      const gateway = new Gateway(gatewayStart(launch, spec, ordinal), {
        uws: this.uws,
        log: this.#logOf(spec.role),
        newMerge: merge => new PriorityMerge(merge),
        timers: time,
        nowUs,
        postLateTrades: () => {},
      })
      gateway.listen()
      const thread = this.#thread(spec, gateway.merge, EVENTED_REST_US)
      gateway.onWake(thread.wake)
    }
    const [spec] = specsOf(topology, 'ingest') as [ThreadSpec]
    const ingest = new IngestAgent(ingestStart(launch, spec), {
      clock: new Clock(lanes.clock, nowUs),
      timers: time,
      nowMs: time.nowMs,
      random: this.random('ingest').fraction,
      openSocket: this.network.openSocket,
      fetch: this.network.fetch,
      lists: { read: async page => readInstrumentListPage(page) },
      log: this.#logOf(spec.role),
      recorder: undefined,
    })
    this.#thread(spec, ingest, EVENTED_REST_US)
    return ingest
  }

  #thread({ role, index }: ThreadSpec, agent: Agent, restUs: number): VirtualThread {
    const cell = new ThreadCell(this.lanes.control, index)
    const { time } = this
    const thread = new VirtualThread({ time, random: this.random(role), cell, agent, restUs })
    this.threads.push(thread)
    return thread
  }

  /** Relayed by the supervisor. */
  readonly #requestResync = (request: ResyncRequest): void => {
    this.journal.note(this.time.nowUs(), 'resync', `${request.instrument} ${request.reason} ${request.remedy}`)
    this.time.settleAfter(this.#messages.below(MESSAGE_US_MAX), () => this.#ingest.accept(request))
  }

  #logOf(role: string): Log {
    const note =
      (level: string): Log['info'] =>
      (message, fields = {}) =>
        this.journal.note(this.time.nowUs(), `${role} ${level}`, `${message} ${JSON.stringify(fields)}`)
    return { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') }
  }
}

function specsOf(topology: Topology, kind: string): ThreadSpec[] {
  return topology.threads.filter(({ agents }) => agents[0]?.kind === kind)
}

function settingsOf(products: readonly string[], pairs: WorldOptions['pairs']): Settings {
  const instruments = products.flatMap(product => pairs.map(({ base, quote }) => `${product}:${base}-${quote}`))
  const environment = {
    INSTRUMENTS: instruments.join(','),
    SUBSCRIPTIONS: products.map(product => `${product}:order_book_l2`).join(','),
    // The minimum, so that the log overtakes a client that is absent for minutes.
    WS_TRADES_BUFFER: '1000',
    L2_WORKERS: '2',
  }
  // The largest snapshot of the simulator fits, not that of a venue; a burst fills it while a shard hangs.
  return { ...readSettings(environment, {}, 'ws://venues').settings, wsL2Buffer: 4_096 }
}
