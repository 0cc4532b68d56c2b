// Every encoder against the frames that existing clients expect: the text byte for byte, and MessagePack as the same object.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { unpack } from 'msgpackr'
import type { LiquidationEvent, OpenInterestEvent, TopEvent, TradeEvent } from '../market/market-events.js'
import {
  CellStatus,
  type Decimal,
  type Instrument,
  Kind,
  type MonotonicUs,
  StatusReason,
  type WallUs,
} from '../market/nouns.js'
import { encodeBook, packBook } from './encode-book.js'
import { encodeUpstreamGap, packUpstreamGap } from './encode-gap.js'
import {
  encodeCumulativeVolumeDelta,
  encodeOpenInterest,
  encodeTop,
  packCumulativeVolumeDelta,
  packOpenInterest,
  packTop,
} from './encode-state.js'
import { encodeLiquidation, encodeTrade, packLiquidation, packTrade } from './encode-trade.js'
import { InstrumentWire, wireTable } from './instrument-wire.js'
import { packKept } from './msgpack.js'
import {
  badSinceGapFrame,
  overrunGapFrame,
  restartGapFrame,
  type ServerFrame,
  serverFrameJson,
  serverFramePacked,
  statusFrame,
  welcomeFrame,
} from './server-frames.js'
import { isoMs, isoUs } from './timestamps.js'

/** Room for both forms in one slot of the trade log. */
const RECORD_BYTES_MAX = 984

const wall = (iso: string): WallUs => (Date.parse(iso) * 1_000) as WallUs
const after = (us: WallUs, extraUs: number): WallUs => (us + extraUs) as WallUs
/** Of every event here: it never reaches the wire, which shows the wall time that the encoder is handed. */
const STAMP_US = 5 as MonotonicUs
const TRADE_RECEIVED_US = after(wall('2026-02-03T04:05:06.120Z'), 11_442)
const LIQUIDATION_RECEIVED_US = after(wall('2026-02-03T04:05:07.002Z'), 18_118)
const TOP_RECEIVED_US = after(wall('2026-02-03T04:05:06.140Z'), 10_777)
const decimal = (text: string): Decimal => text as Decimal

test('a trade has the bytes of the contract, with base amount and sequence', () => {
  checkFrame({
    json: encodeTrade(trade(), wire('BinanceFuturesUsd', 'btc'), 17, TRADE_RECEIVED_US),
    packed: packTrade(trade(), wire('BinanceFuturesUsd', 'btc'), 17, TRADE_RECEIVED_US),
    text: `{"time_exchange":"2026-02-03T04:05:06.120Z","time_received":"2026-02-03T04:05:06.131442Z","exchange":"BinanceFuturesUsd","instrument":{"base":"btc","quote":"usdt","kind":"Perpetual"},"kind":"trade","data":{"amount":0.25,"amount_base":0.25,"id":"7001","price":81234.5,"side":"Sell"},"seq":17}`,
  })
})

