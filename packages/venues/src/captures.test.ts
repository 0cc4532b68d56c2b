import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Capture, CaptureReplay } from './test/capture-replay.js'
import { type CapturedLine, readLines, skipWithout } from './test/feeds.js'
import { productOf } from './test/product-fixture.js'

interface Expected {
  readonly file: string
  readonly product: string
  /** By channel; any other must not occur. */
  readonly frames: Readonly<Record<string, number>>
  /** Of the trades and tops: frames that are not decoded by bytes. */
  readonly parsed?: Readonly<Record<string, number>>
  readonly applied: number
  /** Books compared with the venue's own ticker. */
  readonly tops?: number
  /** Books compared with the venue's own checksum. */
  readonly checksums?: number
  readonly wrongAt?: readonly number[]
}

const captures: readonly Expected[] = [
  {
    file: 'binance-futures_btcusdt_20240808_hft.ndjson.gz',
    product: 'binance-futures',
    frames: { '@bookTicker': 66_089, '@trade': 21_313, '@depth@0ms': 6_551 },
    applied: 6_547,
    tops: 5_703,
  },
  {
    file: 'binance-futures_multi4_20210417_cf.ndjson.gz',
    product: 'binance-futures',
    frames: { '@bookTicker': 1_959, '@depth@100ms': 1_016, '@aggTrade': 185, '@kline_1m': 99 },
    applied: 997,
    tops: 519,
  },
  {
    file: 'binance-spot_btcusdt_20240808_hft.ndjson.gz',
    product: 'binance-spot',
    frames: { '@bookTicker': 73_174, '@trade': 19_904, '@depth@100ms': 6_495 },
    applied: 6_493,
    tops: 5_737,
    // The price left the 1,000 levels of the recorded snapshot, and the level there was never sent again.
    wrongAt: [50_093_478_171, 50_093_480_538],
  },
  {
    file: 'binance-spot_multi10_20210417_cf.ndjson.gz',
    product: 'binance-spot',
    frames: { '@bookTicker': 570, '@depth@100ms': 614, '@aggTrade': 24, '@kline_1m': 20 },
    applied: 590,
    tops: 310,
  },
  {
    file: 'binance-spot_multi4_20211012_cf.ndjson.gz',
    product: 'binance-spot',
    frames: { '@bookTicker': 84, '@depth@100ms': 177, '@aggTrade': 2, '@kline_1m': 2 },
    applied: 172,
    tops: 51,
  },
  {
    file: 'binance-tr_multi4_20230410_cf.ndjson',
    product: 'binance-spot',
    frames: { '@bookTicker': 47, '@depth@100ms': 84, '@kline_1m': 8 },
    applied: 78,
    tops: 28,
  },
  {
    file: 'binance-us_multi_20210417_cf.ndjson.gz',
    product: 'binance-spot',
    frames: { '@bookTicker': 458, '@depth@100ms': 807, '@aggTrade': 18 },
    applied: 797,
    tops: 306,
  },
  {
    file: 'bybit-linear_btc-sol_20260809_cf.ndjson.gz',
    product: 'bybit-linear',
    frames: { 'orderbook.200': 797, '.tickers': 378, publicTrade: 73, 'kline.1': 47, control: 17 },
    applied: 795,
  },
  {
    file: 'bybit-linear_l1_20250613_cf.ndjson',
    product: 'bybit-linear',
    frames: { 'orderbook.1': 125, control: 4 },
    applied: 0,
  },
  {
    file: 'bybit-spot_btc_20241108_gct.ndjson',
    product: 'bybit-spot',
    frames: { 'orderbook.50': 2 },
    applied: 1,
  },
  {
    file: 'bybit-spot_btc_20260809_cf.ndjson',
    product: 'bybit-spot',
    frames: { 'orderbook.200': 300, '.tickers': 41, publicTrade: 11, 'kline.1': 15, control: 7 },
    applied: 299,
  },
  {
    file: 'bybit-spot_l1_20250613_cf.ndjson',
    product: 'bybit-spot',
    frames: { 'orderbook.1': 84, control: 6 },
    applied: 0,
  },
  {
    file: 'okx_books_spot-fut_20220513_cf.ndjson.gz',
    product: 'okx-spot',
    frames: { books: 197, trades: 73, tickers: 27, control: 12 },
    parsed: { tickers: 27 },
    applied: 195,
    checksums: 197,
  },
  // The same subscriptions on three connections at a time; a few of their frames have neither levels nor ids.
  {
    file: 'okx_l2tbt_20210722_cf.ndjson.gz',
    product: 'okx-swap',
    frames: { 'books-l2-tbt': 1_058, trades: 30, tickers: 34, control: 15 },
    parsed: { tickers: 34 },
    applied: 1_044,
    checksums: 1_058,
  },
  {
    file: 'okx_l2tbt_20210722_conn2_cf.ndjson.gz',
    product: 'okx-swap',
    frames: { 'books-l2-tbt': 1_005, trades: 30, tickers: 35, control: 15 },
    parsed: { tickers: 35 },
    applied: 992,
    checksums: 1_005,
  },
  {
    file: 'okx_l2tbt_20210722_conn3_cf.ndjson.gz',
    product: 'okx-swap',
    frames: { 'books-l2-tbt': 985, trades: 30, tickers: 34, control: 15 },
    parsed: { tickers: 34 },
    applied: 972,
    checksums: 985,
  },
  {
    file: 'okx_l2tbt_20220227_cf.ndjson.gz',
    product: 'okx-spot',
    frames: { 'books-l2-tbt': 1_908, trades: 6, tickers: 8, control: 36 },
    parsed: { tickers: 8 },
    applied: 1_890,
    checksums: 1_908,
  },
]

