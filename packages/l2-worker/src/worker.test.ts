import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import { BoardReader, type CellCopy, createBoard } from '@tradelane/shared/board'
import { ClockSource, createClock } from '@tradelane/shared/clock'
import { createCounters, readCounters } from '@tradelane/shared/counters'
import { createDepthRing, DepthRecordKind, DepthRingProducer } from '@tradelane/shared/depth-ring'
import {
  CellStatus,
  type Instrument,
  type InstrumentId,
  Kind,
  type ProductIndex,
  type ProductLabel,
  StatusReason,
} from '@tradelane/shared/nouns'
import { createControlBlock, ThreadCell } from '@tradelane/shared/parking'
import type { L2Task, ThreadToSupervisor } from '@tradelane/shared/thread-messages'
import { type Dialect, TrueMarket, topText } from './test/true-market.js'

const LEVEL_COUNT = 50
const THROTTLE_MS = 20
const GATEWAY_THREAD = 0
const WORKER_THREAD = 1
const DIALECTS = ['binance-futures', 'bybit-linear'] as const
const { linkUp, linkDown, stream, rest } = DepthRecordKind

test('before the first connection the books are withheld as starting', async () => {
  const shard = new Shard()
  await shard.start()
  shard.scan()
  const seen = shard.cells.map(({ status, reason }) => ({ status, reason }))
  assert.deepEqual(seen, Array(2).fill({ status: CellStatus.stale, reason: StatusReason.starting }))
  await shard.stop()
})

test('frames go in, exact books come out, and none is lost at the end', async () => {
  const shard = new Shard()
  await shard.start()
  shard.link()
  for (let step = 0; step < 3_000; step += 1) {
    shard.stepAll()
    if (step % 20 === 0) await sleep(1)
    shard.expectTrue()
  }
  await shard.untilCurrent()
  const seen = shard.cells.map(cell => ({
    status: cell.status,
    reason: cell.reason,
    msgpackBytes: cell.msgpack.length,
  }))
  assert.deepEqual(seen, Array(2).fill({ status: CellStatus.live, reason: StatusReason.none, msgpackBytes: 0 }))
  await shard.stop()
})

test('a book is emitted at most once per interval, and its last state soon after', async () => {
  const shard = new Shard()
  await shard.start()
  shard.link()
  await shard.untilCurrent()
  const sequences = new Set<number>()
  const startedMs = performance.now()
  while (performance.now() - startedMs < 500) {
    shard.stepAll()
    await sleep(1)
    shard.expectTrue()
    sequences.add(shard.cells[0]!.sequence)
  }
  const emissionsMax = 1 + Math.ceil((performance.now() - startedMs) / THROTTLE_MS)
  assert.ok(sequences.size <= emissionsMax, `${sequences.size} emissions, at most ${emissionsMax}`)
  assert.ok(sequences.size > 3)
  await shard.untilCurrent()
  await shard.stop()
})

test('a gap, a cut and a lost frame withhold the book; it comes back exact', async () => {
  const shard = new Shard()
  await shard.start()
  shard.link()
  await shard.untilCurrent()
  for (const reason of [StatusReason.sequenceGap, StatusReason.disconnected] as const) {
    shard.isAnswering = false
    if (reason === StatusReason.sequenceGap) for (const market of shard.markets) market.step()
    else shard.giveAll(linkDown)
    if (reason === StatusReason.sequenceGap) shard.stepAll()
    await shard.until(() => shard.cells.every(cell => cell.status === CellStatus.stale && cell.reason === reason))
    assert.deepEqual(
      shard.cells.map(cell => cell.json.length),
      [0, 0],
    )
    shard.isAnswering = true
    if (reason === StatusReason.disconnected) shard.link()
    await shard.untilCurrent()
  }
  await shard.stop()
})

test('with a msgpack client every live book goes out again in both forms', async () => {
  const shard = new Shard()
  await shard.start()
  shard.link()
  await shard.untilCurrent()
  shard.gateway.addMsgpackClients(1)
  await shard.until(() => shard.cells.every(cell => cell.msgpack.length > 1_000))
  shard.gateway.addMsgpackClients(-1)
  await shard.until(() => {
    shard.stepAll()
    return shard.cells.every(cell => cell.msgpack.length === 0)
  })
  await shard.stop()
})

test('a worker killed in full flight leaves its books to a successor: stale at once, then exact again', async () => {
  const shard = new Shard()
  await shard.start()
  for (let round = 0; round < 5; round += 1) {
    shard.link()
    await shard.untilCurrent()
    for (let step = 0; step < 200 + round * 7; step += 1) shard.stepAll()
    await shard.kill()
    // What the dead worker left in the ring must not reach the new books.
    shard.stepAll()
    await shard.start()
    await shard.until(() => shard.cells.every(cell => cell.reason === StatusReason.workerRestart))
    assert.deepEqual(
      shard.cells.map(cell => cell.json.length),
      [0, 0],
    )
  }
  shard.link()
  await shard.untilCurrent()
  await shard.stop()
})