test('a packed trade has the bytes of the library', () => {
  const digits = (max: number): fc.Arbitrary<string> => fc.stringMatching(new RegExp(`^[0-9]{1,${max}}$`))
  const decimals = fc.oneof(
    digits(18),
    fc.tuple(digits(12), digits(12)).map(parts => parts.join('.')),
    fc.constantFrom('0', '127', '128', '255', '256', '65535', '65536', '4294967295', '4294967296', '9'.repeat(400)),
  )
  const ids = fc.stringMatching(/^[!#-[\]-~]{1,64}$/)
  const names = [wire('BinanceFuturesUsd', 'btc'), wire('Okx', '币安人生')]
  fc.assert(
    fc.property(decimals, decimals, ids, fc.boolean(), fc.maxSafeNat(), (amount, price, id, isBuy, seq) => {
      const side = isBuy ? 'Buy' : 'Sell'
      const event = {
        ...trade(),
        amount: decimal(amount),
        amountBase: decimal(price),
        price: decimal(price),
        id,
        side,
      } as const
      for (const each of names) {
        const object = {
          time_exchange: isoMs(event.venueUs),
          time_received: isoUs(TRADE_RECEIVED_US),
          exchange: each.exchange,
          instrument: each.wireInstrument,
          kind: 'trade',
          data: { amount: Number(amount), amount_base: Number(price), id, price: Number(price), side },
          seq,
        }
        assert.deepEqual(Buffer.from(packTrade(event, each, seq, TRADE_RECEIVED_US)), Buffer.from(packKept(object)))
      }
    }),
    { numRuns: 1_000 },
  )
})

test('names of every script are escaped: frames are ASCII, and mean the same', () => {
  const names = wire('BinanceSpot', '币安人生')
  const gap = { instrument: names.instrument, lastId: '1', firstId: '3', fromUs: null, toUs: null, missed: 1 }
  const status = statusFrame({
    product: 'binance-spot',
    exchange: 'BinanceSpot',
    instrument: names.instrument,
    about: Kind.orderBookL2,
    status: CellStatus.stale,
    reason: StatusReason.starting,
    sinceUs: 0,
  })
  const frames = [
    encodeTrade(trade(), names, 17, TRADE_RECEIVED_US),
    encodeUpstreamGap(gap, names, 18, 'k3x9q2ab'),
    serverFrameJson(status),
  ]
  for (const json of frames) {
    assert.match(json, /^[\x20-\x7e]+$/)
    assert.match(json, /"base":"\\u5e01\\u5b89\\u4eba\\u751f"/)
    assert.equal(JSON.parse(json).instrument.base, '币安人生')
  }
  assert.equal(unpack(packTrade(trade(), names, 17, TRADE_RECEIVED_US)).instrument.base, '币安人生')
})

test('a liquidation has the bytes of the contract, with the sides named apart', () => {
  const event = liquidation()
  checkFrame({
    json: encodeLiquidation(event, wire('Okx', 'eth'), 18, LIQUIDATION_RECEIVED_US),
    packed: packLiquidation(event, wire('Okx', 'eth'), 18, LIQUIDATION_RECEIVED_US),
    text: `{"time_exchange":"2026-02-03T04:05:07.002Z","time_received":"2026-02-03T04:05:07.020118Z","exchange":"Okx","instrument":{"base":"eth","quote":"usdt","kind":"Perpetual"},"kind":"liquidation","data":{"order_side":"Sell","position_side":"long","price":2410.2,"price_average":null,"quantity":14.0,"quantity_base":1.4,"side":"Sell","time":"2026-02-03T04:05:07.002Z"},"seq":18}`,
  })
  const averaged = { ...event, priceAverage: decimal('2409.9') }
  assert.match(encodeLiquidation(averaged, wire('Okx', 'eth'), 18, LIQUIDATION_RECEIVED_US), /"price_average":2409\.9,/)
  assert.equal(
    unpack(packLiquidation(averaged, wire('Okx', 'eth'), 18, LIQUIDATION_RECEIVED_US)).data.price_average,
    2409.9,
  )
})

test('open interest has the bytes of the contract, unknown figures as null', () => {
  const venueUs = wall('2026-02-03T04:05:10Z')
  const receivedUs = after(venueUs, 215_003)
  const event: OpenInterestEvent = {
    instrument: instrument('BinanceFuturesUsd', 'sol'),
    venueUs,
    receivedUs: STAMP_US,
    contracts: decimal('9123456.0'),
    notional: null,
    contractsBase: decimal('9123456.0'),
    notionalUsd: null,
    time: venueUs,
  }
  const solWire = wire('BinanceFuturesUsd', 'sol')
  checkFrame({
    json: encodeOpenInterest(event, solWire, receivedUs),
    packed: packOpenInterest(event, solWire, receivedUs),
    text: `{"time_exchange":"2026-02-03T04:05:10.000Z","time_received":"2026-02-03T04:05:10.215003Z","exchange":"BinanceFuturesUsd","instrument":{"base":"sol","quote":"usdt","kind":"Perpetual"},"kind":"open_interest","data":{"contracts":9123456.0,"contracts_base":9123456.0,"notional":null,"notional_usd":null,"time":"2026-02-03T04:05:10.000Z"}}`,
  })
  const known = { ...event, notional: decimal('10'), notionalUsd: decimal('20.5'), time: null }
  assert.match(encodeOpenInterest(known, solWire, receivedUs), /"notional":10,"notional_usd":20\.5,"time":null\}\}$/)
  assert.deepEqual(
    unpack(packOpenInterest(known, solWire, receivedUs)),
    JSON.parse(encodeOpenInterest(known, solWire, receivedUs)),
  )
})

