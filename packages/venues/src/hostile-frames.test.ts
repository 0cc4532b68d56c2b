// Frames as no venue should send them: truncated, of wrong types, incomplete, oversized, junk. Nothing throws, faults are
// counted, and every published event is well-formed.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { MonotonicUs } from '@tradelane/shared/market/nouns'
import { isDecimal, isWireId } from '@tradelane/shared/wire/decimal'
import fc from 'fast-check'
import { type DepthFrame, DepthVerdict } from './depth-protocol.js'
import { FrameClass } from './frame-class.js'
import { ALL_SAMPLES } from './test/all-samples.js'
import { extremesAt, isLeaf, type Path, pathsOf, strangeAt, without, wrongAt } from './test/frame-faults.js'
import { ProductFixture } from './test/product-fixture.js'
import type { ProductSamples } from './test/product-samples.js'
import type { Product } from './venue.js'

const RUNS = { numRuns: 1_000 }

for (const samples of ALL_SAMPLES) {
  const { product } = samples
  describe(product.id, () => {
    testCutFrames(samples)
    testFaultyEvents(samples)
    testIds(samples)
    testFaultyBooks(samples)
    testJunk(samples)
    testAnswers(samples)
    testChain(product)
  })
}

/** Fields, by venue and class, that an event does not need, or that have a default. */
const SPARE: Readonly<Record<string, Readonly<Partial<Record<FrameClass, RegExp>>>>> = {
  binance: {
    [FrameClass.trade]: /^(stream|[EMXfl]|nq|st)$/,
    [FrameClass.top]: /^(stream|[eET]|ps|st)$/,
    [FrameClass.liquidation]: /^(stream|[eE]|o\.(ap|[foql]))$/,
  },
  bybit: {
    [FrameClass.trade]: /^(ts|type|BT|L|RPI|seq)$/,
    [FrameClass.top]: /^(ts|cts|[ab]\.\d)$/,
    [FrameClass.liquidation]: /^(ts|type)$/,
    [FrameClass.openInterest]: /^(cs|openInterestValue|singleOpenInterest|singleOpenInterestValue)$/,
  },
  okx: {
    [FrameClass.trade]: /^(arg\.instId|count|source|seqId|event)$/,
    [FrameClass.top]: /^(seqId|instId|last|(asks|bids)\.0(\.\d)?)$/,
    [FrameClass.liquidation]: /^(arg\.instType|instType|instFamily|uly|details\.(bkLoss|ccy|posSide))$/,
    [FrameClass.openInterest]: /^(arg\.instId|instType|oiCcy|oiUsd)$/,
  },
}

/** Fields of OKX's levels that must be present, so that no other is in their place, and are not read. */
const UNREAD = /(asks|bids)\.\d\.[23]$/

/** As in the table above: without the index in a list of events. */
function nameOf(path: Path): string {
  return path
    .join('.')
    .replace(/^data\.(\d+\.)?/, '')
    .replace(/^details\.\d+\./, 'details.')
}

/** Classifies and decodes the frame as a connection does. */
interface Outcome {
  readonly frameClass: FrameClass
  readonly malformed: number
  readonly eventCount: number
}

function take(samples: ProductSamples, raw: string | Buffer): Outcome {
  const fixture = fixtureOf(samples)
  const bytes = Buffer.from(raw)
  const frameClass = fixture.classify(bytes)
  let malformed = frameClass === FrameClass.malformed ? 1 : 0
  if (isDecoded(frameClass)) malformed = fixture.take(bytes)
  else if (frameClass === FrameClass.depth) malformed = fixture.decodeDepth(bytes) ? 0 : 1
  else if (frameClass === FrameClass.control) samples.product.readControl(bytes)
  expectWellFormed(fixture)
  if (frameClass === FrameClass.depth && malformed === 0) expectBook(fixture.depthFrame)
  return { frameClass, malformed, eventCount: fixture.sink.eventCount }
}

function fixtureOf({ product, spellings, contractValue }: ProductSamples): ProductFixture {
  return new ProductFixture(product, [spellings[0]?.[2] ?? ''], { units: 'base', contractValue })
}

