import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { BTC, pause, runSimulator, VenueSocket } from '../test/venue-client.js'

const PATH = '/okx/ws/v5/public'
const OKX = ['okx-spot', 'okx-swap']

test('every arg of a subscription has its own answer, and a wrong one does not affect the others', async t => {
  const { base } = await runSimulator(t, { products: OKX })
  const client = await VenueSocket.open(t, `ws://${base}${PATH}`)
  const good = [
    { channel: 'trades', instId: 'BTC-USDT' },
    { channel: 'books', instId: 'ETH-USDT' },
  ]
  const bad = [{ channel: 'books', instId: 'BTC-USDTT' }, 'books', { instId: 'BTC-USDT' }]
  client.send({ id: 'b1', op: 'subscribe', args: [good[0], ...bad, good[1]] })
  await client.find(frame => frame.event === 'subscribe' && frame.arg.channel === 'books')
  const answers = client.frames.filter(frame => frame.event)
  const { connId } = answers[0]
  assert.ok(connId.length > 6)
  assert.deepEqual(answers[0], { id: 'b1', event: 'subscribe', arg: good[0], connId })
  assert.deepEqual(answers[4], { id: 'b1', event: 'subscribe', arg: good[1], connId })
  assert.deepEqual(
    answers.slice(1, 4).map(({ id, event, code }) => [id, event, code]),
    [
      ['b1', 'error', '60018'],
      ['b1', 'error', '60013'],
      ['b1', 'error', '60013'],
    ],
  )
  assert.match(answers[1].msg, /^Wrong URL or channel:books,instId:BTC-USDTT doesn't exist\./)
  await client.find(frame => frame.arg?.channel === 'trades' && frame.data)
  await client.find(frame => frame.arg?.channel === 'books' && frame.data)
  client.send({ op: 'unsubscribe', args: [good[0]] })
  const left = await client.find(frame => frame.event === 'unsubscribe')
  assert.deepEqual(left, { event: 'unsubscribe', arg: good[0], connId })
  const count = client.frames.filter(frame => frame.data && frame.arg.channel === 'trades').length
  await pause(300)
  assert.equal(client.frames.filter(frame => frame.data && frame.arg.channel === 'trades').length, count)
})

for (const [name, path, request, code] of [
  ['text that is not JSON', PATH, '{', '60012'],
  ['a request without args', PATH, { op: 'subscribe', argss: [] }, '60012'],
  ['an id that is too long', PATH, { id: 'x'.repeat(33), op: 'subscribe', args: [{ channel: 'trades' }] }, '60012'],
  ['an unknown operation', PATH, { op: 'subscripe', args: [{ channel: 'trades', instId: 'BTC-USDT' }] }, '60019'],
  ['a symbol in lower case', PATH, subscription('trades', 'btc-usdt'), '60018'],
  [
    'liquidations of spot',
    PATH,
    { op: 'subscribe', args: [{ channel: 'liquidation-orders', instType: 'SPOT' }] },
    '60018',
  ],
  ['a channel that has moved to /business', PATH, subscription('trades-all', 'BTC-USDT-SWAP'), '64001'],
  ['a public channel on /business', '/okx/ws/v5/business', subscription('books', 'BTC-USDT-SWAP'), '64002'],
  ['a book for a higher fee tier', PATH, subscription('books-l2-tbt', 'BTC-USDT-SWAP'), '64003'],
] as const) {
  test(`${name} is refused with its code, and the connection stays open`, async t => {
    const { base } = await runSimulator(t, { scenario: 'quiet', instruments: BTC, products: OKX })
    const client = await VenueSocket.open(t, `ws://${base}${path}`)
    client.send(request)
    assert.equal((await client.find(frame => frame.event === 'error')).code, code)
    client.send('ping')
    await client.find(frame => frame === 'pong')
  })
}

test('spot and swap share a socket, and a cut of one product ends every connection that carries it', async t => {
  const { base } = await runSimulator(t, { products: OKX })
  const [spot, swap, both] = await Promise.all([1, 2, 3].map(() => VenueSocket.open(t, `ws://${base}${PATH}`)))
  assert.ok(spot && swap && both)
  const [ofSpot, ofSwap] = ['BTC-USDT', 'BTC-USDT-SWAP'].map(instId => ({ channel: 'bbo-tbt', instId }))
  for (const [client, args] of [
    [spot, [ofSpot]],
    [swap, [ofSwap]],
    [both, [ofSpot, ofSwap]],
  ] as const) {
    client.send({ op: 'subscribe', args })
  }
  for (const instId of ['BTC-USDT', 'BTC-USDT-SWAP']) await both.find(({ arg, data }) => data && arg.instId === instId)
  await Promise.all([spot.find(frame => frame.data), swap.find(frame => frame.data)])
  const answer = await fetch(`http://${base}/control/cut?product=okx-swap&feed=state`, { method: 'POST' })
  assert.deepEqual(await answer.json(), { cut: 2 })
  assert.deepEqual([await swap.closed(), await both.closed()], [1006, 1006])
  await pause(100)
  assert.equal(spot.closeCode, undefined)
})

test('481 operations within an hour are one too many, with any number of args each', async t => {
  const { base } = await runSimulator(t, { scenario: 'quiet', instruments: BTC, products: OKX })
  const client = await VenueSocket.open(t, `ws://${base}${PATH}`)
  const arg = { channel: 'trades', instId: 'BTC-USDT-SWAP' }
  for (let count = 0; count < 240; count += 1) {
    client.send({ id: `s${count}`, op: 'subscribe', args: [arg, arg] })
    client.send({ id: `u${count}`, op: 'unsubscribe', args: [arg] })
  }
  await client.find(frame => frame.id === 'u239')
  assert.equal(client.frames.filter(frame => frame.event === 'error').length, 0)
  client.send({ id: 'last', op: 'subscribe', args: [arg] })
  assert.equal((await client.find(frame => frame.id === 'last')).code, '60014')
})

// These wait for timers, so they run together.
describe('timers', { concurrency: true }, () => {
  test('a silent connection is closed with 4004; pings and data keep one open', async t => {
    const { base } = await runSimulator(t, { products: OKX, timeScale: 20 })
    const silent = await VenueSocket.open(t, `ws://${base}${PATH}`)
    const pinging = await VenueSocket.open(t, `ws://${base}${PATH}`)
    const listening = await VenueSocket.open(t, `ws://${base}${PATH}`)
    listening.send(subscription('bbo-tbt', 'BTC-USDT'))
    const pings = setInterval(() => pinging.send('ping'), 150)
    t.after(() => clearInterval(pings))
    // 30 s of silence are 1.5 s here: ten pings, so that a busy machine may delay some.
    assert.equal(await silent.closed(), 4004)
    await pause(2_000)
    assert.deepEqual([pinging.closeCode, listening.closeCode], [undefined, undefined])
  })

  test('trades that a process of their own sends keep a connection open', async t => {
    const { base } = await runSimulator(t, { hasSender: true, products: OKX, timeScale: 20 })
    const trades = await VenueSocket.open(t, `ws://${base}${PATH}`)
    trades.send(subscription('trades', 'BTC-USDT'))
    const silent = await VenueSocket.open(t, `ws://${base}${PATH}`)
    assert.equal(await silent.closed(), 4004)
    await pause(1_000)
    assert.equal(trades.closeCode, undefined)
    assert.ok(trades.frames.filter(frame => frame.data).length > 5)
  })

  test('a notice precedes the close for an upgrade', async t => {
    const { base } = await runSimulator(t, { products: OKX, timeScale: 86_400 })
    const client = await VenueSocket.open(t, `ws://${base}${PATH}`)
    client.send(subscription('bbo-tbt', 'BTC-USDT'))
    const notice = await client.find(frame => frame.event === 'notice')
    assert.equal(notice.code, '64008')
    assert.equal(client.closeCode, undefined)
    assert.equal(await client.closed(), 1012)
  })
})

function subscription(channel: string, instId: string): object {
  return { op: 'subscribe', args: [{ channel, instId }] }
}