for (const expected of captures) {
  test(`${expected.file}: every frame is of its class and well-formed, every book chains and equals the venue's`, {
    skip: skipWithout(expected.file),
  }, t => {
    const capture = new Capture(readLines<CapturedLine>(expected.file))
    const replay = new CaptureReplay(productOf(expected.product), capture.symbols)
    for (const line of capture.lines) replay.take(line)
    replay.compareTops()
    replay.report(t)
    assert.deepEqual(replay.frameCounts, expected.frames)
    assert.deepEqual(replay.problems, [])
    assert.deepEqual(replay.parsedCounts, expected.parsed ?? {})
    assert.equal(replay.gapCount, 0)
    assert.equal(replay.appliedCount, expected.applied)
    assert.equal(replay.comparedCount, expected.tops ?? 0)
    assert.equal(replay.checksumCount, expected.checksums ?? 0)
    assert.deepEqual(replay.wrongAt, expected.wrongAt ?? [])
  })
}

test('the list of instruments is read from a recorded answer of Bybit', {
  skip: skipWithout('bybit_instruments_rest_20260809_cf.ndjson.gz'),
}, t => {
  const lines = [...readLines<CapturedLine>('bybit_instruments_rest_20260809_cf.ndjson.gz')]
  const counts = ['bybit-linear', 'bybit-spot'].map((product, index) => {
    const { listed, nextCursor } = productOf(product).instruments.parse(lines[index]?.raw ?? '')
    assert.equal(nextCursor, null)
    assert.ok(listed.every(instrument => instrument.isTrading && instrument.contractValue === '1'))
    assert.ok(listed.some(instrument => instrument.symbol === 'BTCUSDT'))
    return listed.length
  })
  t.diagnostic(`instruments: ${counts.join(', ')}`)
  assert.deepEqual(counts, [800, 557])
})

test('contract values are read from a recorded answer of OKX, without contracts in quote currency', {
  skip: skipWithout('okx_instruments_rest_20220513_cf.ndjson.gz'),
}, t => {
  const lines = [...readLines<CapturedLine>('okx_instruments_rest_20220513_cf.ndjson.gz')]
  const [spot, swap] = ['okx-spot', 'okx-swap'].map((product, index) => {
    const { listed } = productOf(product).instruments.parse(lines[index]?.raw ?? '')
    return new Map(listed.map(instrument => [instrument.symbol, instrument]))
  })
  t.diagnostic(`instruments: ${spot?.size}, ${swap?.size}`)
  assert.deepEqual(spot?.get('BTC-USDT'), { symbol: 'BTC-USDT', isTrading: true, contractValue: '1' })
  assert.deepEqual(
    ['BTC-USDT-SWAP', 'ETH-USDT-SWAP', 'BTC-USD-SWAP'].map(symbol => swap?.get(symbol)),
    [
      { symbol: 'BTC-USDT-SWAP', isTrading: true, contractValue: '0.01' },
      { symbol: 'ETH-USDT-SWAP', isTrading: true, contractValue: '0.1' },
      { symbol: 'BTC-USD-SWAP', isTrading: false, contractValue: '1' },
    ],
  )
})
