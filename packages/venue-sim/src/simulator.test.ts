import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { startSimulator } from './simulator.js'
import { BTC, PAIRS, pause, runSimulator, VenueSocket } from './test/venue-client.js'

const TWO_PRODUCTS = ['binance-futures', 'bybit-linear']

test('a port in use is an error with its code', async t => {
  const { simulator } = await runSimulator(t)
  const options = { host: '127.0.0.1', port: simulator.port, scenario: 'quiet', seed: 1, timeScale: 1 } as const
  await assert.rejects(startSimulator({ ...options, instruments: PAIRS, log: () => undefined }), { code: 'EADDRINUSE' })
})

test('paths that no venue serves are 404, for REST and for sockets', async t => {
  const { base } = await runSimulator(t, { scenario: 'quiet' })
  for (const path of ['/', '/okx/x', '/binance-futures/fapi/v1/nothing', '/bybit-linear/v5/market/nothing']) {
    assert.equal((await fetch(`http://${base}${path}`)).status, 404, path)
  }
  for (const path of ['/ws', '/binance-futures/private/ws', '/bybit-linear/v5/public/spot']) {
    await assert.rejects(VenueSocket.open(t, `ws://${base}${path}`), /404/, path)
  }
})

test('a cut ends the connections of one feed and product without a close frame, and the market continues', async t => {
  const { base, journal } = await runSimulator(t)
  const trades = await VenueSocket.open(t, `ws://${base}/binance-futures/market/ws/btcusdt@aggTrade/ethusdt@aggTrade`)
  const books = await VenueSocket.open(t, `ws://${base}/binance-futures/public/ws/btcusdt@depth@100ms`)
  const other = await VenueSocket.open(t, `ws://${base}/bybit-linear/v5/public/linear`)
  other.send({ op: 'subscribe', args: ['publicTrade.BTCUSDT'] })
  await trades.find(frame => frame.e === 'aggTrade')
  const answer = await fetch(`http://${base}/control/cut?product=binance-futures&feed=trade`, { method: 'POST' })
  assert.deepEqual(await answer.json(), { cut: 1 })
  assert.equal(await trades.closed(), 1006)
  const received = trades.frames.filter(frame => frame.s === 'BTCUSDT').map(frame => frame.a)
  await pause(400)
  assert.equal(books.closeCode, undefined)
  assert.equal(other.closeCode, undefined)
  const ids = tradeIds(await journal(), 'binance-futures', 'BTCUSDT')
  assert.ok(ids.at(-1)! > Math.max(...received), 'trades after the cut are in the journal')
  assert.deepEqual(
    ids,
    ids.map((_, index) => ids[0]! + index),
  )
  const all = await fetch(`http://${base}/control/cut?product=bybit-linear`, { method: 'POST' })
  assert.deepEqual(await all.json(), { cut: 1 })
  assert.equal((await fetch(`http://${base}/control/cut?product=unknown`, { method: 'POST' })).status, 400)
})

test('every trade received is in the journal with the same texts, sent after its scheduled time', async t => {
  const { base, journal } = await runSimulator(t, { products: TWO_PRODUCTS })
  const names = PAIRS.map(({ base: coin }) => `${coin}usdt@aggTrade`).join('/')
  const binance = await VenueSocket.open(t, `ws://${base}/binance-futures/market/stream?streams=${names}`)
  const bybit = await VenueSocket.open(t, `ws://${base}/bybit-linear/v5/public/linear`)
  bybit.send({ op: 'subscribe', args: PAIRS.map(({ base: coin }) => `publicTrade.${coin.toUpperCase()}USDT`) })
  await binance.until(() => binance.frames.length > 40 && bybit.frames.length > 40)
  const [binanceFrames, bybitFrames] = [[...binance.frames], [...bybit.frames]]
  const lines = new Map(
    (await journal()).filter(([kind]) => kind === 'T').map(line => [line.slice(1, 4).join(' '), line]),
  )
  let count = 0
  const check = (key: string, price: string, amount: string, side: string): void => {
    const [, , , , scheduledUs, sentUs, ...rest] = lines.get(key) ?? []
    assert.deepEqual(rest, [price, amount, side], key)
    assert.ok(Number(sentUs) >= Number(scheduledUs))
    count += 1
  }
  for (const { data } of binanceFrames) {
    check(`binance-futures ${data.s} ${data.a}`, data.p, data.q, data.m ? 'Sell' : 'Buy')
  }
  for (const { data } of bybitFrames.filter(frame => frame.topic)) {
    for (const trade of data) check(`bybit-linear ${trade.s} ${trade.i}`, trade.p, trade.v, trade.S)
  }
  assert.ok(count > 60, `${count} trades`)
})

