import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JournaledBooks } from '../test/book-chains.js'
import { ClientBook } from '../test/client-book.js'
import { BOOK_KINDS, BTC, type Frame, pause, runSimulator, StandingClock, VenueSocket } from '../test/venue-client.js'

const SPOT = { products: ['binance-spot'] }
const WS = '/binance-spot/ws'
const DEPTH = '/binance-spot/api/v3/depth'

for (const { kind, hasCyclicBooks } of BOOK_KINDS) {
  test(`snapshot and deltas joined by the venue’s rule give the journal’s book at every id, ${kind} books, and no id is missing`, async t => {
    const { base, journal } = await runSimulator(t, { ...SPOT, l2Rate: 600, hasCyclicBooks })
    const client = await VenueSocket.open(t, `ws://${base}${WS}/btcusdt@depth@100ms/btcusdt@bookTicker`)
    await client.find(frame => frame.e === 'depthUpdate')
    const forms = { between: 0, inside: 0 }
    const rebuilt: [id: number, book: ClientBook, deltas: Frame[]][] = []
    for (let round = 0; round < 12; round += 1) {
      const snapshot = await get(`http://${base}${DEPTH}?symbol=BTCUSDT&limit=5000`)
      assert.ok(snapshot.bids.length > 1_000 && snapshot.asks.length > 1_000)
      await client.find(frame => frame.e === 'depthUpdate' && frame.U > snapshot.lastUpdateId + 1)
      const deltas = client.frames.filter(frame => frame.e === 'depthUpdate' && frame.u > snapshot.lastUpdateId)
      const { U, u } = deltas[0]
      assert.ok(U <= snapshot.lastUpdateId + 1 && snapshot.lastUpdateId + 1 <= u)
      forms[U === snapshot.lastUpdateId + 1 ? 'between' : 'inside'] += 1
      const book = new ClientBook()
      book.replace(snapshot.bids, snapshot.asks)
      rebuilt.push([snapshot.lastUpdateId, book, deltas])
      await pause(30)
    }
    assert.ok(forms.between > 0 && forms.inside > 0, JSON.stringify(forms))
    const journaled = new JournaledBooks(await journal(), 'binance-spot')
    for (const [id, book, deltas] of rebuilt) {
      journaled.assertHas('BTCUSDT', id, book)
      for (const [index, delta] of deltas.entries()) {
        if (index > 0) assert.equal(delta.U, deltas[index - 1].u + 1)
        book.apply(delta.b, delta.a)
        journaled.assertHas('BTCUSDT', delta.u, book)
      }
    }
    const quoteIds = client.frames.filter(frame => 'B' in frame).map(frame => frame.u)
    assert.ok(quoteIds.length > 100 && quoteIds.every((id, index) => index === 0 || id >= quoteIds[index - 1]))
  })
}

test('frames have the fields of spot: quotes without type and time, decimals with eight places', async t => {
  const { base } = await runSimulator(t, SPOT)
  const names = ['btcusdt@trade', 'btcusdt@aggTrade', 'btcusdt@bookTicker', 'btcusdt@depth@100ms']
  const client = await VenueSocket.open(t, `ws://${base}/binance-spot/stream?streams=${names.join('/')}`)
  const frames = await Promise.all(names.map(name => client.find(frame => frame.stream === name)))
  const [trade, aggregate, quote, delta] = frames.map(frame => frame.data)
  assert.deepEqual(Object.keys(trade), ['e', 'E', 's', 't', 'p', 'q', 'T', 'm', 'M'])
  assert.deepEqual(Object.keys(aggregate), ['e', 'E', 's', 'a', 'p', 'q', 'f', 'l', 'T', 'm', 'M'])
  assert.deepEqual(Object.keys(quote), ['u', 's', 'b', 'B', 'a', 'A'])
  assert.deepEqual(Object.keys(delta), ['e', 'E', 's', 'U', 'u', 'b', 'a'])
  for (const text of [trade.p, trade.q, quote.b, quote.B, ...delta.b.flat(), ...delta.a.flat()]) {
    assert.match(text, /^\d+\.\d{8}$/)
  }
})

