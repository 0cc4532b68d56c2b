// A client behind an intermediary that answers pings itself and buffers without bound, on real sockets: without acknowledgements
// by message the gateway takes it for a fast one, and its trades come seconds late behind books; with them they do not.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { WebSocket } from 'ws'
import { GatewayUnderTest, sleep } from './test/gateway-fixture.js'
import type { IntermediaryTask } from './test/intermediary-worker.js'

const INSTRUMENTS = 12
const BOOK_BYTES = 6_000
const BOOKS_PER_S = 120
const TRADES_PER_S = 100
const BYTES_PER_S = 300_000
const WARM_MS = 1_500
const MEASURE_MS = 4_000

const gateway = new GatewayUnderTest({ instrumentCount: INSTRUMENTS, retained: 20_000 })
let intermediary: Worker
let without: Terminal
let acknowledging: Terminal

before(async () => {
  const message = await gateway.start()
  assert.equal(message.type, 'running', JSON.stringify(message))
  const task: IntermediaryTask = { port: gateway.port, bytesPerS: BYTES_PER_S }
  intermediary = new Worker(new URL('./test/intermediary-worker.js', import.meta.url), { workerData: task })
  const [port] = (await once(intermediary, 'message')) as [number]
  without = new Terminal(`ws://127.0.0.1:${port}/`)
  acknowledging = new Terminal(`ws://127.0.0.1:${port}/?ack=1`)
  await Promise.all([without.opened(), acknowledging.opened()])
  await feed(WARM_MS + MEASURE_MS)
})

after(async () => {
  for (const { socket } of [without, acknowledging]) socket.terminate()
  await intermediary.terminate()
  await gateway.stop()
})

test('without acknowledgements trades come seconds late, behind the books that the intermediary has taken', t => {
  const waitMs = without.tradeWaitMs(0.5)
  t.diagnostic(`p50 ${waitMs.toFixed(0)} ms, of ${without.waits.length} trades in ${MEASURE_MS} ms`)
  assert.ok(waitMs > 1_000, `${waitMs} ms`)
})

test('with acknowledgements every trade comes at once, and the path is full of books all the same', t => {
  const [waitMs, waitMsP99] = [acknowledging.tradeWaitMs(0.5), acknowledging.tradeWaitMs(0.99)]
  const bytesPerS = (acknowledging.byteCount / (WARM_MS + MEASURE_MS)) * 1_000
  t.diagnostic(`p50 ${waitMs.toFixed(1)} ms, p99 ${waitMsP99.toFixed(1)} ms, ${(bytesPerS / 1_000).toFixed(0)} kB/s`)
  assert.ok(waitMs < 200 && waitMsP99 < 1_000, `${waitMs} ms, ${waitMsP99} ms`)
  assert.ok(bytesPerS > 0.7 * BYTES_PER_S, `${bytesPerS} B/s`)
  const first = acknowledging.sequences[0] ?? 0
  const all = Array.from({ length: gateway.newest - first + 1 }, (_, index) => first + index)
  assert.deepEqual(acknowledging.sequences, all.slice(0, acknowledging.sequences.length))
  assert.ok(all.length - acknowledging.sequences.length < TRADES_PER_S, 'the last ones may be on their way')
})

test('every frame had the next number, and every acknowledgement was valid', () => {
  assert.equal(acknowledging.wrongNumbers, 0)
  const { acks, acksInvalid, pongsUnmatched, clientMessagesIgnored } = gateway.counters()
  assert.ok(acks > 100, `${acks}`)
  assert.deepEqual([acksInvalid, pongsUnmatched, clientMessagesIgnored], [0, 0, 0])
})

interface Frame {
  readonly n?: number
  readonly kind?: string
  readonly seq: number
  readonly text: string
}

class Terminal {
  readonly socket: WebSocket
  readonly sequences: number[] = []
  readonly waits: { readonly atMs: number; readonly waitMs: number }[] = []
  byteCount = 0
  wrongNumbers = 0
  #number = 0

  constructor(url: string) {
    this.socket = new WebSocket(url, { perMessageDeflate: false })
    this.socket.on('message', (raw: Buffer) => this.#take(raw))
  }

  async opened(): Promise<void> {
    await once(this.socket, 'open')
  }

  /** From publication to arrival, of those that arrived after the warm-up. */
  tradeWaitMs(share: number): number {
    const fromMs = startMs + WARM_MS
    const waits = this.waits.filter(({ atMs }) => atMs >= fromMs).map(({ waitMs }) => waitMs)
    return waits.toSorted((one, other) => one - other)[Math.floor(waits.length * share)] ?? Number.NaN
  }

  #take(raw: Buffer): void {
    this.byteCount += raw.length
    const { n, kind, seq, text } = JSON.parse(raw.toString()) as Frame
    if (n !== undefined) {
      this.#number += 1
      if (n !== this.#number) this.wrongNumbers += 1
      this.socket.send(`{"op":"ack","n":${n}}`)
    }
    if (kind !== 'trade') return
    this.sequences.push(seq)
    this.waits.push({ atMs: performance.now(), waitMs: performance.now() - Number.parseFloat(text) })
  }
}

let startMs = 0

async function feed(ms: number): Promise<void> {
  startMs = performance.now()
  const offered = (perS: number): number => ((performance.now() - startMs) / 1_000) * perS
  for (let trades = 0, books = 0; performance.now() - startMs < ms; await sleep(4)) {
    for (; trades < offered(TRADES_PER_S); trades += 1) {
      gateway.publishTrade(trades % INSTRUMENTS, `${performance.now()} ${'x'.repeat(180)}`)
    }
    for (; books < offered(BOOKS_PER_S); books += 1) gateway.publishBook(books % INSTRUMENTS, books, BOOK_BYTES)
  }
}
