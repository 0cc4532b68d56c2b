// The contract of every product: plans, requests, answers, spelling, classes, events, chains. The samples are what the venues'
// manuals say; a new product adds its own and nothing else.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Decimal, FEED_OF_KIND, FEEDS, KIND_NAMES, Kind } from '@tradelane/shared/market/nouns'
import { multiplyDecimals } from '@tradelane/shared/wire/decimal'
import { FrameClass } from './frame-class.js'
import { PRODUCTS, productById, VENUES } from './registry.js'
import { ALL_SAMPLES } from './test/all-samples.js'
import { instrumentOf, ProductFixture, RECEIVED_US, subscriptionsOf } from './test/product-fixture.js'
import type { ProductSamples, SampleEvents } from './test/product-samples.js'
import type { RecordingSink } from './test/recording-sink.js'
import type { Subscription, VenueSettings } from './venue.js'

const VENUE_SETTINGS = Object.values(VENUES).flatMap(({ settings }) => settings)
const DEFAULTS: VenueSettings = Object.fromEntries(VENUE_SETTINGS.map(({ name, fallback }) => [name, fallback]))
const MANY = 450

test('every product has samples', () => {
  assert.deepEqual(ALL_SAMPLES.map(({ product }) => product.id).sort(), PRODUCTS.map(({ id }) => id).sort())
})

test('a setting of a venue begins with its name, and accepts its own default', () => {
  for (const { id, settings } of Object.values(VENUES)) {
    for (const { name, accepted, fallback } of settings) {
      assert.ok(name.startsWith(`${id.toUpperCase()}_`) && /^[A-Z0-9_]+$/.test(name), name)
      assert.ok(accepted.includes(fallback), name)
    }
  }
  assert.equal(new Set(VENUE_SETTINGS.map(({ name }) => name)).size, VENUE_SETTINGS.length)
})

for (const samples of ALL_SAMPLES) {
  describe(samples.product.id, () => {
    testRequests(samples)
    testAnswers(samples)
    testSymbols(samples)
    testEvents(samples)
    testDepth(samples)
    testInstruments(samples)
  })
}

function testRequests({ product, subscriptions, spellings, ...limits }: ProductSamples) {
  const { argsPerRequestMax, subscriptionsPerConnectionMax, argsCharsPerConnectionMax } = limits
  const symbol = spellings[0]?.[2] ?? ''

  test('each kind has its path and its request', () => {
    const polled = product.openInterest === undefined ? [] : ['open_interest']
    const streamed = subscriptions.map(([kind]) => KIND_NAMES[kind])
    assert.deepEqual([...streamed, ...polled].sort(), product.kinds.map(kind => KIND_NAMES[kind]).sort())
    for (const [kind, path, text] of subscriptions) {
      const subscriptions = subscriptionsOf(product, kind, [symbol])
      assert.deepEqual(product.plan(FEED_OF_KIND[kind], subscriptions, DEFAULTS), [{ path, subscriptions }])
      assert.deepEqual(product.subscribe(subscriptions, 7, DEFAULTS), [{ id: '7', text, subscriptions }])
      const unsubscribe = text.replace('SUBSCRIBE', 'UNSUBSCRIBE').replace('"op":"subscribe"', '"op":"unsubscribe"')
      assert.deepEqual(product.unsubscribe(subscriptions, 7, DEFAULTS), [{ id: '7', text: unsubscribe, subscriptions }])
    }
  })

  test('a polled kind needs no socket and no request', () => {
    if (product.openInterest === undefined) return
    assert.deepEqual(product.plan('state', subscriptionsOf(product, Kind.openInterest, [symbol]), DEFAULTS), [])
  })

  test(`${MANY} instruments: every subscription is on one connection and in one request, within the venue's limits`, () => {
    const symbols = Array.from({ length: MANY }, (_, rank) => product.symbolOf(`${'long'.repeat(8)}${rank}`, 'usdt'))
    for (const feed of FEEDS) {
      const kinds = subscriptions.map(([kind]) => kind).filter(kind => FEED_OF_KIND[kind] === feed)
      const requested = kinds.flatMap(kind => subscriptionsOf(product, kind, symbols))
      const plans = product.plan(feed, requested, DEFAULTS)
      assert.deepEqual(new Set(plans.flatMap(plan => plan.subscriptions)), new Set(requested))
      assert.equal(plans.flatMap(plan => plan.subscriptions).length, requested.length)
      for (const plan of plans) checkRequests(plan.subscriptions)
    }
  })

  function checkRequests(subscriptions: readonly Subscription[]): void {
    const requests = product.subscribe(subscriptions, 100, DEFAULTS)
    assert.deepEqual(
      requests.map(({ id }) => id),
      requests.map((_, rank) => String(100 + rank)),
    )
    assert.deepEqual(new Set(requests.flatMap(request => request.subscriptions)), new Set(subscriptions))
    let [argsCount, argsChars] = [0, 0]
    for (const { text, id } of requests) {
      const request = JSON.parse(text)
      const args: unknown[] = request.params ?? request.args
      assert.ok(args.length <= argsPerRequestMax, `${args.length} arguments`)
      assert.ok([request.id, request.req_id].map(String).includes(id))
      argsCount += args.length
      argsChars += JSON.stringify(args).length
    }
    // One argument of OKX may be for many instruments.
    assert.ok(argsCount > 0 && argsCount <= subscriptionsPerConnectionMax, `${argsCount} arguments on one connection`)
    assert.ok(argsChars <= argsCharsPerConnectionMax, `${argsChars} characters of arguments`)
  }

  test('a connection is pinged within what its venue allows', () => {
    const { keepalive, limits } = product
    assert.ok(limits.connectCount > 0 && limits.connectWindowMs > 0 && limits.requestSpacingMs > 0)
    if (keepalive.kind === 'server-ping') return
    assert.ok(keepalive.afterMs < 30_000 && keepalive.silenceMs > keepalive.afterMs)
    assert.match(keepalive.text(3), /^ping$|^\{"op":"ping","req_id":"3"\}$/)
  })
}