test('every fill is a frame: ids count up by one, the journal has them, aggregates fold them', async t => {
  const { base, journal } = await runSimulator(t, { ...SPOT, instruments: BTC })
  const client = await VenueSocket.open(t, `ws://${base}${WS}/btcusdt@trade/btcusdt@aggTrade`)
  const of = (event: string): Frame[] => client.frames.filter(frame => frame.e === event)
  await client.until(() => of('trade').length >= 100 && of('aggTrade').length > 10)
  const [fills, aggregates] = [of('trade'), of('aggTrade')]
  assert.ok(fills.length > aggregates.length)
  const lines = new Map((await journal()).filter(([kind]) => kind === 'T').map(line => [line[3], line.slice(6)]))
  for (const [index, { t: id, p, q, m }] of fills.entries()) {
    if (index > 0) assert.equal(id, fills[index - 1].t + 1)
    assert.deepEqual(lines.get(String(id)), [p, q, m ? 'Sell' : 'Buy'])
  }
  const rate = (fills.length - 1) / ((fills.at(-1).T - fills[0].T) / 1e3)
  assert.ok(Math.abs(rate - 100) < 40, `${rate} fills/s: the scenario counts fills here`)
  const amounts = new Map(fills.map(fill => [fill.t, Number(fill.q)]))
  const { f, l, q } = aggregates.find(({ f: first, l: last }) => last > first)
  let sum = 0
  for (let id = f; id <= l; id += 1) sum += amounts.get(id) ?? Number.NaN
  assert.equal(sum.toFixed(8), q)
})

test('unknown names are acknowledged and stay silent, and routes are 404', async t => {
  const { base } = await runSimulator(t, SPOT)
  const client = await VenueSocket.open(t, `ws://${base}${WS}`)
  const params = ['BTCUSDT@trade', 'btcusdt@nothing', 'nosuchusdt@depth@100ms']
  client.send({ method: 'SUBSCRIBE', params, id: 1 })
  client.send({ method: 'LIST_SUBSCRIPTIONS', id: 2 })
  assert.deepEqual((await client.find(frame => frame.id === 2)).result, params)
  await pause(250)
  assert.deepEqual(client.frames, [{ result: null, id: 1 }, client.frames[1]])
  for (const path of ['/binance-spot/public/ws', '/binance-spot/market/stream']) {
    await assert.rejects(VenueSocket.open(t, `ws://${base}${path}`), /404/, path)
  }
})

test('more than five messages a second end the connection', async t => {
  const clock = new StandingClock()
  const { base } = await runSimulator(t, { ...SPOT, scenario: 'quiet', instruments: BTC, clock })
  const client = await VenueSocket.open(t, `ws://${base}${WS}`)
  for (let id = 1; id <= 6; id += 1) client.send({ method: 'LIST_SUBSCRIPTIONS', id })
  assert.equal(await client.closed(), 1008)
  assert.equal(client.frames.length, 5)
})

test('a client that does not answer pings is cut, and a notice precedes the end of a connection’s lifetime', async t => {
  // A ping each 40 ms, deadline 250 ms, lifetime 4 s, notice 250 ms before its end.
  const { base } = await runSimulator(t, { ...SPOT, scenario: 'quiet', instruments: BTC, timeScale: 21_600 })
  const mute = await VenueSocket.open(t, `ws://${base}${WS}`)
  mute.socket.pong = () => undefined
  const bare = await VenueSocket.open(t, `ws://${base}${WS}`)
  const combined = await VenueSocket.open(t, `ws://${base}/binance-spot/stream`)
  assert.equal(await mute.closed(), 1006)
  const notice = await bare.find(frame => frame.e === 'serverShutdown', 5_000)
  assert.deepEqual(Object.keys(notice), ['e', 'E'])
  const wrapped = await combined.find(frame => frame.stream === '!serverShutdown', 5_000)
  assert.equal(wrapped.data.e, 'serverShutdown')
  assert.equal(bare.closeCode, undefined)
  assert.deepEqual([await bare.closed(), await combined.closed()], [1008, 1008])
})

