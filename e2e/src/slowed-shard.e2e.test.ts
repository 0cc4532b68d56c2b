// A shard that cannot keep up, as in a load beyond what it can apply: the book sockets pause, books that are behind are
// withheld and reported as stale, trades are not delayed, and soon after the shard is fast again every book is back and exact.

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { runProbe } from '@tradelane/probe/probe'
import { formatReport } from '@tradelane/probe/report-text'
import { createLanes } from '@tradelane/server/lanes'
import { readSettings } from '@tradelane/server/settings'
import { Supervisor } from '@tradelane/server/supervisor'
import { bundledEntryOf } from '@tradelane/server/test/bundled-entry'
import { topologyOf } from '@tradelane/server/topology'
import { readCounters } from '@tradelane/shared/thread/counters'
import type { Log } from '@tradelane/shared/thread/log'
import { WebSocket } from 'ws'
import { freePort, Program, sleep } from './program.js'

const BOOK_COUNT = 9
const REST_MS = 50
/** A turn takes at most 64 records: fewer than 1,280 a second when slowed. */
const L2_RATE = 4_000
/** So that they are soon enough. */
const TRADE_RATE = 300
const BACK_MS_MAX = 5_000
/** That a client receives while the probe listens; the probe's own begins a little later. */
const TRADES = 600
const BOOKS = 150
const PROBE_SECONDS_MAX = 40
const LISTEN_MS_MAX = 30_000

test('a shard that is slowed pauses the book sockets and withholds what is old; trades stay current; books come back exact', {
  timeout: 60_000,
}, async t => {
  const folder = await mkdtemp(join(tmpdir(), 'tradelane-e2e-'))
  const journal = join(folder, 'journal.txt')
  const simPort = await freePort()
  const simUrl = `http://127.0.0.1:${simPort}`
  const rates = ['--l2-rate', String(L2_RATE), '--trade-rate', String(TRADE_RATE)]
  const sim = new Program(['sim', '--port', String(simPort), ...rates, '--journal', journal])
  await sim.untilReady(`${simUrl}/control/stats`)
  const restMs = new Int32Array(new SharedArrayBuffer(4))
  const { supervisor, counters } = slowedProcess(`ws://127.0.0.1:${simPort}`, restMs)
  try {
    const url = `ws://127.0.0.1:${await supervisor.start()}`
    const client = await BookClient.open(url)
    await client.until(() => client.live.size === BOOK_COUNT, 'all books are live', BACK_MS_MAX)

    const ended = new AbortController()
    const probing = runProbe({ urls: [url], seconds: PROBE_SECONDS_MAX, signal: ended.signal, journal, sim: simUrl })
    const [tradesBefore, booksBefore] = [client.tradeCount, client.bookCount]
    await client.until(() => client.tradeCount >= tradesBefore + TRADES / 6, 'trades before the shard is slowed')
    Atomics.store(restMs, 0, REST_MS)
    await client.until(() => client.stale.size === BOOK_COUNT, 'all books are withheld', BACK_MS_MAX)
    assert.deepEqual([...new Set(client.stale.values())], ['overload'])
    assert.ok(counters().bookPauses > 0, 'sockets paused')
    const bookCount = client.bookCount
    await sleep(1_000)
    assert.equal(client.bookCount, bookCount, 'no book while all are withheld')
    assert.ok(client.tradeAgeMs() < 1_000, `the last trade is ${client.tradeAgeMs()} ms old`)

    Atomics.store(restMs, 0, 0)
    const fastMs = performance.now()
    await client.until(() => client.live.size === BOOK_COUNT, 'all books are back', BACK_MS_MAX)
    t.diagnostic(
      `back after ${Math.round(performance.now() - fastMs)} ms; ${counters().bookPauses} pauses, ${counters().l2FramesLost} frames lost`,
    )

    await client.until(() => client.tradeCount >= tradesBefore + TRADES, 'enough trades')
    await client.until(() => client.bookCount >= booksBefore + BOOKS, 'enough books')
    ended.abort()
    const report = await probing
    t.diagnostic(formatReport(report))
    const { trades, books } = report.targets[0]?.journal ?? assert.fail('no journal')
    assert.ok(trades.received > 300 && books.matched > 100)
    const failures = report.failures.filter(failure => !/ → client/.test(failure))
    assert.deepEqual(failures, [])
    client.close()
  } finally {
    await supervisor.stop()
    await sim.stop()
    await rm(folder, { recursive: true, force: true })
  }
})