test('cumulative volume delta has the bytes of the contract, with its start and completeness', () => {
  const venueUs = wall('2026-02-03T04:05:06.120Z')
  const receivedUs = after(venueUs, 11_903)
  const event = {
    instrument: instrument('BybitPerpetualsUsd', 'btc'),
    venueUs,
    receivedUs: STAMP_US,
    deltaBase: -12.75,
    deltaQuote: -1035000.5,
    sinceUs: after(venueUs, -1_000_001),
    isComplete: true,
  }
  const btcWire = wire('BybitPerpetualsUsd', 'btc')
  checkFrame({
    json: encodeCumulativeVolumeDelta(event, btcWire, receivedUs),
    packed: packCumulativeVolumeDelta(event, btcWire, receivedUs),
    text: `{"time_exchange":"2026-02-03T04:05:06.120Z","time_received":"2026-02-03T04:05:06.131903Z","exchange":"BybitPerpetualsUsd","instrument":{"base":"btc","quote":"usdt","kind":"Perpetual"},"kind":"cumulative_volume_delta","data":{"complete":true,"delta_base":-12.75,"delta_quote":-1035000.5,"since":"2026-02-03T04:05:05.119999Z"}}`,
  })
  const tiny = { ...event, deltaBase: 1e-9, deltaQuote: Number.POSITIVE_INFINITY, isComplete: false }
  const parsed = JSON.parse(encodeCumulativeVolumeDelta(tiny, btcWire, receivedUs))
  assert.equal(parsed.data.delta_base, 1e-9)
  assert.equal(parsed.data.delta_quote, 0)
  assert.equal(parsed.data.complete, false)
})

