import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BTC, type Frame, pause, runSimulator, StandingClock, VenueSocket } from '../test/venue-client.js'

const isData = (frame: Frame): boolean => 'e' in frame || 'stream' in frame

test('a request is acknowledged once, and its streams then arrive, wrapped in the combined form only', async t => {
  const { base } = await runSimulator(t)
  const bare = await VenueSocket.open(t, `ws://${base}/binance-futures/market/ws`)
  const combined = await VenueSocket.open(t, `ws://${base}/binance-futures/market/stream`)
  for (const client of [bare, combined]) {
    client.send({ method: 'SUBSCRIBE', params: ['btcusdt@aggTrade', 'btcusdt@forceOrder'], id: 7 })
    await client.find(isData)
    const acks = client.frames.filter(frame => 'result' in frame)
    assert.deepEqual(acks, [{ result: null, id: 7 }])
  }
  const trade = await bare.find(frame => frame.e === 'aggTrade')
  assert.deepEqual(Object.keys(trade), ['e', 'E', 's', 'a', 'p', 'q', 'nq', 'f', 'l', 'T', 'm', 'st'])
  const wrapped = await combined.find(frame => frame.data?.e === 'aggTrade')
  assert.deepEqual(Object.keys(wrapped), ['stream', 'data'])
  assert.equal(wrapped.stream, 'btcusdt@aggTrade')
  bare.send({ method: 'UNSUBSCRIBE', params: ['btcusdt@aggTrade', 'btcusdt@forceOrder'], id: 8 })
  await bare.find(frame => frame.id === 8)
  const count = bare.frames.length
  await pause(300)
  assert.equal(bare.frames.length, count)
})

for (const [name, path, params] of [
  ['trades on the public route', 'public/ws', ['btcusdt@aggTrade', 'btcusdt@forceOrder']],
  ['books and quotes on the market route', 'market/ws', ['btcusdt@depth@100ms', 'btcusdt@bookTicker']],
  ['trades on the path without a route', 'ws', ['btcusdt@aggTrade']],
  ['upper-case names', 'public/ws', ['BTCUSDT@depth@100ms', 'BTCUSDT@bookTicker']],
  ['names that do not exist', 'public/ws', ['btcusdt@nothing', 'nosuchusdt@depth@100ms', 'x']],
] as const) {
  test(`${name} are acknowledged and stay silent`, async t => {
    const { base } = await runSimulator(t)
    const client = await VenueSocket.open(t, `ws://${base}/binance-futures/${path}`)
    client.send({ method: 'SUBSCRIBE', params, id: 1 })
    assert.deepEqual(await client.find(frame => frame.id === 1), { result: null, id: 1 })
    client.send({ method: 'LIST_SUBSCRIPTIONS', id: 2 })
    assert.deepEqual((await client.find(frame => frame.id === 2)).result, params)
    await pause(250)
    assert.deepEqual(client.frames.filter(isData), [])
  })
}

for (const [name, request, expected] of [
  ['text that is not JSON', '{oops', { code: 3, id: null }],
  ['JSON that is not an object', '[1]', { code: 2, id: null }],
  ['an unknown method', { method: 'SUBSCRIPE', id: 4 }, { code: 2, id: 4 }],
  ['parameters that are not text', { method: 'SUBSCRIBE', params: [1], id: 5 }, { code: 1, id: 5 }],
  ['an unknown property', { method: 'SET_PROPERTY', params: ['speed', 1], id: 6 }, { code: 0, id: 6 }],
  ['a method with non-ASCII letters', { method: 'Ω', id: 9 }, { code: 2, id: 9 }],
] as const) {
  test(`${name} is refused with a code, and the connection stays open`, async t => {
    const { base } = await runSimulator(t, { scenario: 'quiet', instruments: BTC })
    const client = await VenueSocket.open(t, `ws://${base}/binance-futures/public/ws`)
    client.send(request)
    const { code, id } = await client.find(frame => 'code' in frame)
    assert.deepEqual({ code, id }, expected)
    client.send({ method: 'SUBSCRIBE', params: [], id: 99 })
    await client.find(frame => frame.id === 99)
  })
}