function isDecoded(frameClass: FrameClass): boolean {
  return frameClass >= FrameClass.trade && frameClass <= FrameClass.openInterest
}

/** Frames that give events on their own. */
function eventFrames(samples: ProductSamples): readonly string[] {
  const frames = samples.frames.map(({ raw }) => raw)
  return frames.filter(raw => {
    const { eventCount, malformed } = take(samples, raw)
    return eventCount > 0 && malformed === 0
  })
}

function testCutFrames(samples: ProductSamples) {
  test('a truncated frame is malformed at any length', () => {
    const books = samples.depth.filter(({ source }) => source !== 'rest').map(({ raw }) => raw)
    for (const raw of [...eventFrames(samples), ...books.slice(0, 2)]) {
      const bytes = Buffer.from(raw)
      for (let length = 0; length < bytes.length; length += 1) {
        const { frameClass, malformed, eventCount } = take(samples, bytes.subarray(0, length))
        assert.equal(eventCount, 0)
        // A truncated frame may look like an answer or an unused event, which gives no event.
        assert.ok(malformed > 0 || frameClass >= FrameClass.control, `${frameClass} ${raw.slice(0, length)}`)
      }
    }
  })

  test('a truncated answer acknowledges nothing', () => {
    for (const [raw] of samples.control) {
      for (let length = 0; length < raw.length; length += 1) {
        const { kind } = samples.product.readControl(Buffer.from(raw.slice(0, length)))
        assert.equal(kind, 'other', raw.slice(0, length))
      }
    }
  })
}

function testFaultyEvents(samples: ProductSamples) {
  test('an event whose field is missing or wrong is counted and not published', t => {
    let faultCount = 0
    for (const raw of eventFrames(samples)) {
      const whole = take(samples, raw)
      const spare = SPARE[samples.product.id.split('-')[0] ?? '']?.[whole.frameClass] ?? assert.fail()
      for (const path of pathsOf(raw)) {
        for (const { raw: extreme } of extremesAt(raw, path)) take(samples, extreme)
        const isMissed = take(samples, without(raw, path).raw).eventCount < whole.eventCount
        const isNeeded = isMissed && !UNREAD.test(path.join('.'))
        if (!isMissed) assert.match(nameOf(path), spare, `${path.join('.')} is not needed: ${raw}`)
        for (const { fault, raw: faulty, isOtherText } of isNeeded ? wrongAt(raw, path) : strangeAt(raw, path)) {
          const { frameClass, malformed, eventCount } = take(samples, faulty)
          faultCount += 1
          if (!isNeeded) continue
          assert.ok(eventCount < whole.eventCount, `${path.join('.')} as ${fault} was published: ${raw}`)
          // In Bybit's tickers an empty text means that a figure does not apply.
          const isNotApplicable = fault === '""' && frameClass === FrameClass.openInterest
          if (isNotApplicable || !isLeaf(raw, path) || isOtherText || !isDecoded(frameClass)) continue
          assert.ok(malformed > whole.malformed, `${path.join('.')} as ${fault} was not counted: ${raw}`)
        }
      }
    }
    t.diagnostic(`${faultCount} faulty frames`)
  })
}

/** Well-formed, but with ids and counts that contradict each other, in any order. */
function testIds(samples: ProductSamples) {
  test('events with any ids and counts, repeated and backwards, never throw and cover no id that cannot be', () => {
    const numbers = [0, 1, 1, 2, 3, 4, 9_999, Number.MAX_SAFE_INTEGER - 1, Number.MAX_SAFE_INTEGER]
    const anyNumber = fc.constantFrom(...numbers)
    const frame = fc.tuple(fc.constantFrom(...eventFrames(samples)), anyNumber, anyNumber)
    fc.assert(
      fc.property(fc.array(frame, { minLength: 1, maxLength: 12 }), frames => {
        const fixture = fixtureOf(samples)
        for (const [raw, id, count] of frames) {
          const ids = raw
            .replaceAll(/"(a|t|u|U|pu|seq|seqId)":\d+/g, `"$1":${id}`)
            .replaceAll(/"(tradeId)":"\d+"/g, `"$1":"${id % 1e15}"`)
            .replaceAll(/"(count)":"\d+"/g, `"$1":"${count % 1e15}"`)
          fixture.take(ids)
        }
        expectWellFormed(fixture)
      }),
      { numRuns: 300 },
    )
  })
}

