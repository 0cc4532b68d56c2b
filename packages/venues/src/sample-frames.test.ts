import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DepthVerdict, newDepthFrame } from './depth-protocol.js'
import { FrameClass } from './frame-class.js'
import { PRODUCTS } from './registry.js'
import { ProductFixture } from './test/product-fixture.js'

const COUNT = 200
const AT_MS = 1_790_000_000_000

for (const product of PRODUCTS) {
  const { id, sampleFrames, depth } = product
  const symbol = product.symbolOf('btc', 'usdt')

  test(`${id}: sample trades and tops are read without parsing what is not needed, each with an id of its own`, () => {
    const fixture = new ProductFixture(product, [symbol])
    for (let n = 1; n <= COUNT; n += 1) {
      for (const [expected, text] of [
        [FrameClass.trade, sampleFrames.trade(symbol, n, AT_MS + n)],
        [FrameClass.top, sampleFrames.top(symbol, n, AT_MS + n)],
      ] as const) {
        const frame = Buffer.from(text)
        assert.equal(fixture.classify(frame), expected, text)
        assert.equal(fixture.head.wasParsed, false)
        assert.equal(fixture.take(frame), 0, text)
      }
    }
    const { sink } = fixture
    assert.equal(new Set(sink.trades.map(trade => trade.id)).size, COUNT)
    assert.ok(sink.tops.length > COUNT / 2)
  })

  test(`${id}: sample deltas continue their snapshot`, () => {
    const frame = newDepthFrame()
    const chain = depth.newChain()
    const offer = (text: string, source: 'stream' | 'rest'): DepthVerdict => {
      assert.ok(depth.decode(Buffer.from(text), source, frame), text)
      return chain.offer(frame)
    }
    const source = depth.snapshotSource
    assert.equal(offer(sampleFrames.snapshot(symbol, AT_MS), source), DepthVerdict.replace)
    for (let n = 1; n <= COUNT; n += 1) {
      const text = sampleFrames.delta(symbol, n, AT_MS + n)
      assert.equal(offer(text, 'stream'), DepthVerdict.apply, text)
      assert.ok(frame.bids.length > 10 && frame.asks.length > 10)
    }
  })
}
