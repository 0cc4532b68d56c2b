import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runSimulator, VenueSocket } from '../test/venue-client.js'

const PRODUCTS = ['binance-futures', 'bybit-linear', 'okx-spot']
const SOCKETS = {
  'binance-futures': 'binance-futures/public/ws',
  'bybit-linear': 'bybit-linear/v5/public/linear',
  'okx-spot': 'okx/ws/v5/public',
} as const
const LISTS = {
  'binance-futures': 'binance-futures/fapi/v1/exchangeInfo',
  'bybit-linear': 'bybit-linear/v5/market/instruments-info?category=linear',
  'okx-spot': 'okx/api/v5/public/instruments?instType=SPOT',
} as const

async function refuse(base: string, query: string): Promise<Response> {
  return await fetch(`http://${base}/control/refuse?${query}`, { method: 'POST' })
}

test('each class of refusal can be had from each host, of handshakes and of REST, with retry-after', async t => {
  const { base } = await runSimulator(t, { products: PRODUCTS, scenario: 'quiet' })
  for (const product of ['binance-futures', 'bybit-linear', 'okx-spot'] as const) {
    for (const status of [403, 418, 429, 451, 503]) {
      for (const what of ['handshake', 'rest']) {
        const query = `product=${product}&what=${what}&status=${status}&seconds=60&retry_after=7`
        assert.equal((await refuse(base, query)).status, 200)
      }
      const answer = await fetch(`http://${base}/${LISTS[product]}`)
      assert.deepEqual([answer.status, answer.headers.get('retry-after')], [status, '7'])
      await assert.rejects(VenueSocket.open(t, `ws://${base}/${SOCKETS[product]}`), new RegExp(String(status)))
    }
    for (const what of ['handshake', 'rest']) await refuse(base, `product=${product}&what=${what}&status=503&seconds=0`)
    assert.equal((await fetch(`http://${base}/${LISTS[product]}`)).status, 200)
  }
})

test('requests on sockets are refused by the text of their venue', async t => {
  const { base } = await runSimulator(t, { products: PRODUCTS, scenario: 'quiet' })
  const requests = {
    'binance-futures': { method: 'SUBSCRIBE', params: ['btcusdt@bookTicker'], id: 1 },
    'bybit-linear': { op: 'subscribe', args: ['orderbook.1.BTCUSDT'], req_id: '1' },
    'okx-spot': { op: 'subscribe', args: [{ channel: 'trades', instId: 'BTC-USDT' }], id: '1' },
  }
  const texts = {
    'binance-futures': [/-1003/, /-1001/, /"code":2,/],
    'bybit-linear': [/too many requests/, /internal error/, /invalid op/],
    'okx-spot': [/60014/, /63999/, /60012/],
  }
  for (const product of ['binance-futures', 'bybit-linear', 'okx-spot'] as const) {
    const socket = await VenueSocket.open(t, `ws://${base}/${SOCKETS[product]}`)
    for (const [index, status] of [429, 503, 400].entries()) {
      await refuse(base, `product=${product}&what=request&status=${status}&seconds=60`)
      socket.send(requests[product])
      await socket.find(frame => (texts[product][index] as RegExp).test(JSON.stringify(frame)))
    }
  }
})

test('REST refuses by a code of its venue, with any status', async t => {
  const { base } = await runSimulator(t, { products: PRODUCTS, scenario: 'quiet' })
  for (const [product, status, code, text] of [
    ['binance-futures', 429, '-1003', /"code":-1003/],
    ['bybit-linear', 200, '10006', /"retCode":10006/],
    ['okx-spot', 200, '50011', /"code":"50011"/],
  ] as const) {
    await refuse(base, `product=${product}&what=rest&status=${status}&code=${code}&seconds=60`)
    const answer = await fetch(`http://${base}/${LISTS[product]}`)
    assert.equal(answer.status, status)
    assert.match(await answer.text(), text)
  }
})

test('what cannot be refused is answered with what can', async t => {
  const { base } = await runSimulator(t, { products: PRODUCTS, scenario: 'quiet' })
  for (const [query, text] of [
    ['product=okx-spot&what=tea&status=503&seconds=1', /expected one of handshake, rest, request/],
    ['product=okx-spot&what=rest&status=200&seconds=1', /expected 300 to 599/],
    ['product=okx-spot&what=rest&status=503&seconds=x', /expected a number/],
    ['product=okx-spot&what=rest&status=503&seconds=1&code=many', /expected a whole number/],
    ['product=unknown&what=rest&status=503&seconds=1', /expected one of binance-futures/],
  ] as const) {
    const answer = await refuse(base, query)
    assert.equal(answer.status, 400)
    assert.match(await answer.text(), text)
  }
})
