import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Frame, runSimulator, StandingClock } from '../test/venue-client.js'

const OKX = ['okx-spot', 'okx-swap']

test('instruments have their contract values, and each type has its own list', async t => {
  const { base } = await runSimulator(t, { products: OKX })
  const swaps = await get(`http://${base}/okx/api/v5/public/instruments?instType=SWAP`)
  assert.equal(swaps.code, '0')
  const values = Object.fromEntries(swaps.data.map((entry: Frame) => [entry.instId, entry.ctVal]))
  for (const [coin, value] of [
    ['BTC', '0.01'],
    ['ETH', '0.1'],
    ['SOL', '1'],
  ] as const) {
    assert.equal(values[`${coin}-USDT-SWAP`], value)
  }
  const { ctMult, ctType, state, settleCcy, tickSz, lotSz, uly } = swaps.data[0]
  assert.deepEqual(
    [ctMult, ctType, state, settleCcy, tickSz, lotSz, uly],
    ['1', 'linear', 'live', 'USDT', '0.1', '0.01', 'BTC-USDT'],
  )
  const spots = await get(`http://${base}/okx/api/v5/public/instruments?instType=SPOT`)
  assert.deepEqual([spots.data[0].instId, spots.data[0].ctVal, spots.data[0].state], ['BTC-USDT', '', 'live'])
  assert.deepEqual((await get(`http://${base}/okx/api/v5/public/instruments?instType=OPTION`)).data, [])
  assert.equal((await get(`http://${base}/okx/api/v5/public/instruments`)).code, '50014')
})

test('a book has its seqId and the time as text, and the 41st request in two seconds is refused', async t => {
  const clock = new StandingClock()
  const { base } = await runSimulator(t, { products: OKX, clock })
  const url = `http://${base}/okx/api/v5/market/books`
  const { data } = await get(`${url}?instId=BTC-USDT&sz=400`)
  assert.deepEqual(Object.keys(data[0]), ['asks', 'bids', 'ts', 'seqId'])
  assert.deepEqual([data[0].asks.length, data[0].bids.length, data[0].asks[0].length], [400, 400, 4])
  assert.equal((await get(`${url}?instId=BTC-USDT`)).data[0].bids.length, 1)
  assert.equal((await get(`${url}?instId=BTC-NOTHING`)).code, '51001')
  assert.equal((await get(`${url}?instId=BTC-USDT&sz=401`)).code, '51000')
  const time = await get(`http://${base}/okx/api/v5/public/time`)
  assert.equal(time.data[0].ts, String(clock.wallMs(clock.nowUs())))
  clock.pass(2_000)
  const answers = await Promise.all(Array.from({ length: 41 }, () => fetch(`${url}?instId=BTC-USDT`)))
  const [refused, ...others] = answers.filter(({ ok }) => !ok)
  assert.deepEqual([refused?.status, others], [429, []])
  assert.equal(((await refused?.json()) as Frame | undefined)?.code, '50011')
  clock.pass(2_000)
  assert.equal((await get(`${url}?instId=BTC-USDT`)).code, '0')
})

async function get(url: string): Promise<Frame> {
  return (await fetch(url)).json()
}
