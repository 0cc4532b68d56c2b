import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { checkBybitBooks, JournaledBooks } from '../test/book-chains.js'
import { BOOK_KINDS, BTC, type Frame, PAIRS, pause, runSimulator, VenueSocket } from '../test/venue-client.js'

const SPOT = { products: ['bybit-spot'] }
const PATH = '/bybit-spot/v5/public/spot'

test('a subscription is answered in the form of spot, and a ping without its id', async t => {
  const { base } = await runSimulator(t, SPOT)
  const client = await VenueSocket.open(t, `ws://${base}${PATH}`)
  client.send({ req_id: 's1', op: 'subscribe', args: ['publicTrade.BTCUSDT'] })
  const { conn_id: _, ...ack } = await client.find(frame => frame.op === 'subscribe')
  assert.deepEqual(ack, { success: true, ret_msg: 'subscribe', req_id: 's1', op: 'subscribe' })
  client.send({ req_id: '1', op: 'ping' })
  const { conn_id, ...pong } = await client.find(frame => frame.op === 'ping')
  assert.deepEqual(pong, { success: true, ret_msg: 'pong', op: 'ping' })
  assert.ok(conn_id.length > 8)
})

test('a request has at most ten topics', async t => {
  const { base } = await runSimulator(t, SPOT)
  const client = await VenueSocket.open(t, `ws://${base}${PATH}`)
  const args = ['publicTrade', 'orderbook.1', 'orderbook.50', 'orderbook.200'].flatMap(name =>
    PAIRS.map(({ base: coin }) => `${name}.${coin.toUpperCase()}USDT`),
  )
  client.send({ req_id: 'a', op: 'subscribe', args: args.slice(0, 11) })
  const { conn_id: _, ...refused } = await client.find(frame => frame.req_id === 'a')
  assert.deepEqual(refused, { success: false, ret_msg: 'args size >10', req_id: 'a', op: 'subscribe' })
  await pause(200)
  assert.equal(client.frames.length, 1)
  client.send({ req_id: 'b', op: 'subscribe', args: args.slice(0, 10) })
  assert.equal((await client.find(frame => frame.req_id === 'b')).success, true)
})

for (const [name, topic] of [
  ['liquidations', 'allLiquidation.BTCUSDT'],
  ['a depth that was removed', 'orderbook.500.BTCUSDT'],
  ['a symbol in lower case', 'publicTrade.btcusdt'],
] as const) {
  test(`there is no handler for ${name}: the whole batch fails`, async t => {
    const { base } = await runSimulator(t, { ...SPOT, instruments: BTC })
    const client = await VenueSocket.open(t, `ws://${base}${PATH}`)
    client.send({ op: 'subscribe', args: ['publicTrade.BTCUSDT', topic] })
    const { success, ret_msg } = await client.find(frame => frame.op === 'subscribe')
    assert.deepEqual([success, ret_msg], [false, `error:handler not found,topic:${topic}`])
    await pause(200)
    assert.equal(client.frames.length, 1)
  })
}

test('trade ids are numbers of more digits than a double holds, and the journal has each', async t => {
  const { base, journal } = await runSimulator(t, SPOT)
  const client = await VenueSocket.open(t, `ws://${base}${PATH}`)
  client.send({ op: 'subscribe', args: PAIRS.map(({ base: coin }) => `publicTrade.${coin.toUpperCase()}USDT`) })
  await client.until(() => client.frames.filter(frame => frame.topic).flatMap(frame => frame.data).length > 30)
  const frames = client.frames.filter(frame => frame.topic)
  assert.deepEqual(Object.keys(frames[0]), ['topic', 'ts', 'type', 'data'])
  const trades = frames.flatMap(frame => frame.data)
  assert.deepEqual(Object.keys(trades[0]), ['i', 'T', 'p', 'v', 'S', 'seq', 's', 'BT', 'RPI'])
  assert.ok(trades.every(({ i }) => /^\d{19}$/.test(i)))
  assert.equal(new Set(trades.map(({ s, i }) => `${s} ${i}`)).size, trades.length)
  const lines = new Map(
    (await journal()).filter(([kind]) => kind === 'T').map(line => [line.slice(2, 4).join(' '), line]),
  )
  for (const { s, i, p, v, S } of trades) assert.deepEqual(lines.get(`${s} ${i}`)?.slice(6), [p, v, S])
})

