// Frames as no venue should send them: cut, of wrong types, incomplete, oversized, junk. Nothing throws, what is wrong is
// counted, and whatever still reaches a reader is well-formed.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { MonotonicUs } from '@tradelane/shared/market/nouns'
import { isDecimal, isWireId } from '@tradelane/shared/wire/decimal'
import fc from 'fast-check'
import { ALL_SAMPLES } from './test/all-samples.js'
import { extremesAt, isLeaf, type Path, pathsOf, strangeAt, without, wrongAt } from './test/frame-faults.js'
import { ProductDesk } from './test/product-fixture.js'
import type { ProductSamples } from './test/product-samples.js'
import { type DepthFrame, DepthVerdict, FrameClass, type Product } from './venue.js'

const RUNS = { numRuns: 1_000 }

for (const samples of ALL_SAMPLES) {
  const { product } = samples
  describe(product.id, () => {
    testCutFrames(samples)
    testFaultyEvents(samples)
    testFaultyBooks(samples)
    testJunk(samples)
    testAnswers(samples)
    testChain(product)
  })
}

/** Fields, by venue and class, without which an event is what it is, or its rule says what stands in. */
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

/** Fields of OKX's levels that must be there, or others could have taken their places, and that nobody reads. */
const UNREAD = /(asks|bids)\.\d\.[23]$/

/** As the table above has it: places in a list of events have no number. */
function nameOf(path: Path): string {
  return path
    .join('.')
    .replace(/^data\.(\d+\.)?/, '')
    .replace(/^details\.\d+\./, 'details.')
}

/** What a connection would do with this frame. */
interface Outcome {
  readonly frameClass: FrameClass
  readonly malformed: number
  readonly eventCount: number
}

function take(samples: ProductSamples, raw: string | Buffer): Outcome {
  const desk = deskOf(samples)
  const bytes = Buffer.from(raw)
  const frameClass = desk.classify(bytes)
  let malformed = frameClass === FrameClass.malformed ? 1 : 0
  if (isDecoded(frameClass)) malformed = desk.take(bytes)
  else if (frameClass === FrameClass.depth) malformed = desk.decodeDepth(bytes) ? 0 : 1
  else if (frameClass === FrameClass.control) samples.product.readControl(bytes)
  expectWellFormed(desk)
  if (frameClass === FrameClass.depth && malformed === 0) expectBook(desk.depthFrame)
  return { frameClass, malformed, eventCount: desk.sink.eventCount }
}

function deskOf({ product, spellings, contractValue }: ProductSamples): ProductDesk {
  return new ProductDesk(product, [spellings[0]?.[2] ?? ''], { units: 'base', contractValue })
}

function isDecoded(frameClass: FrameClass): boolean {
  return frameClass >= FrameClass.trade && frameClass <= FrameClass.openInterest
}

/** Those that tell something when they come alone, and nothing else. */
function tellingFrames(samples: ProductSamples): readonly string[] {
  const frames = samples.frames.map(({ raw }) => raw)
  return frames.filter(raw => {
    const { eventCount, malformed } = take(samples, raw)
    return eventCount > 0 && malformed === 0
  })
}

function testCutFrames(samples: ProductSamples) {
  test('a frame that ends too early is malformed wherever it ends', () => {
    const books = samples.depth.filter(({ source }) => source !== 'rest').map(({ raw }) => raw)
    for (const raw of [...tellingFrames(samples), ...books.slice(0, 2)]) {
      const bytes = Buffer.from(raw)
      for (let length = 0; length < bytes.length; length += 1) {
        const { frameClass, malformed, eventCount } = take(samples, bytes.subarray(0, length))
        assert.equal(eventCount, 0)
        // The answer to a request, or an event of no use, is what a cut frame may look like; it then says nothing.
        assert.ok(malformed > 0 || frameClass >= FrameClass.control, `${frameClass} ${raw.slice(0, length)}`)
      }
    }
  })

  test('an answer that ends too early acknowledges nothing', () => {
    for (const [raw] of samples.control) {
      for (let length = 0; length < raw.length; length += 1) {
        const { kind } = samples.product.readControl(Buffer.from(raw.slice(0, length)))
        assert.equal(kind, 'other', raw.slice(0, length))
      }
    }
  })
}

