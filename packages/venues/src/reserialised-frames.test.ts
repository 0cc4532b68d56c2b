// A frame means the same whatever its white space, the order of its keys and its escapes: every sample, written again in any
// way, has the same class, the same instrument and the same events. The usual form is recognized by its bytes.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { FrameClass } from './frame-class.js'
import { ALL_SAMPLES } from './test/all-samples.js'
import { ProductFixture } from './test/product-fixture.js'
import type { ProductSamples } from './test/product-samples.js'
import { reserialised, type Style, styles } from './test/reserialise.js'

const RUNS = { numRuns: 60 }

for (const samples of ALL_SAMPLES) {
  describe(samples.product.id, () => {
    const framesOf = (symbol: string): readonly string[] => samples.frames.map(({ raw }) => named(raw, samples, symbol))
    const booksOf = (symbol: string) =>
      samples.depth.map(({ raw, source = 'stream' }) => ({ raw: named(raw, samples, symbol), source }))
    const usual = samples.spellings[0]?.[2] ?? ''

    for (const symbol of [usual, chineseOf(samples)]) {
      test(`${symbol}: events are the same in any form`, () => {
        fc.assert(
          fc.property(styles(), style => {
            const [plain, other] = [fixtureOf(samples, symbol), fixtureOf(samples, symbol)]
            for (const raw of framesOf(symbol)) {
              const again = reserialised(raw, style)
              assert.equal(other.take(again), plain.take(raw), again)
              assert.deepEqual(other.head.frameClass, plain.head.frameClass, again)
              assert.equal(other.head.instrument?.symbol, plain.head.instrument?.symbol, again)
            }
            assert.deepEqual(eventsOf(other), eventsOf(plain))
          }),
          RUNS,
        )
      })

      test(`${symbol}: books are the same in any form`, () => {
        fc.assert(
          fc.property(styles(), style => {
            const [plain, other] = [fixtureOf(samples, symbol), fixtureOf(samples, symbol)]
            for (const { raw, source } of booksOf(symbol)) {
              const again = reserialised(raw, style)
              assert.equal(other.decodeDepth(again, source), plain.decodeDepth(raw, source), again)
              assert.deepEqual(other.depthFrame, plain.depthFrame, again)
              if (source === 'rest') continue
              assert.equal(other.classify(again), FrameClass.depth, again)
              assert.equal(other.head.instrument?.symbol, symbol, again)
            }
          }),
          RUNS,
        )
      })
    }

    test('answers and unused frames are the same in any form', () => {
      const fixture = fixtureOf(samples, usual)
      const check = (style: Style): void => {
        for (const [raw, expected] of samples.control) {
          const again = reserialised(raw, style)
          assert.equal(fixture.classify(again), FrameClass.control, again)
          assert.deepEqual(samples.product.readControl(Buffer.from(again)), expected, again)
        }
        for (const raw of samples.ignored) {
          const again = reserialised(raw, style)
          assert.equal(fixture.classify(again), FrameClass.ignored, again)
        }
      }
      fc.assert(fc.property(styles(), check), RUNS)
    })

    test('the usual form is not parsed to be classified', () => {
      const fixture = fixtureOf(samples, usual)
      for (const raw of [
        ...framesOf(usual),
        ...booksOf(usual).flatMap(each => (each.source === 'rest' ? [] : [each.raw])),
      ]) {
        fixture.classify(raw)
        assert.equal(fixture.head.wasParsed, false, raw)
        fixture.classify(` ${raw}`)
        assert.equal(fixture.head.wasParsed, true)
      }
    })
  })
}

/** With a name of another script in place of the usual symbol, in both spellings. */
function named(raw: string, { spellings }: ProductSamples, symbol: string): string {
  const usual = spellings[0]?.[2] ?? ''
  return raw.replaceAll(usual, symbol).replaceAll(usual.toLowerCase(), symbol.toLowerCase())
}

function chineseOf({ product }: ProductSamples): string {
  return product.symbolOf('币安人生', 'usdt')
}

function fixtureOf({ product, contractValue }: ProductSamples, symbol: string): ProductFixture {
  return new ProductFixture(product, [symbol], { units: 'base', contractValue })
}

function eventsOf({ sink }: ProductFixture): object {
  const { trades, liquidations, tops, openInterests, missed } = sink
  return { trades, liquidations, tops, openInterests, missed }
}