function testAnswers({ product, control, ignored, spellings }: ProductSamples) {
  const fixture = new ProductFixture(product, [spellings[0]?.[2] ?? ''])

  test('acks, rejections, pongs and notices are classified and read', () => {
    for (const [raw, expected] of control) {
      assert.equal(fixture.classify(raw), FrameClass.control, raw)
      assert.deepEqual(product.readControl(Buffer.from(raw)), expected, raw)
    }
  })

  test('unused channels are recognized and ignored', () => {
    for (const raw of ignored) assert.equal(fixture.classify(raw), FrameClass.ignored, raw)
  })
}

function testSymbols({ product, spellings, frames, depth }: ProductSamples) {
  test('symbols are spelled as the venue does, and found', () => {
    const fixture = new ProductFixture(
      product,
      spellings.map(([, , symbol]) => symbol),
    )
    for (const [rank, [base, quote, symbol]] of spellings.entries()) {
      assert.equal(product.symbolOf(base, quote), symbol)
      assert.equal(product.symbolOf(base.toUpperCase(), quote.toUpperCase()), symbol)
      assert.equal(fixture.index.of(symbol), fixture.instruments[rank])
      const bytes = Buffer.from(`"${symbol}"`)
      assert.equal(fixture.index.at(bytes, 1, bytes.length - 1), fixture.instruments[rank])
      // So many that some of them hash to the symbol's own slot.
      for (let suffix = 0; suffix < 100; suffix += 1) {
        const longer = Buffer.from(`${symbol}${suffix}`)
        assert.equal(fixture.index.at(longer, 0, longer.length), undefined)
      }
    }
  })

  test('frames of an instrument that is not subscribed have their class and no event', () => {
    const stranger = new ProductFixture(product, [spellings[1]?.[2] ?? ''])
    for (const { raw, frameClass } of frames) {
      assert.equal(stranger.classify(raw), frameClass)
      stranger.take(raw)
    }
    for (const { raw, source } of depth) {
      if (source === 'rest') continue
      assert.equal(stranger.classify(raw), FrameClass.depth)
      assert.equal(stranger.head.instrument, undefined)
    }
    assert.equal(stranger.sink.eventCount, 0)
  })
}