test('the journal is written to its file without a flush', async t => {
  const directory = await mkdtemp(join(tmpdir(), 'venue-sim-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  const journal = join(directory, 'journal.txt')
  await runSimulator(t, { scenario: 'quiet', instruments: BTC, journal })
  await pause(900)
  const lines = (await readFile(journal, 'latin1')).split('\n').filter(line => line.startsWith('T '))
  assert.ok(lines.length > 20, `${lines.length} trades`)
})

test('the rates hold on the wire', async t => {
  const { base, simulator } = await runSimulator(t, { l2Rate: 1_200, products: TWO_PRODUCTS })
  const streamsOf = (kind: string): string => PAIRS.map(({ base: coin }) => `${coin}usdt@${kind}`).join('/')
  const books = await VenueSocket.open(t, `ws://${base}/binance-futures/public/ws/${streamsOf('depth@100ms')}`)
  const quotes = await VenueSocket.open(t, `ws://${base}/binance-futures/public/ws/${streamsOf('bookTicker')}`)
  await pause(500)
  const [bookCount, quoteCount, started] = [books.frames.length, quotes.frames.length, performance.now()]
  await pause(2_000)
  const seconds = (performance.now() - started) / 1e3
  // Half of the quotes are of the other product. Its books are not subscribed, so all deltas are of this one.
  const bookRate = (books.frames.length - bookCount) / seconds
  const quoteRate = (2 * (quotes.frames.length - quoteCount)) / seconds
  assert.ok(Math.abs(bookRate / 1_200 - 1) < 0.15, `${bookRate} deltas/s`)
  assert.ok(Math.abs(quoteRate / 1_089 - 1) < 0.15, `${quoteRate} quotes/s`)
  assert.equal(simulator.stats().sockets, 2)
  const published = (await (await fetch(`http://${base}/control/stats`)).json()) as { topics: Record<string, number> }
  assert.equal(published.topics['binance-futures btcusdt@bookTicker'], 1)
})

test('a book connection that does not read is cut when 16 MiB are unsent', async t => {
  const { base, simulator } = await runSimulator(t, { l2Rate: 20_000 })
  const speeds = ['depth', 'depth@0ms', 'depth@100ms', 'depth@500ms']
  const names = speeds.flatMap(speed => PAIRS.map(({ base: coin }) => `${coin}usdt@${speed}`))
  const books = await VenueSocket.open(t, `ws://${base}/binance-futures/public/ws/${names.join('/')}`)
  books.socket.pause()
  for (let waited = 0; simulator.stats().slowCut === 0 && waited < 50; waited += 1) await pause(100)
  assert.equal(simulator.stats().slowCut, 1)
})

test('a running simulator changes its scenario, and notes it in the journal', async t => {
  const { base, simulator, journal } = await runSimulator(t, {
    scenario: 'overload',
    l2Rate: 3_000,
    hasCyclicBooks: true,
  })
  await pause(300)
  assert.deepEqual(await post(`http://${base}/control/scenario?name=quiet`), [200, {}])
  await pause(50)
  const before = simulator.stats().events.delta
  assert.ok(before > 500, `${before} deltas`)
  await pause(300)
  assert.ok(simulator.stats().events.delta - before < 20)
  assert.deepEqual(await post(`http://${base}/control/scenario?name=storm`), [200, {}])
  await pause(1_500)
  assert.ok(simulator.stats().events.delta - before > 5_000)
  const notes = (await journal()).filter(([kind]) => kind === '#').map(([, noun, name]) => [noun, name])
  assert.deepEqual(notes, [
    ['scenario', 'quiet'],
    ['scenario', 'storm'],
  ])
})

test('a scenario is refused when it is unknown or too heavy for the books of the running simulator', async t => {
  const { base } = await runSimulator(t, { scenario: 'normal' })
  for (const name of ['', 'calm', 'storm', 'overload']) {
    const [status, body] = await post(`http://${base}/control/scenario?name=${name}`)
    assert.equal(status, 400)
    assert.match(String(body.error), name === 'storm' || name === 'overload' ? /needs a simulator/ : /quiet, normal/)
  }
})

async function post(url: string): Promise<[number, Record<string, unknown>]> {
  const response = await fetch(url, { method: 'POST' })
  return [response.status, (await response.json()) as Record<string, unknown>]
}

function tradeIds(lines: readonly string[][], product: string, symbol: string): number[] {
  return lines
    .filter(([kind, of, name]) => kind === 'T' && of === product && name === symbol)
    .map(line => Number(line[3]))
}
