import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { checkBybitBooks, JournaledBooks } from '../test/book-chains.js'
import { BOOK_KINDS, BTC, type Frame, pause, runSimulator, VenueSocket } from '../test/venue-client.js'

const PATH = '/bybit-linear/v5/public/linear'

test('a subscription is answered once, in the form of linear', async t => {
  const { base } = await runSimulator(t)
  const client = await VenueSocket.open(t, `ws://${base}${PATH}`)
  client.send({ req_id: 's1', op: 'subscribe', args: ['publicTrade.BTCUSDT', 'publicTrade.ETHUSDT'] })
  const { conn_id, ...ack } = await client.find(frame => 'success' in frame)
  assert.deepEqual(ack, { success: true, ret_msg: '', req_id: 's1', op: 'subscribe' })
  assert.ok(conn_id.length > 8)
  const trades = await client.find(frame => frame.topic?.startsWith('publicTrade.'))
  assert.deepEqual(Object.keys(trades), ['topic', 'type', 'ts', 'data'])
  assert.deepEqual(Object.keys(trades.data[0]), ['T', 's', 'S', 'v', 'p', 'L', 'i', 'BT', 'RPI', 'seq'])
  assert.match(trades.data[0].i, /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/)
  assert.equal(client.frames.filter(frame => 'success' in frame).length, 1)
})

for (const [name, request, message] of [
  [
    'an unknown topic',
    { op: 'subscribe', args: ['orderbook.500.BTCUSDT'] },
    /^error:handler not found,topic:orderbook.500.BTCUSDT$/,
  ],
  [
    'a lower-case symbol',
    { op: 'subscribe', args: ['publicTrade.btcusdt'] },
    /^error:handler not found,topic:publicTrade.btcusdt$/,
  ],
  ['an unknown operation', { op: 'subscripe' }, /^error:invalid op$/],
  ['text that is not JSON', '{', /^Failed to decode incoming data:/],
  [
    'too many characters of topics',
    { op: 'subscribe', args: ['publicTrade.BTCUSDT'.repeat(1_200)] },
    /^args size >21000$/,
  ],
] as const) {
  test(`${name} is refused with a message, and the connection stays open`, async t => {
    const { base } = await runSimulator(t, { scenario: 'quiet', instruments: BTC })
    const client = await VenueSocket.open(t, `ws://${base}${PATH}`)
    client.send(request)
    const answer = await client.find(frame => frame.success === false)
    assert.match(answer.ret_msg, message)
    client.send({ req_id: '1', op: 'ping' })
    const { conn_id: _, ...pong } = await client.find(frame => frame.op === 'ping')
    assert.deepEqual(pong, { success: true, ret_msg: 'pong', req_id: '1', op: 'ping' })
  })
}

test('one unknown topic fails its whole batch; a repeated one is refused and stays subscribed', async t => {
  const { base } = await runSimulator(t)
  const client = await VenueSocket.open(t, `ws://${base}${PATH}`)
  client.send({ req_id: 'a', op: 'subscribe', args: ['orderbook.1.BTCUSDT', 'orderbook.7.BTCUSDT'] })
  assert.equal((await client.find(frame => frame.req_id === 'a')).success, false)
  await pause(200)
  assert.equal(client.frames.length, 1)
  client.send({ req_id: 'b', op: 'subscribe', args: ['orderbook.1.BTCUSDT'] })
  assert.equal((await client.find(frame => frame.req_id === 'b')).success, true)
  client.send({ req_id: 'c', op: 'subscribe', args: ['orderbook.1.BTCUSDT'] })
  const repeated = await client.find(frame => frame.req_id === 'c')
  assert.equal(repeated.ret_msg, 'error:already subscribed,topic:orderbook.1.BTCUSDT')
  const count = client.frames.length
  await client.until(() => client.frames.length > count)
})

test('a snapshot comes before or after its acknowledgement', async t => {
  const { base } = await runSimulator(t, { scenario: 'quiet', instruments: BTC })
  const orders = new Set<boolean>()
  for (let round = 0; round < 12; round += 1) {
    const client = await VenueSocket.open(t, `ws://${base}${PATH}`)
    client.send({ op: 'subscribe', args: ['orderbook.200.BTCUSDT'] })
    await client.find(frame => 'success' in frame)
    await client.find(frame => frame.type === 'snapshot')
    orders.add('success' in client.frames[0])
    client.socket.terminate()
  }
  assert.deepEqual([...orders].sort(), [false, true])
})

