import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DIGEST_LEVEL_COUNT, digestOfLevels } from '../market/digest.js'
import { ClientBook } from '../test/client-book.js'
import { BOOK_KINDS, BTC, type Frame, PAIRS, pause, runSimulator, VenueSocket } from '../test/venue-client.js'
import { exactProduct } from './decimals.js'

const PATH = '/okx/ws/v5/public'
const OKX = ['okx-spot', 'okx-swap']
const CONTRACT_VALUES: Readonly<Record<string, string>> = {
  'BTC-USDT-SWAP': '0.01',
  'ETH-USDT-SWAP': '0.1',
  'SOL-USDT-SWAP': '1',
}

for (const { kind, hasCyclicBooks } of BOOK_KINDS) {
  test(`snapshot and updates give the journal’s book at every id, ${kind} books, in contracts and in base currency, and again after a resubscription`, async t => {
    const { base, journal } = await runSimulator(t, { l2Rate: 600, products: OKX, hasCyclicBooks })
    const client = await VenueSocket.open(t, `ws://${base}${PATH}`)
    const args = PAIRS.map(({ base: coin }) => ({ channel: 'books', instId: `${coin.toUpperCase()}-USDT-SWAP` }))
    client.send({ id: '1', op: 'subscribe', args })
    const countOf = (instId: string): number =>
      client.frames.filter(frame => frame.data && frame.arg.instId === instId).length
    const haveMore = (than: readonly number[]): boolean =>
      args.every(({ instId }, index) => countOf(instId) > (than[index] ?? 0) + 40)
    await client.until(() => haveMore([]))
    client.send({ id: '2', op: 'unsubscribe', args })
    await pause(100)
    client.send({ id: '3', op: 'subscribe', args })
    const before = args.map(({ instId }) => countOf(instId))
    await client.until(() => haveMore(before))
    const received = client.frames.filter(frame => frame.data)
    const journaled = digestsOf(await journal())
    for (const { instId } of args) {
      const frames = received.filter(frame => frame.arg.instId === instId)
      assert.equal(frames.filter(frame => frame.action === 'snapshot').length, 2)
      assert.deepEqual(Object.keys(frames[0].data[0]), ['asks', 'bids', 'ts', 'checksum', 'prevSeqId', 'seqId'])
      checkChain(frames, instId, journaled)
    }
    const sizes = received.flatMap(frame => frame.data[0].asks).map(([, size]) => size)
    assert.ok(sizes.includes('0') && sizes.some(size => size.includes('.')), 'deletions and fractions of contracts')
    assert.ok(!sizes.some(size => /\.\d*0$/.test(size)), 'no zeros at the end')
  })
}