function testEvents({ product, frames, spellings, contractValue }: ProductSamples) {
  const symbol = spellings[0]?.[2] ?? ''
  const units = ['venue', 'base'] as const
  const [fixture, baseFixture] = units.map(
    unit => new ProductFixture(product, [symbol], { units: unit, contractValue }),
  )
  if (fixture === undefined || baseFixture === undefined) return

  for (const { what, raw, frameClass, events, malformed } of frames) {
    test(what, () => {
      fixture.sink.clear()
      assert.equal(fixture.classify(raw), frameClass)
      assert.equal(fixture.take(raw), malformed ?? 0)
      assert.deepEqual(eventsOf(fixture.sink), { trades: [], liquidations: [], tops: [], openInterests: [], ...events })
    })
  }

  test('sizes in base are so in every event, exactly', () => {
    for (const { raw } of frames) baseFixture.take(raw)
    const expected = frames.map(frame => frame.events)
    const times = (size: string | null) =>
      size === null ? null : multiplyDecimals(size as Decimal, contractValue as Decimal)
    const tops = expected.flatMap(({ tops = [] }) => tops.map(top => [times(top.bidAmount), times(top.askAmount)]))
    const { sink } = baseFixture
    const trades = expected.flatMap(each => each.trades ?? [])
    assert.deepEqual(
      sink.trades.map(trade => [trade.amount, trade.amountBase]),
      trades.map(({ amountBase }) => [amountBase, amountBase]),
    )
    const liquidations = expected.flatMap(each => each.liquidations ?? [])
    assert.deepEqual(
      sink.liquidations.map(liquidation => [liquidation.quantity, liquidation.quantityBase]),
      liquidations.map(({ quantityBase }) => [quantityBase, quantityBase]),
    )
    assert.deepEqual(
      sink.tops.map(top => [top.bidAmount, top.askAmount]),
      tops,
    )
    assert.deepEqual(
      sink.openInterests.map(({ contracts, contractsBase }) => [contracts, contractsBase]),
      expected.flatMap(({ openInterests = [] }) =>
        openInterests.map(({ contracts, contractsBase }) => [times(contracts), contractsBase]),
      ),
    )
  })
}

/** Events as the samples write them. */
function eventsOf(sink: RecordingSink): SampleEvents {
  const plain = (event: object): object => {
    // `lastId`: kept beside the event by the decoder of Bybit's tops.
    const { instrument, receivedUs, lastId, ...fields } = event as Record<string, unknown>
    return { symbol: (instrument as { symbol: string }).symbol, ...fields }
  }
  const { trades, liquidations, tops, openInterests } = sink
  const all = { trades, liquidations, tops, openInterests }
  return Object.fromEntries(Object.entries(all).map(([kind, events]) => [kind, (events as object[]).map(plain)]))
}

function testDepth({ product, depth, spellings }: ProductSamples) {
  const symbol = spellings[0]?.[2] ?? ''
  const fixture = new ProductFixture(product, [symbol])
  const chain = product.depth.newChain()

  for (const sample of depth) {
    test(`books: ${sample.what}`, () => {
      const source = sample.source ?? 'stream'
      if (source === 'stream') {
        assert.equal(fixture.classify(sample.raw), FrameClass.depth)
        assert.equal(fixture.head.instrument?.symbol, symbol)
      }
      const frame = fixture.depthFrame
      assert.ok(fixture.decodeDepth(sample.raw, source))
      const { bids, asks, sequence, engineUs, venueUs } = { ...frame, ...withoutAbsent(sample) }
      assert.deepEqual(frame, { ...frame, bids, asks, sequence, engineUs, venueUs })
      assert.equal(chain.offer(frame), sample.verdict)
    })
  }

  test('a chain that was reset waits for a snapshot', () => {
    chain.reset()
    const delta = depth.find(({ source, raw }) => source !== 'rest' && !raw.includes('snapshot'))
    assert.ok(delta && fixture.decodeDepth(delta.raw))
    assert.equal(chain.offer(fixture.depthFrame), depth[0]?.verdict)
  })

  test('snapshots are requested by REST where the socket has none, and fit the budget', () => {
    const { snapshotSource, snapshotRequest, snapshotLevelsMax, snapshotBytesMax, budget } = product.depth
    assert.equal(snapshotRequest !== undefined, snapshotSource === 'rest')
    assert.ok(snapshotBytesMax >= 2 * (snapshotLevelsMax ?? 200) * LEVEL_BYTES && snapshotBytesMax < 1_000_000)
    const request = snapshotRequest?.(instrumentOf(product, symbol))
    if (request === undefined) return
    assert.match(request.path, new RegExp(`\\?symbol=${symbol}&limit=${snapshotLevelsMax}$`))
    assert.ok(request.weight * 10 <= budget.weightPerMinute)
  })
}

/** Of `["100000.00","123456.789"],`. */
const LEVEL_BYTES = 28

function withoutAbsent(sample: object): object {
  return Object.fromEntries(Object.entries(sample).filter(([, value]) => value !== undefined))
}

function testInstruments({ product, instruments }: ProductSamples) {
  test('the list of instruments is requested and read; entries that are no instruments are left out', () => {
    assert.equal(product.instruments.request(null).path, instruments.path)
    assert.deepEqual(product.instruments.parse(instruments.body), { listed: instruments.listed, nextCursor: null })
  })

  test('an answer that is no list is an error with a readable message', () => {
    for (const body of ['', '<html>502 Bad Gateway</html>', '[]', 'null', '{}', '{"code":"50011","retCode":10006}']) {
      assert.throws(
        () => product.instruments.parse(body),
        (error: Error) => error.constructor === Error && /instruments|exchangeInfo/.test(error.message),
      )
    }
  })
}