test('the top has the bytes of the contract, and an unseen side is null', () => {
  const event = top()
  const spotWire = wire('BinanceSpot', 'btc', 'Spot')
  checkFrame({
    json: encodeTop(event, spotWire, TOP_RECEIVED_US),
    packed: packTop(event, spotWire, TOP_RECEIVED_US),
    text: `{"time_exchange":"2026-02-03T04:05:06.140Z","time_received":"2026-02-03T04:05:06.150777Z","exchange":"BinanceSpot","instrument":{"base":"btc","quote":"usdt","kind":"Spot"},"kind":"order_book_l1","data":{"best_ask":{"amount":"1.20500000","price":"81234.60000000"},"best_bid":{"amount":"0.75000000","price":"81234.50000000"},"last_update_time":"2026-02-03T04:05:06.140Z"}}`,
  })
  const oneSided = { ...event, askPrice: null, askAmount: null }
  assert.match(encodeTop(oneSided, spotWire, TOP_RECEIVED_US), /"data":\{"best_ask":null,"best_bid":\{/)
  assert.deepEqual(
    unpack(packTop(oneSided, spotWire, TOP_RECEIVED_US)),
    JSON.parse(encodeTop(oneSided, spotWire, TOP_RECEIVED_US)),
  )
})

test('a top without a time of the venue has the time of receipt in its place', () => {
  const spotWire = wire('BinanceSpot', 'btc', 'Spot')
  const timeless = { ...top(), venueUs: Number.NaN as WallUs }
  const frame = JSON.parse(encodeTop(timeless, spotWire, TOP_RECEIVED_US))
  assert.equal(frame.time_exchange, '2026-02-03T04:05:06.150Z')
  assert.equal(frame.time_received, '2026-02-03T04:05:06.150777Z')
  assert.equal(frame.data.last_update_time, '2026-02-03T04:05:06.150Z')
  assert.deepEqual(unpack(packTop(timeless, spotWire, TOP_RECEIVED_US)), frame)
})

test('a book has the bytes of the contract', () => {
  const book = { ...bookTimes(), sequence: 450_017, bids: ['81234.5', '37.5'], asks: ['81234.6', '41'] }
  checkFrame({
    json: encodeBook(book, wire('Okx', 'btc'), 50),
    packed: packBook(book, wire('Okx', 'btc'), 50),
    text: `{"time_exchange":"2026-02-03T04:05:06.200Z","time_received":"2026-02-03T04:05:06.211009Z","exchange":"Okx","instrument":{"base":"btc","quote":"usdt","kind":"Perpetual"},"kind":"order_book_l2","data":{"Snapshot":{"asks":{"levels":[{"amount":"41","price":"81234.6"}]},"bids":{"levels":[{"amount":"37.5","price":"81234.5"}]},"confirmed":"2026-02-03T04:05:07.211009Z","sequence":450017,"time_engine":"2026-02-03T04:05:06.200Z","unchanged_since":"2026-02-03T04:05:05.211009Z"}}}`,
  })
})

test('a book shows the asked number of levels, fewer where there are fewer, none on an empty side', () => {
  const texts = (count: number, price: number): string[] =>
    Array.from({ length: count }, (_, rank) => [`${price + rank}.10`, `${rank + 1}.500`]).flat()
  const okx = wire('Okx', 'btc')
  for (const [bidCount, askCount, levelCount] of [
    [0, 0, 50],
    [1, 0, 50],
    [49, 51, 50],
    [50, 200, 50],
    [3, 3, 1],
  ] as const) {
    const book = { ...bookTimes(), engineUs: null, sequence: 1, bids: texts(bidCount, 100), asks: texts(askCount, 200) }
    const frame = JSON.parse(encodeBook(book, okx, levelCount))
    assert.deepEqual(unpack(packBook(book, okx, levelCount)), frame)
    const { bids, asks, time_engine } = frame.data.Snapshot
    assert.equal(time_engine, null)
    assert.equal(bids.levels.length, Math.min(bidCount, levelCount))
    assert.equal(asks.levels.length, Math.min(askCount, levelCount))
    for (const [rank, level] of bids.levels.entries()) {
      assert.deepEqual(level, { amount: `${rank + 1}.500`, price: `${100 + rank}.10` })
    }
  }
})

test('an upstream gap has the bytes of the contract', () => {
  const fromUs = wall('2026-02-03T04:05:06.120Z')
  const gap = {
    instrument: instrument('BinanceFuturesUsd', 'btc'),
    lastId: '7001',
    firstId: '7005',
    fromUs,
    toUs: after(fromUs, 2_500_000),
    missed: 3,
  }
  checkFrame({
    json: encodeUpstreamGap(gap, wire('BinanceFuturesUsd', 'btc'), 19, 'abcd1234'),
    packed: packUpstreamGap(gap, wire('BinanceFuturesUsd', 'btc'), 19, 'abcd1234'),
    text: `{"type":"gap","lane":"trades","reason":"upstream","stream":"abcd1234","seq":19,"from":null,"to":null,"missed":3,"exchange":"BinanceFuturesUsd","instrument":{"base":"btc","quote":"usdt","kind":"Perpetual"},"last_id":"7001","first_id":"7005","from_time":"2026-02-03T04:05:06.120000Z","to_time":"2026-02-03T04:05:08.620000Z"}`,
  })
})

test('the server’s own frames have the bytes of the contract', () => {
  const wallUs = after(wall('2026-02-03T04:05:06.123Z'), 456)
  const since = '"since":"2026-02-03T04:05:06.123456Z"'
  const btc = instrument('Okx', 'btc')
  const cases: [ServerFrame, string][] = [
    [
      welcomeFrame({ wallUs, stream: 'abcd1234', sequence: 99, version: '0.1.0' }),
      `{"message":"Connected to barter-data market feed","timestamp":"2026-02-03T04:05:06.123456Z","type":"welcome","stream":"abcd1234","seq":99,"version":"0.1.0"}`,
    ],
    [
      overrunGapFrame('abcd1234', 5, 9),
      `{"type":"gap","lane":"trades","reason":"overrun","stream":"abcd1234","from":5,"to":9,"missed":5}`,
    ],
    [
      restartGapFrame('abcd1234'),
      `{"type":"gap","lane":"trades","reason":"restart","stream":"abcd1234","from":null,"to":null,"missed":null}`,
    ],
    [
      badSinceGapFrame('abcd1234'),
      `{"type":"gap","lane":"trades","reason":"bad_since","stream":"abcd1234","from":null,"to":null,"missed":null}`,
    ],
    [
      statusFrame({
        product: 'okx-swap',
        exchange: 'Okx',
        instrument: btc,
        about: Kind.orderBookL2,
        status: CellStatus.stale,
        reason: StatusReason.sequenceGap,
        sinceUs: wallUs,
      }),
      `{"type":"status","product":"okx-swap","exchange":"Okx","instrument":{"base":"btc","quote":"usdt","kind":"Perpetual"},"of":"order_book_l2","state":"stale",${since},"reason":"gap"}`,
    ],
    [
      statusFrame({
        product: 'okx-swap',
        exchange: 'Okx',
        instrument: null,
        about: Kind.trade,
        status: CellStatus.live,
        reason: StatusReason.connected,
        sinceUs: wallUs,
      }),
      `{"type":"status","product":"okx-swap","exchange":"Okx","instrument":null,"of":"trade","state":"live",${since},"reason":"connected"}`,
    ],
  ]
  for (const [frame, text] of cases) {
    checkFrame({ json: serverFrameJson(frame), packed: serverFramePacked(frame), text })
  }
})

test('no frame but the welcome contains the text that marks it', () => {
  const mark = '"type":"welcome'
  const id = fc.string({ unit: fc.constantFrom(...' type:welcome{}[],~'), minLength: 1, maxLength: 64 })
  fc.assert(
    fc.property(id, text => {
      const json = encodeTrade({ ...trade(), id: text }, wire('Okx', 'btc'), 1, TRADE_RECEIVED_US)
      assert.equal(JSON.parse(json).data.id, text)
      assert.ok(!json.includes(mark))
    }),
  )
  const welcome = serverFrameJson(welcomeFrame({ wallUs: 0, stream: 's', sequence: 0, version: '1' }))
  assert.ok(welcome.includes(mark))
})

test('JSON and MessagePack of any trade hold the same object', () => {
  const digit = fc.constantFrom(...'0123456789')
  const text = fc
    .tuple(
      fc.string({ unit: digit, minLength: 1, maxLength: 24 }),
      fc.string({ unit: digit, minLength: 1, maxLength: 18 }),
    )
    .map(([integer, fraction]) => decimal(`${integer}.${fraction}`))
  const sequence = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })
  fc.assert(
    fc.property(
      text,
      text,
      text,
      sequence,
      fc.integer({ min: 0, max: 2 ** 53 - 1 }),
      (price, amount, amountBase, seq, us) => {
        const event = { ...trade(), price, amount, amountBase }
        const json = encodeTrade(event, wire('Okx', 'btc'), seq, us as WallUs)
        const object = JSON.parse(json)
        assert.deepEqual(unpack(packTrade(event, wire('Okx', 'btc'), seq, us as WallUs)), object)
        assert.equal(object.data.price, Number(price))
        assert.equal(object.seq, seq)
      },
    ),
  )
})

