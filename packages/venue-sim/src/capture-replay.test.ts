import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { type CaptureReplayOptions, startCaptureReplay } from './capture-replay.js'
import type { Simulator } from './simulator.js'
import { ClientBook } from './test/client-book.js'
import { type Frame, pause, VenueSocket } from './test/venue-client.js'

const FEEDS = process.env['TRADELANE_FEEDS'] ?? resolve(import.meta.dirname, '../../../../shared/feeds')
const BINANCE = join(FEEDS, 'binance-futures_btcusdt_20240808_hft.ndjson.gz')
/** Of half a minute: read at once. */
const BINANCE_SHORT = join(FEEDS, 'binance-futures_multi4_20210417_cf.ndjson.gz')
const BYBIT = join(FEEDS, 'bybit-linear_btc-sol_20260809_cf.ndjson.gz')
const SPOT_PRODUCTS = ['binance-spot_multi10_20210417_cf.ndjson.gz', 'bybit-spot_btc_20260809_cf.ndjson'].map(name =>
  join(FEEDS, name),
)
const skip = existsSync(BINANCE) ? false : `no captures in ${FEEDS} (TRADELANE_FEEDS names another folder)`

test('the REST snapshot of a Binance capture fits its deltas, under the stream names of today', {
  skip,
}, async t => {
  const { port } = await replay(t, { files: [BINANCE], speed: 'max', restamp: true })
  const client = await VenueSocket.open(
    t,
    `ws://127.0.0.1:${port}/binance-futures/public/stream?streams=btcusdt@depth@100ms`,
  )
  const snapshot = (await (
    await fetch(`http://127.0.0.1:${port}/binance-futures/fapi/v1/depth?symbol=BTCUSDT&limit=1000`)
  ).json()) as Frame
  await client.find(frame => frame.data.pu > snapshot.lastUpdateId + 100_000, 5_000)
  const deltas = client.frames.map(frame => frame.data).filter(delta => delta.u >= snapshot.lastUpdateId)
  assert.ok(deltas[0].U <= snapshot.lastUpdateId)
  const book = new ClientBook()
  book.replace(snapshot.bids, snapshot.asks)
  for (const [index, delta] of deltas.entries()) {
    if (index > 0) assert.equal(delta.pu, deltas[index - 1].u)
    book.apply(delta.b, delta.a)
  }
  assert.ok(!book.isCrossed)
  assert.equal(client.frames[0].stream, 'btcusdt@depth@100ms')
  assert.ok(Math.abs(deltas[0].E - Date.now()) < 10_000, 'times are moved to now')
})

