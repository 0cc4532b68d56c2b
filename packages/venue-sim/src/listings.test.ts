// Instruments that come and go, and lists that are late or fail, as the manuals of the venues have them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pause, runSimulator, VenueSocket } from './test/venue-client.js'

const LISTS = {
  'binance-spot': {
    path: '/binance-spot/api/v3/exchangeInfo',
    symbol: 'BTCUSDT',
    statuses: ['TRADING', 'BREAK', 'HALT', 'CANCEL_ONLY'],
  },
  'binance-futures': {
    path: '/binance-futures/fapi/v1/exchangeInfo',
    symbol: 'BTCUSDT',
    statuses: ['TRADING', 'PENDING_TRADING', 'HALT', 'CANCEL_ONLY'],
  },
  'bybit-spot': {
    path: '/bybit-spot/v5/market/instruments-info?category=spot',
    symbol: 'BTCUSDT',
    statuses: ['Trading', 'PreLaunch', 'Closed', 'Trading'],
  },
  'bybit-linear': {
    path: '/bybit-linear/v5/market/instruments-info?category=linear',
    symbol: 'BTCUSDT',
    statuses: ['Trading', 'PreLaunch', 'Closed', 'Trading'],
  },
  'okx-spot': {
    path: '/okx/api/v5/public/instruments?instType=SPOT',
    symbol: 'BTC-USDT',
    statuses: ['live', 'preopen', 'suspend', 'live'],
  },
  'okx-swap': {
    path: '/okx/api/v5/public/instruments?instType=SWAP',
    symbol: 'BTC-USDT-SWAP',
    statuses: ['live', 'preopen', 'suspend', 'live'],
  },
}

const PRODUCTS = Object.keys(LISTS)

for (const [product, { path, symbol, statuses }] of Object.entries(LISTS)) {
  test(`an instrument of ${product} is pending, halted, cancel-only and delisted as it is told`, async t => {
    const { base } = await runSimulator(t, { scenario: 'quiet', products: PRODUCTS })
    const states = ['trading', 'pending', 'halted', 'cancel-only', 'delisted']
    const seen: (string | undefined)[] = []
    for (const state of states) {
      assert.equal(await order(base, `listing?product=${product}&symbol=${symbol}&state=${state}`), 200)
      seen.push(await statusIn(`http://${base}${path}`, symbol))
    }
    assert.deepEqual(seen, [...statuses, undefined])
  })
}

test('a contract of OKX that does not trade yet has no value', async t => {
  const { base } = await runSimulator(t, { scenario: 'quiet', products: PRODUCTS })
  const { path, symbol } = LISTS['okx-swap']
  const contractValue = async (): Promise<unknown> => (await entryOf(`http://${base}${path}`, symbol))?.['ctVal']
  assert.equal(await contractValue(), '0.01')
  await order(base, `listing?product=okx-swap&symbol=${symbol}&state=pending`)
  assert.equal(await contractValue(), '')
})

test('a halted instrument sends nothing until it trades again; others go on', async t => {
  const { base } = await runSimulator(t, { tradeRate: 400, products: ['binance-futures'] })
  const socket = await VenueSocket.open(t, `ws://${base}/binance-futures/market/ws/btcusdt@aggTrade/ethusdt@aggTrade`)
  const isOf = (symbol: string) => (frame: { s?: string }) => frame.s === symbol
  await socket.find(isOf('BTCUSDT'))
  await order(base, 'listing?product=binance-futures&symbol=BTCUSDT&state=halted')
  await pause(100)
  const countOf = (symbol: string): number => socket.frames.filter(isOf(symbol)).length
  const [btc, eth] = [countOf('BTCUSDT'), countOf('ETHUSDT')]
  await socket.until(() => countOf('ETHUSDT') > eth + 5)
  assert.equal(countOf('BTCUSDT'), btc)
  await order(base, 'listing?product=binance-futures&symbol=BTCUSDT&state=trading')
  await socket.until(() => countOf('BTCUSDT') > btc)
})

test('a list is late, or fails, for as long as it is told; nothing else is', async t => {
  const { base } = await runSimulator(t, { scenario: 'quiet', products: PRODUCTS })
  const { path } = LISTS['bybit-linear']
  assert.equal(await order(base, 'lists?product=bybit-linear&delay_ms=300'), 200)
  const startMs = performance.now()
  const ends: string[] = []
  const ask = async (what: string, url: string): Promise<number> => {
    const { status } = await fetch(`http://${base}${url}`)
    ends.push(what)
    return status
  }
  const list = ask('list', path).then(status => [status, performance.now() - startMs >= 299])
  assert.equal(await ask('time', '/bybit-linear/v5/market/time'), 200)
  assert.deepEqual(await list, [200, true])
  assert.deepEqual(ends, ['time', 'list'])
  await order(base, 'lists?product=bybit-linear&status=503')
  assert.equal((await fetch(`http://${base}${path}`)).status, 503)
  await order(base, 'lists?product=bybit-linear')
  assert.equal((await fetch(`http://${base}${path}`)).status, 200)
})

test('an order that makes no sense is refused with what is accepted', async t => {
  const { base } = await runSimulator(t, { scenario: 'quiet', products: PRODUCTS })
  for (const [wrong, accepted] of [
    ['listing?product=okx&symbol=BTC-USDT&state=halted', /invalid product "okx"; expected one of .*okx-swap/],
    [
      'listing?product=okx-spot&symbol=BTCUSDT&state=halted',
      /invalid symbol "BTCUSDT"; expected one that okx-spot has/,
    ],
    ['listing?product=okx-spot&symbol=BTC-USDT&state=gone', /invalid state "gone"; expected one of trading, /],
    ['lists?product=okx-spot&delay_ms=-1', /invalid delay_ms "-1"; expected 0\.\.600000/],
    ['lists?product=okx-spot&status=1000', /invalid status "1000"; expected 200\.\.599/],
  ] as const) {
    const answer = await fetch(`http://${base}/control/${wrong}`, { method: 'POST' })
    assert.equal(answer.status, 400)
    assert.match(JSON.parse(await answer.text()).error, accepted)
  }
})

async function order(base: string, text: string): Promise<number> {
  return (await fetch(`http://${base}/control/${text}`, { method: 'POST' })).status
}

type Entry = Readonly<Record<string, unknown>>

interface ListBody {
  readonly symbols?: readonly Entry[]
  readonly data?: readonly Entry[]
  readonly result?: { readonly list: readonly Entry[] }
}

async function entryOf(url: string, symbol: string): Promise<Entry | undefined> {
  const body = (await (await fetch(url)).json()) as ListBody
  const entries = body.symbols ?? body.data ?? body.result?.list ?? []
  return entries.find(entry => (entry['symbol'] ?? entry['instId']) === symbol)
}

async function statusIn(url: string, symbol: string): Promise<string | undefined> {
  const entry = await entryOf(url, symbol)
  return entry && String(entry['status'] ?? entry['state'])
}
