import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ClientBook } from '../test/client-book.js'
import { BOOK_KINDS, BTC, type Frame, pause, runSimulator, StandingClock, VenueSocket } from '../test/venue-client.js'

const DEPTH = '/binance-futures/fapi/v1/depth'

for (const { kind, hasCyclicBooks } of BOOK_KINDS) {
  test(`snapshot and deltas joined by the venue’s rule give the journal’s book at every sequence, ${kind} books`, async t => {
    const { base, journal } = await runSimulator(t, { l2Rate: 600, hasCyclicBooks })
    const client = await VenueSocket.open(
      t,
      `ws://${base}/binance-futures/public/ws/btcusdt@depth@100ms/btcusdt@bookTicker`,
    )
    await client.find(frame => frame.e === 'depthUpdate')
    const forms = { between: 0, inside: 0 }
    const checked: [string, string][] = []
    for (let round = 0; round < 12; round += 1) {
      const snapshot = await get(`http://${base}${DEPTH}?symbol=BTCUSDT&limit=1000`)
      assert.deepEqual([snapshot.bids.length, snapshot.asks.length], [1_000, 1_000])
      await client.find(frame => frame.e === 'depthUpdate' && frame.pu > snapshot.lastUpdateId)
      const deltas = client.frames.filter(frame => frame.e === 'depthUpdate' && frame.u >= snapshot.lastUpdateId)
      const first = deltas.find(delta => delta.u > snapshot.lastUpdateId)
      if (first.pu === snapshot.lastUpdateId) forms.between += 1
      else {
        assert.ok(first.U <= snapshot.lastUpdateId && snapshot.lastUpdateId <= first.u)
        forms.inside += 1
      }
      const book = new ClientBook()
      book.replace(snapshot.bids, snapshot.asks)
      assert.ok(!book.isCrossed)
      checked.push([String(snapshot.lastUpdateId), book.digest()])
      let previous: number | undefined
      for (const delta of deltas) {
        if (previous !== undefined) assert.equal(delta.pu, previous)
        assert.ok(delta.U <= delta.u)
        book.apply(delta.b, delta.a)
        checked.push([String(delta.u), book.digest()])
        previous = delta.u
      }
      await pause(30)
    }
    assert.ok(forms.between > 0 && forms.inside > 0, JSON.stringify(forms))
    const lines = await journal()
    const journaled = new Set(lines.filter(([kind, , symbol]) => kind === 'B' && symbol === 'BTCUSDT').map(digestKey))
    for (const [sequence, digest] of checked) assert.ok(journaled.has(`${sequence} ${digest}`), `book at ${sequence}`)
    assert.ok(checked.length > 30)
    const gaps = client.frames.filter(frame => frame.e === 'depthUpdate' && frame.U !== frame.pu + 1)
    assert.ok(gaps.length > 0, 'ids have gaps between events')
  })
}

test('open interest and instruments are answered, with realistic steps and more instruments than configured', async t => {
  const { base } = await runSimulator(t, { scenario: 'quiet' })
  const interest = await get(`http://${base}/binance-futures/fapi/v1/openInterest?symbol=ETHUSDT`)
  assert.deepEqual(Object.keys(interest), ['openInterest', 'symbol', 'time'])
  assert.match(interest.openInterest, /^\d+\.\d{3}$/)
  const { symbols } = await get(`http://${base}/binance-futures/fapi/v1/exchangeInfo`)
  const listed = new Map<string, Frame>(symbols.map((entry: Frame) => [entry.symbol, entry]))
  for (const symbol of ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'XRPUSDT']) assert.equal(listed.get(symbol)?.status, 'TRADING')
  const filters = new Map<string, Frame>(
    listed.get('BTCUSDT')?.filters.map((entry: Frame) => [entry.filterType, entry]),
  )
  assert.equal(filters.get('PRICE_FILTER')?.tickSize, '0.10')
  assert.equal(filters.get('LOT_SIZE')?.stepSize, '0.001')
  const types = ['BTCUSDT', 'TSLAUSDT'].map(symbol => listed.get(symbol)?.contractType)
  assert.deepEqual(types, ['PERPETUAL', 'TRADIFI_PERPETUAL'])
})

for (const [name, query, code] of [
  ['an unknown symbol', 'symbol=NOPEUSDT', -1121],
  ['a missing symbol', 'limit=5', -1102],
  ['a limit that is not offered', 'symbol=BTCUSDT&limit=7', -4021],
] as const) {
  test(`${name} is refused with code ${code}`, async t => {
    const { base } = await runSimulator(t, { scenario: 'quiet', instruments: BTC })
    const response = await fetch(`http://${base}${DEPTH}?${query}`)
    assert.equal(response.status, 400)
    assert.equal(((await response.json()) as Frame).code, code)
  })
}

test('every answer reports the used weight; above the budget of a minute it is 429, and a client that continues is banned', async t => {
  const { base } = await runSimulator(t, { scenario: 'quiet', instruments: BTC, clock: new StandingClock() })
  const url = `http://${base}${DEPTH}?symbol=BTCUSDT&limit=1000`
  let used = 0
  for (let round = 0; round < 3; round += 1) {
    const response = await fetch(url)
    await response.text()
    assert.equal(Number(response.headers.get('x-mbx-used-weight-1m')) - used, 20)
    used += 20
  }
  const statuses: number[] = []
  for (let round = 0; round < 180; round += 1) {
    const response = await fetch(url)
    await response.text()
    statuses.push(response.status)
    if (response.status === 429) assert.ok(Number(response.headers.get('retry-after')) >= 1)
  }
  assert.equal(statuses.indexOf(429), 2_400 / 20 - 3)
  assert.equal(statuses.at(-1), 418)
})

async function get(url: string): Promise<Frame> {
  const response = await fetch(url)
  assert.equal(response.status, 200)
  return response.json()
}

function digestKey(line: readonly string[]): string {
  return `${line[3]} ${line[4]}`
}