test('an idle worker sleeps between its deadlines', async () => {
  const shard = new Shard()
  await shard.start()
  shard.link()
  await shard.untilCurrent()
  const beats = shard.heartbeat()
  await sleep(500)
  const idleBeats = shard.heartbeat() - beats
  assert.ok(idleBeats > 0 && idleBeats < 100, `${idleBeats} turns`)
  await shard.stop()
})

test('the stop flag ends the task; its books are stale, not live for ever', async () => {
  const shard = new Shard()
  await shard.start()
  shard.link()
  await shard.untilCurrent()
  const startedMs = performance.now()
  await shard.stop()
  assert.ok(performance.now() - startedMs < 2_000)
  shard.scan()
  assert.deepEqual(
    shard.cells.map(cell => cell.status),
    [CellStatus.stale, CellStatus.stale],
  )
})

test('garbage in the ring never ends the worker', async () => {
  const shard = new Shard()
  await shard.start()
  shard.link()
  await shard.untilCurrent()
  const garbage = [
    '',
    '{',
    'null',
    '[]',
    '{}',
    '"text"',
    '{"data":null}',
    '{"stream":1,"data":{"b":[[1,2]],"a":{}}}',
    '\u0000\ufffd',
    '{"topic":"orderbook.200.BTCUSDT","type":"delta","data":{"b":[["x","1"]],"a":[[]],"u":1}}',
    `[${'['.repeat(50_000)}`,
  ]
  for (const text of garbage) {
    shard.giveAll(stream, Buffer.from(text))
    shard.giveAll(rest, Buffer.from(text))
  }
  await shard.until(() => shard.counters().depthFramesMalformed >= garbage.length)
  shard.giveAll(linkDown)
  shard.link()
  await shard.untilCurrent()
  await shard.stop()
})

