// The simulated venues: the market model of every product behind one port, driven by one schedule, with a journal of what was
// sent.
import { type Clock, createClock, systemTimers } from './clock.js'
import { Outbox } from './connection/connection.js'
import { DIALECTS } from './dialects.js'
import { Journal } from './journal.js'
import type { InstrumentPair } from './market/instrument-spec.js'
import { listedMarket } from './market/listing.js'
import { LISTING_STATES } from './market/listing-state.js'
import { Lateness } from './schedule/lateness.js'
import { Runner } from './schedule/runner.js'
import { needsCyclicBooks, SCENARIO_NAMES, type ScenarioName, scenarioOf } from './schedule/scenario.js'
import { Schedule, zeroCounts } from './schedule/schedule.js'
import { ScheduledSends } from './sending/scheduled-sends.js'
import { Sender } from './sending/sender.js'
import { ImmediateSends } from './sending/sends.js'
import { Refusals } from './server/refusals.js'
import { createSites } from './server/site.js'
import { type SimulatorStats, VenueServer } from './server/venue-server.js'

export interface SimulatorOptions {
  readonly host: string
  /** 0 for any free port. */
  readonly port: number
  readonly scenario: ScenarioName
  /** Book deltas per second, instead of the scenario's. */
  readonly l2Rate?: number
  /** Trades per second, instead of the scenario's. */
  readonly tradeRate?: number
  readonly seed: number
  /** Whether books are cyclic; if absent, where the scenario's load needs it. */
  readonly hasCyclicBooks?: boolean
  /** The file of the journal. */
  readonly journal?: string
  /** How many times faster the venues' long timers run. */
  readonly timeScale: number
  readonly instruments: readonly InstrumentPair[]
  /** Trades are encoded ahead of their times and sent by a process that does nothing else; else by this loop. */
  readonly hasSender?: boolean
  /** Instead of all products. */
  readonly products?: readonly string[]
  /** Instead of the machine's, by which events are sent and requests are counted. */
  readonly clock?: Clock
  log(message: string): void
}

export interface Simulator {
  readonly port: number
  /** Ends all sockets and completes the journal. */
  close(): Promise<void>
  stats(): SimulatorStats
}

/** Rejects with an Error whose code says why the port could not be used. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  if (options.instruments.length === 0) throw new RangeError('no instruments; expected at least one')
  const clock = options.clock ?? createClock()
  const lateness = new Lateness()
  if (!options.hasSender || !Sender.isInstalled()) return await simulatorWith(options, { clock, lateness })
  const scheduled = new ScheduledSends({ nowUs: clock.nowUs, lateness, log: options.log })
  // Another processor starts it while this one makes the markets.
  const sender = Sender.start(scheduled)
  try {
    return await simulatorWith(options, { clock, lateness, scheduled, sender })
  } catch (error) {
    await (await sender)?.close()
    throw error
  }
}

interface Sending {
  readonly clock: Clock
  readonly lateness: Lateness
  readonly scheduled?: ScheduledSends
  /** Undefined where it does not start: the main loop sends by the schedule. */
  readonly sender?: Promise<Sender | undefined>
}

async function simulatorWith(
  options: SimulatorOptions,
  { clock, lateness, scheduled, sender }: Sending,
): Promise<Simulator> {
  const { host, port, seed, timeScale, instruments, log } = options
  const outbox = new Outbox(scheduled)
  const journal = options.journal === undefined ? undefined : await Journal.open(options.journal)
  const hasCyclicBooks = options.hasCyclicBooks ?? needsCyclicBooks(options.scenario, options.l2Rate)
  const sends = scheduled ?? new ImmediateSends(clock, lateness)
  const context = { pairs: instruments, seed, clock, journal, sends, timeScale, hasCyclicBooks }
  const dialects = DIALECTS.filter(({ product }) => options.products?.includes(product) ?? true)
  const markets = dialects.map(dialect => listedMarket(dialect.createMarket(context)))
  const sources = markets.map((market, index) => ({ dialect: dialects[index]!, topics: market.topics, rest: market }))
  let schedule: Schedule | undefined
  const changeScenario = (wanted: string): string | undefined => {
    const name = SCENARIO_NAMES.find(known => known === wanted)
    if (name === undefined) return `invalid scenario "${wanted}"; expected one of ${SCENARIO_NAMES.join(', ')}`
    if (needsCyclicBooks(name) && !hasCyclicBooks) {
      return `scenario ${name} needs a simulator that was started with such a load`
    }
    const nowUs = clock.nowUs()
    schedule?.change(scenarioOf(name, undefined, undefined, instruments.length), nowUs)
    journal?.note(`scenario ${name} ${Math.floor(nowUs)}`)
    return undefined
  }
  const changeListing = (product: string, symbol: string, wanted: string): string | undefined => {
    const market = markets[dialects.findIndex(dialect => dialect.product === product)]
    const state = LISTING_STATES.find(known => known === wanted)
    if (state === undefined) return `invalid state "${wanted}"; expected one of ${LISTING_STATES.join(', ')}`
    if (market === undefined) {
      return `invalid product "${product}"; expected one of ${dialects.map(dialect => dialect.product).join(', ')}`
    }
    if (!market.setState(symbol, state)) return `invalid symbol "${symbol}"; expected one that ${product} has`
    journal?.note(`listing ${product} ${symbol} ${state}`)
    return undefined
  }
  const started = await sender
  // Before the first connection, which it may carry.
  if (started !== undefined) scheduled?.use(started)
  const listening = VenueServer.listen({
    host,
    port,
    sites: createSites(sources, { clock, timers: systemTimers, seed, timeScale }),
    outbox,
    lateness,
    refusals: new Refusals(clock),
    counts: () => schedule?.counts ?? zeroCounts(),
    flushJournal: async () => {
      await scheduled?.flush()
      await journal?.flush()
    },
    changeScenario,
    changeListing,
    log,
  })
  const server = await listening.catch(async error => {
    await journal?.close()
    throw error
  })
  const scenario = scenarioOf(options.scenario, options.l2Rate, options.tradeRate, instruments.length)
  schedule = new Schedule({ seed, startUs: clock.nowUs(), scenario, markets, outbox, sends: scheduled })
  const runner = new Runner(schedule, clock.nowUs)
  runner.start()
  const close = async (): Promise<void> => {
    runner.stop()
    await server.close()
    await scheduled?.stop()
    await journal?.close()
  }
  return { port: server.port, close, stats: () => server.stats() }
}