// These wait for the venue's own pace most of the time, so they run together.
describe('topics', { concurrency: true }, () => {
  for (const { kind, hasCyclicBooks } of BOOK_KINDS) {
    test(`snapshot and deltas give the journal’s book at every sequence, ${kind} books, in windows of 50 and 200, with the time first`, async t => {
      const { base, journal } = await runSimulator(t, { ...SPOT, l2Rate: 400, hasCyclicBooks })
      const client = await VenueSocket.open(t, `ws://${base}${PATH}`)
      client.send({ op: 'subscribe', args: ['orderbook.200.BTCUSDT', 'orderbook.50.BTCUSDT'] })
      const of = (depth: number): Frame[] => client.frames.filter(frame => frame.topic === `orderbook.${depth}.BTCUSDT`)
      await client.until(() => of(200).length > 40 && of(50).length > 40)
      const received = [200, 50].map(depth => ({ depth, frames: of(depth) }))
      const journaled = new JournaledBooks(await journal(), 'bybit-spot')
      for (const { depth, frames } of received) {
        for (const frame of frames) assert.deepEqual(Object.keys(frame), ['topic', 'ts', 'type', 'data', 'cts'])
        assert.deepEqual([frames[0].type, frames[1].type], ['snapshot', 'delta'])
        checkBybitBooks(frames, depth, journaled)
      }
    })
  }

  test('a quote that does not change is sent again after three seconds with the same u', async t => {
    const { base } = await runSimulator(t, { ...SPOT, scenario: 'quiet' })
    const client = await VenueSocket.open(t, `ws://${base}${PATH}`)
    const topics = PAIRS.map(({ base: coin }) => `orderbook.1.${coin.toUpperCase()}USDT`)
    client.send({ op: 'subscribe', args: topics })
    const repeated = await client.find(
      frame =>
        frame.data &&
        client.frames.some(
          other => other.topic === frame.topic && other.data.u === frame.data.u && other.ts < frame.ts - 500,
        ),
      8_000,
    )
    assert.equal(repeated.type, 'snapshot')
    assert.deepEqual([repeated.data.b.length, repeated.data.a.length], [1, 1])
  })

  test('tickers are snapshots, with neither best prices nor open interest', async t => {
    const { base } = await runSimulator(t, { ...SPOT, instruments: BTC })
    const client = await VenueSocket.open(t, `ws://${base}${PATH}`)
    client.send({ op: 'subscribe', args: ['tickers.BTCUSDT'] })
    await client.until(() => client.frames.filter(frame => frame.topic).length > 2)
    const frames = client.frames.filter(frame => frame.topic)
    for (const { type, data } of frames) {
      assert.equal(type, 'snapshot')
      const names = Object.keys(data)
      assert.ok(names.includes('lastPrice') && !names.some(name => /bid|ask|openInterest/i.test(name)))
    }
  })
})

test('all instruments of spot are one answer, and another category is refused', async t => {
  const { base } = await runSimulator(t, SPOT)
  const url = `http://${base}/bybit-spot/v5/market/instruments-info`
  const { result } = await get(`${url}?category=spot&limit=2`)
  assert.deepEqual(Object.keys(result), ['category', 'list'])
  assert.deepEqual(
    result.list.slice(0, 3).map((entry: Frame) => entry.symbol),
    ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'],
  )
  const { priceFilter, lotSizeFilter, status } = result.list[0]
  assert.deepEqual([priceFilter.tickSize, lotSizeFilter.basePrecision, status], ['0.1', '0.000001', 'Trading'])
  assert.equal((await get(`${url}?category=linear`)).retCode, 10001)
})

async function get(url: string): Promise<Frame> {
  return (await fetch(url)).json()
}