// These wait for the venue's own pace most of the time, so they run together.
describe('topics', { concurrency: true }, () => {
  test('ids start again lower after maintenance: the chain continues, and no id names two books', async t => {
    const { base, journal } = await runSimulator(t, { instruments: BTC, l2Rate: 200, products: OKX, timeScale: 600 })
    const client = await VenueSocket.open(t, `ws://${base}${PATH}`)
    client.send(subscription('books', 'BTC-USDT-SWAP'))
    const isReset = ({ data }: Frame): boolean => data && data[0].seqId < data[0].prevSeqId
    await client.until(() => client.frames.filter(isReset).length > 1)
    const frames = client.frames.filter(frame => frame.data)
    const lines = await journal()
    checkChain(frames, 'BTC-USDT-SWAP', digestsOf(lines))
    const ids = lines.filter(([kind, product]) => kind === 'B' && product === 'okx-swap').map(line => line[3])
    assert.equal(new Set(ids).size, ids.length)
  })

  test('a book that does not change sends its last id again without levels, and a quote is sent again', async t => {
    const { base } = await runSimulator(t, { scenario: 'quiet', l2Rate: 2, products: OKX, timeScale: 50 })
    const client = await VenueSocket.open(t, `ws://${base}${PATH}`)
    client.send({ op: 'subscribe', args: PAIRS.map(({ base: coin }) => ({ channel: 'books', instId: spot(coin) })) })
    client.send({ op: 'subscribe', args: PAIRS.map(({ base: coin }) => ({ channel: 'bbo-tbt', instId: spot(coin) })) })
    const pings = setInterval(() => client.send('ping'), 100)
    t.after(() => clearInterval(pings))
    const { data, arg } = await client.find(
      frame => frame.data?.[0].prevSeqId === frame.data?.[0].seqId && frame.action,
    )
    assert.deepEqual([data[0].asks, data[0].bids], [[], []])
    const before = client.frames.filter(frame => frame.action && frame.arg.instId === arg.instId)
    assert.equal(before.at(before.findIndex(frame => frame.data === data) - 1).data[0].seqId, data[0].seqId)
    const isRepeated = (frame: Frame): boolean =>
      client.frames.some(
        other =>
          other !== frame &&
          other.arg?.channel === 'bbo-tbt' &&
          other.arg.instId === frame.arg.instId &&
          other.data?.[0].seqId === frame.data[0].seqId,
      )
    await client.find(frame => frame.arg?.channel === 'bbo-tbt' && frame.data && isRepeated(frame))
  })

  test('trades fold fills: each tradeId is the last of `count` ids that follow the one before, in order with the quotes', async t => {
    const { base, journal } = await runSimulator(t, { products: OKX, l2Rate: 20 })
    const client = await VenueSocket.open(t, `ws://${base}${PATH}`)
    const instId = 'BTC-USDT-SWAP'
    client.send({ op: 'subscribe', args: ['trades', 'bbo-tbt'].map(channel => ({ channel, instId })) })
    const of = (channel: string): Frame[] => client.frames.filter(frame => frame.data && frame.arg.channel === channel)
    await client.until(() => of('trades').length > 10 && of('bbo-tbt').length > 10)
    const trades = of('trades').flatMap(frame => frame.data)
    assert.deepEqual(Object.keys(trades[0]), [
      'instId',
      'tradeId',
      'px',
      'sz',
      'side',
      'ts',
      'count',
      'source',
      'seqId',
    ])
    for (const [index, trade] of trades.slice(1).entries()) {
      assert.equal(Number(trade.tradeId) - Number(trade.count), Number(trades[index].tradeId))
      assert.ok(trade.seqId >= trades[index].seqId)
    }
    assert.ok(trades.some(trade => trade.count !== '1'))
    const lines = new Map((await journal()).filter(line => line[2] === instId).map(line => [line[3], line]))
    for (const { tradeId, px, sz, side } of trades) {
      assert.deepEqual(lines.get(tradeId)?.slice(6), [px, sz, side === 'buy' ? 'Buy' : 'Sell'])
    }
    const quotes = of('bbo-tbt').map(frame => frame.data[0])
    assert.deepEqual(Object.keys(quotes[0]), ['asks', 'bids', 'ts', 'seqId'])
    for (const [index, quote] of quotes.slice(1).entries()) assert.ok(quote.seqId > quotes[index].seqId)
    assert.deepEqual([quotes[0].asks.length, quotes[0].asks[0].length, quotes[0].asks[0][2]], [1, 4, '0'])
    assert.ok(Number(quotes[0].bids[0][0]) < Number(quotes[0].asks[0][0]))
  })

  test('one subscription covers the liquidations of all swaps: a history of old ones first, then those of the journal', async t => {
    const { base, journal } = await runSimulator(t, { products: OKX, l2Rate: 20 })
    const client = await VenueSocket.open(t, `ws://${base}${PATH}`)
    const connectedMs = Date.now()
    client.send({ op: 'subscribe', args: [{ channel: 'liquidation-orders', instType: 'SWAP' }] })
    const isPush = (frame: Frame): boolean => frame.data !== undefined
    const history = await client.find(isPush)
    const pushes = (): Frame[] => client.frames.filter(frame => isPush(frame) && frame !== history)
    await client.until(() => pushes().length > 2 && new Set(pushes().map(frame => frame.data[0].instId)).size > 1)
    const live = pushes()
    const oldTimes = history.data.flatMap((entry: Frame) => entry.details.map((detail: Frame) => Number(detail.ts)))
    assert.ok(oldTimes.length > 4 && oldTimes.every((ms: number) => ms < connectedMs - 5_000))
    assert.notDeepEqual(oldTimes, [...oldTimes].sort(), 'not chronological')
    const lines = (await journal()).filter(([kind, product]) => kind === 'Q' && product === 'okx-swap')
    for (const { instId, instFamily, details } of live.flatMap(frame => frame.data)) {
      assert.equal(instId, `${instFamily}-SWAP`)
      for (const { side, posSide, bkPx, sz, ts } of details) {
        const line: string[] | undefined = lines.find(
          fields => fields[2] === instId && fields[5] === bkPx && fields[8] === ts,
        )
        assert.deepEqual(line?.slice(6, 8), [sz, side === 'buy' ? 'Buy' : 'Sell'])
        assert.ok(['net', side === 'buy' ? 'short' : 'long'].includes(posSide))
      }
    }
  })

  test('open interest is sent every three seconds, the same in contracts, coin and dollars', async t => {
    const { base } = await runSimulator(t, { products: OKX, l2Rate: 20 })
    const client = await VenueSocket.open(t, `ws://${base}${PATH}`)
    client.send({
      op: 'subscribe',
      args: Object.keys(CONTRACT_VALUES).map(instId => ({ channel: 'open-interest', instId })),
    })
    const of = (instId: string): Frame[] => client.frames.filter(frame => frame.data && frame.arg.instId === instId)
    await client.until(() => Object.keys(CONTRACT_VALUES).every(instId => of(instId).length >= 3))
    for (const [instId, value] of Object.entries(CONTRACT_VALUES)) {
      const frames = of(instId)
      // The first one answers the subscription.
      const [, first, second] = frames.map(frame => Number(frame.data[0].ts))
      assert.ok(Math.abs(Number(second) - Number(first) - 3_000) < 1_000, `${first}, ${second}`)
      for (const { oi, oiCcy, oiUsd } of frames.flatMap(frame => frame.data)) {
        assert.equal(oiCcy, exactProduct(oi, value))
        assert.ok(Number(oiUsd) > Number(oiCcy))
      }
    }
  })
})