test('streams in the path need no request, and every speed of depth has the same events', async t => {
  const { base } = await runSimulator(t)
  const client = await VenueSocket.open(
    t,
    `ws://${base}/binance-futures/public/stream?streams=btcusdt@depth@0ms/btcusdt@depth/btcusdt@bookTicker`,
  )
  const first = await client.find(frame => frame.stream === 'btcusdt@depth@0ms')
  const second = await client.find(frame => frame.stream === 'btcusdt@depth' && frame.data.u === first.data.u)
  assert.deepEqual(second.data, first.data)
  assert.deepEqual(Object.keys(first.data), ['e', 'E', 'T', 's', 'U', 'u', 'pu', 'b', 'a'])
  const quote = await client.find(frame => frame.stream === 'btcusdt@bookTicker')
  assert.deepEqual(Object.keys(quote.data), ['e', 'u', 's', 'ps', 'b', 'B', 'a', 'A', 'T', 'E', 'st'])
  assert.ok(Math.abs(quote.data.E - Date.now()) < 5_000)
})

test('aggregate trades count up by one and fold the fills that @trade shows, on either route', async t => {
  const { base, journal } = await runSimulator(t)
  const aggregates = await VenueSocket.open(t, `ws://${base}/binance-futures/market/ws/btcusdt@aggTrade/btcusdt@trade`)
  const fills = await VenueSocket.open(t, `ws://${base}/binance-futures/public/ws/btcusdt@trade`)
  const aggregated = (): Frame[] => aggregates.frames.filter(frame => frame.e === 'aggTrade')
  await aggregates.until(() => aggregated().length > 3)
  await fills.until(() => fills.frames.length > 3)
  const folded = aggregated()
  for (const [index, trade] of folded.slice(1).entries()) {
    assert.equal(trade.a, folded[index].a + 1)
    assert.equal(trade.f, folded[index].l + 1)
  }
  const byId = new Map(aggregates.frames.filter(frame => frame.e === 'trade').map(frame => [frame.t, frame]))
  const last = folded.at(-1)
  const parts = Array.from({ length: last.l - last.f + 1 }, (_, index) => byId.get(last.f + index))
  assert.equal(parts.reduce((sum, part) => sum + Number(part.q), 0).toFixed(3), last.q)
  assert.ok(fills.frames.length > 3 && fills.frames.every(frame => frame.e === 'trade'))
  const seen = [...fills.frames]
  const ids = new Set((await journal()).filter(([kind]) => kind === 'T').map(line => line[3]))
  for (const fill of seen) assert.ok(ids.has(String(fill.t)))
})

test('more than ten messages a second end the connection', async t => {
  const { base } = await runSimulator(t, { scenario: 'quiet', instruments: BTC, clock: new StandingClock() })
  const client = await VenueSocket.open(t, `ws://${base}/binance-futures/public/ws`)
  for (let id = 1; id <= 14; id += 1) client.send({ method: 'LIST_SUBSCRIPTIONS', id })
  assert.equal(await client.closed(), 1008)
})

test('pings carry a payload; a client that does not answer is cut at the deadline, and every connection ends after its lifetime', async t => {
  // A ping each 90 ms, deadline 300 ms, lifetime 43 s.
  const { base } = await runSimulator(t, { scenario: 'quiet', instruments: BTC, timeScale: 2_000 })
  const good = await VenueSocket.open(t, `ws://${base}/binance-futures/public/ws`)
  let payload = ''
  good.socket.on('ping', data => {
    payload = data.toString()
  })
  const mute = await VenueSocket.open(t, `ws://${base}/binance-futures/public/ws`)
  mute.socket.pong = () => undefined
  assert.equal(await mute.closed(), 1006)
  assert.match(payload, /^\d{13}$/)
  assert.equal(good.closeCode, undefined)
  const brief = await runSimulator(t, { scenario: 'quiet', instruments: BTC, timeScale: 100_000 })
  const old = await VenueSocket.open(t, `ws://${brief.base}/binance-futures/public/ws`)
  assert.equal(await old.closed(), 1008)
})
