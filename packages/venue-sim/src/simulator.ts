// The simulated venues: every product's market model behind one port, driven by one schedule, with a journal of the truth.
import { createClock } from './clock.js'
import { Outbox } from './connection.js'
import { DIALECTS } from './dialects.js'
import { Journal } from './journal.js'
import { Lateness, type LatenessStats } from './lateness.js'
import type { InstrumentPair } from './market/instrument-spec.js'
import { Runner } from './runner.js'
import { needsCyclicBooks, SCENARIO_NAMES, type ScenarioName, scenarioOf } from './scenario.js'
import { type EventCounts, noEvents, Schedule } from './schedule.js'
import { VenueServer } from './server.js'
import { createSites, type Site } from './site.js'

export interface SimulatorOptions {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  readonly scenario: ScenarioName
  /** Book deltas per second, instead of the scenario's. */
  readonly l2Rate?: number
  readonly seed: number
  /** Default: where the scenario's load cannot do without. */
  readonly hasCyclicBooks?: boolean
  /** The file that the journal is written to. */
  readonly journal?: string
  /** How many times faster the venues' long timers run. */
  readonly timeScale: number
  readonly instruments: readonly InstrumentPair[]
  /** Instead of all products. */
  readonly products?: readonly string[]
  log(message: string): void
}

export interface Simulator {
  readonly port: number
  /** Ends all sockets and completes the journal. */
  close(): Promise<void>
  stats(): SimulatorStats
}

export interface SimulatorStats {
  /** Events of the model by kind, whether or not anybody listened. */
  readonly events: Readonly<EventCounts>
  readonly framesSent: number
  readonly bytesSent: number
  readonly sockets: number
  /** Connections cut because they did not read. */
  readonly slowCut: number
  /** Scheduled to handed to its socket, for trades that somebody had subscribed. */
  readonly tradeLateness: LatenessStats
  /** Subscribers per product and topic. */
  readonly topics: Readonly<Record<string, number>>
}

/** Rejects with an Error whose code tells why the port could not be taken. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { seed, timeScale, instruments, log } = options
  if (instruments.length === 0) throw new RangeError('a simulator needs at least one instrument')
  const clock = createClock()
  const lateness = new Lateness()
  const outbox = new Outbox()
  const journal = options.journal === undefined ? undefined : await Journal.open(options.journal)
  const hasCyclicBooks = options.hasCyclicBooks ?? needsCyclicBooks(options.scenario, options.l2Rate)
  const context = { pairs: instruments, seed, clock, journal, lateness, timeScale, hasCyclicBooks }
  const dialects = DIALECTS.filter(({ product }) => options.products?.includes(product) ?? true)
  const markets = dialects.map(dialect => dialect.createMarket(context))
  const sources = markets.map((market, index) => ({ dialect: dialects[index]!, topics: market.topics, rest: market }))
  const sites = createSites(sources, { clock, seed, timeScale })
  const scenario = scenarioOf(options.scenario, options.l2Rate)
  let schedule: Schedule | undefined
  const stats = (): SimulatorStats => ({
    events: schedule?.counts ?? noEvents(),
    framesSent: outbox.framesSent,
    bytesSent: outbox.bytesSent,
    sockets: server.socketCount,
    slowCut: outbox.slowCut,
    tradeLateness: lateness.stats(),
    topics: subscriberCounts(sites),
  })
  const flushJournal = async (): Promise<void> => journal?.flush()
  const changeScenario = (wanted: string): string | undefined => {
    const name = SCENARIO_NAMES.find(known => known === wanted)
    if (name === undefined) return `scenario must be one of ${SCENARIO_NAMES.join(', ')}`
    if (needsCyclicBooks(name) && !hasCyclicBooks) return `only a simulator that began with such a load can do ${name}`
    const nowUs = clock.nowUs()
    schedule?.change(scenarioOf(name), nowUs)
    journal?.note(`scenario ${name} ${Math.floor(nowUs)}`)
    return undefined
  }
  const listening = VenueServer.listen({
    host: options.host,
    port: options.port,
    sites,
    outbox,
    flushJournal,
    changeScenario,
    stats,
    log,
  })
  const server = await listening.catch(async error => {
    await journal?.close()
    throw error
  })
  schedule = new Schedule({ seed, startUs: clock.nowUs(), scenario, markets, outbox })
  const runner = new Runner(schedule, clock.nowUs)
  runner.start()
  const close = async (): Promise<void> => {
    runner.stop()
    await server.close()
    await journal?.close()
  }
  return { port: server.port, close, stats }
}

export function subscriberCounts(sites: readonly Site[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { name, topics } of sites.flatMap(({ products }) => products)) {
    for (const topic of topics.all()) if (topic.isWanted) counts[`${name} ${topic.name}`] = topic.subscribers.size
  }
  return counts
}