test('times are in microseconds on request, and in milliseconds otherwise', async t => {
  const { base } = await runSimulator(t, { ...SPOT, instruments: BTC })
  const exact = await VenueSocket.open(t, `ws://${base}${WS}/btcusdt@trade?timeUnit=MICROSECOND`)
  const plain = await VenueSocket.open(t, `ws://${base}${WS}/btcusdt@trade`)
  const { t: id, E, T } = await plain.find(frame => frame.e === 'trade')
  const same = await exact.find(frame => frame.t === id)
  assert.deepEqual([same.E, same.T], [E * 1_000, T * 1_000])
})

test('a symbol of another script is in streams, REST paths and frames as UTF-8', async t => {
  const instruments = [{ base: '币安人生', quote: 'usdt' }]
  const { base, journal } = await runSimulator(t, { ...SPOT, instruments })
  const client = await VenueSocket.open(t, `ws://${base}/binance-spot/stream`)
  client.send({ method: 'SUBSCRIBE', params: ['币安人生usdt@trade', '币安人生usdt@depth@100ms'], id: 1 })
  const { data } = await client.find(frame => frame.stream === '币安人生usdt@trade')
  assert.equal(data.s, '币安人生USDT')
  await client.find(frame => frame.stream === '币安人生usdt@depth@100ms' && frame.data.s === '币安人生USDT')
  const answer = await get(`http://${base}${DEPTH}?symbol=${encodeURIComponent('币安人生USDT')}`)
  assert.ok(answer.bids.length > 0)
  assert.ok(
    (await journal()).some(([kind, , symbol, id]) => kind === 'T' && symbol === data.s && id === String(data.t)),
  )
})

test('the steps of instruments have eight places', async t => {
  const { base } = await runSimulator(t, { ...SPOT, scenario: 'quiet' })
  const { symbols } = await get(`http://${base}/binance-spot/api/v3/exchangeInfo`)
  const listed = new Map<string, Frame>(symbols.map((entry: Frame) => [entry.symbol, entry]))
  for (const symbol of ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'XRPUSDT']) assert.equal(listed.get(symbol)?.status, 'TRADING')
  const [priceFilter, lotSize] = listed.get('BTCUSDT')?.filters ?? []
  assert.deepEqual([priceFilter.tickSize, lotSize.stepSize], ['0.01000000', '0.00001000'])
  assert.equal((await fetch(`http://${base}/binance-spot/api/v3/openInterest?symbol=BTCUSDT`)).status, 404)
})

test('the weight of a depth request depends on its limit; above the budget of a minute it is 429, and a client that continues is banned', async t => {
  const clock = new StandingClock()
  const { base } = await runSimulator(t, { ...SPOT, scenario: 'quiet', instruments: BTC, clock })
  let used = 0
  for (const [query, weight, levelCount] of [
    ['', 5, 100],
    ['&limit=7', 5, 7],
    ['&limit=500', 25, 500],
    ['&limit=1000', 50, 1_000],
  ] as const) {
    const response = await fetch(`http://${base}${DEPTH}?symbol=BTCUSDT${query}`)
    const { bids } = (await response.json()) as Frame
    used += weight
    assert.deepEqual([bids.length, response.headers.get('x-mbx-used-weight-1m')], [levelCount, String(used)])
  }
  const refused = await fetch(`http://${base}${DEPTH}?symbol=NOPEUSDT`)
  assert.deepEqual([refused.status, ((await refused.json()) as Frame).code], [400, -1121])
  const statuses: number[] = []
  for (let round = 0; round < 90; round += 1) {
    const response = await fetch(`http://${base}${DEPTH}?symbol=BTCUSDT&limit=5000`)
    await response.text()
    statuses.push(response.status)
    if (response.status === 429) assert.ok(Number(response.headers.get('retry-after')) >= 1)
  }
  assert.equal(statuses.indexOf(429), Math.floor((6_000 - used - 5) / 250))
  assert.equal(statuses.at(-1), 418)
})

async function get(url: string): Promise<Frame> {
  const response = await fetch(url)
  assert.equal(response.status, 200)
  return response.json()
}