function testFaultyBooks(samples: ProductSamples) {
  test('a book frame is refused if a field that it needs is wrong', t => {
    let faultCount = 0
    for (const { raw, source = 'stream' } of samples.depth.slice(0, 5)) {
      const fixture = fixtureOf(samples)
      for (const path of pathsOf(raw)) {
        const isNeeded = !fixture.decodeDepth(without(raw, path).raw, source) && !UNREAD.test(path.join('.'))
        for (const { fault, raw: faulty } of isNeeded ? wrongAt(raw, path) : strangeAt(raw, path)) {
          faultCount += 1
          const isTaken = fixture.decodeDepth(faulty, source)
          if (isTaken) expectBook(fixture.depthFrame)
          assert.ok(!isTaken || !isNeeded, `${path.join('.')} as ${fault} was accepted: ${raw}`)
        }
      }
    }
    t.diagnostic(`${faultCount} faulty frames`)
  })

  test('a book frame with more levels than any venue sends is refused', () => {
    const fixture = fixtureOf(samples)
    const { raw, source } = samples.depth[0] ?? assert.fail()
    const level = /\[\["[^\]]*\]/.exec(raw)?.[0].slice(1) ?? assert.fail()
    assert.ok(!fixture.decodeDepth(raw.replace(level, Array(10_001).fill(level).join()), source))
  })
}

function testJunk(samples: ProductSamples) {
  const raws = [...samples.frames, ...samples.depth].map(({ raw }) => raw)
  const answers = samples.control.map(([raw]) => raw)

  test('random bytes never throw and give no event', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
        assert.equal(take(samples, Buffer.from(bytes)).eventCount, 0)
      }),
      RUNS,
    )
  })

  test('frames with some bytes changed never throw and give no malformed event', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...raws, ...answers),
        fc.nat(),
        fc.uint8Array({ maxLength: 12 }),
        (raw, at, bytes) => {
          const frame = Buffer.from(raw)
          frame.set(bytes.subarray(0, frame.length - (at % frame.length)), at % frame.length)
          take(samples, frame)
        },
      ),
      RUNS,
    )
  })

  test('any well-formed JSON in any place never throws', () => {
    fc.assert(
      fc.property(fc.constantFrom(...raws, ...answers), fc.nat(), fc.jsonValue(), (raw, at, value) => {
        if (!raw.startsWith('{')) return
        const frame = JSON.parse(raw)
        const keys = Object.keys(frame)
        frame[keys[at % keys.length] ?? ''] = value
        take(samples, JSON.stringify(frame))
        take(samples, JSON.stringify(value))
      }),
      RUNS,
    )
  })

  test('a deeply nested frame is malformed', () => {
    const head = raws[0]?.slice(0, raws[0].indexOf('"data":') + 7) ?? ''
    assert.equal(take(samples, head + '['.repeat(200_000)).malformed, 1)
    assert.equal(take(samples, `${head}${'{"data":'.repeat(50_000)}1${'}'.repeat(50_001)}`).eventCount, 0)
  })
}

function testAnswers({ product }: ProductSamples) {
  test('a list of instruments made of any JSON is read or refused with a readable message', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (list, page) => {
        const body = { symbols: list, data: list, code: '0', retCode: 0, result: { list, nextPageCursor: page } }
        try {
          for (const { symbol, contractValue } of product.instruments.parse(JSON.stringify(body)).listed) {
            assert.ok(typeof symbol === 'string' && isDecimal(contractValue))
          }
        } catch (error) {
          assert.equal((error as Error).constructor, Error)
        }
      }),
      RUNS,
    )
  })

  test('a polled answer made of any JSON gives no malformed event', () => {
    const { openInterest } = product
    if (openInterest === undefined) return
    const fixture = new ProductFixture(product, ['BTCUSDT'])
    const [instrument] = fixture.instruments
    assert.ok(instrument)
    const body = '{"openInterest":"98234.512","symbol":"BTCUSDT","time":1790000000011}'
    for (const path of pathsOf(body)) {
      for (const { raw } of [without(body, path), ...wrongAt(body, path)]) {
        assert.ok(!openInterest.decode(Buffer.from(raw), instrument, 1 as MonotonicUs, fixture.sink), raw)
      }
    }
    assert.equal(fixture.sink.eventCount, 0)
  })
}