/** All threads of a gateway process, with a ring of the smallest size before a shard that rests `restMs` after each turn. */
function slowedProcess(simulator: string, restMs: Int32Array<SharedArrayBuffer>): SlowedProcess {
  const env = { WS_ADDR: '127.0.0.1:0', ADMIN_ADDR: 'off', WS_L2_BUFFER: '1000', L2_NICE: '0', WARM_UP_MS: '0' }
  const { settings } = readSettings(env, {}, simulator)
  const topology = topologyOf(settings)
  const lanes = createLanes(settings, topology)
  const silent = (): void => undefined
  const log: Log = { debug: silent, info: silent, warn: silent, error: silent }
  const entryOf: typeof bundledEntryOf = (options, thread) => {
    const entry = bundledEntryOf(options, thread)
    if (!thread.agents.some(agent => agent.kind === 'l2')) return entry
    const start = { ...entry.start, restMs: restMs.buffer }
    return { ...entry, file: new URL(import.meta.resolve('@tradelane/server/test/slowed-l2')), start }
  }
  const supervisor = new Supervisor({ settings, topology, lanes, stream: 'test0000', version: '0.0.0', log, entryOf })
  return { supervisor, counters: () => readCounters(lanes.counters) }
}

interface SlowedProcess {
  readonly supervisor: Supervisor
  counters(): ReturnType<typeof readCounters>
}

/** What a client knows of the books: those that it received since they were last withheld, and why the others are. */
class BookClient {
  readonly live = new Set<string>()
  readonly stale = new Map<string, string>()
  bookCount = 0
  tradeCount = 0
  #tradeMs = 0
  readonly #socket: WebSocket

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', payload => this.#take(JSON.parse(payload.toString())))
  }

  static async open(url: string): Promise<BookClient> {
    const client = new BookClient(new WebSocket(`${url}/?kinds=trade,order_book_l2`))
    await new Promise((resolve, reject) => client.#socket.once('open', resolve).once('error', reject))
    return client
  }

  tradeAgeMs(): number {
    return Date.now() - this.#tradeMs
  }

  async until(isReached: () => boolean, what: string, msMax = LISTEN_MS_MAX): Promise<void> {
    const startMs = performance.now()
    while (!isReached()) {
      if (performance.now() - startMs > msMax) assert.fail(`not within ${msMax} ms: ${what}; stale ${[...this.stale]}`)
      await sleep(10)
    }
  }

  close(): void {
    this.#socket.terminate()
  }

  #take(frame: ClientFrame): void {
    const name = `${frame.exchange} ${frame.instrument?.base} ${frame.instrument?.kind}`
    if (frame.kind === 'trade') {
      this.tradeCount += 1
      this.#tradeMs = Date.parse(frame.time_received)
    }
    if (frame.instrument === null) return
    if (frame.kind === 'order_book_l2') {
      this.bookCount += 1
      this.live.add(name)
      this.stale.delete(name)
    } else if (frame.of === 'order_book_l2' && frame.state === 'stale') {
      this.live.delete(name)
      this.stale.set(name, frame.reason)
    }
  }
}

interface ClientFrame {
  readonly kind?: string
  readonly of?: string
  readonly exchange: string
  readonly instrument: { readonly base: string; readonly kind: string } | null
  readonly time_received: string
  readonly state: string
  readonly reason: string
}
