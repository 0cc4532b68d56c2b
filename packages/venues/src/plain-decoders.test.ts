// What is decoded by bytes means what the strict parser says, or is left to it: the same frame with white space before it, which
// only the strict parser reads, gives the same events and the same count of malformed ones.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { FrameClass } from './frame-class.js'
import { ALL_SAMPLES } from './test/all-samples.js'
import { isLeaf, pathsOf, strangeAt, without, wrongAt } from './test/frame-faults.js'
import { ProductFixture, RECEIVED_US } from './test/product-fixture.js'
import { reserialised, styles } from './test/reserialise.js'

const RUNS = { numRuns: 2_000 }
/** Where a byte of a frame is replaced, most often by what has a meaning. */
const BYTES = '"\\{}[]:,.0123456789-+eE truefalsn\u0000\u007f\u00ff'

const AT_MS = 1_790_000_000_123

for (const { product, frames, spellings } of ALL_SAMPLES) {
  describe(product.id, () => {
    const symbols = spellings.slice(0, 2).map(([, , symbol]) => symbol)
    const [first = '', second = first] = symbols
    const plain = new ProductFixture(product, symbols, { units: 'base', contractValue: '0.01' })
    const strict = new ProductFixture(product, symbols, { units: 'base', contractValue: '0.01' })
    const { trade, top } = product.sampleFrames
    const usual = [1, 2, 3].flatMap(n =>
      [first, second].flatMap(symbol => [trade(symbol, n, AT_MS), top(symbol, n, 17e11)]),
    )
    const several = usual
      .filter(raw => raw.includes('"data":['))
      .map((raw, index) => joined(raw, usual[index % 2 === 0 ? 0 : 4]!))
    usual.push(...several.filter(raw => plain.classify(raw) === FrameClass.trade))
    const all = [...usual, ...frames.map(({ raw }) => raw).filter(raw => isTradeOrTop(plain.classify(raw)))]
    const anyFrame = fc.constantFrom(...all)
    const before = [first, second].map(symbol => Buffer.from(top(symbol, 1, 17e11).replace(/"u":\d+/, '"u":7')))

    const prepare = (fixture: ProductFixture): void => {
      // What is merged begins with the same.
      fixture.decoder.onConnected(RECEIVED_US, false)
      for (const frame of before) fixture.take(frame)
      fixture.sink.clear()
    }
    const expectSame = (frame: Buffer): void => {
      const spaced = Buffer.concat([Buffer.from(' '), frame])
      if (!isTradeOrTop(plain.classify(frame)) || !isTradeOrTop(strict.classify(spaced))) return
      prepare(plain)
      prepare(strict)
      assert.equal(plain.take(frame), strict.take(spaced), frame.toString())
      assert.ok(strict.decoder.wasParsed)
      for (const events of ['trades', 'tops', 'liquidations', 'missed'] as const) {
        assert.deepEqual(plain.sink[events], strict.sink[events], frame.toString())
      }
    }

    test('the usual form is read by its bytes', () => {
      assert.ok(usual.length >= 12)
      for (const raw of usual) {
        expectSame(Buffer.from(raw))
        assert.ok(plain.sink.eventCount > 0, raw)
        assert.equal(plain.decoder.wasParsed, false, raw)
      }
      for (const raw of all) expectSame(Buffer.from(raw))
    })

    test('any form: white space, order of keys, escapes', () => {
      fc.assert(
        fc.property(anyFrame, styles(), (raw, style) => expectSame(Buffer.from(reserialised(raw, style)))),
        RUNS,
      )
    })

    test('a side whose best price has no amount is empty', () => {
      const raw = top(first, 2, 17e11)
      const withoutBid = raw.replace(/("B":|"(?:b|bids)":\[\["[^"]+",)"[^"]+"/, '$1"0.000"')
      assert.notEqual(withoutBid, raw)
      expectSame(Buffer.from(withoutBid))
      const { bidPrice, bidAmount, askAmount } = plain.sink.tops[0] ?? assert.fail(withoutBid)
      assert.deepEqual([bidPrice, bidAmount], [null, null], withoutBid)
      assert.notEqual(askAmount, null)
    })

    test('fields that are missing, wrong, or strange', () => {
      for (const raw of [...usual.slice(-4), ...usual.slice(0, 2)]) {
        for (const path of pathsOf(raw)) {
          expectSame(Buffer.from(without(raw, path).raw))
          for (const { raw: faulty } of wrongAt(raw, path)) expectSame(Buffer.from(faulty))
          if (isLeaf(raw, path)) for (const { raw: faulty } of strangeAt(raw, path)) expectSame(Buffer.from(faulty))
        }
      }
    })

    test('frames that are cut, or longer', () => {
      for (const raw of all) {
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
        '"e":"trade"',
        '"st":2',
        '"X":"NA"',
        '"ts":"1"',
        '"ts":0',
      ]
      const further = [
        ...[
          `"s":"${second}"`,
          `"instId":"${second}"`,
          '"px":"1.5"',
          '"tradeId":"5"',
          '"count":"3"',
          '"count":3',
          '"BT":true',
        ],
        ...[
          '"b":[]',
          '"a":[["1.5","0.0"]]',
          '"asks":[]',
          '"bids":[["1","2","3"]]',
          '"seqId":"1"',
          '"seq":1',
          '"cts":0',
        ],
        ...['"data":[]', '"data":{}', '"data":1', '"arg":{}', '"type":"delta"', '"type":{"type":"snapshot"}', '"i":""'],
      ]
      const others = ['"__proto__":1', '"":0', '"zz":-1', '"x":1.5', '"u":007', '"B":"0.000"', '"m":true', '"E":null']
      const nested = [
        '"zz":{}',
        '"zz":[]',
        '"zz":{"a":1,"b":"c"}',
        '"zz":{"a":{}}',
        '"zz":[1,"2"]',
        '"m":{"m":true}',
        '"ts":{}',
      ]
      const escaped = ['"\\u0070":"7.5"', '"zz":"\\x"', '"zz":"\\""']
      for (const raw of usual) {
        for (const member of [...members, ...further, ...others, ...nested, ...escaped]) {
          // In each object, at its beginning and at its end.
          for (const { index } of raw.matchAll(/{/g)) {
            expectSame(Buffer.from(`${raw.slice(0, index + 1)}${member},${raw.slice(index + 1)}`))
          }
          for (const { index } of raw.matchAll(/}/g)) {
            expectSame(Buffer.from(`${raw.slice(0, index)},${member}${raw.slice(index)}`))
            expectSame(Buffer.from(`${raw.slice(0, index)}}${member}${raw.slice(index)}`))
          }
        }
      }
    })

    test('what is open is closed, in its order', () => {
      for (const raw of usual) {
        for (const { index } of raw.matchAll(/[{}[\],:]/g)) {
          for (const other of ['{', '}', '[', ']', ',', ':', '']) {
            expectSame(Buffer.from(raw.slice(0, index) + other + raw.slice(index + 1)))
            expectSame(Buffer.from(raw.slice(0, index) + other + raw.slice(index)))
            expectSame(Buffer.from((raw.slice(0, index) + other + raw.slice(index)).slice(0, -1)))
          }
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
        { numRuns: 10_000 },
      )
    })
  })
}

/** A frame with the events of both. */
function joined(raw: string, other: string): string {
  const inner = /"data":\[(.*)\]/.exec(other)?.[1]
  return raw.replace(/\](?=[^\]]*$)/, `,${inner}]`)
}

function isTradeOrTop(frameClass: FrameClass): boolean {
  return frameClass === FrameClass.trade || frameClass === FrameClass.top
}