// They mostly wait for what a playback waits for.
describe('side by side', { concurrency: true }, () => {
  test('a Bybit capture keeps its pace and its text, and starts a late subscriber at the last snapshot', {
    skip,
  }, async t => {
    const { port } = await replay(t, { files: [BYBIT], speed: 10, restamp: false })
    const url = `ws://127.0.0.1:${port}/bybit-linear/v5/public/linear`
    const early = await VenueSocket.open(t, url)
    const isBook = (frame: Frame): boolean => frame.topic === 'orderbook.200.BTCUSDT'
    early.send({ op: 'subscribe', args: ['orderbook.200.BTCUSDT', 'publicTrade.BTCUSDT'] })
    // The playback waits for subscriptions on other sockets.
    await early.find(isBook)
    const started = performance.now()
    await pause(1_500)
    const late = await VenueSocket.open(t, url)
    late.send({ op: 'subscribe', args: ['orderbook.200.BTCUSDT'] })
    await late.find(frame => frame.type === 'delta')
    await pause(200)
    const [earlyBooks, lateBooks] = [early.frames.filter(isBook), late.frames.filter(isBook)]
    const elapsedMs = performance.now() - started
    const recordedMs = earlyBooks.at(-1).ts - earlyBooks[0].ts
    assert.ok(recordedMs > 5 * elapsedMs && recordedMs < 13 * elapsedMs, `${recordedMs} ms in ${elapsedMs} ms`)
    for (const frames of [earlyBooks, lateBooks]) {
      assert.equal(frames[0].type, 'snapshot')
      for (const [index, frame] of frames.slice(1).entries()) assert.equal(frame.data.u, frames[index].data.u + 1)
    }
  })

  test('the playback waits while sockets follow each other, and misses nothing on the last', { skip }, async t => {
    const { port } = await replay(t, { files: [BYBIT], speed: 10, restamp: false })
    const url = `ws://127.0.0.1:${port}/bybit-linear/v5/public/linear`
    const sockets: VenueSocket[] = []
    for (const topic of ['orderbook.200.BTCUSDT', 'tickers.BTCUSDT', 'publicTrade.BTCUSDT']) {
      const socket = await VenueSocket.open(t, url)
      sockets.push(socket)
      socket.send({ op: 'subscribe', args: [topic] })
      await pause(1_200)
      assert.equal(socket.frames.filter(frame => frame.topic !== undefined).length, 0, topic)
    }
    await sockets[0]!.find(frame => frame.topic === 'orderbook.200.BTCUSDT')
  })

  test('two files serve two venues at once, with instrument lists of the recorded symbols', { skip }, async t => {
    const { port } = await replay(t, { files: [BINANCE_SHORT, BYBIT], speed: 1, restamp: false })
    const info = (await (await fetch(`http://127.0.0.1:${port}/binance-futures/fapi/v1/exchangeInfo`)).json()) as Frame
    assert.deepEqual(info.symbols.map((entry: Frame) => entry.symbol).sort(), [
      'DENTUSDT',
      'KSMUSDT',
      'XMRUSDT',
      'YFIUSDT',
    ])
    const list = (await (
      await fetch(`http://127.0.0.1:${port}/bybit-linear/v5/market/instruments-info?category=linear`)
    ).json()) as Frame
    assert.deepEqual(list.result.list.map((entry: Frame) => entry.symbol).sort(), ['BTCUSDT', 'SOLUSDT'])
  })

  test('spot captures are served under the topics of today, with the recorded symbols', { skip }, async t => {
    const { port } = await replay(t, { files: SPOT_PRODUCTS, speed: 'max', restamp: false })
    const url = `http://127.0.0.1:${port}`
    const { symbols } = (await (await fetch(`${url}/binance-spot/api/v3/exchangeInfo`)).json()) as Frame
    const first = symbols.find((entry: Frame) => entry.symbol === 'VETETH')
    assert.deepEqual([symbols.length, first.baseAsset, first.quoteAsset], [10, 'VET', 'ETH'])
    const snapshot = (await (await fetch(`${url}/binance-spot/api/v3/depth?symbol=VETETH&limit=5000`)).json()) as Frame
    const binance = await VenueSocket.open(t, `ws://127.0.0.1:${port}/binance-spot/ws/veteth@depth@100ms`)
    const bybit = await VenueSocket.open(t, `ws://127.0.0.1:${port}/bybit-spot/v5/public/spot`)
    bybit.send({ op: 'subscribe', args: ['publicTrade.BTCUSDT', 'orderbook.200.BTCUSDT'] })
    await binance.find(frame => frame.u > snapshot.lastUpdateId)
    const ids = binance.frames.map(({ U, u }) => [U, u])
    for (const [index, [first]] of ids.slice(1).entries()) assert.equal(first, ids[index]![1] + 1)
    const { data } = await bybit.find(frame => frame.topic === 'publicTrade.BTCUSDT')
    assert.equal(data[0].i, '2290000001189048101')
    const books = bybit.frames.filter(frame => frame.topic === 'orderbook.200.BTCUSDT')
    assert.deepEqual([books[0].type, books[1].data.u], ['snapshot', books[0].data.u + 1])
  })
})

for (const [name, text, message] of [
  ['an unknown venue', '{"t":1,"venue":"moon","dir":"in","raw":"{}"}', /moon/],
  ['a line that is not a frame', '{"t":1}', /line 1/],
] as const) {
  test(`${name} is an error that names the file`, async t => {
    const directory = await mkdtemp(join(tmpdir(), 'venue-sim-'))
    t.after(() => rm(directory, { recursive: true }))
    const file = join(directory, 'capture.ndjson')
    await writeFile(file, text)
    const options = { host: '127.0.0.1', port: 0, files: [file], speed: 1, restamp: false, log: () => undefined }
    await assert.rejects(startCaptureReplay(options), error => {
      assert.match((error as Error).message, message)
      assert.match((error as Error).message, /capture\.ndjson/)
      return true
    })
  })
}

async function replay(
  t: TestContext,
  options: Pick<CaptureReplayOptions, 'files' | 'speed' | 'restamp'>,
): Promise<Simulator> {
  const simulator = await startCaptureReplay({ host: '127.0.0.1', port: 0, log: () => undefined, ...options })
  t.after(() => simulator.close())
  return simulator
}