function testFaultyEvents(samples: ProductSamples) {
  test('an event without a field that it needs, or with something else in its place, is counted and not told', t => {
    let faultCount = 0
    for (const raw of tellingFrames(samples)) {
      const whole = take(samples, raw)
      const spare = SPARE[samples.product.id.split('-')[0] ?? '']?.[whole.frameClass] ?? assert.fail()
      for (const path of pathsOf(raw)) {
        for (const { raw: extreme } of extremesAt(raw, path)) take(samples, extreme)
        const isMissed = take(samples, without(raw, path).raw).eventCount < whole.eventCount
        const isNeeded = isMissed && !UNREAD.test(path.join('.'))
        if (!isMissed) assert.match(nameOf(path), spare, `nobody missed ${path.join('.')} of ${raw}`)
        for (const { fault, raw: faulty, isOtherText } of isNeeded ? wrongAt(raw, path) : strangeAt(raw, path)) {
          const { frameClass, malformed, eventCount } = take(samples, faulty)
          faultCount += 1
          if (!isNeeded) continue
          assert.ok(eventCount < whole.eventCount, `${path.join('.')} as ${fault} was told: ${raw}`)
          // An empty text is how Bybit's tickers say that a figure does not apply.
          const isUntold = fault === '""' && frameClass === FrameClass.openInterest
          if (isUntold || !isLeaf(raw, path) || isOtherText || !isDecoded(frameClass)) continue
          assert.ok(malformed > whole.malformed, `${path.join('.')} as ${fault} was not counted: ${raw}`)
        }
      }
    }
    t.diagnostic(`${faultCount} faulty frames`)
  })
}

function testFaultyBooks(samples: ProductSamples) {
  test('a book frame with a fault is refused, or without a fault that matters', t => {
    let faultCount = 0
    for (const { raw, source = 'stream' } of samples.depth.slice(0, 5)) {
      const desk = deskOf(samples)
      for (const path of pathsOf(raw)) {
        const isNeeded = !desk.decodeDepth(without(raw, path).raw, source) && !UNREAD.test(path.join('.'))
        for (const { fault, raw: faulty } of isNeeded ? wrongAt(raw, path) : strangeAt(raw, path)) {
          faultCount += 1
          const isTaken = desk.decodeDepth(faulty, source)
          if (isTaken) expectBook(desk.depthFrame)
          assert.ok(!isTaken || !isNeeded, `${path.join('.')} as ${fault} was taken: ${raw}`)
        }
      }
    }
    t.diagnostic(`${faultCount} faulty frames`)
  })

  test('a book frame with more levels than any venue sends is refused', () => {
    const desk = deskOf(samples)
    const { raw, source } = samples.depth[0] ?? assert.fail()
    const level = /\[\["[^\]]*\]/.exec(raw)?.[0].slice(1) ?? assert.fail()
    assert.ok(!desk.decodeDepth(raw.replace(level, Array(10_001).fill(level).join()), source))
  })
}

function testJunk(samples: ProductSamples) {
  const raws = [...samples.frames, ...samples.depth].map(({ raw }) => raw)
  const answers = samples.control.map(([raw]) => raw)

  test('bytes of any kind are survived', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
        assert.equal(take(samples, Buffer.from(bytes)).eventCount, 0)
      }),
      RUNS,
    )
  })

  test('frames with some bytes changed are survived, and tell nothing malformed', () => {
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

  test('well-formed JSON of no sense is survived in every place', () => {
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

  test('a frame as deep as it is long is malformed', () => {
    const head = raws[0]?.slice(0, raws[0].indexOf('"data":') + 7) ?? ''
    assert.equal(take(samples, head + '['.repeat(200_000)).malformed, 1)
    assert.equal(take(samples, `${head}${'{"data":'.repeat(50_000)}1${'}'.repeat(50_001)}`).eventCount, 0)
  })
}

function testAnswers({ product }: ProductSamples) {
  test('a list of instruments made of anything is read or refused in plain words', () => {
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

  test('a polled answer made of anything tells nothing malformed', () => {
    const { openInterest } = product
    if (openInterest === undefined) return
    const desk = new ProductDesk(product, ['BTCUSDT'])
    const [instrument] = desk.instruments
    assert.ok(instrument)
    const body = '{"openInterest":"98234.512","symbol":"BTCUSDT","time":1790000000011}'
    for (const path of pathsOf(body)) {
      for (const { raw } of [without(body, path), ...wrongAt(body, path)]) {
        assert.ok(!openInterest.decode(Buffer.from(raw), instrument, 1 as MonotonicUs, desk.sink), raw)
      }
    }
    assert.equal(desk.sink.eventCount, 0)
  })
}

function testChain(product: Product) {
  test('whatever ids come, a delta is applied only behind a snapshot and without a gap between', () => {
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

function expectWellFormed({ sink, instruments }: ProductDesk): void {
  const isSide = (side: string): boolean => side === 'Buy' || side === 'Sell'
  const isDecimalOrNull = (value: unknown): boolean => value === null || isDecimal(value)
  for (const { instrument, venueUs } of [...sink.trades, ...sink.liquidations, ...sink.tops, ...sink.openInterests]) {
    assert.ok(instruments.includes(instrument))
    assert.ok(venueUs === null || (Number.isSafeInteger(venueUs) && venueUs >= 0))
  }
  assert.ok([...sink.trades, ...sink.liquidations, ...sink.openInterests].every(({ venueUs }) => venueUs !== null))
  for (const trade of sink.trades) {
    assert.ok(isWireId(trade.id) && isSide(trade.side) && Number.isSafeInteger(trade.idCount ?? 1))
    assert.ok((trade.idCount ?? 1) >= 1)
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