function testChain(product: Product) {
  test('with any ids, a delta is applied only after a snapshot and without a gap between', () => {
    const id = fc.integer({ min: -1, max: 12 })
    const frames = fc.record({ isSnapshot: fc.boolean(), firstId: id, lastId: id, previousId: id })
    fc.assert(
      fc.property(fc.array(frames, { maxLength: 30 }), offered => {
        const chain = product.depth.newChain()
        let hasBook = false
        for (const { isSnapshot, ...ids } of offered) {
          const type = isSnapshot ? 'snapshot' : 'delta'
          const frame = {
            type,
            ...ids,
            sequence: 0,
            engineUs: null,
            venueUs: null,
            bids: ['1', '1'],
            asks: [],
          } as const
          const verdict = chain.offer({ ...frame, bids: [...frame.bids], asks: [] })
          if (verdict === DepthVerdict.apply) assert.ok(hasBook && !isSnapshot)
          if (verdict === DepthVerdict.replace) assert.ok(isSnapshot)
          if (verdict === DepthVerdict.hold) assert.ok(!hasBook)
          if (verdict === DepthVerdict.replace) hasBook = true
          else if (verdict === DepthVerdict.gap || verdict === DepthVerdict.snapshotTooOld) hasBook = false
        }
      }),
      RUNS,
    )
  })
}

function expectWellFormed({ sink, instruments }: ProductFixture): void {
  const isSide = (side: string): boolean => side === 'Buy' || side === 'Sell'
  const isDecimalOrNull = (value: unknown): boolean => value === null || isDecimal(value)
  for (const { instrument, venueUs } of [...sink.trades, ...sink.liquidations, ...sink.tops, ...sink.openInterests]) {
    assert.ok(instruments.includes(instrument))
    assert.ok(Number.isNaN(venueUs) || (Number.isSafeInteger(venueUs) && venueUs >= 0))
  }
  assert.ok(
    [...sink.trades, ...sink.liquidations, ...sink.openInterests].every(({ venueUs }) => !Number.isNaN(venueUs)),
  )
  for (const trade of sink.trades) {
    assert.ok(isWireId(trade.id) && isSide(trade.side) && Number.isSafeInteger(trade.idCount ?? 1))
    assert.ok((trade.idCount ?? 1) >= 1)
    if (trade.idCount !== undefined) assert.ok(trade.idCount <= Number(trade.id) + 1, 'a trade covers ids from 0')
    assert.ok([trade.price, trade.amount, trade.amountBase].every(isDecimal), JSON.stringify(trade))
  }
  for (const { price, quantity, quantityBase, priceAverage, ...sides } of sink.liquidations) {
    assert.ok([price, quantity, quantityBase].every(isDecimal) && isDecimalOrNull(priceAverage))
    assert.ok(isSide(sides.orderSide) && isSide(sides.legacySide) && /^(long|short)$/.test(sides.positionSide))
  }
  for (const { bidPrice, bidAmount, askPrice, askAmount, sequence } of sink.tops) {
    assert.ok([bidPrice, bidAmount, askPrice, askAmount].every(isDecimalOrNull))
    assert.ok(Number.isSafeInteger(sequence) && sequence >= 0)
  }
  for (const { contracts, contractsBase, notional, notionalUsd } of sink.openInterests) {
    assert.ok(isDecimal(contracts) && isDecimal(contractsBase))
    assert.ok(isDecimalOrNull(notional) && isDecimalOrNull(notionalUsd))
  }
}

function expectBook({ bids, asks, sequence, engineUs, venueUs }: DepthFrame): void {
  assert.ok([...bids, ...asks].every(isDecimal) && bids.length % 2 === 0 && asks.length % 2 === 0)
  assert.ok(Number.isSafeInteger(sequence) && sequence >= 0)
  for (const us of [engineUs, venueUs]) assert.ok(us === null || (Number.isSafeInteger(us) && us >= 0))
}