test('the longest accepted texts still fit one record in both forms', () => {
  const longest = decimal(`${'9'.repeat(24)}.${'9'.repeat(18)}`)
  const id = 'i'.repeat(64)
  const longWire = wire('BybitPerpetualsUsd', '1000000babydoge')
  const seq = Number.MAX_SAFE_INTEGER
  const longTrade = { ...trade(), id, price: longest, amount: longest, amountBase: longest }
  const longLiquidation = {
    ...liquidation(),
    price: longest,
    priceAverage: longest,
    quantity: longest,
    quantityBase: longest,
  }
  const us = Number.MAX_SAFE_INTEGER as WallUs
  const longGap = { instrument: longTrade.instrument, lastId: id, firstId: id, fromUs: us, toUs: us, missed: seq }
  const sizes = [
    encodeTrade(longTrade, longWire, seq, TRADE_RECEIVED_US).length +
      packTrade(longTrade, longWire, seq, TRADE_RECEIVED_US).length,
    encodeLiquidation(longLiquidation, longWire, seq, LIQUIDATION_RECEIVED_US).length +
      packLiquidation(longLiquidation, longWire, seq, LIQUIDATION_RECEIVED_US).length,
    encodeUpstreamGap(longGap, longWire, seq, 'abcd1234').length +
      packUpstreamGap(longGap, longWire, seq, 'abcd1234').length,
  ]
  for (const bytes of sizes) assert.ok(bytes <= RECORD_BYTES_MAX, `${bytes} bytes`)
})