test('symbols of other scripts are encoded in REST paths and stand as they are in requests', () => {
  const symbol = '币安人生USDT'
  const encoded = '%E5%B8%81%E5%AE%89%E4%BA%BA%E7%94%9FUSDT'
  for (const id of ['binance-spot', 'binance-futures']) {
    const product = productById(id)
    assert.ok(product)
    const instrument = instrumentOf(product, symbol)
    assert.ok(product.depth.snapshotRequest?.(instrument).path.includes(`?symbol=${encoded}&`))
    const interest = product.openInterest?.request(instrument).path ?? encoded
    assert.ok(interest.endsWith(encoded))
    const [request] = product.subscribe(subscriptionsOf(product, Kind.orderBookL2, [symbol]), 1, DEFAULTS)
    assert.match(request?.text ?? '', /"币安人生usdt@depth@100ms"/)
  }
})

test('open interest of Binance is polled: one-sided, in base', () => {
  const product = productById('binance-futures')
  const protocol = product?.openInterest
  assert.ok(product && protocol)
  const fixture = new ProductFixture(product, ['BTCUSDT'])
  const [instrument] = fixture.instruments
  assert.ok(instrument)
  assert.deepEqual(protocol.request(instrument), { path: '/fapi/v1/openInterest?symbol=BTCUSDT', weight: 1 })
  const body = (symbol: string): Buffer =>
    Buffer.from(`{"openInterest":"98234.512","symbol":"${symbol}","time":1790000000011}`)
  assert.ok(protocol.decode(body('BTCUSDT'), instrument, RECEIVED_US, fixture.sink))
  assert.ok(!protocol.decode(body('ETHUSDT'), instrument, RECEIVED_US, fixture.sink))
  const time = 1_790_000_000_011_000
  const figures = { contracts: '98234.512', contractsBase: '98234.512', notional: null, notionalUsd: null }
  assert.deepEqual(fixture.sink.openInterests, [
    { instrument, venueUs: time, receivedUs: RECEIVED_US, ...figures, time },
  ])
})

test('raw trades of Binance futures go over the public path, aggregates over the market path', () => {
  const product = productById('binance-futures')
  assert.ok(product)
  const raw: VenueSettings = { BINANCE_FUTURES_TRADES: 'raw' }
  const trades = subscriptionsOf(product, Kind.trade, ['BTCUSDT'])
  const liquidations = subscriptionsOf(product, Kind.liquidation, ['BTCUSDT'])
  assert.deepEqual(product.plan('trade', [...trades, ...liquidations], raw), [
    { path: '/public/stream', subscriptions: trades },
    { path: '/market/stream', subscriptions: liquidations },
  ])
  assert.match(product.subscribe(trades, 1, raw)[0]?.text ?? '', /"btcusdt@trade"/)
})

test('the liquidations of all OKX swaps, which have one argument, are on one connection', () => {
  const product = productById('okx-swap')
  assert.ok(product)
  const symbols = Array.from({ length: 60 }, (_, rank) => product.symbolOf(`base${rank}`, 'usdt'))
  const subscriptions = symbols.flatMap(symbol =>
    [Kind.trade, Kind.liquidation].flatMap(kind => subscriptionsOf(product, kind, [symbol])),
  )
  const plans = product.plan('trade', subscriptions, DEFAULTS)
  assert.ok(plans.length > 1)
  const kindsOf = plans.map(plan => new Set(plan.subscriptions.map(({ kind }) => kind)))
  assert.equal(kindsOf.filter(kinds => kinds.has(Kind.liquidation)).length, 1)
})

test('frames of OKX and Bybit that name a symbol of another product find no instrument', () => {
  const head = { frameClass: FrameClass.ignored, instrument: undefined, wasParsed: false }
  const spot = ALL_SAMPLES.find(({ product }) => product.id === 'okx-spot')
  const swap = ALL_SAMPLES.find(({ product }) => product.id === 'okx-swap')
  assert.ok(spot && swap)
  const fixture = new ProductFixture(spot.product, ['BTC-USDT'])
  const bytes = Buffer.from(swap.depth[0]?.raw ?? '')
  assert.equal(spot.product.classify(bytes, fixture.index, head), FrameClass.depth)
  assert.equal(head.instrument, undefined)
})