// These wait for the venue's own pace most of the time, so they run together.
describe('topics', { concurrency: true }, () => {
  for (const { kind, hasCyclicBooks } of BOOK_KINDS) {
    test(`snapshot and deltas give the journal’s book at every sequence, ${kind} books, in windows of 200 and 50, and again after a resubscription`, async t => {
      const { base, journal } = await runSimulator(t, { l2Rate: 900, hasCyclicBooks })
      const client = await VenueSocket.open(t, `ws://${base}${PATH}`)
      const args = ['orderbook.200.BTCUSDT', 'orderbook.50.BTCUSDT']
      client.send({ req_id: '1', op: 'subscribe', args })
      const depths = [200, 50]
      const of = (depth: number): Frame[] => client.frames.filter(frame => frame.topic === `orderbook.${depth}.BTCUSDT`)
      const haveMore = (than: readonly number[]): boolean =>
        depths.every((depth, index) => of(depth).length > (than[index] ?? 0) + 50)
      await client.until(() => haveMore([]))
      client.send({ req_id: '2', op: 'unsubscribe', args })
      await client.find(frame => frame.req_id === '2')
      const countBefore = client.frames.length
      await pause(100)
      assert.equal(client.frames.length, countBefore)
      client.send({ req_id: '3', op: 'subscribe', args })
      const before = depths.map(depth => of(depth).length)
      await client.until(() => haveMore(before))
      const received = [...client.frames]
      const journaled = new JournaledBooks(await journal(), 'bybit-linear')
      for (const depth of depths) {
        const frames = received.filter(frame => frame.topic === `orderbook.${depth}.BTCUSDT`)
        assert.equal(frames.filter(frame => frame.type === 'snapshot').length, 2)
        assert.equal(frames[0].type, 'snapshot')
        checkBybitBooks(frames, depth, journaled)
      }
    })
  }

  test('quotes are snapshots; without a change they are sent again after three seconds with the same u', async t => {
    const { base } = await runSimulator(t, {
      scenario: 'quiet',
      instruments: ['btc', 'eth', 'sol', 'xrp', 'bnb'].map(coin => ({ base: coin, quote: 'usdt' })),
    })
    const client = await VenueSocket.open(t, `ws://${base}${PATH}`)
    client.send({
      op: 'subscribe',
      args: ['btc', 'eth', 'sol', 'xrp', 'bnb'].map(coin => `orderbook.1.${coin.toUpperCase()}USDT`),
    })
    const isRepeated = (frame: Frame): boolean =>
      client.frames.some(
        other =>
          other !== frame &&
          other.topic === frame.topic &&
          other.data?.u === frame.data?.u &&
          other.ts < frame.ts - 500,
      )
    const repeated = await client.find(frame => frame.topic !== undefined && isRepeated(frame), 6_000)
    assert.deepEqual(Object.keys(repeated), ['topic', 'ts', 'type', 'data', 'cts'])
    assert.equal(repeated.type, 'snapshot')
  })

  test('tickers start with every field and continue with what changed; liquidations name the position', async t => {
    const { base, journal } = await runSimulator(t, { l2Rate: 20 })
    const client = await VenueSocket.open(t, `ws://${base}${PATH}`)
    client.send({ op: 'subscribe', args: ['tickers.SOLUSDT', 'allLiquidation.SOLUSDT'] })
    const opening = await client.find(frame => frame.topic === 'tickers.SOLUSDT')
    assert.equal(opening.type, 'snapshot')
    const delta = await client.find(
      frame => frame.topic === 'tickers.SOLUSDT' && 'singleOpenInterest' in frame.data && frame.type === 'delta',
    )
    assert.ok(Object.keys(delta.data).length < Object.keys(opening.data).length / 2)
    assert.ok(Math.abs(delta.data.openInterest / delta.data.singleOpenInterest - 2) < 1e-6)
    await client.find(frame => frame.type === 'delta' && !('openInterest' in frame.data))
    const { data } = await client.find(frame => frame.topic === 'allLiquidation.SOLUSDT', 5_000)
    const lines = (await journal()).filter(([kind, product]) => kind === 'Q' && product === 'bybit-linear')
    for (const entry of data) {
      const line = lines.find(fields => fields[2] === entry.s && fields[5] === entry.p && fields[8] === String(entry.T))
      assert.deepEqual(line?.slice(6, 8), [entry.v, entry.S === 'Buy' ? 'Sell' : 'Buy'])
    }
  })
})

test('instruments come in pages; an order book is answered with the sequence of the deepest topic', async t => {
  const { base } = await runSimulator(t)
  const list = `http://${base}/bybit-linear/v5/market/instruments-info?category=linear`
  const first = await get(`${list}&limit=2`)
  const second = await get(`${list}&limit=2&cursor=${first.result.nextPageCursor}`)
  assert.deepEqual([...first.result.list, ...second.result.list].map((entry: Frame) => entry.symbol).slice(0, 3), [
    'BTCUSDT',
    'ETHUSDT',
    'SOLUSDT',
  ])
  assert.deepEqual(
    [first.result.list[0].priceFilter.tickSize, first.result.list[0].lotSizeFilter.qtyStep],
    ['0.10', '0.001'],
  )
  assert.equal((await get(`http://${base}/bybit-linear/v5/market/instruments-info?category=what`)).retCode, 10001)
  const book = await get(`http://${base}/bybit-linear/v5/market/orderbook?category=linear&symbol=BTCUSDT&limit=1000`)
  assert.deepEqual([book.result.b.length, book.result.a.length], [1_000, 1_000])
})

test('a perpetual in USDC is named after its base alone', async t => {
  const { base } = await runSimulator(t, { instruments: [{ base: 'btc', quote: 'usdc' }] })
  const { result } = await get(`http://${base}/bybit-linear/v5/market/instruments-info?category=linear&symbol=BTCPERP`)
  assert.deepEqual([result.list[0].baseCoin, result.list[0].quoteCoin], ['BTC', 'USDC'])
  const client = await VenueSocket.open(t, `ws://${base}/bybit-linear/v5/public/linear`)
  client.send({ op: 'subscribe', args: ['publicTrade.BTCPERP'] })
  assert.equal((await client.find(frame => frame.topic === 'publicTrade.BTCPERP')).data[0].s, 'BTCPERP')
})

async function get(url: string): Promise<Frame> {
  return (await fetch(url)).json()
}