test('the worker loads neither uWebSockets.js nor ws', async () => {
  const program = fileURLToPath(new URL('./test/module-list.js', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [program], { timeout: 20_000 })
  const modules = JSON.parse(stdout) as string[]
  assert.ok(
    modules.some(name => name.endsWith('/l2-worker/dist/l2-agent.js')),
    'the list is empty',
  )
  assert.deepEqual(
    modules.filter(name => /uWebSockets|uws|\/ws\//.test(name)),
    [],
  )
})

/** Two markets, a worker thread with real memory, and a reader of its board. */
class Shard {
  readonly markets: readonly TrueMarket[]
  readonly cells: readonly CellCopy[]
  readonly gateway: ThreadCell
  isAnswering = true
  readonly #task: Omit<L2Task, 'supervisorPort'>
  readonly #cell: ThreadCell
  readonly #producer: DepthRingProducer
  readonly #reader: BoardReader
  readonly #changed: number[] = []
  #worker: Worker | undefined
  #port: MessagePort | undefined
  #clockSource: ClockSource

  constructor() {
    const control = createControlBlock(2)
    const clock = createClock()
    this.#clockSource = new ClockSource(clock, silentLog)
    this.#clockSource.sample()
    const products = DIALECTS.map(labelOf)
    const instruments = DIALECTS.map(instrumentOf)
    const cells = instruments.map(({ id, product }) => ({
      kind: Kind.orderBookL2,
      instrument: id,
      product,
      about: Kind.orderBookL2,
    }))
    this.#task = {
      role: 'l2-0',
      threadIndex: WORKER_THREAD,
      control,
      clock,
      counters: createCounters(2),
      products,
      instruments,
      shard: 0,
      depthRing: createDepthRing({ bytes: 1 << 24, instrumentCount: instruments.length }),
      bookBoard: createBoard(cells, 16_384),
      shardInstruments: instruments.map(instrument => instrument.id),
      throttleMs: instruments.map(() => THROTTLE_MS),
      depthLevels: LEVEL_COUNT,
      gatewayThreads: [GATEWAY_THREAD],
      nice: 10,
      sizeUnits: 'venue',
    }
    this.#cell = new ThreadCell(control, WORKER_THREAD)
    this.gateway = new ThreadCell(control, GATEWAY_THREAD)
    this.#producer = new DepthRingProducer(this.#task.depthRing, this.#cell)
    this.#reader = new BoardReader(this.#task.bookBoard)
    this.cells = this.#reader.copies
    this.markets = DIALECTS.map(
      (dialect, seed) => new TrueMarket({ seed, symbol: 'BTCUSDT', dialect, levelCount: LEVEL_COUNT }),
    )
    after(() => this.#worker?.terminate())
  }

  async start(): Promise<void> {
    this.#cell.clearForStart()
    const { port1, port2 } = new MessageChannel()
    const running = new Promise<void>(resolve => {
      port1.on('message', (message: ThreadToSupervisor) => {
        if (message.type === 'running') resolve()
        if (message.type === 'resync' && this.isAnswering) this.#answer(message.instrument)
      })
    })
    this.#port = port1
    this.#worker = new Worker(new URL('./test/worker-start.js', import.meta.url), {
      workerData: { ...this.#task, supervisorPort: port2 } satisfies L2Task,
      transferList: [port2],
    })
    const failed = once(this.#worker, 'error').then(([error]) => {
      throw error
    })
    await Promise.race([running, failed])
    failed.catch(() => undefined)
  }

  async stop(): Promise<void> {
    this.#cell.requestStop()
    await this.#ended()
  }

  async kill(): Promise<void> {
    await this.#worker?.terminate()
    this.#port?.close()
  }

  /** Every connection is new, as after a start or a cut. */
  link(): void {
    this.giveAll(linkUp)
    for (const [index, market] of this.markets.entries()) {
      if (DIALECTS[index] === 'bybit-linear') this.#give(index, stream, market.snapshotFrame())
    }
    this.stepAll()
  }

  stepAll(): void {
    for (const [index, market] of this.markets.entries()) this.#give(index, stream, market.deltaFrame(market.step()))
    this.#producer.ring()
  }

  giveAll(kind: DepthRecordKind, frame = Buffer.alloc(0)): void {
    for (const index of this.markets.keys()) this.#give(index, kind, frame)
    this.#producer.ring()
  }

  scan(): void {
    this.#reader.scan(this.#changed)
  }

  heartbeat(): number {
    return this.#cell.heartbeat()
  }

  counters(): ReturnType<typeof readCounters> {
    return readCounters(this.#task.counters)
  }

  expectTrue(): void {
    this.scan()
    for (const [index, market] of this.markets.entries()) {
      const cell = this.cells[index]!
      if (cell.status !== CellStatus.live) {
        assert.equal(cell.json.length, 0)
        continue
      }
      const { data } = JSON.parse(Buffer.from(cell.json).toString()) as BookFrame
      const { bids, asks, sequence } = data.Snapshot
      assert.equal(sequence, cell.sequence)
      assert.equal(topText(textsOf(bids), textsOf(asks)), market.topAt(sequence))
    }
  }

  /** Until every cell shows the newest book of its market. */
  async untilCurrent(): Promise<void> {
    await this.until(() => {
      this.expectTrue()
      return this.markets.every(
        ({ lastId }, index) => this.cells[index]?.sequence === lastId && this.cells[index]?.status === CellStatus.live,
      )
    })
  }

  async until(isReached: () => boolean): Promise<void> {
    const startedMs = performance.now()
    while (!isReached()) {
      if (performance.now() - startedMs > 5_000) {
        const seen = this.cells.map(({ status, reason, sequence }) => ({ status, reason, sequence }))
        assert.fail(`not reached in 5 s: ${JSON.stringify(seen)}`)
      }
      await sleep(2)
      this.scan()
    }
  }

  #give(index: number, kind: DepthRecordKind, frame: Buffer): void {
    assert.ok(this.#producer.offer(kind, index as InstrumentId, 1_790_000_000_200_000, frame))
  }

  #answer(id: InstrumentId): void {
    const isRest = DIALECTS[id] === 'binance-futures'
    this.#give(id, isRest ? rest : stream, this.markets[id]!.snapshotFrame())
    this.#producer.ring()
  }

  async #ended(): Promise<void> {
    if (this.#worker) await once(this.#worker, 'exit')
    this.#port?.close()
  }
}

interface BookFrame {
  readonly data: { readonly Snapshot: { readonly sequence: number; readonly bids: Side; readonly asks: Side } }
}
interface Side {
  readonly levels: readonly { readonly price: string; readonly amount: string }[]
}

function textsOf(side: Side): string[] {
  return side.levels.flatMap(level => [level.price, level.amount])
}

function labelOf(id: Dialect, index: number): ProductLabel {
  return { index: index as ProductIndex, id, venue: id.split('-')[0]!, exchange: id, marketKind: 'Perpetual' }
}

function instrumentOf(exchange: Dialect, index: number): Instrument {
  return {
    id: index as InstrumentId,
    product: index as ProductIndex,
    exchange,
    kind: 'Perpetual',
    base: 'btc',
    quote: 'usdt',
    symbol: 'BTCUSDT',
  }
}

const silentLog = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
