// The ingest thread as the supervisor starts it, a real worker, connected to two scripted venues. Used by this package's tests.

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { type Instrument, SUBSCRIBED_KINDS } from '@tradelane/shared/market/nouns'
import { ThreadCell } from '@tradelane/shared/thread/parking'
import { bundledThread } from '@tradelane/shared/thread/test/bundled-thread'
import type { IngestStart, SupervisorToIngest, ThreadToSupervisor } from '@tradelane/shared/thread/thread-messages'
import { cpuWaitMs } from '@tradelane/shared/thread/thread-watch'
import type { VenueSettings } from '@tradelane/venues/venue'
import { RecordedLog, until } from './recorded-log.js'
import { binanceAck, bybitAck, type RestScript, type ScriptedPeer, ScriptedVenue } from './scripted-venue.js'
import { INSTRUMENTS, PRODUCT_LABELS, STREAM, TestLanes } from './test-lanes.js'

const ENTRY = bundledThread('ingest', new URL('../worker.js', import.meta.url))

export class TestIngest {
  readonly lanes: TestLanes
  readonly log = new RecordedLog()
  readonly binance: ScriptedVenue
  readonly bybit: ScriptedVenue
  readonly #worker: Worker
  readonly #exit: Promise<unknown[]>

  constructor(venues: {
    binance: ScriptedVenue
    bybit: ScriptedVenue
    lanes: TestLanes
    venueSettings?: VenueSettings
  }) {
    this.lanes = venues.lanes
    this.binance = venues.binance
    this.bybit = venues.bybit
    new ThreadCell(this.lanes.control, 0).clearForStart()
    const workerData = ingestStart(this.lanes, {
      endpoints: [
        { productId: 'binance-futures', ws: this.binance.ws, rest: this.binance.httpUrl },
        { productId: 'bybit-linear', ws: this.bybit.ws, rest: this.bybit.httpUrl },
      ],
      venueSettings: venues.venueSettings ?? {},
    })
    this.#worker = new Worker(ENTRY, { workerData })
    this.#exit = once(this.#worker, 'exit')
    this.#worker.on('message', (message: ThreadToSupervisor) => {
      if (message.type === 'log') this.log[message.level](message.message, message.fields)
    })
  }

  /** `script` changes what the venues do, before they are connected to. */
  static async open(
    script?: (venues: { binance: ScriptedVenue; bybit: ScriptedVenue }) => Promise<void> | void,
    options: { lanes?: TestLanes; venueSettings?: VenueSettings } = {},
  ): Promise<TestIngest> {
    const binance = await openVenue(binanceAck, binanceRest())
    const bybit = await openVenue(bybitAck, bybitRest())
    await script?.({ binance, bybit })
    return new TestIngest({ binance, bybit, lanes: new TestLanes(), ...options })
  }

  post(message: SupervisorToIngest): void {
    this.#worker.postMessage(message)
  }

  /** How long its thread and this one waited for a CPU; 0 where that is not known. */
  cpuWaitMs(): number {
    return cpuWaitMs(process.pid) + cpuWaitMs(new ThreadCell(this.lanes.control, 0).threadId())
  }

  /** Asks it to stop; the exit code. */
  async stop(): Promise<number> {
    new ThreadCell(this.lanes.control, 0).requestStop()
    const [code] = await this.#exit
    await Promise.all([this.binance.close(), this.bybit.close()])
    return code as number
  }

  /** Ends it without notice. */
  async kill(): Promise<void> {
    await this.#worker.terminate()
  }
}

/** What the supervisor starts the ingest thread with: four instruments of two products, one shard. */
export function ingestStart(lanes: TestLanes, change: Partial<IngestStart> = {}): IngestStart {
  return {
    role: 'ingest',
    threadIndex: 0,
    control: lanes.control,
    clock: lanes.clockMemory,
    counters: lanes.countersMemory,
    warmUpMs: 0,
    nice: 0,
    traces: lanes.traces,
    products: PRODUCT_LABELS,
    instruments: INSTRUMENTS,
    tradeLog: lanes.tradeLog,
    stateBoard: lanes.stateBoard,
    depthRings: [lanes.depthRing],
    shardOfInstrument: INSTRUMENTS.map(() => 0),
    gatewayThreads: [1],
    shardThreads: [2],
    endpoints: [],
    subscriptions: INSTRUMENTS.map(({ id }) => ({ instrument: id, kinds: SUBSCRIBED_KINDS })),
    l1ThrottleMs: 0,
    spotLogThreshold: 1e12,
    venueSettings: {},
    sizeUnits: 'venue',
    proxy: null,
    isRecording: false,
    stream: STREAM,
    ...change,
  }
}

/** The open connection that subscribed this stream, from the venue's side. */
export async function peerOf(venue: ScriptedVenue, stream: string, msMax?: number): Promise<ScriptedPeer> {
  const found = (): ScriptedPeer | undefined =>
    venue.openPeers.findLast(peer => peer.texts.some(text => text.includes(stream)))
  await until(`${stream} was subscribed`, () => found() !== undefined, msMax)
  return found() as ScriptedPeer
}

export function binanceRest(symbols: readonly string[] = symbolsOf()): RestScript {
  return (path, response) => {
    const symbol = /symbol=(\w+)/.exec(path)?.[1]
    const listed = symbols.map(name => ({ symbol: name, status: 'TRADING' }))
    if (path.startsWith('/fapi/v1/exchangeInfo')) response.end(JSON.stringify({ symbols: listed }))
    else if (path.startsWith('/fapi/v1/openInterest')) {
      response.end(JSON.stringify({ openInterest: '98234.512', symbol, time: 1_790_000_000_011 }))
    } else response.end(JSON.stringify({ lastUpdateId: 1, bids: [], asks: [] }))
  }
}

export function bybitRest(symbols: readonly string[] = symbolsOf()): RestScript {
  return (_path, response) => {
    const list = symbols.map(symbol => ({ symbol, status: 'Trading' }))
    response.end(JSON.stringify({ retCode: 0, result: { list, nextPageCursor: '' } }))
  }
}

async function openVenue(answer: (text: string) => string | null, rest: RestScript): Promise<ScriptedVenue> {
  const venue = await ScriptedVenue.open()
  venue.rest = rest
  venue.onPeer = peer => {
    peer.answer = answer
  }
  return venue
}

function symbolsOf(): string[] {
  return [...new Set(INSTRUMENTS.map(({ symbol }: Instrument) => symbol))]
}