function subscription(channel: string, instId: string): object {
  return { op: 'subscribe', args: [{ channel, instId }] }
}

function spot(coin: string): string {
  return `${coin.toUpperCase()}-USDT`
}

/** By instrument and sequence: the digest and the one in base currency. */
function digestsOf(lines: readonly string[][]): ReadonlyMap<string, readonly string[]> {
  return new Map(
    lines
      .filter(([kind, product]) => kind === 'B' && product === 'okx-swap')
      .map(line => [`${line[2]} ${line[3]}`, line.slice(4)]),
  )
}

function checkChain(frames: readonly Frame[], instId: string, journaled: ReadonlyMap<string, readonly string[]>): void {
  const book = new ClientBook()
  let last = Number.NaN
  for (const { action, data } of frames) {
    const [{ bids, asks, prevSeqId, seqId, checksum }] = data
    if (action === 'snapshot') book.replace(bids, asks)
    else book.apply(bids, asks)
    assert.equal(prevSeqId, action === 'snapshot' ? -1 : last)
    assert.equal(checksum, 0)
    last = seqId
    assert.deepEqual([book.bids.size, book.asks.size], [400, 400])
    for (const [, size, zero, count] of [...bids, ...asks]) {
      assert.equal(zero, '0')
      assert.equal(size === '0', count === '0')
    }
    assert.ok(!book.isCrossed)
    const inBase = (side: 'bids' | 'asks'): [string, string][] =>
      book
        .sorted(side)
        .slice(0, DIGEST_LEVEL_COUNT)
        .map(([price, size]) => [price, exactProduct(size, CONTRACT_VALUES[instId]!)])
    assert.deepEqual(
      journaled.get(`${instId} ${seqId}`),
      [book.digest(), digestOfLevels(inBase('bids'), inBase('asks'))],
      `${action} at ${seqId}`,
    )
  }
}
