// What is decoded by bytes means what the strict parser says, or is left to it: the same frame with white space before it, which
// only the strict parser reads, gives the same events and the same count of malformed ones.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ALL_SAMPLES } from '../test/all-samples.js'
import { isLeaf, pathsOf, strangeAt, without, wrongAt } from '../test/frame-faults.js'
import { ProductFixture } from '../test/product-fixture.js'
import { reserialised, styles } from '../test/reserialise.js'
import { FrameClass } from '../venue.js'
import { PlainDecoder } from './plain-decoder.js'

const RUNS = { numRuns: 2_000 }
/** Where a byte of a frame is replaced, most often by what has a meaning. */
const BYTES = '"\\{}[]:,.0123456789-+eE truefalsn\u0000\u007f\u00ff'

for (const { product, frames } of ALL_SAMPLES.filter(({ product: { id } }) => id.startsWith('binance'))) {
  describe(product.id, () => {
    const symbols = ['BTCUSDT', 'ETHUSDT']
    const plain = new ProductFixture(product, symbols)
    const strict = new ProductFixture(product, symbols)
    const { trade, top } = product.sampleFrames
    const usual = [
      ...frames.map(({ raw }) => raw).filter(raw => isTradeOrTop(plain.classify(raw))),
      ...[1, 2, 3].flatMap(n =>
        symbols.flatMap(symbol => [trade(symbol, n, 1_790_000_000_123), top(symbol, n, 17e11)]),
      ),
    ]
    assert.ok(usual.length > 6)
    const anyFrame = fc.constantFrom(...usual)

    const expectSame = (frame: Buffer): void => {
      const clear = (fixture: ProductFixture): void => {
        for (const events of [fixture.sink.trades, fixture.sink.tops, fixture.sink.liquidations]) events.length = 0
      }
      clear(plain)
      clear(strict)
      const spaced = Buffer.concat([Buffer.from(' '), frame])
      if (!isTradeOrTop(plain.classify(frame)) || !isTradeOrTop(strict.classify(spaced))) return
      assert.equal(plain.take(frame), strict.take(spaced), frame.toString())
      assert.deepEqual(plain.sink.trades, strict.sink.trades, frame.toString())
      assert.deepEqual(plain.sink.tops, strict.sink.tops, frame.toString())
    }

    test('the usual form is read by its bytes', () => {
      const decoder = new PlainDecoder(plain.index)
      for (const raw of usual) {
        expectSame(Buffer.from(raw))
        const isTrade = plain.classify(raw) === FrameClass.trade
        const [event] = isTrade ? plain.sink.trades : plain.sink.tops
        // Ignored, or rare.
        if (event === undefined || (isTrade && !plain.sink.trades[0]?.isMarket)) continue
        const bytes = Buffer.from(raw)
        const isRead = isTrade
          ? decoder.readTrade(bytes, { ...plain.sink.trades[0]! })
          : decoder.readTop(bytes, { ...plain.sink.tops[0]! })
        assert.ok(isRead, raw)
      }
    })

    test('any form: white space, order of keys, escapes', () => {
      fc.assert(
        fc.property(anyFrame, styles(), (raw, style) => expectSame(Buffer.from(reserialised(raw, style)))),
        RUNS,
      )
    })

    test('fields that are missing, wrong, or strange', () => {
      for (const raw of usual.slice(-4)) {
        for (const path of pathsOf(raw)) {
          expectSame(Buffer.from(without(raw, path).raw))
          for (const { raw: faulty } of wrongAt(raw, path)) expectSame(Buffer.from(faulty))
          if (isLeaf(raw, path)) for (const { raw: faulty } of strangeAt(raw, path)) expectSame(Buffer.from(faulty))
        }
      }
    })

    test('frames that are cut, or longer', () => {
      for (const raw of usual) {
        const bytes = Buffer.from(raw)
        for (let length = 0; length < bytes.length; length += 1) expectSame(bytes.subarray(0, length))
        for (const more of [' ', '}', '{}', ',', '\0']) expectSame(Buffer.from(raw + more))
      }
    })

    test('keys that come twice, and further ones', () => {
      const members = [
        '"p":"1.5"',
        '"p":null',
        '"T":1',
        '"T":"1"',
        '"s":"ETHUSDT"',
        '"e":"trade"',
        '"st":2',
        '"X":"NA"',
      ]
      const others = ['"__proto__":1', '"":0', '"zz":-1', '"x":1.5', '"u":007', '"B":"0.000"', '"m":true', '"E":null']
      const escaped = ['"\\u0070":"7.5"', '"zz":"\\x"', '"zz":"\\""']
      for (const raw of usual) {
        for (const member of [...members, ...others, ...escaped]) {
          expectSame(Buffer.from(raw.replace('"data":{', `"data":{${member},`)))
          expectSame(Buffer.from(raw.replace(/}}$/, `,${member}}}`)))
          expectSame(Buffer.from(raw.replace(/}$/, `,${member}}`)))
        }
      }
    })

    test('any byte in place of another, left out, or more', () => {
      const change = fc.record({
        at: fc.integer({ min: 0, max: 400 }),
        kind: fc.constantFrom('replace', 'insert', 'delete'),
        byte: fc.oneof(fc.constantFrom(...Buffer.from(BYTES, 'latin1')), fc.integer({ min: 0, max: 255 })),
      })
      fc.assert(
        fc.property(anyFrame, fc.array(change, { minLength: 1, maxLength: 3 }), (raw, changes) => {
          let bytes = Buffer.from(raw)
          for (const { at, kind, byte } of changes) {
            const place = at % bytes.length
            const rest = bytes.subarray(kind === 'insert' ? place : place + 1)
            const put = kind === 'delete' ? [] : [byte]
            bytes = Buffer.concat([bytes.subarray(0, place), Buffer.from(put), rest])
          }
          expectSame(bytes)
        }),
        { numRuns: 20_000 },
      )
    })
  })
}

function isTradeOrTop(frameClass: FrameClass): boolean {
  return frameClass === FrameClass.trade || frameClass === FrameClass.top
}