test('the table finds each instrument by its id', () => {
  const instruments = ['btc', 'eth'].map((base, id) => ({ ...instrument('Okx', base), id }) as Instrument)
  const table = wireTable(instruments.toReversed())
  assert.equal(table[0]?.instrument.base, 'btc')
  assert.equal(table[1]?.instrument.base, 'eth')
})

function checkFrame(frame: { json: string; packed: Uint8Array; text: string }): void {
  assert.equal(frame.json, frame.text)
  const object = JSON.parse(frame.json)
  assert.deepEqual(unpack(frame.packed), object)
  assert.deepEqual(Object.keys(unpack(frame.packed)), Object.keys(object))
}

function instrument(exchange: string, base: string, marketType: 'Spot' | 'Perpetual' = 'Perpetual'): Instrument {
  const symbol = `${base.toUpperCase()}USDT`
  return { id: 0, product: 0, exchange, marketType, base, quote: 'usdt', symbol } as unknown as Instrument
}

function wire(exchange: string, base: string, marketType: 'Spot' | 'Perpetual' = 'Perpetual'): InstrumentWire {
  return new InstrumentWire(instrument(exchange, base, marketType))
}

function trade(): TradeEvent {
  const venueUs = wall('2026-02-03T04:05:06.120Z')
  return {
    instrument: instrument('BinanceFuturesUsd', 'btc'),
    venueUs,
    receivedUs: STAMP_US,
    id: '7001',
    price: decimal('81234.5'),
    amount: decimal('0.25'),
    amountBase: decimal('0.25'),
    side: 'Sell',
    isMarket: true,
  }
}

function liquidation(): LiquidationEvent {
  const venueUs = wall('2026-02-03T04:05:07.002Z')
  return {
    instrument: instrument('Okx', 'eth'),
    venueUs,
    receivedUs: STAMP_US,
    legacySide: 'Sell',
    orderSide: 'Sell',
    positionSide: 'long',
    price: decimal('2410.2'),
    priceAverage: null,
    quantity: decimal('14.0'),
    quantityBase: decimal('1.4'),
  }
}

function top(): TopEvent {
  const venueUs = wall('2026-02-03T04:05:06.140Z')
  return {
    instrument: instrument('BinanceSpot', 'btc', 'Spot'),
    venueUs,
    receivedUs: STAMP_US,
    bidPrice: decimal('81234.50000000'),
    bidAmount: decimal('0.75000000'),
    askPrice: decimal('81234.60000000'),
    askAmount: decimal('1.20500000'),
    sequence: 0,
  }
}

interface BookTimes {
  engineUs: WallUs | null
  venueUs: WallUs
  receivedUs: WallUs
  unchangedSinceUs: WallUs
  confirmedUs: WallUs
}

function bookTimes(): BookTimes {
  const venueUs = wall('2026-02-03T04:05:06.200Z')
  const receivedUs = after(venueUs, 11_009)
  const unchangedSinceUs = after(receivedUs, -1_000_000)
  return { engineUs: venueUs, venueUs, receivedUs, unchangedSinceUs, confirmedUs: after(receivedUs, 1_000_000) }
}
